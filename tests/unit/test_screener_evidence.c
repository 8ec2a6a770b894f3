/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes to the screener besides the events: reports, HELO, questions that are only shown; and
 * what a case keeps.
 */
#include "screener_stand.h"

static void on_case(void *context, const struct mxdp_case *result)
{
	(void)result;
	++*(unsigned int *)context;
}

START_TEST(a_check_that_is_only_shown_writes_nothing)
{
	struct mxdp_address address = client("192.0.2.66");
	struct mxdp_case known;
	unsigned int called = 0;

	ck_assert_int_eq(mxdp_screener_check(screener, &address, false, on_case, &called), 0);
	ck_assert_uint_eq(called, 0);
	while (!called)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_NONE);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), -ENOENT);
	ck_assert_uint_eq(decisions, 0);
}
END_TEST

static const struct {
	const char *said, *shown;
} texts[] = {
	{"See https://bl.example/?192.0.2.66",
	 "listed: 127.0.0.2: \"See https://bl.example/?192.0.2.66\""},
	{"two\r\nlines \033[31m\xff", "listed: 127.0.0.2: \"two??lines ?[31m?\""},
	{"", "listed: 127.0.0.2"},
	{"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
	 "890123456789012345678901234567890123456789012345678901234567890123456789",
	 "listed: 127.0.0.2: \"01234567890123456789012345678901234567890123456789012345678901234567"
	 "89012345678901234567890123456789012345678901234567890123456789012345678901234567"
	 "89...\""},
};

/* The decision does not wait for the words: a few turns later they are in the case. */
START_TEST(the_words_of_a_list_come_after_the_decision)
{
	struct mxdp_address address = client("192.0.2.66");
	struct mxdp_case known;

	text_length = strlen(texts[_i].said) + 1;
	text_record[0] = (uint8_t)(text_length - 1);
	memcpy(text_record + 1, texts[_i].said, text_length - 1);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_str_eq(seen_reason, "listed: 127.0.0.2");
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_DROP);
	/* The listing and its words; zones that set no probe are asked nothing else. */
	while (dns_server_questions(server, false) < 2)
		uv_run(&loop, UV_RUN_ONCE);
	for (int turn = 0; turn < 10; turn++)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_uint_eq(known.evidence_count, 1);
	ck_assert_str_eq(known.evidence[0].reason, texts[_i].shown);
	ck_assert_double_eq(known.evidence[0].score, 5);
}
END_TEST

START_TEST(a_forgotten_client_is_unknown_again)
{
	struct mxdp_address address = client("192.0.2.66");
	struct mxdp_prefix prefix;
	struct mxdp_case known;

	ck_assert_int_eq(announce("192.0.2.66"), 0);
	ck_assert_int_eq(announce("198.51.100.2"), 0);
	run_until(2);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_int_eq(mxdp_prefix_parse("192.0.2.0/24", &prefix), 0);
	ck_assert_int_eq(mxdp_screener_forget(screener, &prefix), 1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_NONE);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), -ENOENT);
	ck_assert_int_eq(verdict_of("198.51.100.2"), MXDP_ACTION_DROP);
}
END_TEST

static int tell(const char *key, double score)
{
	struct mxdp_evidence evidence = {.class = MXDP_EVIDENCE_REPORT,
					 .state = MXDP_EVIDENCE_ANSWERED,
					 .score = score,
					 .expires = time(NULL) + 3600};

	ck_assert_int_eq(mxdp_prefix_parse(key, &evidence.key), 0);
	mxdp_evidence_set_source(&evidence, "fail2ban");
	return mxdp_screener_tell(screener, &evidence);
}

START_TEST(a_report_judges_the_client_anew_at_once)
{
	ck_assert_int_eq(announce("192.0.2.67"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_PASS);
	ck_assert_int_eq(tell("192.0.2.67", 3), 0);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_PASS);
	ck_assert_int_eq(tell("192.0.2.67", 3), 0);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(a_report_counts_when_the_client_is_checked_later)
{
	ck_assert_int_eq(tell("192.0.2.67", 3), 0);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_NONE);
	ck_assert_int_eq(announce("192.0.2.67"), 0);
	run_until(1);
	ck_assert_double_eq_tol(seen.decision.score, 3, 0.01);
}
END_TEST

/* SPF of a message: explain has it, the verdict and whoever follows decisions don't. */
START_TEST(what_is_only_shown_decides_nothing)
{
	struct mxdp_address address = client("192.0.2.67");
	struct mxdp_evidence evidence = {.class = MXDP_EVIDENCE_SPF,
					 .state = MXDP_EVIDENCE_ANSWERED,
					 .key = mxdp_prefix_host(&address),
					 .score = 50,
					 .expires = time(NULL) + 3600};
	struct mxdp_case known;
	unsigned int before;

	mxdp_evidence_set_source(&evidence, "spf");
	ck_assert_int_eq(mxdp_screener_show(screener, &evidence), 0);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_NONE);
	ck_assert_int_eq(announce("192.0.2.67"), 0);
	run_until(1);
	before = decisions;
	mxdp_evidence_set_reason(&evidence, "the second");
	ck_assert_int_eq(mxdp_screener_show(screener, &evidence), 0);
	ck_assert_uint_eq(decisions, before);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_PASS);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_str_eq(known.evidence[0].reason, "the second");
	ck_assert_double_eq(known.evidence[0].score, 0);
	ck_assert_double_eq(known.decision.score, 0);
}
END_TEST

static void keep_score(void *context, const struct mxdp_case *result)
{
	*(double *)context = result->decision.score;
}

/* Stands for the ranges: 192.0.2.67 is a provider's. */
bool mxdp_exempt_match(const struct mxdp_exempt *exempt, const struct mxdp_address *address,
		       char text[MXDP_EXEMPT_TEXT])
{
	const struct mxdp_address provider = client("192.0.2.67");

	snprintf(text, MXDP_EXEMPT_TEXT, "gmail.example's SPF");
	return exempt && mxdp_address_equal(address, &provider);
}

START_TEST(heuristics_spare_an_exempt_client)
{
	struct mxdp_check_subject subject = {.client = client("192.0.2.67"),
					     .helo = "[198.51.100.9]"};
	double score = -1;
	struct mxdp_case known;

	config.helo.bad = 1;
	config.policy.heuristics_max = 4;
	mxdp_screener_set_exempt(screener, (const struct mxdp_exempt *)&loop);
	ck_assert_int_eq(announce("192.0.2.67"), 0);
	run_until(1);
	ck_assert_int_eq(mxdp_screener_ask(screener, &subject, keep_score, &score), 0);
	while (score < 0)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_double_eq(score, 0);
	ck_assert_int_eq(mxdp_screener_case(screener, &subject.client, &known), 0);
	ck_assert_ptr_nonnull(strstr(known.decision.text, "exempt: gmail.example's SPF"));
	ck_assert_ptr_nonnull(strstr(known.decision.text, "heuristics (1) weigh nothing"));

	/* A reload without the domain: the next judgement is as for everybody. */
	mxdp_screener_set_exempt(screener, NULL);
	ck_assert_int_eq(tell("192.0.2.67", 4), 0);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(a_helo_said_twice_counts_once)
{
	struct mxdp_check_subject subject = {.client = client("192.0.2.67"),
					     .helo = "[198.51.100.9]"};

	config.helo.bad = 1;
	config.policy.heuristics_max = 4;
	for (int i = 0; i < 3; i++) {
		double score = -1;

		ck_assert_int_eq(mxdp_screener_ask(screener, &subject, keep_score, &score), 0);
		while (score < 0)
			uv_run(&loop, UV_RUN_ONCE);
		ck_assert_double_eq_tol(score, 1, 0.01);
	}
}
END_TEST

START_TEST(a_question_about_a_message_leaves_the_address_alone)
{
	struct mxdp_check_subject subject = {.client = client("192.0.2.66"),
					     .helo = "mail.example.org",
					     .sender = "a@example.org"};
	unsigned int called = 0;

	ck_assert_int_eq(mxdp_screener_ask(screener, &subject, on_case, &called), 0);
	ck_assert_uint_eq(called, 0);
	while (!called)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(a_restored_case_gives_way_to_a_verdict_that_is_there)
{
	struct mxdp_case known = {
		.client = client("192.0.2.67"),
		.decided = true,
		.decided_at = time(NULL) - 10,
		.decision.action = MXDP_ACTION_DROP,
		.decision.reason = MXDP_REASON_REPORT,
		.decision.expires = time(NULL) + 60,
	};
	struct mxdp_case kept;

	known.decision.key = mxdp_prefix_host(&known.client);
	mxdp_screener_restore(screener, &known);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_DROP);
	ck_assert_int_eq(mxdp_screener_case(screener, &known.client, &kept), 0);
	ck_assert_int_eq(kept.decision.reason, MXDP_REASON_REPORT);
	known.decision.action = MXDP_ACTION_PASS;
	mxdp_screener_restore(screener, &known);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_DROP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("screener: evidence");
	TCase *tests = tcase_create("screener");

	tcase_add_test(tests, a_check_that_is_only_shown_writes_nothing);
	tcase_add_loop_test(tests, the_words_of_a_list_come_after_the_decision, 0,
			    sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tests, a_forgotten_client_is_unknown_again);
	tcase_add_test(tests, a_report_judges_the_client_anew_at_once);
	tcase_add_test(tests, a_report_counts_when_the_client_is_checked_later);
	tcase_add_test(tests, what_is_only_shown_decides_nothing);
	tcase_add_test(tests, heuristics_spare_an_exempt_client);
	tcase_add_test(tests, a_helo_said_twice_counts_once);
	tcase_add_test(tests, a_question_about_a_message_leaves_the_address_alone);
	tcase_add_test(tests, a_restored_case_gives_way_to_a_verdict_that_is_there);
	return run_screener_suite(suite, tests);
}
