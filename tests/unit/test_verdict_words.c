/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sum as the operator reads it. */
#include <check.h>
#include <string.h>

#include "verdict_policy.h"
#include "tests/suite.h"

static void set_listing(struct mxdp_evidence *evidence, const char *source, double score,
			const char *reason, const struct mxdp_address *client)
{
	*evidence = (struct mxdp_evidence){
		.class = MXDP_EVIDENCE_LIST,
		.state = MXDP_EVIDENCE_ANSWERED,
		.key = mxdp_prefix_host(client),
		.score = score,
		.expires = NOW + 300,
	};
	mxdp_evidence_set_source(evidence, source);
	mxdp_evidence_set_reason(evidence, "%s", reason);
}

START_TEST(the_sum_in_words)
{
	struct mxdp_evidence evidence[3];
	struct mxdp_address client;
	struct mxdp_decision decision = {0};

	mxdp_address_parse(V4, &client);
	set_listing(&evidence[0], "zen.example", 5, "listed: 127.0.0.4", &client);
	set_listing(&evidence[1], "welcome.example", -1.5, "listed: 127.0.5.1", &client);
	set_listing(&evidence[2], "slow.example", 0, "no answer: time-out", &client);
	evidence[2].state = MXDP_EVIDENCE_FAILED;
	mxdp_decide(&client, evidence, 3, &policy, NOW, &decision);
	ck_assert_str_eq(decision.text, "zen.example 5 (listed: 127.0.0.4) + "
					"welcome.example -1.5 (listed: 127.0.5.1) = 3.5, "
					"threshold 5; 1 of 3 gave no answer");
	mxdp_decide(&client, NULL, 0, &policy, NOW, &decision);
	ck_assert_str_eq(decision.text, "nothing speaks against it");
}
END_TEST

START_TEST(the_cap_is_said)
{
	struct mxdp_evidence evidence;
	struct mxdp_address client;
	struct mxdp_decision decision = {0};

	mxdp_address_parse(V4, &client);
	set_listing(&evidence, "rdns", 4.5, "no reverse record", &client);
	evidence.class = MXDP_EVIDENCE_REVERSE;
	mxdp_decide(&client, &evidence, 1, &policy, NOW, &decision);
	ck_assert_str_eq(decision.text, "rdns 4.5 (no reverse record) = 4, threshold 5; "
					"heuristics count 4 at most");
}
END_TEST

START_TEST(a_long_sum_is_cut)
{
	struct mxdp_evidence evidence[3];
	struct mxdp_address client;
	struct mxdp_decision decision = {0};
	char reason[201];

	memset(reason, 'r', 200);
	reason[200] = '\0';
	mxdp_address_parse(V4, &client);
	for (int i = 0; i < 3; i++)
		set_listing(&evidence[i], "zen.example", 5, reason, &client);
	mxdp_decide(&client, evidence, 3, &policy, NOW, &decision);
	ck_assert_uint_eq(strlen(decision.text), MXDP_VERDICT_TEXT - 1);
	ck_assert_str_eq(decision.text + MXDP_VERDICT_TEXT - 5, "r...");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict: words");
	TCase *tests = tcase_create("verdict");

	tcase_add_test(tests, the_sum_in_words);
	tcase_add_test(tests, the_cap_is_said);
	tcase_add_test(tests, a_long_sum_is_cut);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
