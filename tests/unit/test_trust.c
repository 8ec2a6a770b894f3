/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Earned trust: when it is there, how it fades, what ends it. */
#include <check.h>
#include <string.h>

#include "userspace/trust/trust.h"
#include "tests/addresses.h"
#include "tests/suite.h"

#define DAY 86400LL
#define NOW 1700000000LL

static const struct mxdp_trust_limits limits = {
	.after = 7 * DAY, .messages = 10, .score = -2, .lives = 36 * DAY};
static struct mxdp_trust *trust;

static void set_up(void)
{
	trust = mxdp_trust_new(2);
}

static void tear_down(void)
{
	mxdp_trust_free(trust);
}

/* So many messages, the first at NOW, the last `days` later. */
static void deliver(const char *text, unsigned int messages, int64_t days)
{
	const struct mxdp_address client = address(text);
	struct mxdp_trust_record record;

	for (unsigned int i = 0; i < messages; i++)
		ck_assert_int_eq(mxdp_trust_delivered(
					 trust, &client, &limits,
					 NOW + (messages > 1 ? days * DAY * i / (messages - 1) : 0),
					 &record),
				 0);
	ck_assert_uint_eq(record.messages, messages);
}

static double score(const char *text, int64_t now)
{
	const struct mxdp_address client = address(text);
	struct mxdp_evidence evidence;

	return mxdp_trust_find(trust, &client, &limits, now, &evidence) ? evidence.score : 0;
}

static const struct {
	const char *what;
	unsigned int messages;
	int64_t days, later;
	double score;
} cases[] = {
	{"often and for long", 10, 7, 0, -2},
	{"more of both", 500, 30, 0, -2},
	{"one message too few", 9, 30, 0, 0},
	{"a day too short", 500, 6, 0, 0},
	{"one message", 1, 0, 0, 0},
	{"half faded", 10, 7, 18 * DAY, -1},
	{"nearly gone", 10, 7, 27 * DAY, -0.5},
	{"gone", 10, 7, 36 * DAY, 0},
	{"a clock that went back", 10, 7, -DAY, -2},
};

START_TEST(trust_is_earned_and_fades)
{
	deliver("192.0.2.1", cases[_i].messages, cases[_i].days);
	ck_assert_msg(score("192.0.2.1", NOW + cases[_i].days * DAY + cases[_i].later) ==
			      cases[_i].score,
		      "%s", cases[_i].what);
	ck_assert_double_eq(score("192.0.2.2", NOW + cases[_i].days * DAY), 0);
}
END_TEST

START_TEST(use_renews_it_and_a_long_silence_begins_anew)
{
	const struct mxdp_address client = address("2001:db8::1");
	struct mxdp_trust_record record;

	deliver("2001:db8::1", 10, 7);
	mxdp_trust_delivered(trust, &client, &limits, NOW + 40 * DAY, &record);
	ck_assert_uint_eq(record.messages, 11);
	ck_assert_double_eq(score("2001:db8::1", NOW + 40 * DAY), -2);
	ck_assert_double_eq(score("2001:db8::2", NOW + 40 * DAY), 0);
	mxdp_trust_delivered(trust, &client, &limits, NOW + 76 * DAY, &record);
	ck_assert_uint_eq(record.messages, 1);
	ck_assert_int_eq(record.first, NOW + 76 * DAY);
	ck_assert_double_eq(score("2001:db8::1", NOW + 76 * DAY), 0);
}
END_TEST

START_TEST(a_refusal_ends_it)
{
	static const char *const ends[] = {"192.0.2.1", "192.0.2.0/24", "0.0.0.0/0"};
	struct mxdp_prefix prefix;

	deliver("192.0.2.1", 10, 7);
	ck_assert_int_eq(mxdp_prefix_parse("192.0.2.2", &prefix), 0);
	mxdp_trust_end(trust, &prefix);
	ck_assert_double_eq(score("192.0.2.1", NOW + 7 * DAY), -2);
	ck_assert_int_eq(mxdp_prefix_parse(ends[_i], &prefix), 0);
	mxdp_trust_end(trust, &prefix);
	ck_assert_double_eq(score("192.0.2.1", NOW + 7 * DAY), 0);
}
END_TEST

START_TEST(a_restored_record_counts)
{
	const struct mxdp_trust_record record = {.client = address("192.0.2.1"),
						 .first = NOW,
						 .last = NOW + 8 * DAY,
						 .messages = 12};

	mxdp_trust_restore(trust, &record);
	ck_assert_double_eq(score("192.0.2.1", NOW + 8 * DAY), -2);
}
END_TEST

START_TEST(the_longest_silent_goes_first)
{
	deliver("192.0.2.1", 10, 7);
	deliver("192.0.2.2", 10, 7);
	deliver("192.0.2.3", 10, 7);
	ck_assert_double_eq(score("192.0.2.1", NOW + 7 * DAY), 0);
	ck_assert_double_eq(score("192.0.2.2", NOW + 7 * DAY), -2);
	ck_assert_double_eq(score("192.0.2.3", NOW + 7 * DAY), -2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trust");
	TCase *tests = tcase_create("trust");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, trust_is_earned_and_fades, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, use_renews_it_and_a_long_silence_begins_anew);
	tcase_add_loop_test(tests, a_refusal_ends_it, 0, 3);
	tcase_add_test(tests, a_restored_record_counts);
	tcase_add_test(tests, the_longest_silent_goes_first);
	return run_suite(suite);
}
