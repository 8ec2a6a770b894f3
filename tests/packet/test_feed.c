/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the blocklist feeds do to a connection attempt, and what outranks them. */
#include <check.h>
#include <linux/if_ether.h>

#include "harness.h"
#include "rings.h"
#include "userspace/feeds/snapshot/snapshot.h"

#define CLIENT     "192.0.2.1"
#define CLIENT6    "2001:db8::1"
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

/* A class for each action, by the action's number; class 100 drops, but is over. */
#define CLASS_OVER 100

struct line {
	const char *prefix;
	uint8_t class; /* 0: excluded */
};

static void define_classes(struct mxdp_snapshot_builder *builder)
{
	for (unsigned int action = 1; action < MXDP_ACTION_COUNT; action++) {
		struct mxdp_snapshot_class class = {
			.action = action,
			.valid_until_ns = mxdp_boottime_ns() + 3600 * SECOND,
		};

		ck_assert_int_eq(mxdp_snapshot_define(builder, action, &class), 0);
	}
	ck_assert_int_eq(mxdp_snapshot_define(builder, CLASS_OVER,
					      &(struct mxdp_snapshot_class){
						      .action = MXDP_ACTION_DROP,
						      .valid_until_ns = mxdp_boottime_ns() - 1}),
			 0);
}

static void publish_lines(const struct line *lines, size_t count, struct mxdp_snapshot_map *map4)
{
	struct mxdp_snapshot_builder *builder;
	struct mxdp_snapshot snapshot;

	ck_assert_int_eq(mxdp_snapshot_builder_new(&builder), 0);
	define_classes(builder);
	for (size_t i = 0; i < count; i++) {
		struct mxdp_prefix where = prefix(lines[i].prefix);

		ck_assert_int_eq(mxdp_snapshot_add(builder, &where, lines[i].class, 0), 0);
	}
	ck_assert_int_eq(mxdp_snapshot_build4(builder, 1, &snapshot), 0);
	ck_assert_int_eq(mxdp_snapshot_publish(harness.maps.feeds4, &snapshot, map4), 0);
	mxdp_snapshot_free(&snapshot);
	ck_assert_int_eq(mxdp_snapshot_build6(builder, 1, &snapshot), 0);
	ck_assert_int_eq(mxdp_snapshot_publish(harness.maps.feeds6, &snapshot, NULL), 0);
	mxdp_snapshot_free(&snapshot);
	mxdp_snapshot_builder_free(builder);
}

#define publish(...)                                      \
	publish_lines((const struct line[]){__VA_ARGS__}, \
		      sizeof((const struct line[]){__VA_ARGS__}) / sizeof(struct line), NULL)

static uint64_t hits_of(uint32_t class)
{
	uint64_t hits[MXDP_SNAPSHOT_CLASS_COUNT];

	ck_assert_int_eq(mxdp_feed_hits_read(&harness.maps, hits), 0);
	return hits[class];
}

static void set_feeds_first(bool first)
{
	harness.settings.feeds_first = first;
	harness_configure(&harness);
}

START_TEST(a_listed_client_is_dropped_and_its_neighbour_is_not)
{
	set_feeds_first(_i);
	publish({CLIENT, MXDP_ACTION_DROP}, {CLIENT6, MXDP_ACTION_DROP});
	expect(&harness, feed_drop, .from = CLIENT);
	expect(&harness, feed_drop, .from = CLIENT, .tags = {ETH_P_8021Q});
	expect(&harness, feed_drop, .from = CLIENT, .ip_options = 4);
	expect(&harness, feed_drop, .v6 = true, .from = CLIENT6);
	expect(&harness, unknown_held, .from = "192.0.2.2");
	expect(&harness, unknown_held, .v6 = true, .from = "2001:db8::2");
}
END_TEST

/* Whatever becomes of the attempt: the feed had something to say of it. */
START_TEST(attempts_of_listed_clients_are_counted_by_class)
{
	set_feeds_first(_i);
	publish({CLIENT, MXDP_ACTION_DROP}, {CLIENT6, MXDP_ACTION_DROP},
		{"192.0.2.3", MXDP_ACTION_REJECT}, {"192.0.2.4", CLASS_OVER});
	set_verdict(&harness, "192.0.2.3", MXDP_ACTION_PASS, 0);
	expect(&harness, feed_drop, .from = CLIENT);
	expect(&harness, feed_drop, .v6 = true, .from = CLIENT6);
	expect(&harness, unknown_held, .from = "192.0.2.2");
	ck_assert_uint_eq(hits_of(MXDP_ACTION_DROP), 2);
	ck_assert_uint_eq(hits_of(MXDP_ACTION_REJECT), 0);
	expect(&harness, verdict_pass, .from = "192.0.2.3");
	expect(&harness, unknown_held, .from = "192.0.2.4");
	ck_assert_uint_eq(hits_of(MXDP_ACTION_REJECT), 1);
	ck_assert_uint_eq(hits_of(CLASS_OVER), 0);
	ck_assert_uint_eq(hits_of(0), 0);
}
END_TEST

START_TEST(the_most_specific_line_decides)
{
	set_feeds_first(_i);
	publish({"192.0.2.0/24", MXDP_ACTION_DROP}, {"192.0.2.64/26", 0},
		{"192.0.2.70", MXDP_ACTION_DROP}, {"2001:db8::/32", MXDP_ACTION_DROP},
		{"2001:db8:1::/48", 0}, {"2001:db8:1:2::/64", MXDP_ACTION_DROP});
	expect(&harness, feed_drop, .from = "192.0.2.63");
	expect(&harness, unknown_held, .from = "192.0.2.64");
	expect(&harness, feed_drop, .from = "192.0.2.70");
	expect(&harness, unknown_held, .from = "192.0.2.127");
	expect(&harness, feed_drop, .from = "192.0.2.128");
	expect(&harness, unknown_held, .from = "192.0.3.0");
	expect(&harness, feed_drop, .v6 = true, .from = "2001:db8:2::1");
	expect(&harness, unknown_held, .v6 = true, .from = "2001:db8:1::1");
	expect(&harness, feed_drop, .v6 = true, .from = "2001:db8:1:2:3::1");
}
END_TEST

START_TEST(rules_and_never_block_outrank_a_drop_until_they_are_subtracted)
{
	struct mxdp_prefix member = prefix("192.0.2.2");

	publish({"192.0.2.0/24", MXDP_ACTION_DROP});
	set_rule(&harness, CLIENT, MXDP_ACTION_PASS, 0);
	ck_assert_int_eq(mxdp_set_replace(&harness.maps, MXDP_SET_NEVER_BLOCK, &member, 1), 0);
	expect(&harness, rule_allow, .from = CLIENT);
	expect(&harness, never_block, .from = "192.0.2.2");
	expect(&harness, feed_drop, .from = "192.0.2.3");
	set_feeds_first(true);
	expect(&harness, feed_drop, .from = CLIENT);
	expect(&harness, feed_drop, .from = "192.0.2.2");
}
END_TEST

START_TEST(an_earned_pass_outranks_a_milder_feed_but_not_a_drop)
{
	set_feeds_first(_i);
	publish({"192.0.2.1", MXDP_ACTION_DROP}, {"192.0.2.2", MXDP_ACTION_GREYLIST},
		{"192.0.2.3", MXDP_ACTION_REJECT});
	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_PASS, 0);
	set_verdict(&harness, "192.0.2.2", MXDP_ACTION_PASS, 0);
	set_verdict(&harness, "192.0.2.3", MXDP_ACTION_PASS, 0);
	expect(&harness, feed_drop, .from = "192.0.2.1");
	expect(&harness, verdict_pass, .from = "192.0.2.2");
	expect(&harness, verdict_pass, .from = "192.0.2.3");
}
END_TEST

static const struct {
	enum mxdp_action action;
	enum mxdp_counter enforce, soft;
} actions[] = {
	{MXDP_ACTION_PASS, MXDP_COUNT_feed_pass, MXDP_COUNT_feed_pass},
	{MXDP_ACTION_LIMIT, MXDP_COUNT_limit_pass, MXDP_COUNT_limit_pass},
	{MXDP_ACTION_GREYLIST, MXDP_COUNT_feed_unanswered_pass, MXDP_COUNT_feed_unanswered_pass},
	{MXDP_ACTION_TEMPFAIL, MXDP_COUNT_feed_unanswered_pass, MXDP_COUNT_feed_unanswered_pass},
	{MXDP_ACTION_REJECT, MXDP_COUNT_feed_unanswered_drop, MXDP_COUNT_feed_unanswered_pass},
	{MXDP_ACTION_TARPIT, MXDP_COUNT_feed_unanswered_drop, MXDP_COUNT_feed_unanswered_pass},
	{MXDP_ACTION_DROP, MXDP_COUNT_feed_drop, MXDP_COUNT_feed_unanswered_pass},
};

START_TEST(actions_are_carried_out_by_mode)
{
	const struct frame_spec spec = {.from = CLIENT};

	publish({CLIENT, (uint8_t)actions[_i].action});
	for (int first = 0; first < 2; first++) {
		struct outcome outcome;

		harness.settings.mode = MXDP_MODE_ENFORCE;
		set_feeds_first(first);
		harness_expect(&harness, &spec, actions[_i].enforce, __LINE__);
		harness.settings.mode = MXDP_MODE_SOFT;
		harness_configure(&harness);
		harness_expect(&harness, &spec, actions[_i].soft, __LINE__);
		harness.settings.mode = MXDP_MODE_OBSERVE;
		harness_configure(&harness);
		if (actions[_i].action == MXDP_ACTION_LIMIT)
			break; /* the bucket is empty by now */
		outcome = harness_expect(&harness, &spec, actions[_i].enforce, __LINE__);
		ck_assert_uint_eq(outcome.all.observed,
				  counter_verdict(actions[_i].enforce) == XDP_DROP);
	}
}
END_TEST

START_TEST(a_class_whose_time_is_over_lists_nobody)
{
	const struct line line = {CLIENT, CLASS_OVER};
	struct mxdp_snapshot_map map;
	struct outcome outcome;

	set_feeds_first(_i);
	publish_lines(&line, 1, &map);
	outcome = expect(&harness, unknown_held, .from = CLIENT);
	ck_assert_uint_eq(outcome.all.feed_expired, 1);
	ck_assert_int_eq(mxdp_snapshot_extend(&map, CLASS_OVER, mxdp_boottime_ns() + 3600 * SECOND),
			 0);
	outcome = expect(&harness, feed_drop, .from = CLIENT);
	ck_assert_uint_eq(outcome.all.feed_expired, 0);
	ck_assert_int_eq(mxdp_snapshot_extend(&map, CLASS_OVER, 0), 0);
	expect(&harness, feed_drop, .from = CLIENT);
	mxdp_snapshot_close(&map);
}
END_TEST

START_TEST(a_new_generation_holds_at_once)
{
	publish({CLIENT, MXDP_ACTION_DROP});
	expect(&harness, feed_drop, .from = CLIENT);
	publish({"192.0.2.2", MXDP_ACTION_DROP});
	expect(&harness, unknown_held, .from = CLIENT);
	expect(&harness, feed_drop, .from = "192.0.2.2");
	ck_assert_int_eq(mxdp_snapshot_withdraw(harness.maps.feeds4), 0);
	expect(&harness, unknown_held, .from = "192.0.2.2");
}
END_TEST

START_TEST(submission_ports_do_not_ask_the_feeds)
{
	set_feeds_first(_i);
	publish({CLIENT, MXDP_ACTION_DROP}, {CLIENT6, MXDP_ACTION_DROP});
	expect(&harness, submission_pass, .from = CLIENT, .port = SUBMISSION);
	expect(&harness, submission_pass, .v6 = true, .from = CLIENT6, .port = SUBMISSION);
}
END_TEST

START_TEST(live_connections_are_cut_only_on_request)
{
	set_feeds_first(_i);
	publish({CLIENT, MXDP_ACTION_DROP}, {"192.0.2.2", MXDP_ACTION_REJECT});
	expect(&harness, established, .from = CLIENT, .flags = ACK);
	harness.settings.cut_established = 1;
	harness_configure(&harness);
	expect(&harness, established_cut, .from = CLIENT, .flags = ACK);
	expect(&harness, established, .from = "192.0.2.2", .flags = ACK);
	set_rule(&harness, CLIENT, MXDP_ACTION_PASS, 0);
	expect(&harness, established, .from = CLIENT, .flags = ACK);
}
END_TEST

START_TEST(a_stale_daemon_leaves_the_feeds_in_force)
{
	set_feeds_first(_i);
	publish({CLIENT, MXDP_ACTION_DROP});
	harness_heartbeat(&harness, 7200 * SECOND, false);
	expect(&harness, feed_drop, .from = CLIENT);
	expect(&harness, unknown_stale, .from = "192.0.2.2");
}
END_TEST

START_TEST(refusals_are_sampled)
{
	struct mxdp_event event;

	set_feeds_first(_i);
	harness.settings.sample_interval_ns = 3600 * SECOND;
	harness_configure(&harness);
	publish({CLIENT, MXDP_ACTION_DROP});
	expect(&harness, feed_drop, .from = CLIENT);
	ck_assert(take_event(harness.maps.samples, &event));
	ck_assert_int_eq(event.kind, MXDP_EVENT_REFUSED);
	ck_assert_int_eq(event.action, MXDP_ACTION_DROP);
	ck_assert_int_eq(event.reason, MXDP_REASON_FEED);
	ck_assert_mem_eq(event.client, address(CLIENT).bytes, sizeof(event.client));
	ck_assert_uint_eq(expect(&harness, feed_drop, .from = CLIENT).all.samples_skipped, 1);
	ck_assert(!take_event(harness.maps.samples, &event));
}
END_TEST

int main(void)
{
	const int action_count = sizeof(actions) / sizeof(actions[0]);
	Suite *suite = suite_create("feed");
	TCase *tests = tcase_create("attempts");

	/* Loops from 0 to 1: rules first, feeds first. */
	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_loop_test(tests, a_listed_client_is_dropped_and_its_neighbour_is_not, 0, 2);
	tcase_add_loop_test(tests, attempts_of_listed_clients_are_counted_by_class, 0, 2);
	tcase_add_loop_test(tests, the_most_specific_line_decides, 0, 2);
	tcase_add_test(tests, rules_and_never_block_outrank_a_drop_until_they_are_subtracted);
	tcase_add_loop_test(tests, an_earned_pass_outranks_a_milder_feed_but_not_a_drop, 0, 2);
	tcase_add_loop_test(tests, actions_are_carried_out_by_mode, 0, action_count);
	tcase_add_loop_test(tests, a_class_whose_time_is_over_lists_nobody, 0, 2);
	tcase_add_test(tests, a_new_generation_holds_at_once);
	tcase_add_loop_test(tests, submission_ports_do_not_ask_the_feeds, 0, 2);
	tcase_add_loop_test(tests, live_connections_are_cut_only_on_request, 0, 2);
	tcase_add_loop_test(tests, a_stale_daemon_leaves_the_feeds_in_force, 0, 2);
	tcase_add_loop_test(tests, refusals_are_sampled, 0, 2);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
