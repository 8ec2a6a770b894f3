/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a connection attempt: who outranks whom, and how each action is carried out. */
#include <check.h>

#include "harness.h"
#include "rings.h"

#define CLIENT     "192.0.2.1"
#define CLIENT6    "2001:db8::1"
#define NEIGHBOUR6 "2001:db8::2"
#define NETWORK6   "2001:db8::/64"
#define SUBMISSION 587

static struct harness harness;

static void open_harness(void)
{
	harness_open(&harness, NULL);
}

static void close_harness(void)
{
	harness_close(&harness);
}

static void set_mode(enum mxdp_mode mode)
{
	harness.settings.mode = mode;
	harness_configure(&harness);
}

static void set_never_block(const char *text)
{
	struct mxdp_prefix member = prefix(text);

	ck_assert_int_eq(mxdp_set_replace(&harness.maps, MXDP_SET_NEVER_BLOCK, &member, 1), 0);
}

static uint64_t past(void)
{
	return mxdp_boottime_ns() - 1;
}

static uint64_t later(void)
{
	return mxdp_boottime_ns() + 3600 * SECOND;
}

START_TEST(rule_outranks_never_block_outranks_verdict)
{
	set_verdict(&harness, CLIENT, MXDP_ACTION_DROP, 0);
	expect(&harness, verdict_drop, .from = CLIENT);
	set_never_block("192.0.2.0/28");
	expect(&harness, never_block, .from = CLIENT);
	set_rule(&harness, "192.0.0.0/16", MXDP_ACTION_DROP, 0);
	expect(&harness, rule_deny, .from = CLIENT);
}
END_TEST

START_TEST(rule_outranks_never_block_outranks_verdict_in_ipv6)
{
	set_verdict(&harness, CLIENT6, MXDP_ACTION_DROP, 0);
	expect(&harness, verdict_drop, .v6 = true, .from = CLIENT6);
	set_never_block("2001:db8::/56");
	expect(&harness, never_block, .v6 = true, .from = CLIENT6);
	set_rule(&harness, "2001:db8::/32", MXDP_ACTION_DROP, 0);
	expect(&harness, rule_deny, .v6 = true, .from = CLIENT6);
}
END_TEST

START_TEST(allow_rule_outranks_a_drop_verdict)
{
	set_verdict(&harness, CLIENT, MXDP_ACTION_DROP, 0);
	set_rule(&harness, CLIENT, MXDP_ACTION_PASS, 0);
	expect(&harness, rule_allow, .from = CLIENT);
}
END_TEST

START_TEST(the_longest_rule_wins)
{
	set_rule(&harness, "0.0.0.0/0", MXDP_ACTION_DROP, 0);
	set_rule(&harness, "192.0.2.0/24", MXDP_ACTION_PASS, 0);
	set_rule(&harness, "192.0.2.1/32", MXDP_ACTION_DROP, 0);
	expect(&harness, rule_deny, .from = "192.0.2.1");
	expect(&harness, rule_allow, .from = "192.0.2.2");
	expect(&harness, rule_deny, .from = "198.51.100.1");

	set_rule(&harness, "2001:db8::/32", MXDP_ACTION_DROP, 0);
	set_rule(&harness, "2001:db8:0:1::/64", MXDP_ACTION_PASS, 0);
	set_rule(&harness, "2001:db8:0:1::7/128", MXDP_ACTION_DROP, 0);
	expect(&harness, rule_deny, .v6 = true, .from = "2001:db8:0:1::7");
	expect(&harness, rule_allow, .v6 = true, .from = "2001:db8:0:1::8");
	expect(&harness, rule_deny, .v6 = true, .from = "2001:db8:0:2::7");
	expect(&harness, unknown_held, .v6 = true, .from = "2001:db9::1");
}
END_TEST

START_TEST(an_expired_rule_gives_way_to_a_shorter_one)
{
	struct outcome outcome;

	set_rule(&harness, "192.0.2.0/24", MXDP_ACTION_DROP, later());
	set_rule(&harness, "192.0.2.1/32", MXDP_ACTION_PASS, past());
	outcome = expect(&harness, rule_deny, .from = "192.0.2.1");
	ck_assert_uint_eq(outcome.all.rule_expired, 1);

	set_rule(&harness, "2001:db8::/32", MXDP_ACTION_PASS, 0);
	set_rule(&harness, "2001:db8::/64", MXDP_ACTION_DROP, past());
	set_rule(&harness, "2001:db8::1/128", MXDP_ACTION_DROP, past());
	outcome = expect(&harness, rule_allow, .v6 = true, .from = "2001:db8::1");
	ck_assert_uint_eq(outcome.all.rule_expired, 2);
}
END_TEST

START_TEST(an_expired_rule_is_absent)
{
	struct outcome outcome;

	set_verdict(&harness, CLIENT, MXDP_ACTION_PASS, 0);
	set_rule(&harness, "0.0.0.0/0", MXDP_ACTION_DROP, past());
	set_rule(&harness, CLIENT, MXDP_ACTION_DROP, past());
	outcome = expect(&harness, verdict_pass, .from = CLIENT);
	ck_assert_uint_eq(outcome.all.rule_expired, 2);
}
END_TEST

START_TEST(an_expired_verdict_is_unknown)
{
	struct outcome outcome;

	set_verdict(&harness, CLIENT, MXDP_ACTION_DROP, later());
	outcome = expect(&harness, verdict_drop, .from = CLIENT);
	ck_assert_uint_eq(outcome.all.verdict_expired, 0);
	set_verdict(&harness, CLIENT, MXDP_ACTION_DROP, past());
	outcome = expect(&harness, unknown_held, .from = CLIENT);
	ck_assert_uint_eq(outcome.all.verdict_expired, 1);
}
END_TEST

START_TEST(ipv6_host_before_its_network)
{
	struct outcome outcome;

	set_verdict(&harness, NETWORK6, MXDP_ACTION_DROP, 0);
	set_verdict(&harness, CLIENT6, MXDP_ACTION_PASS, later());
	expect(&harness, verdict_pass, .v6 = true, .from = CLIENT6);
	expect(&harness, verdict_drop, .v6 = true, .from = NEIGHBOUR6);
	expect(&harness, unknown_held, .v6 = true, .from = "2001:db8:0:1::1");

	set_verdict(&harness, CLIENT6, MXDP_ACTION_PASS, past());
	outcome = expect(&harness, verdict_drop, .v6 = true, .from = CLIENT6);
	ck_assert_uint_eq(outcome.all.verdict_expired, 1);
}
END_TEST

START_TEST(hits_and_last_seen_are_kept)
{
	struct mxdp_address client = address(CLIENT), neighbour = address("192.0.2.2");
	struct mxdp_verdict verdict;
	struct mxdp_prefix found;
	struct mxdp_rule rule;
	uint64_t before = mxdp_boottime_ns();

	set_verdict(&harness, CLIENT, MXDP_ACTION_DROP, 0);
	set_rule(&harness, "192.0.2.2", MXDP_ACTION_DROP, 0);
	for (int i = 0; i < 3; i++) {
		expect(&harness, verdict_drop, .from = CLIENT);
		expect(&harness, rule_deny, .from = "192.0.2.2");
		expect(&harness, established, .from = CLIENT, .flags = ACK);
	}
	ck_assert_int_eq(mxdp_verdict_match(&harness.maps, &client, &found, &verdict), 0);
	ck_assert_uint_eq(verdict.hits, 3);
	ck_assert_uint_ge(verdict.last_seen_ns, before);
	ck_assert_int_eq(mxdp_rule_match(&harness.maps, &neighbour, &found, &rule), 0);
	ck_assert_uint_eq(rule.hits, 3);
	ck_assert_uint_ge(rule.last_seen_ns, before);
}
END_TEST

static const struct {
	enum mxdp_action action;
	enum mxdp_mode mode;
	enum mxdp_counter counter;
} actions[] = {
	{MXDP_ACTION_PASS, MXDP_MODE_ENFORCE, MXDP_COUNT_verdict_pass},
	{MXDP_ACTION_LIMIT, MXDP_MODE_ENFORCE, MXDP_COUNT_limit_pass},
	{MXDP_ACTION_GREYLIST, MXDP_MODE_ENFORCE, MXDP_COUNT_verdict_unanswered_pass},
	{MXDP_ACTION_TEMPFAIL, MXDP_MODE_ENFORCE, MXDP_COUNT_verdict_unanswered_pass},
	{MXDP_ACTION_REJECT, MXDP_MODE_ENFORCE, MXDP_COUNT_verdict_unanswered_drop},
	{MXDP_ACTION_TARPIT, MXDP_MODE_ENFORCE, MXDP_COUNT_verdict_unanswered_drop},
	{MXDP_ACTION_DROP, MXDP_MODE_ENFORCE, MXDP_COUNT_verdict_drop},
	{MXDP_ACTION_NONE, MXDP_MODE_ENFORCE, MXDP_COUNT_unknown_held},
	{MXDP_ACTION_COUNT, MXDP_MODE_ENFORCE, MXDP_COUNT_verdict_unanswered_pass},
	{MXDP_ACTION_PASS, MXDP_MODE_SOFT, MXDP_COUNT_verdict_pass},
	{MXDP_ACTION_GREYLIST, MXDP_MODE_SOFT, MXDP_COUNT_verdict_unanswered_pass},
	{MXDP_ACTION_TEMPFAIL, MXDP_MODE_SOFT, MXDP_COUNT_verdict_unanswered_pass},
	{MXDP_ACTION_REJECT, MXDP_MODE_SOFT, MXDP_COUNT_verdict_unanswered_pass},
	{MXDP_ACTION_TARPIT, MXDP_MODE_SOFT, MXDP_COUNT_verdict_unanswered_pass},
	{MXDP_ACTION_DROP, MXDP_MODE_SOFT, MXDP_COUNT_verdict_unanswered_pass},
	{MXDP_ACTION_PASS, MXDP_MODE_OBSERVE, MXDP_COUNT_verdict_pass},
	{MXDP_ACTION_REJECT, MXDP_MODE_OBSERVE, MXDP_COUNT_verdict_unanswered_drop},
	{MXDP_ACTION_DROP, MXDP_MODE_OBSERVE, MXDP_COUNT_verdict_drop},
};

START_TEST(actions_are_carried_out_by_mode)
{
	struct frame_spec attempt = {.from = CLIENT};
	struct outcome outcome;
	bool drop = counter_verdict(actions[_i].counter) == XDP_DROP;

	set_mode(actions[_i].mode);
	set_verdict(&harness, CLIENT, actions[_i].action, 0);
	outcome = harness_expect(&harness, &attempt, actions[_i].counter, __LINE__);
	ck_assert_uint_eq(outcome.all.observed,
			  drop && actions[_i].mode == MXDP_MODE_OBSERVE ? 1 : 0);
}
END_TEST

START_TEST(an_operators_denial_drops_in_soft_mode_too)
{
	set_mode(MXDP_MODE_SOFT);
	set_rule(&harness, CLIENT, MXDP_ACTION_DROP, 0);
	expect(&harness, rule_deny, .from = CLIENT);
}
END_TEST

START_TEST(submission_knows_rules_alone)
{
	struct mxdp_event event;

	set_verdict(&harness, CLIENT, MXDP_ACTION_DROP, 0);
	expect(&harness, submission_pass, .from = CLIENT, .port = SUBMISSION);
	expect(&harness, submission_pass, .from = "192.0.2.2", .port = SUBMISSION);
	ck_assert(!take_event(harness.maps.events, &event));
	set_never_block(CLIENT);
	expect(&harness, never_block, .from = CLIENT, .port = SUBMISSION);
	set_rule(&harness, CLIENT, MXDP_ACTION_DROP, 0);
	expect(&harness, rule_deny, .from = CLIENT, .port = SUBMISSION);
}
END_TEST

START_TEST(live_connections_are_left_alone)
{
	set_rule(&harness, "192.0.2.1", MXDP_ACTION_DROP, 0);
	set_verdict(&harness, "192.0.2.2", MXDP_ACTION_DROP, 0);
	expect(&harness, established, .from = "192.0.2.1", .flags = ACK);
	expect(&harness, established, .from = "192.0.2.2", .flags = ACK);
}
END_TEST

START_TEST(cut_established_cuts_denied_and_dropped_clients)
{
	struct outcome outcome;

	harness.settings.cut_established = 1;
	harness_configure(&harness);
	set_rule(&harness, "192.0.2.1", MXDP_ACTION_DROP, 0);
	set_rule(&harness, "192.0.2.3", MXDP_ACTION_PASS, 0);
	set_verdict(&harness, "192.0.2.2", MXDP_ACTION_DROP, 0);
	set_verdict(&harness, "192.0.2.3", MXDP_ACTION_DROP, 0);
	set_verdict(&harness, "192.0.2.4", MXDP_ACTION_REJECT, 0);
	set_verdict(&harness, "192.0.2.5", MXDP_ACTION_DROP, past());
	set_verdict(&harness, "192.0.2.6", MXDP_ACTION_DROP, 0);
	set_never_block("192.0.2.6");
	expect(&harness, established_cut, .from = "192.0.2.1", .flags = ACK);
	expect(&harness, established_cut, .from = "192.0.2.1", .flags = ACK, .port = SUBMISSION);
	expect(&harness, established_cut, .from = "192.0.2.2", .flags = ACK);
	expect(&harness, established, .from = "192.0.2.2", .flags = ACK, .port = SUBMISSION);
	expect(&harness, established, .from = "192.0.2.3", .flags = ACK);
	expect(&harness, established, .from = "192.0.2.4", .flags = ACK);
	expect(&harness, established, .from = "192.0.2.5", .flags = ACK);
	expect(&harness, established, .from = "192.0.2.6", .flags = ACK);
	expect(&harness, established, .from = "192.0.2.7", .flags = ACK);
	set_verdict(&harness, NETWORK6, MXDP_ACTION_DROP, 0);
	expect(&harness, established_cut, .v6 = true, .from = CLIENT6, .flags = ACK);

	set_mode(MXDP_MODE_SOFT);
	expect(&harness, established_cut, .from = "192.0.2.1", .flags = ACK);
	expect(&harness, established, .from = "192.0.2.2", .flags = ACK);
	set_mode(MXDP_MODE_OBSERVE);
	outcome = expect(&harness, established_cut, .from = "192.0.2.1", .flags = ACK);
	ck_assert_uint_eq(outcome.all.observed, 1);
}
END_TEST

int main(void)
{
	const int action_count = sizeof(actions) / sizeof(actions[0]);
	Suite *suite = suite_create("decision");
	TCase *tests = tcase_create("attempts");

	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_test(tests, rule_outranks_never_block_outranks_verdict);
	tcase_add_test(tests, rule_outranks_never_block_outranks_verdict_in_ipv6);
	tcase_add_test(tests, allow_rule_outranks_a_drop_verdict);
	tcase_add_test(tests, the_longest_rule_wins);
	tcase_add_test(tests, an_expired_rule_gives_way_to_a_shorter_one);
	tcase_add_test(tests, an_expired_rule_is_absent);
	tcase_add_test(tests, an_expired_verdict_is_unknown);
	tcase_add_test(tests, ipv6_host_before_its_network);
	tcase_add_test(tests, hits_and_last_seen_are_kept);
	tcase_add_loop_test(tests, actions_are_carried_out_by_mode, 0, action_count);
	tcase_add_test(tests, an_operators_denial_drops_in_soft_mode_too);
	tcase_add_test(tests, submission_knows_rules_alone);
	tcase_add_test(tests, live_connections_are_left_alone);
	tcase_add_test(tests, cut_established_cuts_denied_and_dropped_clients);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
