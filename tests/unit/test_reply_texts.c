/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operator's words on their way into the packet path. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "userspace/replies/replies.h"
#include "userspace/replies/texts.h"
#include "tests/suite.h"

#define URL "https://example.net/?ip={address}"

static const struct {
	const char *about;
	struct mxdp_reply_template template;
	unsigned int which;
	const char *before; /* NULL: refused */
	const char *after;
	const char *fault;
} cases[] = {
	{"nothing said", {"mx", NULL, NULL, NULL}, 4, "550 5.7.1 ", " blocked by bl.example", ""},
	{"a URL",
	 {"mx", "", URL, NULL},
	 4,
	 "550 5.7.1 Blocked by bl.example, see https://example.net/?ip=",
	 "",
	 ""},
	{"URL and contact",
	 {"mx", NULL, URL, "help@example.com"},
	 5,
	 "451 4.7.1 Blocked by bl.example, see https://example.net/?ip=",
	 ", or mail help@example.com",
	 ""},
	{"the operator's own words",
	 {"mx", "No mail from {address}: {reason} ({contact})", URL, "desk"},
	 0,
	 "554 5.7.1 No mail from ",
	 ": bl.example (desk)",
	 ""},
	{"a word that is none", {"mx", "{ip} {", NULL, NULL}, 1, "421 4.7.1 {ip} {", "", ""},
	{"at HELO, for now", {"mx", "no", NULL, NULL}, 3, "450 4.7.1 no", "", ""},
	{"values are not looked through",
	 {"mx", "{contact}", NULL, "{reason}"},
	 2,
	 "550 5.7.1 {reason}",
	 "",
	 ""},
	{"the address twice", {"mx", "{address} {url}", URL, NULL}, 4, NULL, NULL, "twice"},
	{"a line end", {"mx", "no\r\n250 yes", NULL, NULL}, 4, NULL, NULL, "ASCII"},
	{"eight bits", {"mx", "gesch\xc3\xbctzt", NULL, NULL}, 4, NULL, NULL, "ASCII"},
};

START_TEST(templates)
{
	struct mxdp_reply_text text;
	char fault[MXDP_REPLY_FAULT] = "";
	int error = mxdp_reply_refusal(&cases[_i].template, "bl.example", cases[_i].which, &text,
				       fault);

	ck_assert_msg(strstr(fault, cases[_i].fault) != NULL, "%s: %s", cases[_i].about, fault);
	ck_assert_int_eq(error == 0, cases[_i].before != NULL);
	if (error)
		return;
	ck_assert_uint_eq(text.before_length, strlen(cases[_i].before));
	ck_assert_mem_eq(text.before, cases[_i].before, text.before_length);
	ck_assert_uint_eq(text.after_length, strlen(cases[_i].after));
	ck_assert_mem_eq(text.after, cases[_i].after, text.after_length);
}
END_TEST

/* Exactly as long as may be with the longest address; one character more is refused. */
START_TEST(the_longest_text)
{
	char words[MXDP_REPLY_TEXT_MAX + 1], fault[MXDP_REPLY_FAULT];
	struct mxdp_reply_template template = {.name = "mx", .text = words};
	size_t most = MXDP_REPLY_TEXT_MAX - strlen("550 5.7.1 ") - 39 - 2;
	struct mxdp_reply_text text;

	memset(words, 'x', sizeof(words));
	strcpy(words + most, "{address}");
	ck_assert_int_eq(mxdp_reply_refusal(&template, "r", 4, &text, fault), 0);
	ck_assert_uint_eq(text.before_length + text.after_length, most + 10);
	memset(words, 'x', sizeof(words));
	strcpy(words + most + 1, "{address}");
	ck_assert_int_ne(mxdp_reply_refusal(&template, "r", 4, &text, fault), 0);
	ck_assert_ptr_nonnull(strstr(fault, "1 characters too long"));
}
END_TEST

START_TEST(every_common_reply_fits_the_longest_name)
{
	char name[65], fault[MXDP_REPLY_FAULT];
	struct mxdp_reply_template template = {.name = name};
	struct mxdp_reply_text text;

	memset(name, 'n', 64);
	name[64] = '\0';
	for (unsigned int index = 0; index < MXDP_REPLIES_END; index++) {
		ck_assert_int_eq(mxdp_reply_common(&template, index, &text, fault), 0);
		ck_assert(!text.address && !text.after_length);
		for (size_t i = 0; i < text.before_length; i++)
			ck_assert_int_ne(text.before[i], '@');
	}
	ck_assert_int_ne(mxdp_reply_common(&template, MXDP_REPLIES_END, &text, fault), 0);
	ck_assert_int_ne(mxdp_reply_refusal(&template, "r", MXDP_REFUSALS, &text, fault), 0);
}
END_TEST

/* Every list has a text of its own; what is dropped needs none. */
START_TEST(each_list_has_a_number_of_its_own)
{
	static char zone[] = "bl.example", feed[] = "own", other[] = "other", silent[] = "silent",
		    scored[] = "scored", same[] = "bl.example";
	struct mxdp_dnsbl_zone zones[] = {{.shown = zone}};
	struct mxdp_feed_setting feeds[] = {
		{.name = feed, .action = MXDP_ACTION_REJECT},
		{.name = other, .action = MXDP_ACTION_TEMPFAIL},
		{.name = same, .action = MXDP_ACTION_REJECT},
		{.name = silent, .action = MXDP_ACTION_DROP},
		{.name = scored, .action = MXDP_ACTION_REJECT, .use = MXDP_FEED_SCORE},
	};
	const struct mxdp_config config = {
		.dnsbl_count = 1, .dnsbls = zones, .feed_count = 5, .feeds = feeds};
	unsigned int numbers[] = {
		mxdp_replies_number(&config, "bl.example"),
		mxdp_replies_number_of_feed(&config, &feeds[0]),
		mxdp_replies_number_of_feed(&config, &feeds[1]),
		mxdp_replies_number_of_feed(&config, &feeds[2]),
	};

	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_gt(numbers[i], 0);
		ck_assert_uint_lt(numbers[i], MXDP_TEXT_NUMBERS_MAX);
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_ne(numbers[i], numbers[j]);
	}
	ck_assert_uint_eq(mxdp_replies_number_of_feed(&config, &feeds[3]), 0);
	ck_assert_uint_eq(mxdp_replies_number_of_feed(&config, &feeds[4]), 0);
	ck_assert_uint_eq(mxdp_replies_number(&config, "own"), 0);
}
END_TEST

START_TEST(more_lists_than_numbers_share_the_common_text)
{
	static char names[MXDP_TEXT_NUMBERS_MAX + 5][32];
	static struct mxdp_feed_setting feeds[MXDP_TEXT_NUMBERS_MAX + 5];
	const struct mxdp_config config = {.feed_count = MXDP_TEXT_NUMBERS_MAX + 5, .feeds = feeds};
	unsigned int without = 0;

	for (size_t i = 0; i < config.feed_count; i++) {
		snprintf(names[i], sizeof(names[i]), "feed-%zu", i);
		feeds[i] =
			(struct mxdp_feed_setting){.name = names[i], .action = MXDP_ACTION_REJECT};
	}
	for (size_t i = 0; i < config.feed_count; i++)
		without += !mxdp_replies_number_of_feed(&config, &feeds[i]);
	ck_assert_uint_eq(without, 6); /* number 0 is the common one */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reply texts");
	TCase *tests = tcase_create("texts");

	tcase_add_test(tests, each_list_has_a_number_of_its_own);
	tcase_add_test(tests, more_lists_than_numbers_share_the_common_text);
	tcase_add_loop_test(tests, templates, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tests, the_longest_text);
	tcase_add_test(tests, every_common_reply_fits_the_longest_name);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
