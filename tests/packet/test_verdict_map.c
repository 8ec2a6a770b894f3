/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User space's door to the verdicts, on real maps. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "harness.h"
#include "maps/verdict_sweep.h"

static struct harness harness;

static void small_maps(struct mxdp_bpf *skeleton)
{
	bpf_map__set_max_entries(skeleton->maps.verdicts4, 8);
	bpf_map__set_max_entries(skeleton->maps.verdicts6, 9000);
}

static void open_harness(void)
{
	harness_open(&harness, small_maps);
}

static void close_harness(void)
{
	harness_close(&harness);
}

START_TEST(a_verdict_is_set_found_and_deleted)
{
	struct mxdp_address client = address("2001:db8::1"), neighbour = address("2001:db8::2");
	struct mxdp_prefix host = prefix("2001:db8::1"), network = prefix("2001:db8::/64"), found;
	struct mxdp_verdict verdict;

	set_verdict(&harness, "2001:db8::/64", MXDP_ACTION_DROP, 0);
	set_verdict(&harness, "2001:db8::1", MXDP_ACTION_PASS, 0);
	ck_assert_int_eq(mxdp_verdict_match(&harness.maps, &client, &found, &verdict), 0);
	ck_assert_int_eq(verdict.action, MXDP_ACTION_PASS);
	ck_assert_int_eq(verdict.reason, MXDP_REASON_DNSBL);
	ck_assert_uint_eq(found.length, 128);
	ck_assert_int_eq(mxdp_verdict_match(&harness.maps, &neighbour, &found, &verdict), 0);
	ck_assert_int_eq(verdict.action, MXDP_ACTION_DROP);
	ck_assert_uint_eq(found.length, 64);

	set_verdict(&harness, "2001:db8::1", MXDP_ACTION_PASS, 1); /* long expired */
	ck_assert_int_eq(mxdp_verdict_match(&harness.maps, &client, &found, &verdict), 0);
	ck_assert_uint_eq(found.length, 64);

	ck_assert_int_eq(mxdp_verdict_delete(&harness.maps, &network), 0);
	ck_assert_int_eq(mxdp_verdict_delete(&harness.maps, &network), -ENOENT);
	ck_assert_int_eq(mxdp_verdict_match(&harness.maps, &client, &found, &verdict), -ENOENT);
	ck_assert_int_eq(mxdp_verdict_delete(&harness.maps, &host), 0);
}
END_TEST

START_TEST(only_hosts_and_64s_have_verdicts)
{
	static const char *const refused[] = {"192.0.2.0/24", "2001:db8::/63", "2001:db8::/65",
					      "0.0.0.0/0", "::/0"};
	struct mxdp_verdict verdict = {.action = MXDP_ACTION_DROP};

	for (size_t i = 0; i < 5; i++) {
		struct mxdp_prefix key = prefix(refused[i]);

		ck_assert_int_eq(mxdp_verdict_set(&harness.maps, &key, &verdict), -EINVAL);
		ck_assert_int_eq(mxdp_verdict_delete(&harness.maps, &key), -EINVAL);
	}
}
END_TEST

START_TEST(a_new_verdict_keeps_the_hits_of_the_old)
{
	struct mxdp_address client = address("192.0.2.1");
	struct mxdp_verdict verdict;
	struct mxdp_prefix found;

	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_DROP, 0);
	expect(&harness, verdict_drop, .from = "192.0.2.1");
	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_PASS, 0);
	ck_assert_int_eq(mxdp_verdict_match(&harness.maps, &client, &found, &verdict), 0);
	ck_assert_int_eq(verdict.action, MXDP_ACTION_PASS);
	ck_assert_uint_eq(verdict.hits, 1);
	ck_assert_uint_ne(verdict.last_seen_ns, 0);
}
END_TEST

START_TEST(a_full_verdict_map_says_so)
{
	struct mxdp_verdict verdict = {.action = MXDP_ACTION_DROP};
	struct mxdp_prefix key;
	uint32_t v4, v6;
	char text[32];

	ck_assert_int_eq(mxdp_verdict_capacity(&harness.maps, &v4, &v6), 0);
	ck_assert_uint_eq(v4, 8);
	ck_assert_uint_eq(v6, 9000);
	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", i);
		set_verdict(&harness, text, MXDP_ACTION_DROP, 0);
	}
	key = prefix("192.0.2.100");
	ck_assert_int_eq(mxdp_verdict_set(&harness.maps, &key, &verdict), -ENOSPC);
}
END_TEST

static const char *const walked[] = {"192.0.2.1", "192.0.2.2", "2001:db8::/64", "2001:db8::1"};

static int meet_verdict(void *context, const struct mxdp_prefix *key,
			const struct mxdp_verdict *verdict)
{
	bool *met = context;
	char text[MXDP_PREFIX_TEXT];

	ck_assert_int_eq(verdict->action, MXDP_ACTION_DROP);
	mxdp_prefix_format(key, text);
	for (size_t i = 0; i < 4; i++) {
		if (strcmp(walked[i], text))
			continue;
		ck_assert_msg(!met[i], "%s was met twice", text);
		met[i] = true;
		return 0;
	}
	ck_abort_msg("%s was never set", text);
}

START_TEST(a_walk_meets_every_verdict)
{
	bool met[4] = {false};

	for (size_t i = 0; i < 4; i++)
		set_verdict(&harness, walked[i], MXDP_ACTION_DROP, 0);
	ck_assert_int_eq(mxdp_verdict_each(&harness.maps, meet_verdict, met), 0);
	for (size_t i = 0; i < 4; i++)
		ck_assert_msg(met[i], "%s was not met", walked[i]);
}
END_TEST

static int delete_verdict(void *context, const struct mxdp_prefix *key,
			  const struct mxdp_verdict *verdict)
{
	unsigned int *deleted = context;

	(void)verdict;
	ck_assert_int_eq(mxdp_verdict_delete(&harness.maps, key), 0);
	++*deleted;
	return 0;
}

/* More than one batch of the walk. */
START_TEST(thousands_of_verdicts_may_be_deleted_on_a_walk)
{
	unsigned int deleted = 0;
	char text[64];

	for (unsigned int i = 0; i < 9000; i++) {
		snprintf(text, sizeof(text), "2001:db8:%x::1", i);
		set_verdict(&harness, text, MXDP_ACTION_DROP, 0);
	}
	ck_assert_int_eq(mxdp_verdict_each(&harness.maps, delete_verdict, &deleted), 0);
	ck_assert_uint_eq(deleted, 9000);
}
END_TEST

START_TEST(the_sweep_removes_what_expired_and_counts_the_rest)
{
	struct mxdp_verdict_sweep sweep = {0};
	unsigned int deleted = 0, steps = 0;
	char text[32];

	for (unsigned int i = 0; i < 9000; i++) {
		snprintf(text, sizeof(text), "2001:db8:%x::1", i);
		set_verdict(&harness, text, MXDP_ACTION_DROP, i % 3 ? 0 : 1);
	}
	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_PASS, UINT64_MAX);
	set_verdict(&harness, "192.0.2.2", MXDP_ACTION_PASS, 1);
	do {
		deleted += mxdp_verdict_sweep_step(&harness.maps, &sweep, 1000);
		ck_assert_uint_lt(++steps, 100);
	} while (!sweep.alive6);
	ck_assert_uint_gt(steps, 5); /* a few at a time */
	ck_assert_uint_eq(deleted, 3001);
	ck_assert_uint_eq(sweep.alive4, 1);
	ck_assert_uint_eq(sweep.alive6, 6000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict map");
	TCase *tests = tcase_create("verdicts");

	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_test(tests, a_verdict_is_set_found_and_deleted);
	tcase_add_test(tests, only_hosts_and_64s_have_verdicts);
	tcase_add_test(tests, a_new_verdict_keeps_the_hits_of_the_old);
	tcase_add_test(tests, a_full_verdict_map_says_so);
	tcase_add_test(tests, a_walk_meets_every_verdict);
	tcase_add_test(tests, thousands_of_verdicts_may_be_deleted_on_a_walk);
	tcase_add_test(tests, the_sweep_removes_what_expired_and_counts_the_rest);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, small_maps);
}
