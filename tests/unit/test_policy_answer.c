/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <string.h>

#include "userspace/policy/answer.h"
#include "tests/suite.h"

#define SPF_NOT_ASKED (-1)
#define HEADER        "Received-SPF: pass (example.org)"

enum who { PLAIN, UNCERTAIN, EXEMPT, DENIED };

static const struct {
	const char *what;
	enum mxdp_mode mode;
	enum who who;
	enum mxdp_action action;
	int spf;
	enum mxdp_policy_refusal refuse, spf_fail;
	bool header;
	const char *answer; /* the beginning of it, after "action=" */
} cases[] = {
#define ENFORCE MXDP_MODE_ENFORCE
#define DUNNO   MXDP_POLICY_DUNNO
#define DEFER   MXDP_POLICY_DEFER
#define REJECT  MXDP_POLICY_REJECT
#define A(name) MXDP_ACTION_##name
	{"a clean client", ENFORCE, PLAIN, A(PASS), SPF_NOT_ASKED, REJECT, REJECT, false,
	 "DUNNO\n"},
	{"no judgement", ENFORCE, PLAIN, A(NONE), SPF_NOT_ASKED, REJECT, REJECT, false, "DUNNO\n"},
	{"a limited client is the packet path's", ENFORCE, PLAIN, A(LIMIT), SPF_NOT_ASKED, REJECT,
	 REJECT, false, "DUNNO\n"},
	{"a listed client, tempfail", ENFORCE, PLAIN, A(DROP), SPF_NOT_ASKED, DEFER, DUNNO, false,
	 "DEFER_IF_PERMIT 4.7.1 Client [192.0.2.1]: listed"},
	{"a listed client, reject", ENFORCE, PLAIN, A(DROP), SPF_NOT_ASKED, REJECT, DUNNO, false,
	 "REJECT 5.7.1 Client [192.0.2.1]: listed"},
	{"a listed client, reject, but not certain", ENFORCE, UNCERTAIN, A(DROP), SPF_NOT_ASKED,
	 REJECT, DUNNO, false, "DEFER_IF_PERMIT 4.7.1 Client [192.0.2.1]: listed"},
	{"a client refused for now is not rejected", ENFORCE, UNCERTAIN, A(TEMPFAIL), SPF_NOT_ASKED,
	 REJECT, DUNNO, false, "DEFER_IF_PERMIT 4.7.1 Client [192.0.2.1]: listed"},
	{"SPF fail is certain by itself", ENFORCE, UNCERTAIN, A(PASS), MXDP_SPF_FAIL, DEFER, REJECT,
	 false, "REJECT 5.7.23"},
	{"a listed client, dunno", ENFORCE, PLAIN, A(DROP), SPF_NOT_ASKED, DUNNO, DUNNO, false,
	 "DUNNO\n"},
	{"soft mode knows no 5xx", MXDP_MODE_SOFT, PLAIN, A(REJECT), SPF_NOT_ASKED, REJECT, DUNNO,
	 false, "DEFER_IF_PERMIT 4.7.1"},
	{"observe mode touches nothing", MXDP_MODE_OBSERVE, DENIED, A(DROP), MXDP_SPF_FAIL, REJECT,
	 REJECT, true, "DUNNO\n"},
	{"an exempt client", ENFORCE, EXEMPT, A(DROP), MXDP_SPF_FAIL, REJECT, REJECT, false,
	 "DUNNO\n"},
	{"a denied client", ENFORCE, DENIED, A(NONE), SPF_NOT_ASKED, REJECT, DUNNO, false,
	 "REJECT 5.7.1 Client is denied"},
	{"SPF pass", ENFORCE, PLAIN, A(PASS), MXDP_SPF_PASS, DEFER, REJECT, false, "DUNNO\n"},
	{"SPF pass with the header", ENFORCE, PLAIN, A(PASS), MXDP_SPF_PASS, DEFER, REJECT, true,
	 "PREPEND " HEADER "\n"},
	{"SPF fail, by default no reason to refuse", ENFORCE, PLAIN, A(PASS), MXDP_SPF_FAIL, DEFER,
	 DUNNO, true, "PREPEND " HEADER "\n"},
	{"SPF fail, reject", ENFORCE, PLAIN, A(PASS), MXDP_SPF_FAIL, DEFER, REJECT, true,
	 "REJECT 5.7.23 SPF: [192.0.2.1] may not send for this domain; the domain says: go "
	 "away?\n"},
	{"SPF fail, tempfail", ENFORCE, PLAIN, A(PASS), MXDP_SPF_FAIL, DEFER, DEFER, true,
	 "DEFER_IF_PERMIT 4.7.23 SPF:"},
	{"SPF fail, soft mode", MXDP_MODE_SOFT, PLAIN, A(PASS), MXDP_SPF_FAIL, DEFER, REJECT, true,
	 "DEFER_IF_PERMIT 4.7.23 SPF:"},
	{"SPF softfail is no fail", ENFORCE, PLAIN, A(PASS), MXDP_SPF_SOFTFAIL, DEFER, REJECT,
	 false, "DUNNO\n"},
	{"SPF temperror", ENFORCE, PLAIN, A(PASS), MXDP_SPF_TEMPERROR, DEFER, REJECT, false,
	 "DUNNO\n"},
	{"the client comes before the message", ENFORCE, PLAIN, A(DROP), MXDP_SPF_FAIL, DEFER,
	 REJECT, true, "DEFER_IF_PERMIT 4.7.1"},
};

/* Every answer is one line and an empty one, whatever was found. */
static void check_form(const char *answer, size_t length)
{
	ck_assert_uint_eq(strlen(answer), length);
	ck_assert_int_eq(strncmp(answer, "action=", 7), 0);
	ck_assert_ptr_eq(strchr(answer, '\n'), answer + length - 2);
	ck_assert_str_eq(answer + length - 2, "\n\n");
}

START_TEST(answers)
{
	struct mxdp_spf_result spf = {.explanation = "go away\n", .explained_by_domain = true};
	const struct mxdp_policy_service settings = {.refuse = cases[_i].refuse,
						     .spf_fail = cases[_i].spf_fail};
	const struct mxdp_policy_findings findings = {
		.mode = cases[_i].mode,
		.exempt = cases[_i].who == EXEMPT,
		.denied = cases[_i].who == DENIED,
		.action = cases[_i].action,
		.certain = cases[_i].who == PLAIN,
		.client = "192.0.2.1",
		.text = "listed by bl.example",
		.spf = cases[_i].spf == SPF_NOT_ASKED ? NULL : &spf,
		.received_spf = cases[_i].header ? HEADER : NULL,
	};
	char answer[MXDP_POLICY_ANSWER];
	size_t length;

	if (cases[_i].spf != SPF_NOT_ASKED)
		spf.code = (enum mxdp_spf_code)cases[_i].spf;
	length = mxdp_policy_answer(&findings, &settings, answer);
	check_form(answer, length);
	ck_assert_msg(strncmp(answer + 7, cases[_i].answer, strlen(cases[_i].answer)) == 0,
		      "%s: %s", cases[_i].what, answer);
}
END_TEST

START_TEST(no_reason_begins_another_answer)
{
	char text[2000], answer[MXDP_POLICY_ANSWER];
	const struct mxdp_policy_service settings = {.refuse = REJECT};
	const struct mxdp_policy_findings findings = {.mode = ENFORCE,
						      .action = A(DROP),
						      .certain = true,
						      .client = "192.0.2.1",
						      .text = text};
	size_t length;

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)(i % 255 + 1);
	text[sizeof(text) - 1] = '\0';
	length = mxdp_policy_answer(&findings, &settings, answer);
	check_form(answer, length);
	ck_assert_uint_lt(length, 400);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy_answer");
	TCase *tests = tcase_create("policy_answer");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, answers, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, no_reason_begins_another_answer);
	return run_suite(suite);
}
