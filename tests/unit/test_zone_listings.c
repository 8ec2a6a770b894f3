/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What zones find: how it is counted, when a listing is in doubt, and how it is confirmed. */
#include <time.h>

#include "zones_stand.h"

/* Three lists and one that speaks for clients; what each comes to is in the order of the names. */
static const struct {
	const char *name;
	double score;
	uint64_t asked, hits, unique, errors;
} counted[] = {
	{"good.example", 5, 2, 1, 0, 0},
	{"both.good.example", 5, 2, 2, 1, 0},
	{"welcome.good.example", -2, 2, 1, 1, 0},
	{"silent.example", 5, 2, 0, 0, 2},
};
#define COUNTED (sizeof(counted) / sizeof(counted[0]))

static void check_client(const char *client)
{
	stand.done = 0;
	stand.evidence_count = 0;
	ck_assert_ptr_nonnull(stand_start(&mxdp_check_dnsbl, client, NULL));
	while (stand.done == 0)
		uv_run(&stand.loop, UV_RUN_ONCE);
}

START_TEST(what_a_zone_finds_is_counted)
{
	static struct mxdp_dnsbl_zone several[COUNTED];
	static struct mxdp_dnsbl_reply replies[COUNTED];
	struct mxdp_zone_health health;

	for (size_t i = 0; i < COUNTED; i++) {
		several[i] = (struct mxdp_dnsbl_zone){.zone = (char *)counted[i].name,
						      .shown = (char *)counted[i].name,
						      .reply_count = 1,
						      .replies = &replies[i]};
		replies[i].score = counted[i].score;
		mxdp_dnsbl_filter_parse("127.0.0.2", &replies[i].filter, NULL);
	}
	stand.config.dnsbls = several;
	stand.config.dnsbl_count = COUNTED;
	ck_assert_int_eq(mxdp_zones_new(&stand.loop, stand.resolver, &stand.config, &stand.zones),
			 0);
	check_client("192.0.2.2");
	check_client("192.0.2.3");
	for (size_t i = 0; i < COUNTED; i++) {
		ck_assert_int_eq(mxdp_zones_health(stand.zones, i, &health), 0);
		ck_assert_str_eq(health.shown, counted[i].name);
		ck_assert_uint_eq(health.statistics.asked, counted[i].asked);
		ck_assert_uint_eq(health.statistics.hits, counted[i].hits);
		ck_assert_uint_eq(health.statistics.unique, counted[i].unique);
		ck_assert_uint_eq(health.statistics.errors, counted[i].errors);
	}
}
END_TEST

/* What is listed by a zone in each state, and whether that may refuse for good. */
START_TEST(a_listing_says_why_it_is_in_doubt)
{
	static struct mxdp_dnsbl_reply reply = {.score = 5};
	const struct mxdp_zone_outcome hit = {.hit = true}, none = {0};
	struct mxdp_zone_health health;

	mxdp_dnsbl_filter_parse("127.0.0.2", &reply.filter, NULL);
	mute = true;
	probe("both.good.example", false);
	mute = false;
	zone.reply_count = 1;
	zone.replies = &reply;
	check_client("192.0.2.3");
	ck_assert_int_eq(stand.evidence[0].doubt, MXDP_DOUBT_UNPROBED);

	probe_again();
	check_client("192.0.2.3");
	ck_assert_double_eq(stand.evidence[0].score, 5);
	ck_assert_int_eq(stand.evidence[0].doubt, MXDP_DOUBT_NONE);
	check_client("192.0.2.4");
	ck_assert_int_eq(stand.evidence[0].doubt, MXDP_DOUBT_NONE);

	for (int i = 0; i < 2000; i++)
		mxdp_zones_count(stand.zones, zone.zone, i % 3 ? &none : &hit);
	for (int i = 0; i < 500; i++)
		mxdp_zones_count(stand.zones, zone.zone, &hit);
	check_client("192.0.2.3");
	ck_assert_int_eq(stand.evidence[0].doubt, MXDP_DOUBT_JUMP);
	ck_assert_int_eq(mxdp_zones_health(stand.zones, 0, &health), 0);
	ck_assert_int_eq(health.doubt, MXDP_DOUBT_JUMP);
	ck_assert(health.probing);
	ck_assert_int_eq(mxdp_zones_doubt(stand.zones, zone.zone, time(NULL) + 3600),
			 MXDP_DOUBT_OLD);
	ck_assert_int_eq(mxdp_zones_doubt(NULL, zone.zone, time(NULL)), MXDP_DOUBT_NONE);
}
END_TEST

/* A list in order, which did not say lately that it does not name everybody. */
static void use_unconfirmed(bool ipv6)
{
	static struct mxdp_dnsbl_reply reply = {.score = 5};

	mxdp_dnsbl_filter_parse("127.0.0.2", &reply.filter, NULL);
	deaf = true;
	probe("both.good.example", ipv6);
	deaf = false;
	zone.reply_count = 1;
	zone.replies = &reply;
}

static unsigned int questions_about(const char *client)
{
	const unsigned int before = dns_server_questions(stand.server, false);

	check_client(client);
	return dns_server_questions(stand.server, false) - before;
}

START_TEST(a_listing_is_confirmed_before_it_counts)
{
	use_unconfirmed(false);
	ck_assert_uint_eq(questions_about("192.0.2.4"), 1); /* not listed: nothing to confirm */
	ck_assert_uint_eq(questions_about("192.0.2.3"), 2);
	ck_assert_double_eq(stand.evidence[0].score, 5);
	ck_assert_ptr_null(mxdp_zones_suspended(stand.zones, zone.zone));
	/* The next one finds the list confirmed, and the answer in the cache. */
	ck_assert_uint_eq(questions_about("192.0.2.3"), 0);
	ck_assert_double_eq(stand.evidence[0].score, 5);
}
END_TEST

START_TEST(a_list_that_begins_to_name_everybody_refuses_nobody)
{
	use_unconfirmed(_i == 1);
	names_everybody = true;
	check_client(_i == 1 ? "2001:db8::5" : "192.0.2.5");
	ck_assert_int_eq(stand.evidence[0].state, MXDP_EVIDENCE_FAILED);
	ck_assert_double_eq(stand.evidence[0].score, 0);
	ck_assert_ptr_nonnull(strstr(stand.evidence[0].reason,
				     _i == 1 ? "lists ::ffff:7f00:1" : "lists 127.0.0.1"));
	ck_assert_ptr_nonnull(mxdp_zones_suspended(stand.zones, zone.zone));
}
END_TEST

START_TEST(a_listing_that_nobody_confirms_is_in_doubt)
{
	use_unconfirmed(false);
	deaf = true;
	check_client("192.0.2.3");
	ck_assert_double_eq(stand.evidence[0].score, 5);
	ck_assert_int_ne(stand.evidence[0].doubt, MXDP_DOUBT_NONE);
	ck_assert_ptr_null(mxdp_zones_suspended(stand.zones, zone.zone));
}
END_TEST

static void run_until_asked(const struct mxdp_check_run *run, unsigned int questions)
{
	ck_assert_ptr_nonnull(run);
	while (dns_server_questions(stand.server, false) < questions)
		uv_run(&stand.loop, UV_RUN_ONCE);
}

/* Out of time, a listing that waits for its confirmation is told all the same; cancelled, nothing.
 */
START_TEST(a_run_ends_while_a_listing_waits)
{
	struct mxdp_check_run *run;

	use_unconfirmed(false);
	deaf = true;
	run = stand_start(&mxdp_check_dnsbl, "192.0.2.3", NULL);
	run_until_asked(run, dns_server_questions(stand.server, false) + 2);
	if (_i == 1) {
		mxdp_check_dnsbl.give_up(run, &(struct mxdp_evidence){0});
		ck_assert_double_eq(stand.evidence[0].score, 5);
		ck_assert_int_ne(stand.evidence[0].doubt, MXDP_DOUBT_NONE);
	}
	mxdp_check_dnsbl.cancel(run);
	ck_assert_uint_eq(stand.done, 0);
}
END_TEST

START_TEST(latency_is_of_answers_that_came_from_elsewhere)
{
	static const struct mxdp_zone_outcome outcomes[] = {
		{.took_ms = 0.1},
		{.took_ms = 40},
		{.took_ms = 0.1},
		{.failed = true, .took_ms = 9},
	};
	struct mxdp_zone_health health;

	use_zone("good.example", false, false);
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		mxdp_zones_count(stand.zones, "good.example", &outcomes[i]);
	mxdp_zones_count(stand.zones, "unknown.example", &outcomes[1]);
	mxdp_zones_count(NULL, "good.example", &outcomes[1]);
	ck_assert_int_eq(mxdp_zones_health(stand.zones, 0, &health), 0);
	ck_assert_double_eq(health.statistics.latency_ms, 40);
	ck_assert_uint_eq(health.statistics.asked, 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zone listings");
	TCase *tests = tcase_create("zone listings");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, stand_down);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, what_a_zone_finds_is_counted);
	tcase_add_test(tests, a_listing_says_why_it_is_in_doubt);
	tcase_add_test(tests, a_listing_is_confirmed_before_it_counts);
	tcase_add_loop_test(tests, a_list_that_begins_to_name_everybody_refuses_nobody, 0, 2);
	tcase_add_test(tests, a_listing_that_nobody_confirms_is_in_doubt);
	tcase_add_loop_test(tests, a_run_ends_while_a_listing_waits, 0, 2);
	tcase_add_test(tests, latency_is_of_answers_that_came_from_elsewhere);
	return run_suite(suite);
}
