/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grey band, and greylisting as the action: who is told to come back. */
#include <check.h>
#include <string.h>

#include "verdict_policy.h"
#include "tests/suite.h"

#define GREY MXDP_ACTION_GREYLIST
#define PASS MXDP_ACTION_PASS

/* The grey band begins at 2. */
static const struct {
	const char *what;
	struct {
		enum mxdp_evidence_class class;
		enum mxdp_evidence_state state;
		double score;
	} evidence[3];
	size_t count;
	enum mxdp_action action;
	enum mxdp_reason reason;
} band[] = {
#define SAYS(class, score)                                           \
	{                                                            \
		MXDP_EVIDENCE_##class, MXDP_EVIDENCE_ANSWERED, score \
	}
#define MUTE(class)                                            \
	{                                                      \
		MXDP_EVIDENCE_##class, MXDP_EVIDENCE_FAILED, 0 \
	}
	{"below it", {SAYS(REVERSE, 1.9)}, 1, PASS, MXDP_REASON_CLEAN},
	{"at its begin", {SAYS(REVERSE, 2)}, 1, GREY, MXDP_REASON_HEURISTICS},
	{"tenths add up", {SAYS(REVERSE, 1.7), SAYS(HELO, 0.3)}, 2, GREY, MXDP_REASON_HEURISTICS},
	{"below the threshold by a list", {SAYS(LIST, 4.9)}, 1, GREY, MXDP_REASON_DNSBL},
	{"at the threshold by a list", {SAYS(LIST, 5)}, 1, MXDP_ACTION_DROP, MXDP_REASON_DNSBL},
	{"above the threshold without one", {SAYS(REVERSE, 8)}, 1, GREY, MXDP_REASON_HEURISTICS},
	{"a DNSWL speaks for it",
	 {SAYS(REVERSE, 4), SAYS(WELCOME, -1)},
	 2,
	 PASS,
	 MXDP_REASON_DNSWL},
	{"a DNSWL gave no answer", {SAYS(REVERSE, 4), MUTE(WELCOME)}, 2, PASS, MXDP_REASON_CLEAN},
	{"another check gave no answer",
	 {SAYS(REVERSE, 4), MUTE(HELO)},
	 2,
	 GREY,
	 MXDP_REASON_HEURISTICS},
	{"exempt", {SAYS(LIST, 4), SAYS(EXEMPT, 0)}, 2, PASS, MXDP_REASON_CLEAN},
	{"earned trust", {SAYS(REVERSE, 4), SAYS(TRUST, -1)}, 2, PASS, MXDP_REASON_TRUST},
	{"it came back", {SAYS(REVERSE, 4), SAYS(RETURNED, -1)}, 2, PASS, MXDP_REASON_CLEAN},
	{"it came back, and that weighs nothing",
	 {SAYS(LIST, 4), SAYS(RETURNED, 0)},
	 2,
	 PASS,
	 MXDP_REASON_CLEAN},
	{"it came back, and is listed since",
	 {SAYS(LIST, 6), SAYS(RETURNED, -1)},
	 2,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL},
};

START_TEST(in_the_grey_band_it_is_told_to_come_back)
{
	struct mxdp_policy grey = policy;
	struct mxdp_evidence evidence[3];
	struct mxdp_address client;
	struct mxdp_decision decision;

	mxdp_address_parse(V6, &client);
	memset(evidence, 0, sizeof(evidence));
	for (size_t i = 0; i < band[_i].count; i++) {
		evidence[i].class = band[_i].evidence[i].class;
		evidence[i].state = band[_i].evidence[i].state;
		evidence[i].score = band[_i].evidence[i].score;
		evidence[i].expires = NOW + 300;
		/* What is said of a network greylists only the host. */
		evidence[i].key = mxdp_prefix_of(&client, 64);
	}
	grey.grey_threshold = 2;
	mxdp_decide(&client, evidence, band[_i].count, &grey, NOW, &decision);
	ck_assert_msg(decision.action == band[_i].action, "%s: action %d", band[_i].what,
		      decision.action);
	ck_assert_msg(decision.reason == band[_i].reason, "%s: reason %d", band[_i].what,
		      decision.reason);
	if (decision.action == GREY) {
		ck_assert_int_eq(decision.key.length, 128);
		ck_assert_int_eq(decision.expires, NOW + 300);
		ck_assert_ptr_nonnull(strstr(decision.text, "greylisted from 2 on"));
	}
	/* Without a band nobody is greylisted. */
	mxdp_decide(&client, evidence, band[_i].count, &policy, NOW, &decision);
	ck_assert_int_ne(decision.action, GREY);
}
END_TEST

/* Where greylisting is the action, a list's word makes no difference, but for the score. */
START_TEST(who_would_be_refused_can_be_greylisted)
{
	struct mxdp_policy grey = policy;
	struct mxdp_evidence evidence[2] = {0};
	struct mxdp_address client;
	struct mxdp_decision decision;

	grey.action = GREY;
	grey.grey_threshold = _i ? 2 : 0;
	mxdp_address_parse(V4, &client);
	evidence[0] = (struct mxdp_evidence){.class = MXDP_EVIDENCE_LIST,
					     .state = MXDP_EVIDENCE_ANSWERED,
					     .score = 6,
					     .expires = NOW + 300,
					     .key = mxdp_prefix_host(&client)};
	evidence[1] = evidence[0];
	evidence[1].class = MXDP_EVIDENCE_RETURNED;
	evidence[1].score = 0;
	mxdp_decide(&client, evidence, 1, &grey, NOW, &decision);
	ck_assert_int_eq(decision.action, GREY);
	ck_assert_int_eq(decision.reason, MXDP_REASON_DNSBL);
	ck_assert_ptr_nonnull(
		strstr(decision.text, _i ? "greylisted from 2 on" : "greylisted from 5 on"));
	mxdp_decide(&client, evidence, 2, &grey, NOW, &decision);
	ck_assert_int_eq(decision.action, PASS);
	ck_assert_ptr_nonnull(strstr(decision.text, "it came back after a greylisting"));
	evidence[0].score = 4.9;
	mxdp_decide(&client, evidence, 1, &grey, NOW, &decision);
	ck_assert_int_eq(decision.action, _i ? GREY : PASS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict: greylisting");
	TCase *tests = tcase_create("verdict");

	tcase_add_loop_test(tests, in_the_grey_band_it_is_told_to_come_back, 0,
			    sizeof(band) / sizeof(band[0]));
	tcase_add_loop_test(tests, who_would_be_refused_can_be_greylisted, 0, 2);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
