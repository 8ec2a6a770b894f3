/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operator's rules: what acts, what survives, what expires. */
#include <sqlite3.h>

#include "rules_stand.h"

START_TEST(the_longest_prefix_decides)
{
	deny("192.0.2.0/24");
	allow("192.0.2.128/25");
	deny("192.0.2.129");
	deny("2001:db8::/32");
	allow("2001:db8::1");
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	ck_assert_int_eq(decided("192.0.2.200"), MXDP_ACTION_PASS);
	ck_assert_int_eq(decided("192.0.2.129"), MXDP_ACTION_DROP);
	ck_assert_int_eq(decided("192.0.3.1"), MXDP_ACTION_NONE);
	ck_assert_int_eq(decided("2001:db8::1"), MXDP_ACTION_PASS);
	ck_assert_int_eq(decided("2001:db8::2"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(a_rule_is_shown_with_its_words_and_hits)
{
	struct mxdp_prefix prefix = prefix_of("192.0.2.1");
	struct mxdp_operator_rule shown;
	struct mxdp_rule counted;

	deny("192.0.2.1");
	/* As the packet path would. */
	ck_assert_int_eq(mxdp_rule_get(&maps, &prefix, &counted), 0);
	counted.hits = 7;
	counted.last_seen_ns = mxdp_boottime_ns();
	ck_assert_int_eq(mxdp_rule_set(&maps, &prefix, &counted), 0);
	ck_assert_int_eq(mxdp_rules_match(rules, &prefix.address, &shown), 0);
	ck_assert_str_eq(shown.reason, "because");
	ck_assert_int_eq(shown.created, now);
	ck_assert_uint_eq(shown.hits, 7);
	ck_assert_int_ge(shown.last_seen, now - 1);
	ck_assert_int_le(shown.last_seen, now + 60);
	/* Setting it again keeps what was counted. */
	ck_assert_int_eq(set("192.0.2.1", MXDP_ACTION_PASS, 0), 0);
	ck_assert_int_eq(mxdp_rules_match(rules, &prefix.address, &shown), 0);
	ck_assert_int_eq(shown.action, MXDP_ACTION_PASS);
	ck_assert_uint_eq(shown.hits, 7);
	ck_assert_int_eq(count(), 1);
}
END_TEST

START_TEST(rules_survive_a_reboot)
{
	ck_assert_int_eq(set("192.0.2.0/24", MXDP_ACTION_DROP, 3600), 0);
	allow("2001:db8::/64");
	stop_rules();
	close_maps();
	new_maps(); /* a reboot empties the kernel */
	start_rules();
	ck_assert_int_eq(count(), 2);
	ck_assert_int_eq(mapped(), 2);
	ck_assert_int_eq(decided("192.0.2.77"), MXDP_ACTION_DROP);
	ck_assert_int_eq(decided("2001:db8::77"), MXDP_ACTION_PASS);
}
END_TEST

START_TEST(the_store_wins_over_the_map)
{
	struct mxdp_prefix stray = prefix_of("203.0.113.0/24"), known = prefix_of("192.0.2.1");
	struct mxdp_rule rule = {.action = MXDP_ACTION_DROP, .hits = 3};

	allow("192.0.2.1");
	ck_assert_int_eq(mxdp_rule_set(&maps, &stray, &rule), 0);
	ck_assert_int_eq(mxdp_rule_set(&maps, &known, &rule), 0);
	restart_rules();
	ck_assert_int_eq(mapped(), 1);
	ck_assert_int_eq(decided("203.0.113.1"), MXDP_ACTION_NONE);
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_PASS);
	ck_assert_int_eq(mxdp_rule_get(&maps, &known, &rule), 0);
	ck_assert_uint_eq(rule.hits, 3);
}
END_TEST

START_TEST(a_new_file_takes_over_the_maps_rules)
{
	deny("192.0.2.1");
	allow("2001:db8::1");
	stop_rules();
	mxdp_store_close(store);
	empty_directory(); /* moved away, as the log advises for a damaged one */
	ck_assert_int_eq(mxdp_store_open(directory, &store), 0);
	start_rules();
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	ck_assert_int_eq(decided("2001:db8::1"), MXDP_ACTION_PASS);
	stop_rules();
	close_maps();
	new_maps();
	start_rules(); /* they are in the file now */
	ck_assert_int_eq(count(), 2);
}
END_TEST

START_TEST(without_a_store_rules_act_and_say_that_they_are_not_saved)
{
	struct mxdp_store *kept = store;
	char fault[256] = "";

	store = NULL;
	restart_rules();
	ck_assert_int_eq(set_with("192.0.2.1", MXDP_ACTION_DROP, 0, fault, sizeof(fault)), 0);
	ck_assert_ptr_nonnull(strstr(fault, "not saved"));
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	restart_rules(); /* the pinned map still knows it */
	ck_assert_int_eq(count(), 1);
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	store = kept;
}
END_TEST

/* Somebody's sqlite3 shell, or a backup. */
static sqlite3 *lock_store(void)
{
	char path[sizeof(directory) + 16];
	sqlite3 *other;

	snprintf(path, sizeof(path), "%s/mxdp.sqlite", directory);
	ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return other;
}

START_TEST(what_the_store_cannot_take_is_kept_later)
{
	const struct mxdp_prefix forgotten = prefix_of("192.0.2.2");
	char fault[256] = "";
	sqlite3 *other;

	deny("192.0.2.2");
	other = lock_store();
	ck_assert_int_eq(set_with("192.0.2.1", MXDP_ACTION_DROP, 0, fault, sizeof(fault)), 0);
	ck_assert_ptr_nonnull(strstr(fault, "not saved"));
	ck_assert_int_eq(mxdp_rules_forget(rules, &forgotten), 1);
	sqlite3_close(other);
	restart_rules(); /* the end of a run tries once more */
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	ck_assert_int_eq(decided("192.0.2.2"), MXDP_ACTION_NONE);
}
END_TEST

static int count_kept(void *context, const struct mxdp_prefix *prefix, enum mxdp_action action,
		      const char *reason, int64_t created, int64_t expires)
{
	(void)prefix;
	(void)action;
	(void)reason;
	(void)created;
	(void)expires;
	++*(int *)context;
	return 0;
}

/* Tried again with each look at what expires: here after three seconds. */
START_TEST(what_the_store_cannot_take_is_kept_soon)
{
	sqlite3 *other = lock_store();
	int kept = 0;

	deny("192.0.2.1");
	ck_assert_int_eq(set("192.0.2.3", MXDP_ACTION_DROP, 3), 0);
	sqlite3_close(other);
	while (mapped() > 1)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(mxdp_store_rules_load(store, count_kept, &kept), 0);
	ck_assert_int_eq(kept, 1);
}
END_TEST

START_TEST(an_expired_rule_is_removed_everywhere)
{
	ck_assert_int_eq(set("192.0.2.1", MXDP_ACTION_DROP, 3), 0);
	ck_assert_int_eq(set("192.0.2.3", MXDP_ACTION_DROP, 3600), 0); /* later */
	deny("192.0.2.2");
	ck_assert_int_eq(mapped(), 3);
	while (mapped() > 2)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(count(), 2);
	restart_rules();
	ck_assert_int_eq(count(), 2);
	ck_assert_int_eq(decided("192.0.2.2"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(what_expired_meanwhile_is_not_restored)
{
	struct mxdp_prefix prefix = prefix_of("192.0.2.9");

	ck_assert_int_eq(
		mxdp_store_rule_save(store, &prefix, MXDP_ACTION_DROP, "", now - 10, now - 5), 0);
	prefix = prefix_of("192.0.2.10");
	ck_assert_int_eq(mxdp_store_rule_save(store, &prefix, MXDP_ACTION_DROP, "", now - 10,
					      (int64_t)time(NULL)),
			 0);
	restart_rules();
	ck_assert_int_eq(count(), 0);
	ck_assert_int_eq(mapped(), 0);
}
END_TEST

START_TEST(forget_takes_what_is_inside)
{
	struct mxdp_prefix inner = prefix_of("192.0.2.0/24"), v6 = prefix_of("::/0");

	deny("192.0.0.0/16");
	deny("192.0.2.0/24");
	allow("192.0.2.9");
	deny("192.0.3.0/24");
	deny("2001:db8::/32");
	ck_assert_int_eq(mxdp_rules_forget(rules, &inner), 2);
	ck_assert_int_eq(mxdp_rules_forget(rules, &inner), 0);
	ck_assert_int_eq(count(), 3);
	ck_assert_int_eq(decided("192.0.2.9"), MXDP_ACTION_DROP);
	ck_assert_int_eq(mxdp_rules_forget(rules, &v6), 1);
	ck_assert_int_eq(mapped(), 2);
	restart_rules();
	ck_assert_int_eq(count(), 2);
}
END_TEST

START_TEST(senseless_rules_are_refused)
{
	char fault[256];

	ck_assert_int_eq(set_with("192.0.2.1", MXDP_ACTION_LIMIT, 0, fault, sizeof(fault)),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(fault, "limit"));
	ck_assert_int_eq(set_with("192.0.2.1", MXDP_ACTION_DROP, -5, fault, sizeof(fault)),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(fault, "expired"));
	ck_assert_int_eq(mapped(), 0);
}
END_TEST

START_TEST(a_full_map_is_said_and_changes_nothing)
{
	char text[32], fault[256];

	for (int i = 0; i < 64; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", i);
		deny(text);
	}
	ck_assert_int_lt(set_with("192.0.3.1", MXDP_ACTION_DROP, 0, fault, sizeof(fault)), 0);
	ck_assert_ptr_nonnull(strstr(fault, "no place"));
	ck_assert_int_eq(count(), 64);
	restart_rules();
	ck_assert_int_eq(count(), 64);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules");
	TCase *tests = tcase_create("operator");

	tcase_add_test(tests, the_longest_prefix_decides);
	tcase_add_test(tests, a_rule_is_shown_with_its_words_and_hits);
	tcase_add_test(tests, rules_survive_a_reboot);
	tcase_add_test(tests, the_store_wins_over_the_map);
	tcase_add_test(tests, a_new_file_takes_over_the_maps_rules);
	tcase_add_test(tests, without_a_store_rules_act_and_say_that_they_are_not_saved);
	tcase_add_test(tests, what_the_store_cannot_take_is_kept_later);
	tcase_add_test(tests, what_the_store_cannot_take_is_kept_soon);
	tcase_add_test(tests, an_expired_rule_is_removed_everywhere);
	tcase_add_test(tests, what_expired_meanwhile_is_not_restored);
	tcase_add_test(tests, forget_takes_what_is_inside);
	tcase_add_test(tests, senseless_rules_are_refused);
	tcase_add_test(tests, a_full_map_is_said_and_changes_nothing);
	return run_rules_suite(suite, tests);
}
