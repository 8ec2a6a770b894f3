/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel finds in a published snapshot what user space finds in it: for every kind of set, for
 * content that is nonsense, and for the generation that a swap has just put in force.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "maps/snapshot4.h"
#include "snapshot_lookup.h"
#include "tests/packet/snapshot_lookup.skel.h"
#include "tests/unit/snapshot_reference.h"
#include "tests/suite.h"

#define SETS_OF_EACH_CASE 20

static struct snapshot_lookup_bpf *skeleton;

/* Questions wait here until a packet is full. */
struct batch {
	const struct mxdp_snapshot_view *view;
	const char *name;
	int family;
	struct lookup_packet packet;
	struct mxdp_address asked[LOOKUPS];
};

static int feeds_of(int family)
{
	return bpf_map__fd(family == 4 ? skeleton->maps.feeds4 : skeleton->maps.feeds6);
}

static void send_packet(const struct batch *batch)
{
	struct lookup_packet answer;
	uint32_t i;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = &batch->packet,
		    .data_size_in = sizeof(batch->packet), .data_out = &answer,
		    .data_size_out = sizeof(answer));

	ck_assert_int_eq(bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.look_up), &options),
			 0);
	ck_assert_uint_eq(options.retval, 2); /* XDP_PASS */
	for (i = 0; i < batch->packet.count; i++) {
		uint8_t expected = mxdp_snapshot_lookup(batch->view, &batch->asked[i], NULL);
		char text[INET6_ADDRSTRLEN];

		if (answer.class[i] != expected)
			ck_abort_msg("%s: the kernel finds %s in class %u, user space in %u",
				     batch->name,
				     inet_ntop(AF_INET6, batch->asked[i].bytes, text, sizeof(text)),
				     answer.class[i], expected);
	}
}

/* Twice: what was found is remembered, and must be the same when it is asked for again. */
static void send_batch(struct batch *batch)
{
	batch->packet.family = (uint32_t)batch->family;
	send_packet(batch);
	send_packet(batch);
	batch->packet.count = 0;
}

static void ask(void *context, const struct mxdp_address *address)
{
	struct batch *batch = context;
	uint32_t place = batch->packet.count++;
	uint64_t halves[2];

	memcpy(halves, address->bytes, sizeof(halves));
	batch->asked[place] = *address;
	batch->packet.high[place] = be64toh(halves[0]);
	batch->packet.low[place] =
		batch->family == 4 ? ntohl(mxdp_address_v4(address)) : be64toh(halves[1]);
	if (batch->packet.count == LOOKUPS)
		send_batch(batch);
}

/*
 * Not the header's family, and rather the end, where the lists and nodes are. What the packet path
 * remembers is empty in any generation that is published.
 */
static void spoil(const struct mxdp_snapshot *snapshot, int family, uint64_t *random,
		  unsigned int nonsense)
{
	size_t bytes = (size_t)snapshot->count * sizeof(*snapshot->lines);

	while (nonsense--)
		((uint8_t *)
			 snapshot->lines)[reference_random(random) % 2
						  ? 64 + reference_random(random) % (bytes - 64)
						  : bytes - 1 - reference_random(random) % 2048] =
			(uint8_t)reference_random(random);
	if (family == 4)
		memset(&snapshot->lines[MXDP_SNAPSHOT4_RECENT_AT], 0,
		       MXDP_SNAPSHOT4_RECENT * sizeof(uint32_t));
}

/* Publishes what the reference says and asks for everything of interest. */
static void compare(const struct reference *reference, const struct reference_case *test,
		    uint64_t *random, unsigned int nonsense)
{
	struct mxdp_snapshot snapshot = reference_build(reference, test->family);
	struct batch batch = {.name = test->name, .family = test->family};
	struct mxdp_snapshot_map map;

	spoil(&snapshot, test->family, random, nonsense);
	ck_assert_int_eq(mxdp_snapshot_publish(feeds_of(test->family), &snapshot, &map), 0);
	batch.view = &map.view;
	reference_questions(reference, test->family, random, ask, &batch);
	send_batch(&batch);
	mxdp_snapshot_close(&map);
	mxdp_snapshot_free(&snapshot);
}

static void run_case(int number, unsigned int nonsense)
{
	const struct reference_case *test = &reference_cases[number];
	struct reference *reference = calloc(1, sizeof(*reference));
	uint64_t random = 0x2545f4914f6cdd1dULL + (uint64_t)number;

	ck_assert_ptr_nonnull(reference);
	for (unsigned int round = 0; round < SETS_OF_EACH_CASE; round++) {
		reference->count = 0;
		test->fill(reference, &random);
		compare(reference, test, &random, nonsense);
	}
	free(reference);
}

START_TEST(finds_what_user_space_finds)
{
	run_case(_i, 0);
}
END_TEST

START_TEST(nonsense_is_read_alike)
{
	run_case(_i, 1000);
}
END_TEST

START_TEST(nothing_is_listed_before_and_after)
{
	struct mxdp_address address = reference_v4(0xc0000201);
	struct reference *reference = calloc(1, sizeof(*reference));
	struct mxdp_snapshot empty = reference_build(reference, 4);
	struct mxdp_snapshot_view view = {empty.lines, empty.count};
	struct batch batch = {.name = "nothing published", .family = 4, .view = &view};

	ask(&batch, &address);
	send_batch(&batch);
	ck_assert_int_eq(mxdp_snapshot_withdraw(feeds_of(4)), -ENOENT);
	reference_add(reference, &address, 32, 5, 0);
	compare(reference, &reference_cases[0], &(uint64_t){1}, 0);
	ck_assert_int_eq(mxdp_snapshot_withdraw(feeds_of(4)), 0);
	ask(&batch, &address);
	send_batch(&batch);
	mxdp_snapshot_free(&empty);
	free(reference);
}
END_TEST

#define SWAPS       40
#define SWAP_HOSTS  700000 /* more than one chunk */
#define SWAP_STRIDE 6007

/* The same hosts, all of one class. */
static struct mxdp_snapshot build_hosts(uint8_t class)
{
	struct mxdp_snapshot_builder *builder;
	struct mxdp_snapshot snapshot;

	ck_assert_int_eq(mxdp_snapshot_builder_new(&builder), 0);
	for (uint32_t i = 0; i < SWAP_HOSTS; i++) {
		struct mxdp_prefix host = {reference_v4(i * SWAP_STRIDE), 32};

		if (mxdp_snapshot_add(builder, &host, class, 0))
			ck_abort_msg("a host was refused");
	}
	ck_assert_int_eq(mxdp_snapshot_build4(builder, class, &snapshot), 0);
	ck_assert_uint_gt(snapshot.count, MXDP_SNAPSHOT_CHUNK_LINES);
	mxdp_snapshot_builder_free(builder);
	return snapshot;
}

struct swapper {
	struct mxdp_snapshot generations[2];
	int error;
	bool done;
};

static void *keep_swapping(void *context)
{
	struct swapper *swapper = context;

	for (unsigned int i = 0; i < SWAPS && !swapper->error; i++)
		swapper->error =
			mxdp_snapshot_publish(feeds_of(4), &swapper->generations[i % 2], NULL);
	__atomic_store_n(&swapper->done, true, __ATOMIC_RELEASE);
	return NULL;
}

START_TEST(swaps_leave_no_gap_and_no_mixture)
{
	struct swapper swapper = {.generations = {build_hosts(1), build_hosts(2)}};
	struct lookup_packet packet = {.family = 4, .count = LOOKUPS}, answer;
	unsigned int seen[3] = {0};
	pthread_t thread;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = &packet, .data_size_in = sizeof(packet),
		    .data_out = &answer, .data_size_out = sizeof(answer));

	for (uint32_t i = 0; i < LOOKUPS; i++)
		packet.low[i] = i * (SWAP_HOSTS / LOOKUPS) * SWAP_STRIDE;
	ck_assert_int_eq(mxdp_snapshot_publish(feeds_of(4), &swapper.generations[1], NULL), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, keep_swapping, &swapper), 0);
	while (!__atomic_load_n(&swapper.done, __ATOMIC_ACQUIRE)) {
		options.data_size_out = sizeof(answer);
		if (bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.look_up), &options))
			ck_abort_msg("the program did not run");
		for (uint32_t i = 0; i < LOOKUPS; i++) {
			if (answer.class[i] != 1 && answer.class[i] != 2)
				ck_abort_msg("host %u was found in class %u", i, answer.class[i]);
			seen[answer.class[i]]++;
		}
	}
	pthread_join(thread, NULL);
	ck_assert_int_eq(swapper.error, 0);
	ck_assert_uint_gt(seen[1], 0);
	ck_assert_uint_gt(seen[2], 0);
	mxdp_snapshot_free(&swapper.generations[0]);
	mxdp_snapshot_free(&swapper.generations[1]);
}
END_TEST

/* A publication that was cut short leaves chunks behind: the next one takes their place. */
START_TEST(an_unfinished_publication_does_no_harm)
{
	struct mxdp_snapshot first = build_hosts(1), second = build_hosts(2);
	struct mxdp_address host = reference_v4(SWAP_STRIDE);
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	int stray = bpf_map_create(BPF_MAP_TYPE_ARRAY, "stray", sizeof(uint32_t),
				   MXDP_SNAPSHOT_CHUNK_BYTES, 1, &options);

	ck_assert_int_ge(stray, 0);
	ck_assert_int_eq(mxdp_snapshot_publish(feeds_of(4), &first, NULL), 0);
	for (uint32_t place = 1; place < MXDP_SNAPSHOT_PLACES; place += MXDP_SNAPSHOT_CHUNKS + 5) {
		uint32_t number;

		if (bpf_map_lookup_elem(feeds_of(4), &place, &number))
			ck_assert_int_eq(bpf_map_update_elem(feeds_of(4), &place, &stray, BPF_ANY),
					 0);
	}
	close(stray);
	for (uint8_t class = 2; class; class --) {
		const struct mxdp_snapshot *next = class == 2 ? &second : &first;
		struct mxdp_snapshot_view view = {next->lines, next->count};
		struct batch batch = {.name = "after strays", .family = 4, .view = &view};

		ck_assert_int_eq(mxdp_snapshot_publish(feeds_of(4), next, NULL), 0);
		ck_assert_uint_eq(mxdp_snapshot_lookup(&view, &host, NULL), class);
		ask(&batch, &host);
		send_batch(&batch);
	}
	mxdp_snapshot_free(&first);
	mxdp_snapshot_free(&second);
}
END_TEST

static void set_up(void)
{
	skeleton = snapshot_lookup_bpf__open_and_load();
	ck_assert_ptr_nonnull(skeleton);
}

static void tear_down(void)
{
	snapshot_lookup_bpf__destroy(skeleton);
}

int main(void)
{
	Suite *suite = suite_create("snapshot in the kernel");
	TCase *tests = tcase_create("lookups");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, finds_what_user_space_finds, 0, (int)reference_case_count);
	tcase_add_loop_test(tests, nonsense_is_read_alike, 0, (int)reference_case_count);
	tcase_add_test(tests, nothing_is_listed_before_and_after);
	tcase_add_test(tests, swaps_leave_no_gap_and_no_mixture);
	tcase_add_test(tests, an_unfinished_publication_does_no_harm);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
