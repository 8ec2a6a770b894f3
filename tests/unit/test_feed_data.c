/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is refused of a feed's data, with line and way out, and what is good. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "userspace/feeds/data.h"
#include "tests/suite.h"

static char path[] = "/tmp/mxdp-feed-data.XXXXXX";
static char copy[sizeof(path) + 8];

static void write_file(const char *text, size_t length)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
}

static const struct mxdp_feed_limits usual = {
	.shrink_percent = 50, .grow_percent = 300, .entries_max = 100000};

static int read_text(enum mxdp_feed_format format, const struct mxdp_feed_limits *limits,
		     const char *text, struct mxdp_feed_data **data,
		     struct mxdp_feed_report *report)
{
	struct mxdp_feed_reading reading = {
		.path = path, .copy = copy, .format = format, .column = 1, .limits = *limits};

	write_file(text, strlen(text));
	*data = NULL;
	return mxdp_feed_data_read(&reading, data, report);
}

static const struct {
	const char *what;
	enum mxdp_feed_format format;
	const char *text;
	const char *word; /* of the refusal; NULL: it is good */
} cases[] = {
	{"a good list", MXDP_FEED_PLAIN, "192.0.2.1\n2001:db8::1\n", NULL},
	{"an empty file", MXDP_FEED_PLAIN, "", "empty = yes"},
	{"comments alone", MXDP_FEED_PLAIN, "# nothing today\n", "empty = yes"},
	{"an error page", MXDP_FEED_PLAIN, "<html>\n<h1>503</h1>\n</html>\n", "line 1: \"<html>\""},
	{"the whole internet", MXDP_FEED_PLAIN, "192.0.2.1\n0.0.0.0/0\n", "line 2: 0.0.0.0/0"},
	{"the whole internet as a range", MXDP_FEED_PLAIN, "0.0.0.0-255.255.255.255\n",
	 "wide = yes"},
	{"a /7", MXDP_FEED_PLAIN, "10.0.0.0/7\n", "wider than /8"},
	{"a /8", MXDP_FEED_PLAIN, "10.0.0.0/8\n", NULL},
	{"an IPv6 /15", MXDP_FEED_PLAIN, "2000::/15\n", "wider than /16"},
	{"an excluded /0", MXDP_FEED_RBLDNSD, "!0.0.0.0/0\n192.0.2.1\n", NULL},
	{"the whole internet, IPv4-mapped", MXDP_FEED_PLAIN, "::ffff:0:0/96\n",
	 "line 1: 0.0.0.0/0"},
	{"the whole internet within a range of IPv6", MXDP_FEED_PLAIN,
	 "::fffe:ffff:ffff-::1:0:0:0\n", "line 1: 0.0.0.0/0"},
	{"numbers that begin with 0", MXDP_FEED_PLAIN, "010.1.2.3\n",
	 "line 1: \"010.1.2.3\": a number"},
	{"columns of first and last", MXDP_FEED_PLAIN, "192.0.2.0 192.0.2.255 24\n",
	 "more than one address"},
	{"UTF-16", MXDP_FEED_PLAIN,
	 "\xff\xfe"
	 "1",
	 "line 1: \"??1\""},
	{"an nft set cut off", MXDP_FEED_NFT, "elements = { 192.0.2.1,\n192.0.2.2",
	 "line 2: cut off"},
	{"a DROP list cut off", MXDP_FEED_DROP, "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\"}\n",
	 "incomplete"},
};

START_TEST(data_is_good_or_refused_with_a_reason)
{
	struct mxdp_feed_report report;
	struct mxdp_feed_data *data;
	int result = read_text(cases[_i].format, &usual, cases[_i].text, &data, &report);

	if (!cases[_i].word) {
		ck_assert_msg(result == 0, "%s: %s", cases[_i].what, report.refusal);
		ck_assert_str_eq(report.refusal, "");
		mxdp_feed_data_unref(data);
		return;
	}
	ck_assert_msg(result == -EINVAL, "%s was taken", cases[_i].what);
	ck_assert_ptr_null(data);
	ck_assert_msg(strstr(report.refusal, cases[_i].word) != NULL, "%s: \"%s\"", cases[_i].what,
		      report.refusal);
}
END_TEST

START_TEST(consent_lets_wide_and_empty_lists_in)
{
	struct mxdp_feed_limits limits = usual;
	struct mxdp_feed_report report;
	struct mxdp_feed_data *data;

	limits.wide = limits.empty = true;
	ck_assert_int_eq(read_text(MXDP_FEED_PLAIN, &limits, "0.0.0.0/0\n", &data, &report), 0);
	mxdp_feed_data_unref(data);
	ck_assert_int_eq(read_text(MXDP_FEED_PLAIN, &limits, "", &data, &report), 0);
	mxdp_feed_data_unref(data);
}
END_TEST

/* `count` addresses, and `faults` lines that are none. */
static int read_many(size_t count, size_t faults, const struct mxdp_feed_limits *limits,
		     struct mxdp_feed_report *report)
{
	char *text = malloc(count * 20 + faults * 20 + 1), *at = text;
	struct mxdp_feed_data *data;
	int result;

	*at = '\0';
	for (size_t i = 0; i < count; i++)
		at += sprintf(at, "10.%zu.%zu.%zu\n", i >> 16, i >> 8 & 255, i & 255);
	for (size_t i = 0; i < faults; i++)
		at += sprintf(at, "bogus\n");
	result = read_text(MXDP_FEED_PLAIN, limits, text, &data, report);
	mxdp_feed_data_unref(data);
	free(text);
	return result;
}

START_TEST(one_bad_line_in_a_hundred_is_tolerated_and_counted)
{
	struct mxdp_feed_report report;

	ck_assert_int_eq(read_many(990, 10, &usual, &report), 0);
	ck_assert_uint_eq(report.faults, 10);
	ck_assert_uint_eq(report.first[0].line, 991);
	ck_assert_int_eq(read_many(989, 11, &usual, &report), -EINVAL);
	ck_assert_ptr_nonnull(strstr(report.refusal, "line 990"));
	ck_assert_ptr_nonnull(strstr(report.refusal, "11 such lines"));
}
END_TEST

static const struct {
	uint64_t before;
	size_t now;
	const char *word;
} changes[] = {
	{0, 10, NULL},          {10, 1000, NULL},
	{10000, 5000, NULL},    {10000, 4999, "shrink_max"},
	{1001, 1, NULL},        {2000, 999, "shrink_max"},
	{2000, 8000, NULL},     {2000, 8001, "grow_max"},
	{200000, 100000, NULL},
};

START_TEST(a_list_that_changes_too_much_is_refused)
{
	struct mxdp_feed_limits limits = usual;
	struct mxdp_feed_report report;
	int result;

	limits.previous = changes[_i].before;
	result = read_many(changes[_i].now, 0, &limits, &report);
	ck_assert_int_eq(result, changes[_i].word ? -EINVAL : 0);
	if (changes[_i].word)
		ck_assert_ptr_nonnull(strstr(report.refusal, changes[_i].word));
}
END_TEST

START_TEST(a_list_that_is_too_long_is_refused)
{
	struct mxdp_feed_limits limits = usual;
	struct mxdp_feed_report report;

	limits.entries_max = 10;
	ck_assert_int_eq(read_many(10, 0, &limits, &report), 0);
	ck_assert_int_eq(read_many(11, 0, &limits, &report), -EINVAL);
	ck_assert_ptr_nonnull(strstr(report.refusal, "line 11"));
}
END_TEST

START_TEST(an_address_is_found_with_its_line)
{
	static const struct {
		const char *address;
		uint32_t line; /* 0: not found */
		bool excluded;
	} asked[] = {
		{"192.0.2.1", 1, false},   {"192.0.2.70", 2, true},   {"192.0.2.71", 3, false},
		{"192.0.3.0", 0, false},   {"2001:db8::1", 4, false}, {"2001:db8:0:1::5", 5, true},
		{"2001:db9::1", 0, false},
	};
	struct mxdp_feed_reading reading = {
		.path = path, .format = MXDP_FEED_RBLDNSD, .index = true, .limits = usual};
	static const char text[] = "192.0.2.0/24\n!192.0.2.64/26\n192.0.2.71\n2001:db8::/32\n"
				   "!2001:db8:0:1::/64\n";
	struct mxdp_feed_report report;
	struct mxdp_feed_data *data;

	write_file(text, strlen(text));
	ck_assert_int_eq(mxdp_feed_data_read(&reading, &data, &report), 0);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct mxdp_feed_entry entry;
		struct mxdp_address address;

		mxdp_address_parse(asked[i].address, &address);
		ck_assert_int_eq(mxdp_feed_data_find(data, &address, &entry),
				 asked[i].line ? 0 : -ENOENT);
		if (asked[i].line) {
			ck_assert_uint_eq(entry.line, asked[i].line);
			ck_assert(entry.excluded == asked[i].excluded);
		}
		ck_assert(mxdp_feed_data_lists(data, &address) ==
			  (asked[i].line && !asked[i].excluded));
	}
	mxdp_feed_data_unref(data);
}
END_TEST

START_TEST(the_copy_has_the_same_bytes)
{
	static const char text[] = "192.0.2.1\n# x\n192.0.2.2";
	struct mxdp_feed_report report;
	struct mxdp_feed_data *data;
	char bytes[64];
	FILE *file;

	ck_assert_int_eq(read_text(MXDP_FEED_PLAIN, &usual, text, &data, &report), 0);
	mxdp_feed_data_unref(data);
	file = fopen(copy, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(bytes, 1, sizeof(bytes), file), strlen(text));
	fclose(file);
	ck_assert_mem_eq(bytes, text, strlen(text));
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	struct mxdp_feed_reading reading = {.path = "/nowhere/list", .limits = usual};
	struct mxdp_feed_report report;
	struct mxdp_feed_data *data;

	ck_assert_int_eq(mxdp_feed_data_read(&reading, &data, &report), -ENOENT);
	ck_assert_ptr_nonnull(strstr(report.refusal, "/nowhere/list"));
	reading.path = "/";
	ck_assert_int_eq(mxdp_feed_data_read(&reading, &data, &report), -EISDIR);
	reading.path = "/dev/zero";
	ck_assert_int_eq(mxdp_feed_data_read(&reading, &data, &report), -ENODEV);
	ck_assert_ptr_nonnull(strstr(report.refusal, "no regular file"));
}
END_TEST

START_TEST(of_a_growing_file_whole_lines_are_read)
{
	struct mxdp_feed_reading reading = {
		.path = path, .format = MXDP_FEED_PLAIN, .limits = usual, .growing = true};
	static const char text[] = "192.0.2.1\n192.0.2.2 a text\n198.51.100.1";
	struct mxdp_feed_report report;
	struct mxdp_feed_data *data;

	write_file(text, strlen(text));
	for (int whole = 0; whole < 2; whole++) {
		reading.growing = !whole;
		ck_assert_int_eq(mxdp_feed_data_read(&reading, &data, &report), 0);
		ck_assert_uint_eq(mxdp_feed_data_count(data), whole ? 3 : 2);
		mxdp_feed_data_unref(data);
	}
}
END_TEST

START_TEST(a_file_beyond_its_size_is_refused)
{
	static const char text[] = "192.0.2.1\n192.0.2.2\n";
	struct mxdp_feed_limits limits = usual;
	struct mxdp_feed_report report;
	struct mxdp_feed_data *data;

	limits.bytes_max = strlen(text);
	ck_assert_int_eq(read_text(MXDP_FEED_PLAIN, &limits, text, &data, &report), 0);
	mxdp_feed_data_unref(data);
	limits.bytes_max--;
	ck_assert_int_eq(read_text(MXDP_FEED_PLAIN, &limits, text, &data, &report), -EINVAL);
	ck_assert_ptr_nonnull(strstr(report.refusal, "raise size_max"));
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("feed data");
	TCase *tests = tcase_create("data");
	int failed, fd = mkstemp(path);

	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	snprintf(copy, sizeof(copy), "%s.copy", path);
	tcase_add_loop_test(tests, data_is_good_or_refused_with_a_reason, 0, COUNT(cases));
	tcase_add_test(tests, consent_lets_wide_and_empty_lists_in);
	tcase_add_test(tests, one_bad_line_in_a_hundred_is_tolerated_and_counted);
	tcase_add_loop_test(tests, a_list_that_changes_too_much_is_refused, 0, COUNT(changes));
	tcase_add_test(tests, a_list_that_is_too_long_is_refused);
	tcase_add_test(tests, an_address_is_found_with_its_line);
	tcase_add_test(tests, the_copy_has_the_same_bytes);
	tcase_add_test(tests, of_a_growing_file_whole_lines_are_read);
	tcase_add_test(tests, a_file_beyond_its_size_is_refused);
	tcase_add_test(tests, a_file_that_is_not_there_is_named);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	unlink(path);
	unlink(copy);
	return failed;
}
