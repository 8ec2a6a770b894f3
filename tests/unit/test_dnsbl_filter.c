/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <arpa/inet.h>
#include <errno.h>

#include "userspace/config/reply_filter.h"
#include "tests/suite.h"

static struct in_addr address(const char *text)
{
	struct in_addr address;

	ck_assert_int_eq(inet_pton(AF_INET, text, &address), 1);
	return address;
}

static const struct {
	const char *filter;
	const char *reply;
	bool matches;
} matches[] = {
	{"127.0.0.2", "127.0.0.2", true},
	{"127.0.0.2", "127.0.0.3", false},
	{"127.0.0.2", "127.0.1.2", false},
	{"127.0.0.2", "2.0.0.127", false},
	{"127.0.0.[2..11]", "127.0.0.1", false},
	{"127.0.0.[2..11]", "127.0.0.2", true},
	{"127.0.0.[2..11]", "127.0.0.11", true},
	{"127.0.0.[2..11]", "127.0.0.12", false},
	{"127.[0..255].[1;3;5..7].0", "127.0.1.0", true},
	{"127.[0..255].[1;3;5..7].0", "127.255.3.0", true},
	{"127.[0..255].[1;3;5..7].0", "127.9.6.0", true},
	{"127.[0..255].[1;3;5..7].0", "127.9.4.0", false},
	{"127.[0..255].[1;3;5..7].0", "127.9.8.0", false},
	{"127.0.[63;64].[127;128;191;192;255]", "127.0.64.192", true},
	{"127.0.[63;64].[127;128;191;192;255]", "127.0.63.255", true},
	{"127.0.[63;64].[127;128;191;192;255]", "127.0.65.255", false},
	{"127.0.0.[5..5]", "127.0.0.5", true},
	{"[127].0.0.5", "127.0.0.5", true},
};

START_TEST(filter_matches)
{
	struct mxdp_dnsbl_filter filter;

	ck_assert_int_eq(mxdp_dnsbl_filter_parse(matches[_i].filter, &filter, NULL), 0);
	ck_assert_msg(mxdp_dnsbl_filter_match(&filter, address(matches[_i].reply)) ==
			      matches[_i].matches,
		      "%s on %s", matches[_i].filter, matches[_i].reply);
}
END_TEST

static const char *const bad[] = {
	"",
	"127",
	"127.0.0",
	"127.0.0.",
	"127.0.0.2.",
	"127.0.0.2.3",
	"127.0.0.2 ",
	" 127.0.0.2",
	"127.0.0.256",
	"127.0.0.99999999999999999999",
	"127.0.0.02",
	"127.0.0.-1",
	"127.0.0.a",
	"127..0.2",
	"127.0.0.2..11",
	"127.0.0.2;3",
	"127.0.0.[",
	"127.0.0.[]",
	"127.0.0.[2",
	"127.0.0.[2;]",
	"127.0.0.[;2]",
	"127.0.0.[2..]",
	"127.0.0.[..2]",
	"127.0.0.[11..2]",
	"127.0.0.[2...4]",
	"127.0.0.[2..4..6]",
	"127.0.0.[2,3]",
	"127.0.0.[2-4]",
	"127.0.0.[2]]",
	"127.0.0.[[2]]",
	"127.0.0.*",
	"[127.0.0.2]",
	"127.0.0.[2..256]",
};

START_TEST(bad_syntax_is_refused)
{
	struct mxdp_dnsbl_filter filter = {.octets = {{42}}};
	const char *fault = NULL;

	ck_assert_msg(mxdp_dnsbl_filter_parse(bad[_i], &filter, &fault) == -EINVAL, "'%s'",
		      bad[_i]);
	ck_assert_ptr_nonnull(fault);
	ck_assert_uint_eq(filter.octets[0][0], 42); /* bad input changes nothing */
}
END_TEST

START_TEST(good_syntax_has_no_fault)
{
	struct mxdp_dnsbl_filter filter;
	const char *fault = "old";

	ck_assert_int_eq(mxdp_dnsbl_filter_parse("127.0.0.2", &filter, &fault), 0);
	ck_assert_ptr_null(fault);
}
END_TEST

static const struct {
	const char *reply;
	bool fault;
} replies[] = {
	{"127.0.0.2", false},      {"127.0.0.11", false},      {"127.0.5.1", false},
	{"127.0.0.254", false},    {"127.255.254.255", false}, {"127.0.0.1", true},
	{"127.0.0.255", true},     {"127.255.255.0", true},    {"127.255.255.252", true},
	{"127.255.255.254", true}, {"127.255.255.255", true},  {"126.0.0.2", true},
	{"128.0.0.2", true},       {"203.0.113.7", true},      {"0.0.0.0", true},
};

START_TEST(fault_replies)
{
	const char *fault = mxdp_dnsbl_reply_fault(address(replies[_i].reply));

	ck_assert_msg((fault != NULL) == replies[_i].fault, "%s", replies[_i].reply);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dnsbl_filter");
	TCase *tests = tcase_create("dnsbl_filter");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, filter_matches, 0, sizeof(matches) / sizeof(matches[0]));
	tcase_add_loop_test(tests, bad_syntax_is_refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, good_syntax_has_no_fault);
	tcase_add_loop_test(tests, fault_replies, 0, sizeof(replies) / sizeof(replies[0]));
	return run_suite(suite);
}
