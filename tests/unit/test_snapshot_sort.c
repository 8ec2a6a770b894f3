/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes large builds fast must not show in what is built: entries come out of every way of
 * sorting in order, and slices swept side by side agree where networks reach over their borders.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "maps/snapshot4.h"
#include "snapshot_reference.h"
#include "userspace/feeds/snapshot/parallel.h"
#include "userspace/feeds/snapshot/private.h"
#include "tests/suite.h"

static int compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static uint64_t from_random(uint64_t *random, size_t i)
{
	(void)i;
	return reference_random(random);
}

static uint64_t ascending(uint64_t *random, size_t i)
{
	(void)random;
	return i << 20;
}

static uint64_t descending(uint64_t *random, size_t i)
{
	(void)random;
	return ~(uint64_t)i << 20;
}

static uint64_t of_one_address(uint64_t *random, size_t i)
{
	(void)i;
	return 0xc0000201ull << 32 | reference_random(random) >> 33;
}

static uint64_t of_one_network(uint64_t *random, size_t i)
{
	(void)i;
	return 0xffff0000ull << 32 | reference_random(random) >> 16;
}

static uint64_t alternating(uint64_t *random, size_t i)
{
	return i % 2 ? UINT64_MAX : reference_random(random) % 3;
}

/* Rules behind a feed that is in order. */
static uint64_t with_a_tail(uint64_t *random, size_t i)
{
	return i % 1000 < 990 ? i << 30 : reference_random(random);
}

static const struct {
	const char *name;
	uint64_t (*make)(uint64_t *random, size_t i);
} shapes[] = {
	{"random", from_random},
	{"ascending", ascending},
	{"descending", descending},
	{"of one address", of_one_address},
	{"of one network", of_one_network},
	{"alternating", alternating},
	{"with a tail", with_a_tail},
};

START_TEST(entries_come_out_in_order)
{
	static const size_t counts[] = {0, 1, 2, 47, 48, 49, 1000, 100000};
	uint64_t random = 2463534242;

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		size_t count = counts[i];
		mxdp_entry4 *entries = malloc((count + 1) * sizeof(*entries));
		mxdp_entry4 *expected = malloc((count + 1) * sizeof(*expected));

		for (size_t j = 0; j < count; j++)
			entries[j] = expected[j] = shapes[_i].make(&random, j);
		qsort(expected, count, sizeof(*expected), compare);
		ck_assert_int_eq(mxdp_sort4(&entries, count), 0);
		ck_assert_msg(memcmp(entries, expected, count * sizeof(*entries)) == 0,
			      "%zu entries, %s", count, shapes[_i].name);
		for (size_t j = 0; j < 100 && count; j++) {
			mxdp_entry4 least = expected[j * 7919 % count] + j % 2;
			size_t place = mxdp_entry4_find(entries, count, least);

			ck_assert(place == count || entries[place] >= least);
			ck_assert(!place || entries[place - 1] < least);
		}
		free(entries);
		free(expected);
	}
}
END_TEST

static void count_call(void *context, size_t number)
{
	unsigned char *calls = context;

	__atomic_fetch_add(&calls[number], 1, __ATOMIC_RELAXED);
}

START_TEST(every_share_is_done_once)
{
	unsigned char calls[1000] = {0};

	mxdp_parallel(0, count_call, calls);
	ck_assert_uint_eq(calls[0], 0);
	mxdp_parallel(sizeof(calls), count_call, calls);
	for (size_t i = 0; i < sizeof(calls); i++)
		ck_assert_uint_eq(calls[i], 1);
}
END_TEST

#define HOSTS    200000 /* many slices */
#define NETWORKS 60

struct network {
	uint32_t address;
	unsigned int length;
	uint8_t class; /* 0: excluded */
	bool subtracted;
};

struct world {
	uint32_t hosts[HOSTS];
	struct network networks[NETWORKS];
};

static int compare_hosts(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

static bool is_within(uint32_t address, const struct network *network)
{
	return !network->length || (address ^ network->address) >> (32 - network->length) == 0;
}

/* Hosts are of class 1 and win over all networks but the subtracted. */
static uint8_t expected_class(const struct world *world, uint32_t address)
{
	const struct network *best = NULL;

	for (size_t i = 0; i < NETWORKS; i++) {
		const struct network *network = &world->networks[i];

		if (!is_within(address, network))
			continue;
		if (network->subtracted)
			return 0;
		if (!best || network->length > best->length ||
		    (network->length == best->length && network->class < best->class))
			best = network;
	}
	if (bsearch(&address, world->hosts, HOSTS, sizeof(address), compare_hosts))
		return 1;
	return best ? best->class : 0;
}

/* Of the same network an exclusion wins, then the lower class: both are lower numbers. */
static void make_world(struct world *world, uint64_t *random)
{
	for (size_t i = 0; i < NETWORKS; i++) {
		struct network *network = &world->networks[i];

		network->length = i ? 1 + reference_random(random) % 18 : 0;
		network->address = network->length ? (uint32_t)reference_random(random) &
							     ~0u << (32 - network->length)
						   : 0;
		network->subtracted = i > 50 && network->length > 4;
		network->class = i % 5 ? 2 + i : 0;
	}
	for (size_t i = 0; i < HOSTS; i++)
		world->hosts[i] = (uint32_t)reference_random(random) >> (i % 3 ? 0 : 6);
	qsort(world->hosts, HOSTS, sizeof(*world->hosts), compare_hosts);
}

static struct mxdp_snapshot build_world(const struct world *world)
{
	struct mxdp_snapshot_builder *builder;
	struct mxdp_snapshot snapshot;
	uint64_t *hosts = malloc(HOSTS * sizeof(*hosts));

	ck_assert_int_eq(mxdp_snapshot_builder_new(&builder), 0);
	for (size_t i = 0; i < HOSTS; i++)
		hosts[i] = (uint64_t)world->hosts[i] << 32 | 32ull << 26;
	ck_assert_int_eq(mxdp_snapshot_add4(builder, hosts, HOSTS, 1, 0), 0);
	for (size_t i = 0; i < NETWORKS; i++) {
		const struct network *network = &world->networks[i];
		struct mxdp_prefix prefix = {reference_v4(network->address), network->length};

		ck_assert_int_eq(network->subtracted
					 ? mxdp_snapshot_subtract(builder, &prefix)
					 : mxdp_snapshot_add(builder, &prefix, network->class, 0),
				 0);
	}
	ck_assert_int_eq(mxdp_snapshot_build4(builder, 1, &snapshot), 0);
	mxdp_snapshot_builder_free(builder);
	free(hosts);
	return snapshot;
}

START_TEST(slices_agree_at_their_borders)
{
	struct world *world = malloc(sizeof(*world));
	uint64_t random = 88172645463325252ull + (uint64_t)_i;
	struct mxdp_snapshot_view view;
	struct mxdp_snapshot snapshot;

	make_world(world, &random);
	snapshot = build_world(world);
	view = (struct mxdp_snapshot_view){snapshot.lines, snapshot.count};
	for (uint32_t i = 0; i < 60000; i++) {
		/* Both sides of each /12's beginning, hosts, and anything. */
		uint32_t address = i < 8192    ? (i / 2 << 20) - (i & 1)
				   : i < 30000 ? world->hosts[reference_random(&random) % HOSTS]
					       : (uint32_t)reference_random(&random);
		uint32_t found = mxdp_snapshot4_find(&view, address);
		uint8_t expected = expected_class(world, address);

		if (found != expected)
			ck_abort_msg("%08x is of class %u, not %u", address, found, expected);
	}
	mxdp_snapshot_free(&snapshot);
	free(world);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot sort");
	TCase *tests = tcase_create("large builds");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, entries_come_out_in_order, 0, sizeof(shapes) / sizeof(*shapes));
	tcase_add_test(tests, every_share_is_done_once);
	tcase_add_loop_test(tests, slices_agree_at_their_borders, 0, 6);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
