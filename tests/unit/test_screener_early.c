/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a decision waits for the checks that are still under way, and when it does not. */
#include "screener_stand.h"

START_TEST(a_certain_verdict_does_not_wait_for_the_rest)
{
	struct mxdp_screener_stats stats;

	use_zone(1, "silent.example", 2);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	mxdp_screener_stats(screener, &stats);
	ck_assert_uint_eq(stats.timed_out, 0);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_DROP);
}
END_TEST

/*
 * No question about the name of one whom a list condemns; the others are asked after. The question
 * waits some milliseconds for the list: a slow machine may need several clients to see that.
 */
START_TEST(a_certain_verdict_asks_no_more)
{
	unsigned int asked, last = 0;
	char text[32];

	config.rdns.missing = 2;
	do {
		last += 2;
		ck_assert_uint_lt(last, 100);
		asked = reverse_questions;
		snprintf(text, sizeof(text), "192.0.2.%u", last);
		announce(text);
		run_until(last / 2);
		ck_assert_int_eq(seen.decision.action, MXDP_ACTION_DROP);
	} while (seen.evidence_count > 1 || reverse_questions > asked);
	announce("192.0.2.3");
	run_until(last / 2 + 1);
	ck_assert_int_eq(seen.decision.action, MXDP_ACTION_PASS);
	while (last_reversed != 3) /* by now the other question would have been sent, too */
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_eq(reverse_questions, asked + 1);
}
END_TEST

/* Here the silent list could still acquit the client. */
START_TEST(an_uncertain_verdict_waits_for_the_rest)
{
	struct mxdp_screener_stats stats;

	use_zone(1, "silent.example", -4);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	mxdp_screener_stats(screener, &stats);
	ck_assert_uint_eq(stats.timed_out, 1);
}
END_TEST

/* The silent DNSWL might have spoken for the client: no 5xx, and the case says so. */
START_TEST(a_dnswl_that_times_out_makes_a_reject_a_tempfail)
{
	struct mxdp_address address = client("192.0.2.66");
	struct mxdp_case known;

	config.policy.action = MXDP_ACTION_REJECT;
	use_zone(1, "silent.example", -4);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_TEMPFAIL);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_uint_eq(known.evidence_count, 2);
	ck_assert_int_eq(known.evidence[1].class, MXDP_EVIDENCE_WELCOME);
	ck_assert_str_eq(known.evidence[1].source, "silent.example");
	ck_assert_ptr_nonnull(strstr(known.decision.text, "silent.example, which might"));
	ck_assert_int_le(known.decision.expires - known.decided_at, 30);
}
END_TEST

/* Early, for the DNSWL could not have outweighed the list; that it then fails changes nothing. */
START_TEST(an_early_reject_stays_one)
{
	struct mxdp_address address = client("192.0.2.66");
	struct mxdp_screener_stats stats;
	struct mxdp_case known;

	config.policy.action = MXDP_ACTION_REJECT;
	use_zone(0, "bl.example", 20);
	use_zone(1, "silent.example", -4);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_REJECT);
	do {
		uv_run(&loop, UV_RUN_ONCE);
		mxdp_screener_stats(screener, &stats);
	} while (stats.running > 0);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_REJECT);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_int_eq(known.decision.action, MXDP_ACTION_REJECT);
	ck_assert_uint_eq(known.evidence_count, 2);
}
END_TEST

/* The verdict comes at once; what `explain` shows is completed later. */
START_TEST(a_pass_that_nothing_can_change_does_not_wait)
{
	struct mxdp_address address = client("192.0.2.1");
	struct mxdp_screener_stats stats;
	struct mxdp_case known;

	use_zone(1, "silent.example", 2);
	ck_assert_int_eq(announce("192.0.2.1"), 0);
	run_until(1);
	mxdp_screener_stats(screener, &stats);
	ck_assert_uint_eq(stats.timed_out, 0);
	ck_assert_uint_eq(stats.running, 1);
	ck_assert_int_eq(verdict_of("192.0.2.1"), MXDP_ACTION_PASS);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_uint_eq(known.evidence_count, 1);
	do {
		uv_run(&loop, UV_RUN_ONCE);
		mxdp_screener_stats(screener, &stats);
	} while (stats.running > 0);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_uint_eq(known.evidence_count, 2);
	ck_assert_int_eq(known.decision.expires, seen.decision.expires);
	ck_assert_uint_eq(stats.decided, 1);
	ck_assert_uint_eq(decisions, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("screener: early decisions");
	TCase *tests = tcase_create("screener");

	tcase_add_test(tests, a_certain_verdict_does_not_wait_for_the_rest);
	tcase_add_test(tests, a_certain_verdict_asks_no_more);
	tcase_add_test(tests, an_uncertain_verdict_waits_for_the_rest);
	tcase_add_test(tests, a_dnswl_that_times_out_makes_a_reject_a_tempfail);
	tcase_add_test(tests, an_early_reject_stays_one);
	tcase_add_test(tests, a_pass_that_nothing_can_change_does_not_wait);
	return run_screener_suite(suite, tests);
}
