/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User space's door to settings, counters, rules and sets, on real maps. */
#include <bpf/bpf.h>
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "maps/keys.h"

static struct harness harness;

static void small_maps(struct mxdp_bpf *skeleton)
{
	bpf_map__set_max_entries(skeleton->maps.rules4, 8);
	bpf_map__set_max_entries(skeleton->maps.never_block4, 4);
	bpf_map__set_max_entries(skeleton->maps.never_block6, 4);
}

static void open_harness(void)
{
	harness_open(&harness, small_maps);
}

static void close_harness(void)
{
	harness_close(&harness);
}

/* What a walk met, as sorted text. */
struct met {
	char entries[16][MXDP_PREFIX_TEXT];
	size_t count, stop_after;
};

static void meet(struct met *met, const struct mxdp_prefix *key)
{
	ck_assert_uint_lt(met->count, 16);
	mxdp_prefix_format(key, met->entries[met->count++]);
}

static int meet_rule(void *context, const struct mxdp_prefix *key, const struct mxdp_rule *rule)
{
	struct met *met = context;

	ck_assert_int_eq(rule->action, MXDP_ACTION_DROP);
	ck_assert_uint_eq(rule->length, key->length);
	meet(met, key);
	return met->count == met->stop_after ? 42 : 0;
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void expect_met(struct met *met, const char *const expected[], size_t count)
{
	ck_assert_uint_eq(met->count, count);
	qsort(met->entries, met->count, sizeof(met->entries[0]), compare_text);
	for (size_t i = 0; i < count; i++)
		ck_assert_str_eq(met->entries[i], expected[i]);
}

START_TEST(settings_come_back_as_written)
{
	struct mxdp_settings read;

	ck_assert_int_eq(mxdp_settings_read(&harness.maps, &read), 0);
	ck_assert_mem_eq(&read, &harness.settings, sizeof(read));
}
END_TEST

START_TEST(counters_add_up_over_cpus)
{
	int cpus = libbpf_num_possible_cpus();
	struct mxdp_cpu *values = calloc((size_t)cpus, sizeof(*values));
	struct mxdp_counters sum;
	__u32 zero = 0;

	ck_assert_ptr_nonnull(values);
	for (int cpu = 0; cpu < cpus; cpu++) {
		values[cpu].other = (__u64)cpu + 1;
		values[cpu].samples_lost = 7;
		values[cpu].clock.now_ns = 1; /* no counter */
	}
	ck_assert_int_eq(bpf_map_update_elem(harness.maps.counters, &zero, values, BPF_ANY), 0);
	free(values);
	ck_assert_int_eq(mxdp_counters_read(&harness.maps, &sum), 0);
	ck_assert_uint_eq(sum.other, (__u64)cpus * ((__u64)cpus + 1) / 2);
	ck_assert_uint_eq(sum.samples_lost, (__u64)cpus * 7);
	ck_assert_uint_eq(sum.established, 0);
}
END_TEST

START_TEST(a_rule_is_set_found_and_deleted)
{
	struct mxdp_prefix wide = prefix("192.0.2.0/24"), narrow = prefix("192.0.2.0/25"), found;
	struct mxdp_address client = address("192.0.2.1");
	struct mxdp_rule rule;

	set_rule(&harness, "192.0.2.0/24", MXDP_ACTION_DROP, 0);
	ck_assert_int_eq(mxdp_rule_get(&harness.maps, &wide, &rule), 0);
	ck_assert_int_eq(rule.action, MXDP_ACTION_DROP);
	ck_assert_int_eq(mxdp_rule_get(&harness.maps, &narrow, &rule), -ENOENT);
	ck_assert_int_eq(mxdp_rule_match(&harness.maps, &client, &found, &rule), 0);
	ck_assert_uint_eq(found.length, 24);
	ck_assert(mxdp_address_equal(&found.address, &wide.address));

	ck_assert_int_eq(mxdp_rule_delete(&harness.maps, &narrow), -ENOENT);
	ck_assert_int_eq(mxdp_rule_delete(&harness.maps, &wide), 0);
	ck_assert_int_eq(mxdp_rule_get(&harness.maps, &wide, &rule), -ENOENT);
	ck_assert_int_eq(mxdp_rule_match(&harness.maps, &client, &found, &rule), -ENOENT);
}
END_TEST

START_TEST(the_longest_living_rule_matches)
{
	struct mxdp_address client = address("2001:db8::1");
	struct mxdp_prefix found;
	struct mxdp_rule rule;

	set_rule(&harness, "::/0", MXDP_ACTION_DROP, 0);
	set_rule(&harness, "2001:db8::/32", MXDP_ACTION_PASS, 0);
	set_rule(&harness, "2001:db8::/64", MXDP_ACTION_DROP, 1);
	ck_assert_int_eq(mxdp_rule_match(&harness.maps, &client, &found, &rule), 0);
	ck_assert_uint_eq(found.length, 32);
	ck_assert_int_eq(rule.action, MXDP_ACTION_PASS);
	client = address("2001:db9::1");
	ck_assert_int_eq(mxdp_rule_match(&harness.maps, &client, &found, &rule), 0);
	ck_assert_uint_eq(found.length, 0);
	client = address("192.0.2.1");
	ck_assert_int_eq(mxdp_rule_match(&harness.maps, &client, &found, &rule), -ENOENT);
}
END_TEST

START_TEST(a_walk_meets_every_rule_and_may_stop)
{
	static const char *const all[] = {"0.0.0.0/0", "192.0.2.0/24", "192.0.2.1", "2001:db8::/32",
					  "::/0"};
	struct met met = {.stop_after = 0}, stopped = {.stop_after = 2};

	for (size_t i = 0; i < 5; i++)
		set_rule(&harness, all[i], MXDP_ACTION_DROP, 0);
	ck_assert_int_eq(mxdp_rule_each(&harness.maps, meet_rule, &met), 0);
	expect_met(&met, all, 5);
	ck_assert_int_eq(mxdp_rule_each(&harness.maps, meet_rule, &stopped), 42);
	ck_assert_uint_eq(stopped.count, 2);
}
END_TEST

static int delete_rule(void *context, const struct mxdp_prefix *key, const struct mxdp_rule *rule)
{
	unsigned int *deleted = context;

	(void)rule;
	ck_assert_int_eq(mxdp_rule_delete(&harness.maps, key), 0);
	++*deleted;
	return 0;
}

START_TEST(rules_may_be_deleted_on_a_walk)
{
	unsigned int deleted = 0;

	set_rule(&harness, "192.0.2.0/24", MXDP_ACTION_DROP, 0);
	set_rule(&harness, "192.0.2.1", MXDP_ACTION_DROP, 0);
	set_rule(&harness, "192.0.3.1", MXDP_ACTION_DROP, 0);
	set_rule(&harness, "2001:db8::/32", MXDP_ACTION_DROP, 0);
	ck_assert_int_eq(mxdp_rule_each(&harness.maps, delete_rule, &deleted), 0);
	ck_assert_uint_eq(deleted, 4);
	ck_assert_int_eq(mxdp_rule_each(&harness.maps, delete_rule, &deleted), 0);
	ck_assert_uint_eq(deleted, 4);
}
END_TEST

START_TEST(thousands_of_rules_may_be_deleted_on_a_walk)
{
	unsigned int deleted = 0;
	char text[64];

	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "2001:db8:%x::/48", i);
		set_rule(&harness, text, MXDP_ACTION_DROP, 0);
	}
	ck_assert_int_eq(mxdp_rule_each(&harness.maps, delete_rule, &deleted), 0);
	ck_assert_uint_eq(deleted, 5000);
}
END_TEST

START_TEST(a_full_rule_map_says_so)
{
	struct mxdp_rule rule = {.action = MXDP_ACTION_DROP};
	struct mxdp_prefix key;
	char text[32];

	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", i);
		set_rule(&harness, text, MXDP_ACTION_DROP, 0);
	}
	key = prefix("192.0.2.100");
	ck_assert_int_eq(mxdp_rule_set(&harness.maps, &key, &rule), -ENOSPC);
	key = prefix("192.0.2.1"); /* replacing one still works */
	ck_assert_int_eq(mxdp_rule_set(&harness.maps, &key, &rule), 0);
}
END_TEST

static int replace(const char *const texts[], size_t count)
{
	struct mxdp_prefix prefixes[16];

	for (size_t i = 0; i < count; i++)
		prefixes[i] = prefix(texts[i]);
	return mxdp_set_replace(&harness.maps, MXDP_SET_NEVER_BLOCK, prefixes, count);
}

struct match {
	const struct mxdp_address *address;
	struct mxdp_prefix *longest;
	bool v4, found;
};

static int match_member(void *context, const void *key, const void *value)
{
	struct match *match = context;
	struct mxdp_prefix prefix = mxdp_key_to_prefix(key, match->v4);

	(void)value;
	if (mxdp_prefix_contains(&prefix, match->address) &&
	    (!match->found || prefix.length > match->longest->length)) {
		*match->longest = prefix;
		match->found = true;
	}
	return 0;
}

/* The prefix of the longest never-block member over an address, or "". */
static const char *member_over(const char *text)
{
	static char shown[MXDP_PREFIX_TEXT];
	const struct mxdp_address inner = address(text);
	const bool v4 = mxdp_address_is_v4(&inner);
	struct mxdp_prefix longest;
	struct match match = {.address = &inner, .longest = &longest, .v4 = v4};

	ck_assert_int_eq(
		mxdp_map_walk(v4 ? harness.maps.never_block4 : harness.maps.never_block6,
			      v4 ? sizeof(struct mxdp_prefix4) : sizeof(struct mxdp_prefix6),
			      sizeof(struct mxdp_member), match_member, &match),
		0);
	return match.found ? mxdp_prefix_format(&longest, shown) : "";
}

START_TEST(a_set_holds_exactly_what_it_was_given)
{
	static const char *const first[] = {"192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "::1"};
	static const char *const second[] = {"192.0.2.1", "203.0.113.0/24", "192.0.2.1"};

	ck_assert_str_eq(member_over("192.0.2.1"), "");
	ck_assert_int_eq(replace(first, 4), 0);
	ck_assert_str_eq(member_over("192.0.2.1"), "192.0.2.1");
	ck_assert_str_eq(member_over("192.0.2.2"), "192.0.2.0/24");
	ck_assert_str_eq(member_over("2001:db8::7"), "2001:db8::/32");
	ck_assert_str_eq(member_over("::1"), "::1");

	ck_assert_int_eq(replace(second, 3), 0);
	ck_assert_str_eq(member_over("192.0.2.1"), "192.0.2.1");
	ck_assert_str_eq(member_over("192.0.2.2"), "");
	ck_assert_str_eq(member_over("203.0.113.9"), "203.0.113.0/24");
	ck_assert_str_eq(member_over("2001:db8::7"), "");
	ck_assert_int_eq(replace(NULL, 0), 0);
	ck_assert_str_eq(member_over("192.0.2.1"), "");
}
END_TEST

START_TEST(members_that_stay_keep_their_hits)
{
	static const char *const first[] = {"192.0.2.1"};
	static const char *const second[] = {"192.0.2.1", "192.0.2.2"};
	struct mxdp_prefix4 key = {.length = 32, .address = {192, 0, 2, 1}};
	struct mxdp_member member;

	ck_assert_int_eq(replace(first, 1), 0);
	expect(&harness, never_block, .from = "192.0.2.1");
	ck_assert_int_eq(replace(second, 2), 0);
	ck_assert_int_eq(bpf_map_lookup_elem(harness.maps.never_block4, &key, &member), 0);
	ck_assert_uint_eq(member.hits, 1);
}
END_TEST

START_TEST(a_set_that_does_not_fit_changes_nothing)
{
	static const char *const fits[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"};
	static const char *const others[] = {"192.0.3.1", "192.0.3.2", "192.0.3.3", "192.0.2.4"};
	static const char *const large[] = {"192.0.4.1", "192.0.4.2", "192.0.4.3", "192.0.4.4",
					    "192.0.4.5"};

	ck_assert_int_eq(replace(fits, 4), 0);
	ck_assert_int_eq(replace(large, 5), -E2BIG);
	ck_assert_str_eq(member_over("192.0.2.1"), "192.0.2.1");
	ck_assert_str_eq(member_over("192.0.4.1"), "");
	/* A full set is changed into another full one. */
	ck_assert_int_eq(replace(others, 4), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_str_eq(member_over(others[i]), others[i]);
	ck_assert_str_eq(member_over("192.0.2.1"), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("maps");
	TCase *tests = tcase_create("maps");

	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_test(tests, settings_come_back_as_written);
	tcase_add_test(tests, counters_add_up_over_cpus);
	tcase_add_test(tests, a_rule_is_set_found_and_deleted);
	tcase_add_test(tests, the_longest_living_rule_matches);
	tcase_add_test(tests, a_walk_meets_every_rule_and_may_stop);
	tcase_add_test(tests, rules_may_be_deleted_on_a_walk);
	tcase_add_test(tests, thousands_of_rules_may_be_deleted_on_a_walk);
	tcase_add_test(tests, a_full_rule_map_says_so);
	tcase_add_test(tests, a_set_holds_exactly_what_it_was_given);
	tcase_add_test(tests, members_that_stay_keep_their_hits);
	tcase_add_test(tests, a_set_that_does_not_fit_changes_nothing);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, small_maps);
}
