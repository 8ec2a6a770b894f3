/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the feeds is in force: which feed decides about an address and what it does there, what
 * rules and the never-block set take out, when a class ends, and the hits that are counted for it.
 * The published snapshot is asked by the packet path's own routine.
 */
#include "feeds_stand.h"
#include "userspace/replies/replies.h"

#define SECOND 1000000000ull
#define WHERE  "daemon { state_directory = \"@\" }\n"

static struct mxdp_snapshot_class meaning_of(const char *address)
{
	struct mxdp_snapshot_class meaning = {.action = MXDP_ACTION_NONE};

	kernel_class(address, &meaning);
	return meaning;
}

/* ---- which feed decides ---- */

static const char ranks[] =
	"interfaces = { eth0 }\n"
	"feed \"low\" { source = \"file://@/low\" format = rbldnsd }\n"
	"feed \"high\" { source = \"file://@/high\" format = rbldnsd priority = 9 action = limit "
	"}\n"
	"feed \"same\" { source = \"file://@/same\" format = rbldnsd action = greylist }\n"
	"feed \"score\" { source = \"file://@/score\" use = score }\n" WHERE;

enum { NONE, LOW, HIGH, SAME };

static const struct {
	const char *what, *address;
	uint8_t class;
	enum mxdp_action action;
} decisions[] = {
	{"one feed alone", "192.0.2.1", LOW, MXDP_ACTION_DROP},
	{"the higher priority, though named later", "192.0.2.2", HIGH, MXDP_ACTION_LIMIT},
	{"of equals the one named first", "192.0.2.3", LOW, MXDP_ACTION_DROP},
	{"the longer prefix, though of less priority", "192.0.2.65", LOW, MXDP_ACTION_DROP},
	{"... and the shorter around it", "192.0.2.66", HIGH, MXDP_ACTION_LIMIT},
	{"an exclusion of an equal", "192.0.2.4", NONE, MXDP_ACTION_NONE},
	{"an exclusion of less priority", "192.0.2.5", HIGH, MXDP_ACTION_LIMIT},
	{"IPv6, the higher priority", "2001:db8::2", HIGH, MXDP_ACTION_LIMIT},
	{"IPv6, of equals the one named first", "2001:db8::3", LOW, MXDP_ACTION_DROP},
	{"a feed that scores", "192.0.2.9", NONE, MXDP_ACTION_NONE},
	{"what no feed names", "192.0.2.10", NONE, MXDP_ACTION_NONE},
};

START_TEST(the_feed_that_decides_gives_class_and_action)
{
	struct mxdp_feeds_listing listing;
	struct mxdp_address address;

	write_file("low", "192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.65\n192.0.2.4\n"
			  "2001:db8::2\n2001:db8::3\n!192.0.2.5\n");
	write_file("high", "192.0.2.2\n192.0.2.64/26\n192.0.2.5\n2001:db8::2\n");
	write_file("same", "192.0.2.3\n!192.0.2.4\n2001:db8::3\n");
	write_file("score", "192.0.2.9\n");
	start_settled(ranks);
	for (size_t i = 0; i < sizeof(decisions) / sizeof(*decisions); i++) {
		struct mxdp_snapshot_class meaning;
		uint8_t class = kernel_class(decisions[i].address, &meaning);

		ck_assert_msg(class == decisions[i].class, "%s: class %u, not %u",
			      decisions[i].what, class, decisions[i].class);
		if (class)
			ck_assert_msg(meaning.action == decisions[i].action, "%s: %s",
				      decisions[i].what, mxdp_action_name(meaning.action));
		mxdp_address_parse(decisions[i].address, &address);
		ck_assert_int_eq(mxdp_feeds_listing(feeds, &address, &listing), 0);
		ck_assert_msg(listing.class == class && listing.action == decisions[i].action &&
				      !listing.differs,
			      "%s: it is told otherwise", decisions[i].what);
	}
}
END_TEST

/* ---- what is subtracted ---- */

static const struct {
	const char *address;
	bool listed, subtracted;
} subtractions[] = {
	{"127.0.0.1", false, true},           {"127.255.255.255", false, true},
	{"126.255.255.255", true, false},     {"128.0.0.0", true, false},
	{"192.0.2.63", true, false},          {"192.0.2.64", false, true},
	{"192.0.2.127", false, true},         {"192.0.2.128", true, false},
	{"2001:db8::52", true, false},        {"2001:db8::53", false, true},
	{"2001:db8::54", true, false},        {"2001:db8:0:6::", false, true},
	{"2001:db8:0:5:ffff::", true, false},
};

START_TEST(rules_and_never_block_set_are_taken_out)
{
	write_file("one", "126.0.0.0/8\n127.0.0.0/8\n128.0.0.0/8\n192.0.2.0/24\n127.0.0.1\n"
			  "192.0.2.64\n2001:db8::/32\n2001:db8::53\n");
	mxdp_prefix_parse("2001:db8::53", &kernel.protected[1].prefix);
	kernel.protected_count = 2;
	mxdp_prefix_parse("192.0.2.64/26", &kernel.rules[0].prefix);
	mxdp_prefix_parse("2001:db8:0:6::/64", &kernel.rules[1].prefix);
	kernel.rule_count = 2;
	start_settled("interfaces = { eth0 }\nfeed \"one\" { source = \"file://@/one\" }\n" WHERE);
	for (size_t i = 0; i < sizeof(subtractions) / sizeof(*subtractions); i++) {
		const char *text = subtractions[i].address;
		struct mxdp_feeds_listing listing;
		struct mxdp_address address;

		ck_assert_msg(kernel_class(text, NULL) == subtractions[i].listed, "%s", text);
		mxdp_address_parse(text, &address);
		ck_assert_int_eq(mxdp_feeds_listing(feeds, &address, &listing), 0);
		ck_assert_msg(listing.subtracted == subtractions[i].subtracted && !listing.differs,
			      "%s is told otherwise", text);
	}
}
END_TEST

START_TEST(what_is_protected_later_is_taken_out_then)
{
	start_settled("interfaces = { eth0 }\nfeed \"one\" { source = \"file://@/one\" }\n" WHERE);
	ck_assert_uint_eq(kernel_class("192.0.2.1", NULL), 1);
	mxdp_prefix_parse("192.0.2.1", &kernel.protected[1].prefix);
	kernel.protected_count = 2;
	mxdp_feeds_refresh(feeds);
	ck_assert(!kernel.settings.feeds_first);
	await(is_idle, "the new address is protected");
	ck_assert_uint_eq(kernel_class("192.0.2.1", NULL), 0);
	ck_assert_uint_eq(kernel_class("192.0.2.2", NULL), 1);
	kernel.protected_count = 1;
	mxdp_feeds_refresh(feeds);
	await(is_idle, "it is no longer protected");
	ck_assert_uint_eq(kernel_class("192.0.2.1", NULL), 1);
}
END_TEST

/* ---- what a reload changes ---- */

#define LISTS_ALONE "interfaces = { eth0 }\n" LISTS "}\n" WHERE
#define LISTS       "feed \"lists.example\" { source = \"file://@/one\" "

/* From a feed that drops, or from what `before` says. */
static const struct {
	const char *what, *before, *after;
	unsigned int generations;
	uint8_t class; /* of 192.0.2.1 */
	enum mxdp_action action;
	bool text; /* it has a number, and the one that the reply will have */
} reloads[] = {
	{"nothing", LISTS "}\n", LISTS "}\n", 0, 1, MXDP_ACTION_DROP, false},
	{"the action alone", LISTS "}\n", LISTS "action = limit }\n", 1, 1, MXDP_ACTION_LIMIT,
	 false},
	{"the action alone, of two with a text", LISTS "action = reject }\n",
	 LISTS "action = tempfail }\n", 1, 1, MXDP_ACTION_TEMPFAIL, true},
	{"the text's number alone", LISTS "action = reject }\n",
	 LISTS "action = reject }\n"
	       "dnsbl \"lists.example\" { reply \"127.0.0.2\" { score = 5 } }\n",
	 1, 1, MXDP_ACTION_REJECT, true},
	{"the words of a text", LISTS "action = reject }\n",
	 LISTS "action = reject url = \"https://example.org/\" }\n", 0, 1, MXDP_ACTION_REJECT,
	 true},
	{"the priority alone", LISTS "priority = 2 }\n", LISTS "priority = 3 }\n", 1, 1,
	 MXDP_ACTION_DROP, false},
	{"the use", LISTS "}\n", LISTS "use = score }\n", 1, 0, MXDP_ACTION_NONE, false},
	{"an end where there was none", LISTS "}\n", LISTS "max_age = 1h when_old = drop }\n", 1, 1,
	 MXDP_ACTION_DROP, false},
	{"a limit of its data", LISTS "}\n", LISTS "shrink_max = 70 }\n", 0, 1, MXDP_ACTION_DROP,
	 false},
	{"a feed that scores before it", LISTS "}\n",
	 "feed \"first\" { source = \"file://@/two\" use = score }\n" LISTS "}\n", 1, 2,
	 MXDP_ACTION_DROP, false},
	{"the place of the feed", LISTS "}\n",
	 "feed \"first\" { source = \"file://@/two\" }\n" LISTS "}\n", 1, 2, MXDP_ACTION_DROP,
	 false},
};

static const char *with_places(const char *feeds_text)
{
	static char text[1024];

	snprintf(text, sizeof(text), "interfaces = { eth0 }\n%s" WHERE, feeds_text);
	return text;
}

START_TEST(a_reload_builds_what_it_changes_and_no_more)
{
	const char *what = reloads[_i].what;
	struct mxdp_snapshot_class meaning;
	const struct mxdp_feed_setting *setting;

	start_settled(with_places(reloads[_i].before));
	reload(with_places(reloads[_i].after));
	await(is_idle, "the reload is in force");
	ck_assert_msg(kernel.generations == reloads[_i].generations, "%s: %u generations", what,
		      kernel.generations);
	ck_assert_msg(kernel_class("192.0.2.1", &meaning) == reloads[_i].class, "%s", what);
	if (!reloads[_i].class)
		return;
	setting = &config->feeds[reloads[_i].class - 1];
	ck_assert_msg(meaning.action == reloads[_i].action, "%s: %s", what,
		      mxdp_action_name(meaning.action));
	ck_assert_msg(meaning.text == mxdp_replies_number_of_feed(config, setting), "%s", what);
	ck_assert_msg((meaning.text != 0) == reloads[_i].text, "%s: text %u", what, meaning.text);
}
END_TEST

static bool is_building(void)
{
	return feeds->build;
}

/* What was found out about the feeds goes on too. */
START_TEST(a_reload_forgets_nothing_that_is_told_of_a_feed)
{
	static const char text[] = "interfaces = { eth0 }\n"
				   "feed \"one\" { source = \"file://@/one\" }\n"
				   "feed \"two\" { source = \"file://@/two\" }\n" WHERE;

	write_file("one", "192.0.2.1\n198.51.100.1\n127.0.0.1\n10.0.0.1\n10.0.0.2\n");
	start_settled(text);
	kernel.hits[1] = 3;
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(status_of(0).unique, 4);
		ck_assert_uint_eq(status_of(0).shared, 1);
		ck_assert_uint_eq(status_of(0).protected.count, 1);
		ck_assert_uint_eq(status_of(0).local.count, 2);
		ck_assert_uint_eq(status_of(0).hits, 3);
		ck_assert_uint_eq(status_of(0).added, 5);
		reload(text);
		await(is_idle, "the reload is in force");
	}
	ck_assert_uint_eq(kernel.generations, 0);
}
END_TEST

/* ---- no feeds any more ---- */

static const char none[] = "interfaces = { eth0 }\n" WHERE;

static bool is_withdrawn(void)
{
	return !feeds->build && !feeds->built && !kernel.v4.count && !kernel.v6.count;
}

START_TEST(without_feeds_nothing_is_in_force)
{
	start_settled(LISTS_ALONE);
	ck_assert_uint_eq(kernel_class("192.0.2.1", NULL), 1);
	reload(none);
	ck_assert(!kernel.settings.feeds_first);
	await(is_withdrawn, "the snapshot is withdrawn");
	ck_assert(!kernel.settings.feeds_first);
	reload(LISTS_ALONE);
	await(is_idle, "the feed is back");
	ck_assert_uint_eq(kernel_class("192.0.2.1", NULL), 1);
}
END_TEST

/* What is published after the feeds have gone must not stay. */
START_TEST(a_build_under_way_does_not_outlive_its_feeds)
{
	start_settled(LISTS_ALONE);
	atomic_store(&kernel.busy, true);
	reload("interfaces = { eth0 }\n" LISTS "action = limit }\n" WHERE);
	await(is_building, "a build has begun");
	reload(none);
	uv_run(&loop, UV_RUN_NOWAIT);
	atomic_store(&kernel.busy, false);
	await(is_withdrawn, "nothing is in force");
	ck_assert_uint_eq(kernel.generations, 1);
}
END_TEST

/* Of an earlier daemon with other feeds, on the same pinned maps. */
START_TEST(a_daemon_without_feeds_withdraws_at_its_start)
{
	start_settled(LISTS_ALONE);
	mxdp_feeds_free(feeds);
	mxdp_config_unref(config);
	ck_assert_uint_eq(kernel_class("192.0.2.1", NULL), 1);
	start(none);
	ck_assert(is_withdrawn());
}
END_TEST

/* ---- ends ---- */

static const char ending[] =
	"interfaces = { eth0 }\n"
	"feed \"one\" { source = \"file://@/one\" max_age = 1h when_old = drop }\n"
	"feed \"two\" { source = \"file://@/two\" use = score }\n" WHERE;

static bool two_has_changed(void)
{
	return status_of(1).entries == 2 && is_idle();
}

/* A build of which nothing is published must know the ends of what is. */
START_TEST(an_end_is_moved_after_a_build_that_published_nothing)
{
	uint64_t end;

	start_settled(ending);
	end = meaning_of("192.0.2.1").valid_until_ns;
	ck_assert_uint_gt(end, mxdp_boottime_ns());
	/* As if it had been published long ago. */
	feeds->built->parts[0].valid_until_ns = end - 600 * SECOND;
	mxdp_snapshot_extend(&feeds->built->map4, 1, end - 600 * SECOND);
	write_file("two", "198.51.100.0/24\n198.51.101.0/24\n");
	await(two_has_changed, "the other feed is read");
	ck_assert_uint_eq(kernel.generations, 0);
	mxdp_feeds_look_at_ages(feeds, time(NULL));
	ck_assert_uint_gt(meaning_of("192.0.2.1").valid_until_ns, end - SECOND);
}
END_TEST

START_TEST(a_feed_without_an_end_has_none_in_the_kernel)
{
	start_settled(
		"interfaces = { eth0 }\n"
		"feed \"one\" { source = \"file://@/one\" max_age = 1h }\n"
		"feed \"two\" { source = \"file://@/two\" max_age = 0s when_old = drop }\n" WHERE);
	ck_assert_uint_eq(kernel_class("192.0.2.1", NULL), 1);
	ck_assert_uint_eq(meaning_of("192.0.2.1").valid_until_ns, 0);
	ck_assert_uint_eq(kernel_class("198.51.100.1", NULL), 2);
	ck_assert_uint_eq(meaning_of("198.51.100.1").valid_until_ns, 0);
}
END_TEST

START_TEST(an_end_is_counted_from_the_last_sync)
{
	uint64_t now, end;

	start_settled(ending);
	now = mxdp_boottime_ns();
	end = meaning_of("192.0.2.1").valid_until_ns;
	ck_assert_uint_gt(end, now + 3540 * SECOND);
	ck_assert_uint_lt(end, now + 3660 * SECOND);
}
END_TEST

/* ---- hits ---- */

START_TEST(hits_are_those_since_the_daemons_start)
{
	/* Another daemon's, on the same pinned maps. */
	kernel.hits[1] = 1000;
	kernel.hits[2] = 2000;
	start_settled("interfaces = { eth0 }\n"
		      "feed \"one\" { source = \"file://@/one\" }\n"
		      "feed \"two\" { source = \"file://@/two\" }\n" WHERE);
	ck_assert_uint_eq(status_of(0).hits, 0);
	ck_assert_uint_eq(status_of(1).hits, 0);
	kernel.hits[1] += 5;
	ck_assert_uint_eq(status_of(0).hits, 5);
	kernel.hits[1] += 2;
	kernel.hits[2] += 7;
	ck_assert_uint_eq(status_of(0).hits, 7);
	ck_assert_uint_eq(status_of(1).hits, 7);
	/* Another feed takes the first class: what was counted stays whose it was. */
	reload("interfaces = { eth0 }\n"
	       "feed \"two\" { source = \"file://@/two\" }\n"
	       "feed \"one\" { source = \"file://@/one\" }\n" WHERE);
	kernel.hits[1] += 10;
	await(is_idle, "the feeds have changed places");
	kernel.hits[1] += 100;
	ck_assert_uint_eq(status_of(0).hits, 107); /* two */
	ck_assert_uint_eq(status_of(1).hits, 17);  /* one */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feeds in force");
	TCase *tests = tcase_create("snapshot");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 3 * PATIENCE_SECONDS);
	tcase_add_test(tests, the_feed_that_decides_gives_class_and_action);
	tcase_add_test(tests, rules_and_never_block_set_are_taken_out);
	tcase_add_test(tests, what_is_protected_later_is_taken_out_then);
	tcase_add_loop_test(tests, a_reload_builds_what_it_changes_and_no_more, 0,
			    sizeof(reloads) / sizeof(*reloads));
	tcase_add_test(tests, a_reload_forgets_nothing_that_is_told_of_a_feed);
	tcase_add_test(tests, without_feeds_nothing_is_in_force);
	tcase_add_test(tests, a_build_under_way_does_not_outlive_its_feeds);
	tcase_add_test(tests, a_daemon_without_feeds_withdraws_at_its_start);
	tcase_add_test(tests, an_end_is_moved_after_a_build_that_published_nothing);
	tcase_add_test(tests, a_feed_without_an_end_has_none_in_the_kernel);
	tcase_add_test(tests, an_end_is_counted_from_the_last_sync);
	tcase_add_test(tests, hits_are_those_since_the_daemons_start);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
