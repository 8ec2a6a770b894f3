/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <string.h>

#include "userspace/verdict/evidence.h"
#include "tests/suite.h"

static struct mxdp_evidence evidence;

START_TEST(reason_from_the_network_is_made_printable)
{
	mxdp_evidence_set_reason(&evidence, "said %s: %d", "\x1b[31m\xc3\xa4\r\n\x7f", 7);
	ck_assert_str_eq(evidence.reason, "said ?[31m?????: 7");
	mxdp_evidence_set_source(&evidence, "list\t.example");
	ck_assert_str_eq(evidence.source, "list?.example");
}
END_TEST

START_TEST(too_long_texts_end_in_dots)
{
	char text[2 * MXDP_EVIDENCE_REASON];

	memset(text, 'a', sizeof(text));
	text[MXDP_EVIDENCE_REASON - 1] = '\0';
	mxdp_evidence_set_reason(&evidence, "%s", text);
	ck_assert_str_eq(evidence.reason, text); /* just fits */
	text[MXDP_EVIDENCE_REASON - 1] = 'a';
	text[MXDP_EVIDENCE_REASON] = '\0';
	mxdp_evidence_set_reason(&evidence, "%s", text);
	ck_assert_uint_eq(strlen(evidence.reason), MXDP_EVIDENCE_REASON - 1);
	ck_assert_str_eq(evidence.reason + MXDP_EVIDENCE_REASON - 5, "a...");
	mxdp_evidence_set_source(&evidence, text);
	ck_assert_uint_eq(strlen(evidence.source), MXDP_EVIDENCE_SOURCE - 1);
	ck_assert_str_eq(evidence.source + MXDP_EVIDENCE_SOURCE - 5, "a...");
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(mxdp_evidence_class_name(MXDP_EVIDENCE_LIST), "dnsbl");
	ck_assert_str_eq(mxdp_evidence_class_name(MXDP_EVIDENCE_TRUST), "trust");
	ck_assert_str_eq(mxdp_evidence_class_name(MXDP_EVIDENCE_CLASS_COUNT), "?");
	ck_assert_str_eq(mxdp_evidence_state_name(MXDP_EVIDENCE_ANSWERED), "answered");
	ck_assert_str_eq(mxdp_evidence_state_name(MXDP_EVIDENCE_FAILED), "failed");
	ck_assert_str_eq(mxdp_evidence_state_name((enum mxdp_evidence_state)3), "?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("evidence");
	TCase *tests = tcase_create("evidence");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, reason_from_the_network_is_made_printable);
	tcase_add_test(tests, too_long_texts_end_in_dots);
	tcase_add_test(tests, names);
	return run_suite(suite);
}
