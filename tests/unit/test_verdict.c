/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From evidence to action, reason, score, time and key: one table. */
#include <check.h>

#include "verdict_policy.h"
#include "tests/suite.h"

#define EVIDENCE(class, state, score, ttl, key)                               \
	{                                                                     \
		MXDP_EVIDENCE_##class, MXDP_EVIDENCE_##state, score, ttl, key \
	}
#define LIST(score, ttl)       EVIDENCE(LIST, ANSWERED, score, ttl, NULL)
#define LIST64(score, ttl)     EVIDENCE(LIST, ANSWERED, score, ttl, "2001:db8:1:2::/64")
#define WELCOME(score)         EVIDENCE(WELCOME, ANSWERED, score, 300, NULL)
#define OF_CLASS(class, score) EVIDENCE(class, ANSWERED, score, 300, NULL)
#define NOTHING                EVIDENCE(LIST, NOTHING, 0, 300, NULL)
#define NO_ANSWER              EVIDENCE(LIST, FAILED, 0, 10, NULL)
#define FAILED_WITH_SCORE      EVIDENCE(LIST, FAILED, 9, 300, NULL)
#define ELSEWHERE(score, key)  EVIDENCE(LIST, ANSWERED, score, 300, key)

static const struct {
	const char *what;
	const char *client;
	struct {
		enum mxdp_evidence_class class;
		enum mxdp_evidence_state state;
		double score;
		int ttl;
		const char *key; /* NULL: the client itself */
	} evidence[4];
	size_t count;
	enum mxdp_action action;
	enum mxdp_reason reason;
	double score;
	int ttl;
	const char *key;
} cases[] = {
	{"no evidence", V4, {}, 0, MXDP_ACTION_PASS, MXDP_REASON_CLEAN, 0, 1800, V4},
	{"not listed", V4, {NOTHING, NOTHING}, 2, MXDP_ACTION_PASS, MXDP_REASON_CLEAN, 0, 1800, V4},
	{"listed", V4, {LIST(5, 300)}, 1, MXDP_ACTION_DROP, MXDP_REASON_DNSBL, 5, 300, V4},
	{"listed below the threshold",
	 V4,
	 {LIST(4.9, 300)},
	 1,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 4.9,
	 1800,
	 V4},
	{"scores add up",
	 V4,
	 {LIST(2, 300), LIST(3, 200), NOTHING},
	 3,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 200,
	 V4},
	{"tenths add up",
	 V4,
	 {LIST(4.7, 300), LIST(0.1, 300), LIST(0.2, 300)},
	 3,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 300,
	 V4},
	{"life raised to ttl_min",
	 V4,
	 {LIST(5, 5)},
	 1,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 60,
	 V4},
	{"life lowered to refuse_ttl_max",
	 V4,
	 {LIST(5, 3000)},
	 1,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 900,
	 V4},
	{"a welcome list outweighs",
	 V4,
	 {LIST(5, 300), WELCOME(-2)},
	 2,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_DNSWL,
	 3,
	 1800,
	 V4},
	{"a welcome list that does not suffice",
	 V4,
	 {LIST(8, 300), WELCOME(-2)},
	 2,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 6,
	 300,
	 V4},
	{"a welcome list's life does not end a refusal",
	 V4,
	 {LIST(8, 800), WELCOME(-2)},
	 2,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 6,
	 800,
	 V4},
	{"expired evidence weighs nothing",
	 V4,
	 {LIST(5, 0)},
	 1,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 0,
	 1800,
	 V4},
	{"failed evidence weighs nothing, but is asked for again soon",
	 V4,
	 {FAILED_WITH_SCORE, NOTHING},
	 2,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 0,
	 30,
	 V4},
	{"evidence on others weighs nothing",
	 V4,
	 {ELSEWHERE(5, "192.0.2.2")},
	 1,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 0,
	 1800,
	 V4},
	{"evidence on the network counts",
	 V4,
	 {ELSEWHERE(5, "192.0.2.0/24")},
	 1,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 300,
	 V4},
	{"every check failed",
	 V4,
	 {NO_ANSWER, NO_ANSWER},
	 2,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_FAIL_OPEN,
	 0,
	 30,
	 V4},
	{"one check of two answered: asked again soon",
	 V4,
	 {NO_ANSWER, NOTHING},
	 2,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 0,
	 30,
	 V4},
	{"one failed, one suffices",
	 V4,
	 {NO_ANSWER, LIST(5, 300)},
	 2,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 300,
	 V4},
	{"heuristics answered, but no list did",
	 V4,
	 {NO_ANSWER, OF_CLASS(REVERSE, 2)},
	 2,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_FAIL_OPEN,
	 2,
	 30,
	 V4},
	{"heuristics that fail don't shorten a pass",
	 V4,
	 {NOTHING, {MXDP_EVIDENCE_REVERSE, MXDP_EVIDENCE_FAILED, 0, 10, NULL}},
	 2,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 0,
	 1800,
	 V4},
	{"heuristics count up to their cap",
	 V4,
	 {OF_CLASS(REVERSE, 3), OF_CLASS(HELO, 3), LIST(0.5, 300)},
	 3,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 4.5,
	 1800,
	 V4},
	{"heuristics alone never refuse",
	 V4,
	 {OF_CLASS(REVERSE, 3), OF_CLASS(HELO, 3), OF_CLASS(SENDER, 3), OF_CLASS(SPF, 3)},
	 4,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 4,
	 1800,
	 V4},
	{"heuristics with a list do",
	 V4,
	 {OF_CLASS(REVERSE, 3), LIST(2, 300)},
	 2,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 300,
	 V4},
	{"a report may refuse",
	 V4,
	 {OF_CLASS(REPORT, 5)},
	 1,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_REPORT,
	 5,
	 300,
	 V4},
	{"so may a feed that scores",
	 V4,
	 {OF_CLASS(FEED, 5)},
	 1,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_FEED,
	 5,
	 300,
	 V4},
	{"the heaviest of those that may refuse is the reason",
	 V4,
	 {OF_CLASS(REPORT, 1), LIST(2, 300), OF_CLASS(REVERSE, 3)},
	 3,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 6,
	 300,
	 V4},
	{"trust outweighs",
	 V4,
	 {LIST(5, 300), OF_CLASS(TRUST, -3)},
	 2,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_TRUST,
	 2,
	 1800,
	 V4},
	{"heuristics weigh nothing for an exempt client",
	 V4,
	 {OF_CLASS(EXEMPT, 0), OF_CLASS(REVERSE, 2), OF_CLASS(HELO, 1), LIST(3, 300)},
	 4,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 3,
	 1800,
	 V4},
	{"an exemption beats no list",
	 V4,
	 {OF_CLASS(REVERSE, 2), LIST(5, 300), OF_CLASS(EXEMPT, 0)},
	 3,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 300,
	 V4},
	{"nor a report",
	 V4,
	 {OF_CLASS(EXEMPT, 0), OF_CLASS(REPORT, 5)},
	 2,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_REPORT,
	 5,
	 300,
	 V4},
	{"another's exemption is nobody's",
	 V4,
	 {{MXDP_EVIDENCE_EXEMPT, MXDP_EVIDENCE_ANSWERED, 0, 300, "192.0.2.2"},
	  OF_CLASS(REVERSE, 2),
	  LIST(3, 300)},
	 3,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 300,
	 V4},
	{"an exemption is no answer of a check",
	 V4,
	 {OF_CLASS(EXEMPT, 0), NO_ANSWER},
	 2,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_FAIL_OPEN,
	 0,
	 30,
	 V4},
	{"IPv6 pass is for the host",
	 V6,
	 {NOTHING},
	 1,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 0,
	 1800,
	 V6},
	{"IPv6 listing penalises the /64",
	 V6,
	 {LIST64(5, 300)},
	 1,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 300,
	 "2001:db8:1:2::/64"},
	{"the /64 does not pay for the host's part",
	 V6,
	 {LIST64(3, 300), OF_CLASS(REVERSE, 2)},
	 2,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 300,
	 V6},
	{"evidence on the host penalises the host",
	 V6,
	 {LIST(5, 300)},
	 1,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 300,
	 V6},
	{"another /64",
	 V6,
	 {ELSEWHERE(5, "2001:db8:1:3::/64")},
	 1,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 0,
	 1800,
	 V6},
};

START_TEST(decisions)
{
	struct mxdp_evidence evidence[4] = {0};
	struct mxdp_address client;
	struct mxdp_decision decision = {0}, untold = {0};
	char key[MXDP_PREFIX_TEXT];

	ck_assert_int_eq(mxdp_address_parse(cases[_i].client, &client), 0);
	for (size_t i = 0; i < cases[_i].count; i++) {
		evidence[i].class = cases[_i].evidence[i].class;
		evidence[i].state = cases[_i].evidence[i].state;
		evidence[i].score = cases[_i].evidence[i].score;
		evidence[i].expires = NOW + cases[_i].evidence[i].ttl;
		evidence[i].key = mxdp_prefix_host(&client);
		if (cases[_i].evidence[i].key != NULL)
			ck_assert_int_eq(
				mxdp_prefix_parse(cases[_i].evidence[i].key, &evidence[i].key), 0);
	}
	mxdp_decide(&client, evidence, cases[_i].count, &policy, NOW, &decision);
	ck_assert_msg(decision.action == cases[_i].action, "%s: action %d", cases[_i].what,
		      decision.action);
	ck_assert_msg(decision.reason == cases[_i].reason, "%s: reason %d", cases[_i].what,
		      decision.reason);
	ck_assert_double_eq_tol(decision.score, cases[_i].score, 1e-9);
	ck_assert_msg(decision.expires == NOW + cases[_i].ttl, "%s: lives %lld", cases[_i].what,
		      (long long)decision.expires - NOW);
	ck_assert_str_eq(mxdp_prefix_format(&decision.key, key), cases[_i].key);
	mxdp_decide_untold(&client, evidence, cases[_i].count, &policy, NOW, &untold);
	ck_assert_str_eq(untold.text, "");
	ck_assert_int_eq(untold.action, decision.action);
	ck_assert_int_eq(untold.reason, decision.reason);
	ck_assert_int_eq(untold.certain, decision.certain);
	ck_assert_double_eq(untold.score, decision.score);
	ck_assert_int_eq(untold.expires, decision.expires);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict");
	TCase *tests = tcase_create("verdict");

	tcase_add_loop_test(tests, decisions, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
