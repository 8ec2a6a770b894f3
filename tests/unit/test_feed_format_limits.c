/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all feed formats have in common: the longest line, a NUL byte, a sink that refuses, names.
 */
#include "feed_format_stand.h"
#include "tests/suite.h"

START_TEST(a_line_without_end_is_one_fault)
{
	static char text[3 * MXDP_FEED_LINE_MAX];

	for (int format = 0; format < MXDP_FEED_FORMAT_COUNT; format++) {
		struct told told = {.length = 0};

		if (format == MXDP_FEED_DROP)
			continue; /* has a fault for its missing end too */
		memset(text, 'x', sizeof(text));
		memcpy(text + sizeof(text) - 12, "\n# 192.0.2.1", 12);
		ck_assert_int_eq(parse(format, 1, text, sizeof(text), 100, &told), 0);
		ck_assert_str_eq(told.text, "1 ? the line is longer than 4096 bytes\n");
	}
}
END_TEST

/* Quotes, colons and commas at the very end of the longest line. */
START_TEST(the_longest_line_is_read_like_others)
{
	static const char *const beginnings[] = {
		"add bad 192.0.2.1 comment \"",
		"192.0.2.1:2:",
		"elements = { 192.0.2.1 comment \"",
		"\"",
		"{\"cidr\":\"192.0.2.0/24\",\"x\":\"",
		"192.0.2.1 - ",
		"!192.0.2.1 :",
	};
	static const char ends[] = "x\":,- \r!{";
	char text[MXDP_FEED_LINE_MAX];

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		for (int format = 0; format < MXDP_FEED_FORMAT_COUNT; format++) {
			for (const char *end = ends; *end; end++) {
				struct told told = {.length = 0};

				memset(text, 'x', sizeof(text));
				memcpy(text, beginnings[i], strlen(beginnings[i]));
				text[sizeof(text) - 1] = *end;
				parse(format, 1, text, sizeof(text), 1000, &told);
				ck_assert_uint_le(told.entries + told.faults, 3);
			}
		}
	}
}
END_TEST

START_TEST(a_nul_byte_is_a_fault)
{
	static const char text[] = "192.0.2.1\n192.0.2.2\0 x\n192.0.2.3\n";
	struct told told = {.length = 0};

	parse(MXDP_FEED_PLAIN, 0, text, sizeof(text) - 1, 5, &told);
	ck_assert_str_eq(told.text,
			 "1 192.0.2.1\n2 ? a NUL byte; the list must be ASCII or UTF-8 text\n"
			 "3 192.0.2.3\n");
}
END_TEST

START_TEST(an_error_of_the_sink_ends_the_parsing)
{
	static const char text[] = "192.0.2.1-192.0.2.200\n192.0.2.2\n";
	struct told told = {.fail_at = 3};

	ck_assert_int_eq(parse(MXDP_FEED_PLAIN, 0, text, sizeof(text) - 1, 40, &told), -ENOMEM);
	ck_assert_uint_eq(told.entries, 3);
}
END_TEST

START_TEST(formats_have_names)
{
	ck_assert_int_eq(mxdp_feed_format_number("drop"), MXDP_FEED_DROP);
	ck_assert_int_eq(mxdp_feed_format_number("xml"), -EINVAL);
	ck_assert_str_eq(mxdp_feed_format_name(MXDP_FEED_IP6TSET), "rbldnsd-ip6tset");
	ck_assert_str_eq(mxdp_feed_format_name(MXDP_FEED_FORMAT_COUNT), "?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feed format limits");
	TCase *tests = tcase_create("limits");

	tcase_add_test(tests, a_line_without_end_is_one_fault);
	tcase_add_test(tests, the_longest_line_is_read_like_others);
	tcase_add_test(tests, a_nul_byte_is_a_fault);
	tcase_add_test(tests, an_error_of_the_sink_ends_the_parsing);
	tcase_add_test(tests, formats_have_names);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
