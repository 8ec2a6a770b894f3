/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told of the feeds: evidence of those that score, what of the kernel's snapshot has ended
 * or is damaged, how old data ends, and when a source that fails is tried again.
 */
#include "maps/snapshot4.h"
#include "feeds_stand.h"

#define WHERE "daemon { state_directory = \"@\" }\n"

static struct mxdp_feeds_listing listing_of(const char *text)
{
	struct mxdp_feeds_listing listing;
	struct mxdp_address address;

	ck_assert_int_eq(mxdp_address_parse(text, &address), 0);
	ck_assert_int_eq(mxdp_feeds_listing(feeds, &address, &listing), 0);
	return listing;
}

/* ---- evidence ---- */

static void take_evidence(void *context, const struct mxdp_evidence *evidence)
{
	char *text = context;

	sprintf(text + strlen(text), "%s %s %+g %s;", mxdp_evidence_class_name(evidence->class),
		evidence->source, evidence->score, evidence->reason);
}

static const struct {
	const char *what, *address, *evidence;
} witnesses[] = {
	{"one feed", "192.0.2.1", "feed bad +4.5 listed by the feed bad;"},
	{"two feeds", "192.0.2.2",
	 "feed bad +4.5 listed by the feed bad;feed good -2 listed by the feed good;"},
	{"an acting feed", "192.0.2.3", ""},
	{"a feed that has ended", "192.0.2.4", ""},
	{"an old feed that is kept", "192.0.2.5", "feed kept +1 listed by the feed kept;"},
	{"nobody", "192.0.2.6", ""},
};

START_TEST(feeds_that_score_are_evidence)
{
	write_file("bad", "192.0.2.1\n192.0.2.2\n");
	write_file("good", "192.0.2.2\n");
	write_file("act", "192.0.2.1\n192.0.2.3\n");
	write_file("ended", "192.0.2.4\n");
	write_file("kept", "192.0.2.5\n");
	start_settled("interfaces = { eth0 }\n"
		      "feed \"bad\" { source = \"file://@/bad\" use = score score = 4.5 }\n"
		      "feed \"good\" { source = \"file://@/good\" use = score score = -2 }\n"
		      "feed \"act\" { source = \"file://@/act\" }\n"
		      "feed \"ended\" { source = \"file://@/ended\" use = score score = 1 "
		      "max_age = 1h when_old = drop }\n"
		      "feed \"kept\" { source = \"file://@/kept\" use = score score = 1 "
		      "max_age = 1h }\n" WHERE);
	feeds->list[3]->synced -= 3700;
	feeds->list[4]->synced -= 3700;
	for (size_t i = 0; i < sizeof(witnesses) / sizeof(witnesses[0]); i++) {
		struct mxdp_address address;
		char text[256] = "";

		mxdp_address_parse(witnesses[i].address, &address);
		mxdp_feeds_evidence(feeds, &address, take_evidence, text);
		ck_assert_msg(strcmp(text, witnesses[i].evidence) == 0, "%s: %s", witnesses[i].what,
			      text);
	}
}
END_TEST

/* ---- what has ended ---- */

static const char ending[] =
	"interfaces = { eth0 }\n"
	"feed \"one\" { source = \"file://@/one\" max_age = 1h when_old = drop }\n"
	"feed \"two\" { source = \"file://@/two\" max_age = 1h }\n" WHERE;

START_TEST(what_has_ended_in_the_kernel_is_not_listed)
{
	start_settled(ending);
	ck_assert_uint_eq(listing_of("192.0.2.1").class, 1);
	ck_assert_int_eq(listing_of("192.0.2.1").action, MXDP_ACTION_DROP);
	mxdp_snapshot_extend(&feeds->built->map4, 1, mxdp_boottime_ns() - 1);
	ck_assert_uint_eq(listing_of("192.0.2.1").class, 0);
	ck_assert_int_eq(listing_of("192.0.2.1").action, MXDP_ACTION_NONE);
}
END_TEST

START_TEST(old_data_is_told_and_ends_only_where_it_is_to)
{
	const int64_t now = time(NULL);

	start_settled(ending);
	ck_assert(!status_of(0).old && !status_of(1).old);
	feeds->list[0]->synced = feeds->list[1]->synced = now - 3700;
	ck_assert(status_of(0).old && status_of(1).old);
	ck_assert(mxdp_feed_has_ended(feeds->list[0], now));
	ck_assert(!mxdp_feed_has_ended(feeds->list[1], now));
	feeds->list[0]->synced = now - 3600;
	ck_assert(!mxdp_feed_has_ended(feeds->list[0], now));
	ck_assert(mxdp_feed_has_ended(feeds->list[0], now + 1));
}
END_TEST

/* In both families; and not by a sync whose data is not in force yet. */
START_TEST(the_end_moves_of_what_is_in_force)
{
	const uint64_t hour = 3600ull * 1000000000;
	struct mxdp_snapshot_class v4 = {0}, v6 = {0};
	uint64_t until;

	write_file("one", "192.0.2.1\n2001:db8::1\n");
	start_settled(ending);
	until = feeds->built->parts[0].valid_until_ns;
	feeds->list[0]->synced += 600;
	feeds->list[0]->content++;
	mxdp_feeds_look_at_ages(feeds, time(NULL));
	kernel_class("192.0.2.1", &v4);
	ck_assert_uint_eq(v4.valid_until_ns, until);
	feeds->list[0]->content--;
	mxdp_feeds_look_at_ages(feeds, time(NULL));
	ck_assert_uint_eq(kernel_class("192.0.2.1", &v4), 1);
	ck_assert_uint_eq(kernel_class("2001:db8::1", &v6), 1);
	ck_assert_uint_gt(v4.valid_until_ns, until + hour / 7);
	ck_assert_uint_eq(v6.valid_until_ns, v4.valid_until_ns);
}
END_TEST

/* ---- what somebody else has written into the maps ---- */

static union mxdp_snapshot_line *line(uint32_t number)
{
	return (union mxdp_snapshot_line *)mxdp_snapshot_line(&kernel.v4, number);
}

START_TEST(a_damaged_snapshot_is_told_within_bounds)
{
	const uint32_t region = 0xc0000201u / MXDP_SNAPSHOT4_REGION;
	struct mxdp_feeds_snapshot snapshot;
	struct mxdp_feeds_listing listing;

	start_settled(ending);
	line(MXDP_SNAPSHOT_CLASS_AT)->class[1] =
		(struct mxdp_snapshot_class){UINT64_MAX, UINT32_MAX, UINT32_MAX};
	listing = listing_of("192.0.2.1");
	ck_assert_uint_eq(listing.class, 1);
	ck_assert_str_eq(mxdp_action_name(listing.action), "?");
	ck_assert_int_gt(listing.valid_until, 0);
	/* A class that no feed has. */
	line(MXDP_SNAPSHOT_BODY_AT + region / 8)->slot[region % 8] =
		(struct mxdp_snapshot_slot4){.first = 200};
	listing = listing_of("192.0.2.1");
	ck_assert_uint_eq(listing.class, 200);
	ck_assert_ptr_null(listing.setting);
	ck_assert(listing.differs);
	/* A header that is none. */
	memset(line(0), 0xff, sizeof(*line(0)));
	ck_assert_uint_eq(listing_of("192.0.2.1").class, 0);
	ck_assert(listing_of("192.0.2.1").differs);
	mxdp_feeds_snapshot(feeds, &snapshot);
	ck_assert_uint_eq(snapshot.v4.family, 0);
	ck_assert_uint_eq(snapshot.v6.family, 6);
}
END_TEST

/* ---- rules that change while a build is under way ---- */

static bool is_building(void)
{
	return feeds->build;
}

START_TEST(a_rule_is_asked_first_while_something_else_is_built)
{
	start_settled(ending);
	atomic_store(&kernel.busy, true);
	write_file("one", "192.0.2.1\n192.0.2.2\n192.0.2.3\n");
	await(is_building, "a build has begun");
	mxdp_prefix_parse("192.0.2.2/32", &kernel.rules[0].prefix);
	kernel.rule_count = 1;
	mxdp_feeds_refresh(feeds);
	ck_assert(!kernel.settings.feeds_first);
	atomic_store(&kernel.busy, false);
	await(is_idle, "the rule is subtracted");
	ck_assert_uint_eq(kernel_class("192.0.2.2", NULL), 0);
	ck_assert_uint_eq(kernel_class("192.0.2.3", NULL), 1);
}
END_TEST

/* ---- tries ---- */

static unsigned int failures_wanted;

static bool has_failed(void)
{
	return feeds->list[0]->failures == failures_wanted && !feeds->list[0]->syncing;
}

static bool has_recovered(void)
{
	return !feeds->list[0]->failures && !feeds->list[0]->syncing;
}

/* Seconds until the next try, by so many failures in a row; at most the interval. */
static const int64_t tries[] = {30, 60, 120, 240, 300, 300};

START_TEST(a_source_that_fails_is_tried_ever_later)
{
	/* Nobody listens there. */
	start("interfaces = { eth0 }\n"
	      "feed \"far\" { source = \"http://127.0.0.1:1/list\" interval = 5m jitter = 0s "
	      "}\n" WHERE);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		struct mxdp_feed *feed = feeds->list[0];

		failures_wanted = (unsigned int)i + 1;
		mxdp_feed_sync(feed);
		await(has_failed, "the try has failed");
		ck_assert_msg(feed->next - feed->tried >= tries[i] &&
				      feed->next - feed->tried <= tries[i] + 1,
			      "after %zu failures: %lld", i + 1,
			      (long long)(feed->next - feed->tried));
	}
}
END_TEST

START_TEST(a_try_that_succeeds_is_the_end_of_all_failures)
{
	start_settled(ending);
	unlink(place("one"));
	ck_assert_int_eq(mkdir(place("one"), 0700), 0);
	failures_wanted = 1;
	mxdp_feed_sync(feeds->list[0]);
	await(has_failed, "a directory is no list");
	ck_assert_int_gt(feeds->list[0]->next, feeds->list[0]->tried);
	ck_assert(status_of(0).refusal[0]);
	ck_assert_uint_eq(kernel_class("192.0.2.1", NULL), 1);
	ck_assert_int_eq(rmdir(place("one")), 0);
	write_file("one", "192.0.2.1\n");
	mxdp_feed_sync(feeds->list[0]);
	await(has_recovered, "the list is back");
	ck_assert_int_eq(feeds->list[0]->next, 0);
	ck_assert(!status_of(0).refusal[0]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feeds told");
	TCase *tests = tcase_create("words");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 3 * PATIENCE_SECONDS);
	tcase_add_test(tests, feeds_that_score_are_evidence);
	tcase_add_test(tests, what_has_ended_in_the_kernel_is_not_listed);
	tcase_add_test(tests, old_data_is_told_and_ends_only_where_it_is_to);
	tcase_add_test(tests, the_end_moves_of_what_is_in_force);
	tcase_add_test(tests, a_damaged_snapshot_is_told_within_bounds);
	tcase_add_test(tests, a_rule_is_asked_first_while_something_else_is_built);
	tcase_add_test(tests, a_source_that_fails_is_tried_ever_later);
	tcase_add_test(tests, a_try_that_succeeds_is_the_end_of_all_failures);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
