/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A 5xx needs certainty: what makes a rejection a temporary one. */
#include <check.h>
#include <string.h>

#include "verdict_policy.h"
#include "tests/suite.h"

#define DOUBTED(score, why)                                                              \
	{                                                                                \
		MXDP_EVIDENCE_LIST, MXDP_EVIDENCE_ANSWERED, MXDP_DOUBT_##why, score, 600 \
	}
#define SURE(class, score)                                                                 \
	{                                                                                  \
		MXDP_EVIDENCE_##class, MXDP_EVIDENCE_ANSWERED, MXDP_DOUBT_NONE, score, 600 \
	}
#define SILENT(class)                                                               \
	{                                                                           \
		MXDP_EVIDENCE_##class, MXDP_EVIDENCE_FAILED, MXDP_DOUBT_NONE, 0, 10 \
	}

/* With the action reject: whether it is one for good, how long it lives, what the text begins with
 */
static const struct {
	const char *what;
	struct {
		enum mxdp_evidence_class class;
		enum mxdp_evidence_state state;
		enum mxdp_evidence_doubt doubt;
		double score;
		int ttl;
	} evidence[3];
	size_t count;
	enum mxdp_action action;
	int ttl;
	const char *text;
} certainty[] = {
	{"one good list suffices",
	 {SURE(LIST, 5), SILENT(LIST)},
	 2,
	 MXDP_ACTION_REJECT,
	 600,
	 "list 5"},
	{"a DNSWL that gave no answer",
	 {SURE(LIST, 5), SILENT(WELCOME)},
	 2,
	 MXDP_ACTION_TEMPFAIL,
	 30,
	 "not for good (dnswl, which might speak for it, gave no answer): list 5"},
	{"a DNSWL that gave no answer, whatever the sum",
	 {SURE(LIST, 50), SILENT(WELCOME)},
	 2,
	 MXDP_ACTION_TEMPFAIL,
	 30,
	 "not for good"},
	{"a DNSWL that says nothing",
	 {SURE(LIST, 5), {MXDP_EVIDENCE_WELCOME, MXDP_EVIDENCE_NOTHING, MXDP_DOUBT_NONE, 0, 300}},
	 2,
	 MXDP_ACTION_REJECT,
	 600,
	 "list 5"},
	{"a DNSWL that answered, but not enough",
	 {SURE(LIST, 9), SURE(WELCOME, -2)},
	 2,
	 MXDP_ACTION_REJECT,
	 600,
	 "list 9"},
	{"reverse records that gave no answer",
	 {SURE(LIST, 5), SILENT(REVERSE)},
	 2,
	 MXDP_ACTION_REJECT,
	 600,
	 "list 5"},
	{"the zone was never probed",
	 {DOUBTED(5, UNPROBED)},
	 1,
	 MXDP_ACTION_TEMPFAIL,
	 30,
	 "not for good (list: the list has not passed a probe yet): list 5"},
	{"its last good probe is old",
	 {DOUBTED(5, OLD)},
	 1,
	 MXDP_ACTION_TEMPFAIL,
	 30,
	 "not for good (list: the list's last good probe is old)"},
	{"it was suspended meanwhile",
	 {DOUBTED(5, SUSPENDED)},
	 1,
	 MXDP_ACTION_TEMPFAIL,
	 30,
	 "not for good"},
	{"its hit rate jumped", {DOUBTED(5, JUMP)}, 1, MXDP_ACTION_TEMPFAIL, 30, "not for good"},
	{"it names trusted clients",
	 {DOUBTED(5, TRUSTED)},
	 1,
	 MXDP_ACTION_TEMPFAIL,
	 30,
	 "not for good"},
	{"another list suffices without it",
	 {DOUBTED(5, JUMP), SURE(LIST, 5)},
	 2,
	 MXDP_ACTION_REJECT,
	 600,
	 "list 5"},
	{"another list does not suffice without it",
	 {DOUBTED(3, JUMP), SURE(LIST, 2)},
	 2,
	 MXDP_ACTION_TEMPFAIL,
	 30,
	 "not for good"},
	{"heuristics do not take a list's place",
	 {DOUBTED(5, JUMP), SURE(HELO, 4), SURE(REVERSE, 4)},
	 3,
	 MXDP_ACTION_TEMPFAIL,
	 30,
	 "not for good"},
	{"below the threshold a doubt says nothing",
	 {DOUBTED(3, JUMP)},
	 1,
	 MXDP_ACTION_PASS,
	 1800,
	 "list 3"},
};

START_TEST(a_refusal_for_good_needs_certainty)
{
	struct mxdp_policy strict = policy;
	struct mxdp_evidence evidence[3];
	struct mxdp_address client;
	struct mxdp_decision decision;
	const bool for_good = certainty[_i].action == MXDP_ACTION_REJECT;

	mxdp_address_parse(V4, &client);
	memset(evidence, 0, sizeof(evidence));
	for (size_t i = 0; i < certainty[_i].count; i++) {
		evidence[i].class = certainty[_i].evidence[i].class;
		evidence[i].state = certainty[_i].evidence[i].state;
		evidence[i].doubt = certainty[_i].evidence[i].doubt;
		evidence[i].score = certainty[_i].evidence[i].score;
		evidence[i].expires = NOW + certainty[_i].evidence[i].ttl;
		evidence[i].key = mxdp_prefix_host(&client);
		mxdp_evidence_set_source(&evidence[i], evidence[i].class == MXDP_EVIDENCE_WELCOME
							       ? "dnswl"
							       : "list");
	}
	strict.action = MXDP_ACTION_REJECT;
	mxdp_decide(&client, evidence, certainty[_i].count, &strict, NOW, &decision);
	ck_assert_msg(decision.action == certainty[_i].action, "%s: action %d", certainty[_i].what,
		      decision.action);
	ck_assert_msg(decision.certain == for_good, "%s", certainty[_i].what);
	ck_assert_msg(decision.expires - NOW == certainty[_i].ttl, "%s: lives %lld",
		      certainty[_i].what, (long long)decision.expires - NOW);
	ck_assert_msg(!strncmp(decision.text, certainty[_i].text, strlen(certainty[_i].text)),
		      "%s: %s", certainty[_i].what, decision.text);
	/* What is no 5xx needs no certainty. */
	mxdp_decide(&client, evidence, certainty[_i].count, &policy, NOW, &decision);
	ck_assert_int_ne(decision.action, MXDP_ACTION_TEMPFAIL);
	ck_assert_int_ne(strncmp(decision.text, "not for good", 12), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict: certainty");
	TCase *tests = tcase_create("verdict");

	tcase_add_loop_test(tests, a_refusal_for_good_needs_certainty, 0,
			    sizeof(certainty) / sizeof(certainty[0]));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
