/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <string.h>

#include "userspace/verdict/verdict.h"
#include "tests/suite.h"

#define NOW 1000000

static const struct mxdp_policy policy = {
	.threshold = 5,
	.action = MXDP_ACTION_DROP,
	.heuristics_max = 4,
	.ttl_min = 60,
	.ttl_max = 3600,
	.refuse_ttl_max = 900,
	.pass_ttl = 1800,
	.fail_open_ttl = 30,
};

#define LIST(score, ttl)                                                     \
	{                                                                    \
		MXDP_EVIDENCE_LIST, MXDP_EVIDENCE_ANSWERED, score, ttl, NULL \
	}
#define LIST64(score, ttl)                                                                  \
	{                                                                                   \
		MXDP_EVIDENCE_LIST, MXDP_EVIDENCE_ANSWERED, score, ttl, "2001:db8:1:2::/64" \
	}
#define WELCOME(score)                                                          \
	{                                                                       \
		MXDP_EVIDENCE_WELCOME, MXDP_EVIDENCE_ANSWERED, score, 300, NULL \
	}
#define OF_CLASS(class, score)                                                  \
	{                                                                       \
		MXDP_EVIDENCE_##class, MXDP_EVIDENCE_ANSWERED, score, 300, NULL \
	}
#define NOTHING                                                         \
	{                                                               \
		MXDP_EVIDENCE_LIST, MXDP_EVIDENCE_NOTHING, 0, 300, NULL \
	}
#define FAILED                                                        \
	{                                                             \
		MXDP_EVIDENCE_LIST, MXDP_EVIDENCE_FAILED, 0, 10, NULL \
	}
#define FAILED_WITH_SCORE                                              \
	{                                                              \
		MXDP_EVIDENCE_LIST, MXDP_EVIDENCE_FAILED, 9, 300, NULL \
	}
#define ELSEWHERE(score, key)                                               \
	{                                                                   \
		MXDP_EVIDENCE_LIST, MXDP_EVIDENCE_ANSWERED, score, 300, key \
	}

#define V4 "192.0.2.1"
#define V6 "2001:db8:1:2::5"

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
	 {FAILED, FAILED},
	 2,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_FAIL_OPEN,
	 0,
	 30,
	 V4},
	{"one check of two answered: asked again soon",
	 V4,
	 {FAILED, NOTHING},
	 2,
	 MXDP_ACTION_PASS,
	 MXDP_REASON_CLEAN,
	 0,
	 30,
	 V4},
	{"one failed, one suffices",
	 V4,
	 {FAILED, LIST(5, 300)},
	 2,
	 MXDP_ACTION_DROP,
	 MXDP_REASON_DNSBL,
	 5,
	 300,
	 V4},
	{"heuristics answered, but no list did",
	 V4,
	 {FAILED, OF_CLASS(REVERSE, 2)},
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
	 {OF_CLASS(EXEMPT, 0), FAILED},
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
	struct mxdp_decision decision = {0};
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
}
END_TEST

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
	Suite *suite = suite_create("verdict");
	TCase *tests = tcase_create("verdict");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, decisions, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(tests, in_the_grey_band_it_is_told_to_come_back, 0,
			    sizeof(band) / sizeof(band[0]));
	tcase_add_loop_test(tests, who_would_be_refused_can_be_greylisted, 0, 2);
	tcase_add_loop_test(tests, a_refusal_for_good_needs_certainty, 0,
			    sizeof(certainty) / sizeof(certainty[0]));
	tcase_add_test(tests, the_sum_in_words);
	tcase_add_test(tests, the_cap_is_said);
	tcase_add_test(tests, a_long_sum_is_cut);
	return run_suite(suite);
}
