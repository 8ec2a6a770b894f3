/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the feeds' snapshot is built anew: once for what changes together, and not at all when
 * nothing has changed.
 */
#include "feeds_stand.h"

static const char two_feeds[] = "interfaces = { eth0 }\n"
				"feed \"one\" { source = \"file://@/one\" }\n"
				"feed \"two\" { source = \"file://@/two\" use = score }\n"
				"daemon { state_directory = \"@\" }\n";

static bool has_three(void)
{
	return status_of(0).entries == 3 && is_idle();
}

static bool is_refused(void)
{
	return status_of(0).refusal[0] && !status_of(0).syncing;
}

static bool is_good(void)
{
	return !status_of(0).refusal[0] && is_idle();
}

static bool has_moved(void)
{
	return kernel.moved > 0;
}

static bool are_read(void)
{
	return status_of(0).entries == 2 && status_of(1).entries == 1 && !status_of(0).syncing &&
	       !status_of(1).syncing;
}

START_TEST(files_that_are_there_at_the_start_are_built_together)
{
	start(two_feeds);
	ck_assert_uint_eq(kernel.generations, 1); /* of nothing */
	await(is_idle, "the feeds are in force");
	ck_assert_uint_eq(kernel.generations, 2);
}
END_TEST

START_TEST(a_sync_that_changes_nothing_builds_nothing)
{
	start_settled(two_feeds);
	ck_assert_int_eq(mxdp_feeds_sync(feeds, NULL), 2);
	await(is_idle, "the sync is over");
	write_file("one", "# in another order\n192.0.2.2\n\n192.0.2.1\n192.0.2.2 twice\n");
	ck_assert_int_eq(mxdp_feeds_sync(feeds, "one"), 1);
	await(has_three, "the file is read again");
	ck_assert_uint_eq(kernel.generations, 0);
	ck_assert_uint_eq(status_of(0).added, 2); /* by the last sync that changed it */
}
END_TEST

START_TEST(a_line_that_has_moved_is_found_where_it_is)
{
	struct mxdp_feed_word words[2];
	struct mxdp_address address;

	mxdp_address_parse("192.0.2.2", &address);
	start_settled(two_feeds);
	ck_assert_uint_eq(mxdp_feeds_find(feeds, &address, words, 2), 1);
	ck_assert_uint_eq(words[0].entry.line, 2);
	write_file("one", "192.0.2.1\n\n\n192.0.2.2\n192.0.2.1\n");
	await(has_three, "the file is read again");
	ck_assert_uint_eq(mxdp_feeds_find(feeds, &address, words, 2), 1);
	ck_assert_uint_eq(words[0].entry.line, 4);
	ck_assert_uint_eq(kernel.generations, 0);
}
END_TEST

START_TEST(a_change_of_the_file_is_one_generation)
{
	start_settled(two_feeds);
	write_file("one", "192.0.2.1\n192.0.2.2\n192.0.2.3\n");
	await(has_three, "the change is in force");
	ck_assert_uint_eq(kernel.generations, 1);
}
END_TEST

static bool two_shares_an_entry(void)
{
	const struct mxdp_feed_status two = status_of(1);

	return two.shared == 1 && two.unique == 2 && two.protected.count == 1 &&
	       status_of(0).unique == 1 && is_idle();
}

/* The snapshot holds none of it; what is told of the feeds does. */
START_TEST(a_scored_feed_that_changes_is_no_generation)
{
	start_settled(two_feeds);
	write_file("two", "198.51.100.0/24\n192.0.2.1\n127.0.0.1\n");
	await(two_shares_an_entry, "what the feeds have in common is counted");
	ck_assert_uint_eq(kernel.generations, 0);
	write_file("one", "192.0.2.1\n192.0.2.2\n192.0.2.3\n");
	await(has_three, "a feed that acts is in force");
	ck_assert_uint_eq(kernel.generations, 1);
	ck_assert_uint_eq(kernel.moved, 0);
}
END_TEST

START_TEST(a_reload_without_a_change_builds_nothing)
{
	start_settled(two_feeds);
	reload(two_feeds);
	await(is_idle, "the files are read again");
	ck_assert_uint_eq(kernel.generations, 0);
}
END_TEST

START_TEST(a_reload_that_changes_much_builds_once)
{
	start_settled(two_feeds);
	write_file("one", "192.0.2.1\n192.0.2.2\n192.0.2.3\n");
	write_file("three", "203.0.113.0/24\n");
	mxdp_prefix_parse("192.0.2.2/32", &kernel.rules[0].prefix);
	kernel.rule_count = 1;
	reload("interfaces = { eth0 }\n"
	       "feed \"one\" { source = \"file://@/one\" priority = 7 action = reject }\n"
	       "feed \"two\" { source = \"file://@/two\" }\n"
	       "feed \"three\" { source = \"file://@/three\" }\n"
	       "daemon { state_directory = \"@\" }\n");
	await(has_three, "all is in force");
	ck_assert_uint_eq(kernel.generations, 1);
}
END_TEST

START_TEST(a_rule_is_subtracted_once_and_asked_first_until_then)
{
	start_settled(two_feeds);
	mxdp_prefix_parse("192.0.2.2/32", &kernel.rules[0].prefix);
	kernel.rule_count = 1;
	mxdp_feeds_refresh(feeds);
	ck_assert(!kernel.settings.feeds_first);
	await(is_idle, "the rule is subtracted");
	ck_assert_uint_eq(kernel.generations, 1);
	mxdp_feeds_refresh(feeds); /* its reason has changed, say */
	ck_assert(kernel.settings.feeds_first);
	ck_assert_uint_eq(kernel.generations, 1);
}
END_TEST

START_TEST(a_refused_file_builds_nothing_and_neither_does_its_cure)
{
	start_settled(two_feeds);
	write_file("one", "<html>\n");
	await(is_refused, "the file is refused");
	write_file("one", "192.0.2.1\n192.0.2.2\n");
	await(is_good, "the file is good again");
	ck_assert_uint_eq(kernel.generations, 0);
}
END_TEST

START_TEST(a_feed_that_ends_by_age_is_prolonged_without_a_build)
{
	start_settled("interfaces = { eth0 }\n"
		      "feed \"one\" { source = \"file://@/one\" max_age = 1h when_old = drop }\n"
		      "daemon { state_directory = \"@\" }\n");
	await(has_moved, "its end has moved");
	ck_assert_uint_eq(kernel.generations, 0);
}
END_TEST

static bool is_listed_by_one(void)
{
	struct mxdp_feed_word words[2];
	struct mxdp_address address;

	mxdp_address_parse("192.0.2.1", &address);
	return mxdp_feeds_find(feeds, &address, words, 2) == 2 && words[0].decides;
}

static bool is_listed_by_two(void)
{
	struct mxdp_feed_word words[2];
	struct mxdp_address address;

	mxdp_address_parse("192.0.2.1", &address);
	return mxdp_feeds_find(feeds, &address, words, 2) == 2 && !words[0].acts &&
	       words[1].decides;
}

START_TEST(what_has_ended_hides_no_other_feed)
{
	write_file("two", "192.0.2.1\n");
	start_settled("interfaces = { eth0 }\n"
		      "feed \"one\" { source = \"file://@/one\" max_age = 1s when_old = drop "
		      "priority = 9 }\n"
		      "feed \"two\" { source = \"file://@/two\" }\n"
		      "daemon { state_directory = \"@\" }\n");
	ck_assert(is_listed_by_one());
	unlink(place("one"));
	await(is_listed_by_two, "the older feed has ended");
	ck_assert_uint_eq(kernel.generations, 1);
	write_file("one", "192.0.2.1\n192.0.2.2\n");
	await(is_listed_by_one, "it is there again");
	ck_assert_uint_eq(kernel.generations, 2);
}
END_TEST

START_TEST(a_clock_that_is_set_back_delays_no_sync)
{
	const struct mxdp_feed_setting setting = {
		.name = "far", .source = "https://lists.example.net/", .interval = 3600};
	const int64_t now = 1000000;
	/* It is syncing, so that the tick begins none. */
	struct mxdp_feed feed = {.setting = &setting, .syncing = true, .next = now + 7200};

	mxdp_feed_tick(&feed, now);
	ck_assert_int_eq(feed.next, now + 7200);
	mxdp_feed_tick(&feed, now - 86400);
	ck_assert_int_eq(feed.next, now - 86400 + 3600);
}
END_TEST

START_TEST(a_build_that_fails_is_not_tried_all_the_time)
{
	struct mxdp_feeds_snapshot snapshot;

	kernel.fails = 1;
	start(two_feeds);
	await(are_read, "the files are read");
	mxdp_feeds_snapshot(feeds, &snapshot);
	ck_assert(!snapshot.building);
	ck_assert_uint_eq(kernel.generations, 0);
	ck_assert_int_eq(kernel.fails, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feeds");
	TCase *tests = tcase_create("generations");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 3 * PATIENCE_SECONDS);
	tcase_add_test(tests, files_that_are_there_at_the_start_are_built_together);
	tcase_add_test(tests, a_sync_that_changes_nothing_builds_nothing);
	tcase_add_test(tests, a_line_that_has_moved_is_found_where_it_is);
	tcase_add_test(tests, a_change_of_the_file_is_one_generation);
	tcase_add_test(tests, a_scored_feed_that_changes_is_no_generation);
	tcase_add_test(tests, a_reload_without_a_change_builds_nothing);
	tcase_add_test(tests, a_reload_that_changes_much_builds_once);
	tcase_add_test(tests, a_rule_is_subtracted_once_and_asked_first_until_then);
	tcase_add_test(tests, a_refused_file_builds_nothing_and_neither_does_its_cure);
	tcase_add_test(tests, a_feed_that_ends_by_age_is_prolonged_without_a_build);
	tcase_add_test(tests, what_has_ended_hides_no_other_feed);
	tcase_add_test(tests, a_clock_that_is_set_back_delays_no_sync);
	tcase_add_test(tests, a_build_that_fails_is_not_tried_all_the_time);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
