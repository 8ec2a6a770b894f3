/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of SPF records and macros (RFC 7208 4.5, 4.6, 5, 6, 7.1, 12). */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/checks/spf/spf.h"
#include "userspace/checks/spf/macro.h"
#include "userspace/checks/spf/record.h"
#include "tests/suite.h"

static struct mxdp_spf_text text_of(const char *text)
{
	return (struct mxdp_spf_text){text, strlen(text)};
}

static const struct {
	const char *terms;
	bool valid;
} grammar[] = {
	{"", true},
	{" ", true},
	{"  a   -all  ", true},
	{"a\t-all", false},
	{"a\r-all", false},
	{"moo", false},
	{"-", false},
	{"--all", false},
	{"+all ~ALL ?All", true},
	{"all.", false},
	{"all:", false},
	{"all/8", false},
	{"include:example.com", true},
	{"include", false},
	{"include:", false},
	{"include:example.com/24", false},
	{"include=example.com", true}, /* an unknown modifier, however odd */
	{"exists:%{i}.example.com", true},
	{"exists", false},
	{"exists:example.com/24", false},
	{"a", true},
	{"a:", false},
	{"a:example.com", true},
	{"a:example.com.", true},
	{"a:example.com..", false},
	{"a:museum", false},
	{"a:museum.", false},
	{"a:.museum", true},
	{"a:example.123", false},
	{"a:example.1-2", true},
	{"a:example.-com", false},
	{"a:example.com-", false},
	{"a:example.xn--zckzah", true},
	{"a:example.com:8080", false},
	{"a:foo:bar/baz.example.com", true},
	{"a:example.c_m", false},
	{"a:192.0.2.1", false},
	{"a:%{d}", true},
	{"a:%{d}.", false},
	{"a:%{d}com", false},
	{"a:%{d}.com", true},
	{"a:x%%", true},
	{"a/24", true},
	{"a/024", false},
	{"a/00", false},
	{"a/0", true},
	{"a/32", true},
	{"a/33", false},
	{"a/", false},
	{"a//", false},
	{"a//128", true},
	{"a//129", false},
	{"a/24//64", true},
	{"a/24/64", false},
	{"a//64/24", false},
	{"a/4294967320", false}, /* 24 modulo 2^32 */
	{"a:example.com/24//64", true},
	{"a:%{d}/24//64", true},
	{"a24", false},
	{"mx:example.com/24", true},
	{"mx/33", false},
	{"ptr", true},
	{"ptr/0", false},
	{"ptr:", false},
	{"ptr:example.com", true},
	{"ip4:192.0.2.1", true},
	{"ip4:192.0.2.1/32", true},
	{"ip4:192.0.2.1/33", false},
	{"ip4:192.0.2.1/032", false},
	{"ip4:192.0.2.1//32", false},
	{"ip4:192.0.2", false},
	{"ip4:192.0.2.01", false},
	{"ip4:192.0.2.256", false},
	{"ip4:192.0.2.1:25", false},
	{"ip4:", false},
	{"ip4", false},
	{"ip4/24", false},
	{"ip4:::1", false},
	{"ip6:2001:db8::/32", true},
	{"ip6:::", true},
	{"ip6:::1.2.3.4/96", true},
	{"ip6:2001:db8::/129", false},
	{"ip6:2001:db8:::1", false},
	{"ip6:192.0.2.1", false},
	{"ip6:12345::", false},
	{"redirect=example.com", true},
	{"REDIRECT=example.com", true},
	{"redirect=", false},
	{"redirect:example.com", false},
	{"-redirect=example.com", false},
	{"redirect=a.example.com redirect=b.example.com", false},
	{"exp=a.example.com exp=a.example.com", false},
	{"exp=", false},
	{"exp=-all", false},
	{"moo=", true},
	{"moo= moo=", true},
	{"m-o_o.1=x", true},
	{"1moo=x", false},
	{"mo/o=x", false},
	{"=x", false},
	{"moo=%", false},
	{"moo=%abc", false},
	{"moo=%{d", false},
	{"moo=%{x}", false},
	{"moo=%{c}", false},
	{"moo=%{d0}", false},
	{"moo=%{d00}", false},
	{"moo=%{d99999999999999999999}", true},
	{"moo=%{d2r.-+,/_=}", true},
	{"moo=%{dR}", true},
	{"moo=%{dr2}", false},
	{"moo=%{d;}", false},
	{"moo=%(d)", false},
	{"moo=x\xc3\xa4", false},
	{"a:\x01.example.com", false},
};

static char *record_of(const char *terms)
{
	char *record;

	ck_assert_int_gt(asprintf(&record, "v=spf1 %s", terms), 0);
	return record;
}

START_TEST(grammar_of_a_record)
{
	char *record = record_of(grammar[_i].terms), fault[MXDP_SPF_FAULT] = "";
	struct mxdp_spf_record parsed;
	int error = mxdp_spf_record_parse(text_of(record), &parsed, fault);

	ck_assert_msg(error == (grammar[_i].valid ? 0 : -EINVAL), "\"%s\": %s", grammar[_i].terms,
		      fault);
	ck_assert(grammar[_i].valid || fault[0]);
	for (const char *at = fault; *at; at++)
		ck_assert_msg(*at >= ' ' && *at <= '~', "byte %d in a fault", *at);
	if (!error)
		mxdp_spf_record_free(&parsed);
	free(record);
}
END_TEST

/* The copy ends where the text does: reading on is seen by the sanitizer. */
START_TEST(record_cut_at_every_byte)
{
	static const char whole[] =
		"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -mx:a.%{d2r-}.example.com/24//64 "
		"~exists:%{l1r+-}._%%%_.%{o} ptr:example.com include:_spf.example.com "
		"exp=why.%{d} moo=%{S} redirect=example.net";
	struct mxdp_spf_record parsed;
	char fault[MXDP_SPF_FAULT];

	for (size_t length = 6; length < sizeof(whole); length++) {
		char *cut = malloc(length);

		memcpy(cut, whole, length);
		if (mxdp_spf_record_parse((struct mxdp_spf_text){cut, length}, &parsed, fault) == 0)
			mxdp_spf_record_free(&parsed);
		free(cut);
	}
	ck_assert_int_eq(mxdp_spf_record_parse(text_of(whole), &parsed, fault), 0);
	ck_assert_uint_eq(parsed.count, 6);
	ck_assert_int_eq(parsed.terms[2].qualifier, '-');
	ck_assert_int_eq(parsed.terms[2].length4, 24);
	ck_assert_int_eq(parsed.terms[2].length6, 64);
	ck_assert_uint_eq(parsed.terms[2].domain.length, strlen("a.%{d2r-}.example.com"));
	ck_assert_int_eq(parsed.terms[0].network[0], 192);
	ck_assert_uint_eq(parsed.redirect.length, strlen("example.net"));
	mxdp_spf_record_free(&parsed);
}
END_TEST

START_TEST(longest_record)
{
	char record[MXDP_SPF_RECORD_BYTES + 2] = "v=spf1", fault[MXDP_SPF_FAULT];
	struct mxdp_spf_text text = {record, MXDP_SPF_RECORD_BYTES};
	struct mxdp_spf_record parsed;

	for (size_t i = 6; i <= MXDP_SPF_RECORD_BYTES; i++)
		record[i] = i % 2 ? 'a' : ' ';
	ck_assert_int_eq(mxdp_spf_record_parse(text, &parsed, fault), 0);
	ck_assert_uint_eq(parsed.count, (MXDP_SPF_RECORD_BYTES - 6) / 2);
	mxdp_spf_record_free(&parsed);
	text.length++;
	ck_assert_int_eq(mxdp_spf_record_parse(text, &parsed, fault), -EINVAL);
}
END_TEST

static const struct {
	const char *record;
	bool selected;
} versions[] = {
	{"v=spf1", true},        {"v=spf1 ", true}, {"V=SPF1 -all", true},   {"v=spf10", false},
	{"v=spf1\t-all", false}, {"v=spf", false},  {" v=spf1 -all", false}, {"", false},
};

START_TEST(version_selects)
{
	struct mxdp_dns_record record = {
		.txt = {(char *)versions[_i].record, strlen(versions[_i].record)}};
	struct mxdp_dns_answer answer = {.type = MXDP_DNS_TXT, .count = 1, .records = &record};
	struct mxdp_spf_text found;

	ck_assert_uint_eq(mxdp_spf_record_select(&answer, &found), versions[_i].selected);
}
END_TEST

/* The examples of RFC 7208 7.4, with its sender, and what its text says beyond them. */
static const struct mxdp_spf_macro_values values = {
	.sender = "strong-bad@email.example.com",
	.local_part = "strong-bad",
	.sender_domain = "email.example.com",
	.domain = "email.example.com",
	.address = "192.0.2.3",
	.validated = "mx.example.org",
	.version = "in-addr",
	.helo = "a=b.example.com",
	.readable = "192.0.2.3",
	.receiver = "mx.example.net",
	.now = 1234567890,
};

static const struct {
	const char *macro, *expanded;
} expansions[] = {
	{"%{s}", "strong-bad@email.example.com"},
	{"%{o}", "email.example.com"},
	{"%{d}", "email.example.com"},
	{"%{d4}", "email.example.com"},
	{"%{d3}", "email.example.com"},
	{"%{d2}", "example.com"},
	{"%{d1}", "com"},
	{"%{dr}", "com.example.email"},
	{"%{d2r}", "example.email"},
	{"%{l}", "strong-bad"},
	{"%{l-}", "strong.bad"},
	{"%{lr}", "strong-bad"},
	{"%{lr-}", "bad.strong"},
	{"%{l1r-}", "strong"},
	{"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
	{"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
	{"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
	{"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
	{"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
	{"%{p2}", "example.org"},
	{"%{S}", "strong-bad%40email.example.com"},
	{"%{H}", "a%3Db.example.com"},
	{"%{h=}", "a.b.example.com"},
	{"%{s@}", NULL},
	{"%{d999999999999999999}", "email.example.com"},
	{"%{c} %{r} %{t}", "192.0.2.3 mx.example.net 1234567890"},
	{"%%%_%-", "% %20"},
	{"", ""},
	{"%{d", NULL},
	{"%", NULL},
};

START_TEST(macro_expands)
{
	struct mxdp_spf_text text = text_of(expansions[_i].macro);
	bool valid = !mxdp_spf_macro_fault(text, MXDP_SPF_MACRO_EXPLANATION);
	char *expanded;

	ck_assert_msg(valid == (expansions[_i].expanded != NULL), "%s", expansions[_i].macro);
	if (!valid) {
		ck_assert_int_eq(mxdp_spf_macro_expand(text, &values, 100, &expanded), -EINVAL);
		return;
	}
	ck_assert_int_eq(mxdp_spf_macro_expand(text, &values, 100, &expanded), 0);
	ck_assert_str_eq(expanded, expansions[_i].expanded);
	free(expanded);
	if (*expansions[_i].expanded)
		ck_assert_int_eq(mxdp_spf_macro_expand(text, &values,
						       strlen(expansions[_i].expanded) - 1,
						       &expanded),
				 -EMSGSIZE);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("spf_record");
	TCase *tests = tcase_create("spf_record");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, grammar_of_a_record, 0, COUNT(grammar));
	tcase_add_test(tests, record_cut_at_every_byte);
	tcase_add_test(tests, longest_record);
	tcase_add_loop_test(tests, version_selects, 0, COUNT(versions));
	tcase_add_loop_test(tests, macro_expands, 0, COUNT(expansions));
	return run_suite(suite);
}
