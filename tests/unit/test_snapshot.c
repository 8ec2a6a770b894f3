/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots answer exactly what the plain reference answers, and never read outside themselves. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/snapshot4.h"
#include "snapshot_reference.h"
#include "tests/suite.h"

/*
 * Check writes a record for each ck_assert: where millions of answers are compared, only the wrong
 * one is reported.
 */
#define SETS_OF_EACH_CASE 300

struct question {
	const struct reference *reference;
	struct mxdp_snapshot_view view;
	const char *name;
	unsigned int round;
};

static void compare(void *context, const struct mxdp_address *address)
{
	const struct question *question = context;
	uint8_t expected = reference_lookup(question->reference, address);
	uint8_t found = mxdp_snapshot_lookup(&question->view, address, NULL);
	char text[INET6_ADDRSTRLEN];

	if (found != expected)
		ck_abort_msg(
			"%s, set %u: %s is of class %u, not %u", question->name, question->round,
			inet_ntop(AF_INET6, address->bytes, text, sizeof(text)), found, expected);
}

START_TEST(agrees_with_the_reference)
{
	const struct reference_case *test = &reference_cases[_i];
	struct reference *reference = malloc(sizeof(*reference));
	uint64_t random = 0x9e3779b97f4a7c15ull + _i;
	unsigned int round;

	for (round = 0; round < SETS_OF_EACH_CASE; round++) {
		struct question question = {reference, {0}, test->name, round};
		struct mxdp_snapshot snapshot;

		reference->count = 0;
		test->fill(reference, &random);
		snapshot = reference_build(reference, test->family);
		question.view = (struct mxdp_snapshot_view){snapshot.lines, snapshot.count};
		reference_questions(reference, test->family, &random, compare, &question);
		mxdp_snapshot_free(&snapshot);
	}
	free(reference);
}
END_TEST

/* How a whole /16 is strewn with entries; compared address by address with a painted one. */
static const struct {
	const char *name;
	unsigned int hosts, networks, classes, clusters;
} paintings[] = {
	{"a few hosts", 30, 0, 63, 0},
	{"as many as ten million make on average", 175, 0, 63, 0},
	{"hosts and networks", 2000, 300, 63, 0},
	{"half of all, one class", 45000, 0, 1, 0},
	{"half of all, all classes", 45000, 0, 255, 0},
	{"nearly all, all classes", 300000, 100, 255, 0},
	{"clusters of one class", 20000, 0, 1, 50},
	{"clusters of many classes", 20000, 20, 255, 50},
	{"networks alone", 0, 3000, 63, 0},
};

struct painting {
	uint8_t class[65536];
	uint8_t length[65536];
};

static void paint(struct painting *painting, struct mxdp_snapshot_builder *builder, uint32_t base,
		  uint32_t low, unsigned int length, uint8_t class)
{
	struct mxdp_prefix prefix = {reference_v4(base | low), length};
	uint32_t i, size = 1u << (32 - length);

	/* The lower class decides: priorities are all the same. */
	for (i = low & ~(size - 1); i < (low & ~(size - 1)) + size; i++) {
		if (painting->length[i] > length ||
		    (painting->length[i] == length && painting->class[i] <= class))
			continue;
		painting->length[i] = length;
		painting->class[i] = class;
	}
	if (mxdp_snapshot_add(builder, &prefix, class, 0))
		ck_abort_msg("an entry was refused");
}

static void paint_all(struct painting *painting, struct mxdp_snapshot_builder *builder,
		      uint32_t base, int number, uint64_t *random)
{
	unsigned int classes = paintings[number].classes;
	unsigned int i;

	for (i = 0; i < paintings[number].hosts + paintings[number].networks; i++) {
		bool host = i < paintings[number].hosts;
		uint32_t low = reference_random(random) >> 48;

		if (paintings[number].clusters)
			low = (low % paintings[number].clusters * 1297 & 255) << 8 | low >> 8;
		paint(painting, builder, base, low, host ? 32 : 17 + reference_random(random) % 15,
		      1 + reference_random(random) % classes);
	}
}

START_TEST(a_painted_network_comes_out_unchanged)
{
	struct painting *painting = calloc(1, sizeof(*painting));
	struct mxdp_snapshot_builder *builder;
	struct mxdp_snapshot snapshot;
	struct mxdp_snapshot_view view;
	uint64_t random = 77 + _i;
	uint32_t base = _i % 2 ? 0xffff0000 : 0xc0000000;
	uint32_t i;

	ck_assert_int_eq(mxdp_snapshot_builder_new(&builder), 0);
	paint_all(painting, builder, base, _i, &random);
	ck_assert_int_eq(mxdp_snapshot_build4(builder, 1, &snapshot), 0);
	view = (struct mxdp_snapshot_view){snapshot.lines, snapshot.count};
	for (i = 0; i < 65536; i++) {
		uint32_t found = mxdp_snapshot4_find(&view, base | i);

		if (found != painting->class[i])
			ck_abort_msg("%s: address %u is of class %u, not %u", paintings[_i].name, i,
				     found, painting->class[i]);
	}
	ck_assert_uint_eq(mxdp_snapshot4_find(&view, base - 1), 0);
	ck_assert_uint_eq(mxdp_snapshot4_find(&view, base + 65536), 0);
	mxdp_snapshot_free(&snapshot);
	mxdp_snapshot_builder_free(builder);
	free(painting);
}
END_TEST

static int compare_numbers(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

/* The class that a host of the million gets. */
static uint8_t class_of(uint32_t address)
{
	return 1 + (address * 2654435761u >> 16) % 63;
}

START_TEST(a_million_hosts_and_nothing_else)
{
	const size_t count = 1000000;
	uint32_t *hosts = malloc(count * sizeof(*hosts));
	struct mxdp_snapshot_builder *builder;
	struct mxdp_snapshot snapshot;
	struct mxdp_snapshot_view view;
	uint64_t random = 4711;
	size_t i;

	ck_assert_int_eq(mxdp_snapshot_builder_new(&builder), 0);
	for (i = 0; i < count; i++) {
		struct mxdp_prefix prefix = {.length = 32};

		hosts[i] = reference_random(&random) >> 32;
		prefix.address = reference_v4(hosts[i]);
		if (mxdp_snapshot_add(builder, &prefix, class_of(hosts[i]), 0))
			ck_abort_msg("entry %zu was refused", i);
	}
	ck_assert_int_eq(mxdp_snapshot_build4(builder, 1, &snapshot), 0);
	view = (struct mxdp_snapshot_view){snapshot.lines, snapshot.count};
	qsort(hosts, count, sizeof(*hosts), compare_numbers);
	for (i = 0; i < 3 * count; i++) {
		uint32_t address = i < count       ? hosts[i]
				   : i < 2 * count ? hosts[i - count] + 1
						   : reference_random(&random) >> 32;
		bool listed = bsearch(&address, hosts, count, sizeof(*hosts), compare_numbers);

		if (mxdp_snapshot4_find(&view, address) != (listed ? class_of(address) : 0u))
			ck_abort_msg("address %u is of class %u", address,
				     mxdp_snapshot4_find(&view, address));
	}
	mxdp_snapshot_free(&snapshot);
	mxdp_snapshot_builder_free(builder);
	free(hosts);
}
END_TEST

/* Lines full of nonsense must not lead outside: ASan watches, the numbers stay in range. */
START_TEST(nonsense_content_is_read_safely)
{
	const struct reference_case *test = &reference_cases[_i];
	struct reference *reference = calloc(1, sizeof(*reference));
	uint64_t random = 31337 + _i;
	struct mxdp_snapshot snapshot;
	unsigned int round;

	test->fill(reference, &random);
	snapshot = reference_build(reference, test->family);
	for (round = 0; round < 200; round++) {
		size_t bytes = (size_t)snapshot.count * sizeof(*snapshot.lines);
		/* Most of the map is an empty directory: aim at the rest too. */
		size_t from = round % 2 && bytes > 270000 ? 266000 : 64;
		struct mxdp_snapshot_view view = {snapshot.lines, snapshot.count};
		unsigned int i;

		for (i = 0; i < 500; i++)
			((uint8_t *)snapshot
				 .lines)[from + reference_random(&random) % (bytes - from)] =
				reference_random(&random);
		for (i = 0; i < 500; i++) {
			struct mxdp_address address =
				reference->entries[i % (reference->count + 1)].prefix.address;
			struct mxdp_snapshot_class meaning;

			address.bytes[15] ^= reference_random(&random);
			mxdp_snapshot_lookup(&view, &address, &meaning);
		}
	}
	mxdp_snapshot_free(&snapshot);
	free(reference);
}
END_TEST

START_TEST(a_snapshot_cut_short_lists_nothing_or_what_is_left)
{
	struct reference *reference = calloc(1, sizeof(*reference));
	struct mxdp_address address = reference_v4(0xc0000201);
	struct mxdp_snapshot_view view;
	struct mxdp_snapshot snapshot;
	uint32_t count;
	uint8_t found;

	reference_add(reference, &address, 32, 7, 0);
	snapshot = reference_build(reference, 4);
	for (count = 0; count <= snapshot.count; count++) {
		/* A copy of its own, so that ASan sees the end. */
		size_t bytes = count * sizeof(*snapshot.lines);
		union mxdp_snapshot_line *copy = malloc(bytes ? bytes : 1);

		memcpy(copy, snapshot.lines, bytes);
		view = (struct mxdp_snapshot_view){copy, count};
		found = mxdp_snapshot_lookup(&view, &address, NULL);
		ck_assert(count == snapshot.count ? found == 7 : !found || found == 7);
		if (count <= MXDP_SNAPSHOT4_DATA_AT)
			ck_assert_uint_eq(found, 0);
		free(copy);
		count += count > 100 && count < MXDP_SNAPSHOT4_DATA_AT - 100 ? 99 : 0;
	}
	mxdp_snapshot_free(&snapshot);
	free(reference);
}
END_TEST

START_TEST(classes_and_numbers_are_told)
{
	static const struct mxdp_snapshot_class meaning = {1234567, 3, MXDP_ACTION_DROP};
	struct mxdp_address address = reference_v4(0xc0000201);
	struct mxdp_prefix prefix = {address, 32};
	struct mxdp_prefix too_long = {address, 33};
	struct mxdp_snapshot_builder *builder;
	struct mxdp_snapshot_class found;
	struct mxdp_snapshot_info info;
	struct mxdp_snapshot_view view;
	struct mxdp_snapshot snapshot;

	ck_assert_int_eq(mxdp_snapshot_builder_new(&builder), 0);
	ck_assert_int_eq(mxdp_snapshot_define(builder, 0, &meaning), -EINVAL);
	ck_assert_int_eq(mxdp_snapshot_define(builder, 255, &meaning), 0);
	ck_assert_int_eq(mxdp_snapshot_add(builder, &too_long, 255, 0), -EINVAL);
	ck_assert_int_eq(mxdp_snapshot_add(builder, &prefix, 255, 65535), 0);
	ck_assert_int_eq(mxdp_snapshot_build4(builder, 42, &snapshot), 0);
	view = (struct mxdp_snapshot_view){snapshot.lines, snapshot.count};
	ck_assert_int_eq(mxdp_snapshot_info(&view, &info), 0);
	ck_assert_uint_eq(info.family, 4);
	ck_assert_uint_eq(info.generation, 42);
	ck_assert_uint_eq(info.entries, 1);
	ck_assert_uint_eq(info.classes, 1);
	ck_assert_uint_eq(info.bytes, snapshot.count * 64);
	ck_assert_uint_eq(mxdp_snapshot_lookup(&view, &address, &found), 255);
	ck_assert_mem_eq(&found, &meaning, sizeof(found));
	view.count = 10;
	ck_assert_int_eq(mxdp_snapshot_info(&view, &info), -EPROTO);
	mxdp_snapshot_free(&snapshot);
	mxdp_snapshot_builder_free(builder);
}
END_TEST

static Suite *suite(void)
{
	Suite *snapshot = suite_create("snapshot");
	TCase *cases = tcase_create("lookups");

	tcase_set_timeout(cases, 120);
	tcase_add_loop_test(cases, agrees_with_the_reference, 0, reference_case_count);
	tcase_add_loop_test(cases, a_painted_network_comes_out_unchanged, 0,
			    sizeof(paintings) / sizeof(*paintings));
	tcase_add_test(cases, a_million_hosts_and_nothing_else);
	tcase_add_loop_test(cases, nonsense_content_is_read_safely, 0, reference_case_count);
	tcase_add_test(cases, a_snapshot_cut_short_lists_nothing_or_what_is_left);
	tcase_add_test(cases, classes_and_numbers_are_told);
	suite_add_tcase(snapshot, cases);
	return snapshot;
}

int main(void)
{
	return run_suite(suite());
}
