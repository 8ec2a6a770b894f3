/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of clients, read strictly: each row a line, and the argument that comes of it. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "userspace/said/line.h"
#include "tests/suite.h"

struct row {
	const char *line;
	const char *argument; /* NULL: it is not read */
};

static const struct row helo[] = {
	{"EHLO client.example.org\r\n", "client.example.org"},
	{"HELO client.example.org\n", "client.example.org"},
	{"ehlo [192.0.2.1]\r\n", "[192.0.2.1]"},
	{"hElO\t \tlocalhost \t\r\n", "localhost"},
	{"EHLO Client.EXAMPLE.org.\r\n", "Client.EXAMPLE.org."},
	{"EHLO client.example.org", NULL},
	{"EHLO client.example.org\r", NULL},
	{"EHLO\r\n", NULL},
	{"EHLO \r\n", NULL},
	{"EHLOclient\r\n", NULL},
	{"EHLO two words\r\n", NULL},
	{"EHLO cli\rent\r\n", NULL},
	{"EHLO cli\nent\r\n", NULL},
	{"EHLO cli\x7f\r\n", NULL},
	{"EHLO cl\xc3\xa9\r\n", NULL},
	{"MAIL FROM:<a@b>\r\n", NULL},
	{" EHLO a\r\n", NULL},
	{"\r\n", NULL},
	{"\n", NULL},
	{"", NULL},
};

static const struct row mail[] = {
	{"MAIL FROM:<a@example.org>\r\n", "a@example.org"},
	{"mail from:<a@example.org>\n", "a@example.org"},
	{"MAIL FROM: <a@example.org>\r\n", "a@example.org"},
	{"MAIL  FROM:<a@example.org> SIZE=1000 BODY=8BITMIME\r\n", "a@example.org"},
	{"MAIL FROM:<>\r\n", ""},
	{"MAIL FROM:<> RET=HDRS\r\n", ""},
	{"MAIL FROM:<\"a b>c\"@example.org>\r\n", "\"a b>c\"@example.org"},
	{"MAIL FROM:<\"a\\\"b\"@example.org>\r\n", "\"a\\\"b\"@example.org"},
	{"MAIL FROM:<@a.example,@b.example:c@example.org>\r\n", "c@example.org"},
	{"MAIL FROM:<a@[IPv6:2001:db8::1]>\r\n", "a@[IPv6:2001:db8::1]"},
	{"MAIL FROM:<j\xc3\xbcrgen@example.org> SMTPUTF8\r\n", "j\xc3\xbcrgen@example.org"},
	{"MAIL FROM:<postmaster>\r\n", "postmaster"},
	{"MAIL FROM:a@example.org\r\n", NULL},
	{"MAIL FROM <a@example.org>\r\n", NULL},
	{"MAILFROM:<a@example.org>\r\n", NULL},
	{"MAIL TO:<a@example.org>\r\n", NULL},
	{"MAIL FROM:<a@example.org\r\n", NULL},
	{"MAIL FROM:<a@example.org>x\r\n", NULL},
	{"MAIL FROM:<<a@example.org>>\r\n", NULL},
	{"MAIL FROM:<a b@example.org>\r\n", NULL},
	{"MAIL FROM:<\"a@example.org>\r\n", NULL},
	{"MAIL FROM:<\"a\\", NULL},
	{"MAIL FROM:<@a.example>\r\n", NULL},
	{"MAIL FROM:<a@exa\x01mple.org>\r\n", NULL},
	{"MAIL FROM:<a@example.org>\rX\r\n", NULL},
	{"MAIL FROM:\r\n", NULL},
	{"MAIL\r\n", NULL},
};

static const struct row rcpt[] = {
	{"RCPT TO:<b@example.net>\r\n", "b@example.net"},
	{"rcpt to:<b@example.net> NOTIFY=NEVER\r\n", "b@example.net"},
	{"RCPT FROM:<b@example.net>\r\n", NULL},
	{"MAIL FROM:<b@example.net>\r\n", NULL},
};

/* The line lies in a buffer of its own length, so that ASan sees a step too far. */
static int read_exactly(enum mxdp_utterance kind, const char *line, size_t length,
			char argument[MXDP_SAID_ARGUMENT])
{
	uint8_t *bytes = malloc(length ? length : 1);
	int result;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, line, length);
	memset(argument, 'x', MXDP_SAID_ARGUMENT);
	result = mxdp_said_read(kind, bytes, length, argument);
	free(bytes);
	return result;
}

static void expect_rows(enum mxdp_utterance kind, const struct row *rows, size_t count)
{
	char argument[MXDP_SAID_ARGUMENT];

	for (size_t i = 0; i < count; i++) {
		int result = read_exactly(kind, rows[i].line, strlen(rows[i].line), argument);

		ck_assert_msg((result == 0) == (rows[i].argument != NULL), "%s", rows[i].line);
		ck_assert_str_eq(argument, rows[i].argument ? rows[i].argument : "");
		/* A line that has lost its end is no line. */
		for (size_t cut = 0; cut < strlen(rows[i].line); cut++)
			if (!memchr(rows[i].line, '\n', cut))
				ck_assert_int_lt(read_exactly(kind, rows[i].line, cut, argument),
						 0);
	}
}

START_TEST(lines)
{
	expect_rows(MXDP_UTTERANCE_HELO, helo, sizeof(helo) / sizeof(helo[0]));
	expect_rows(MXDP_UTTERANCE_MAIL, mail, sizeof(mail) / sizeof(mail[0]));
	expect_rows(MXDP_UTTERANCE_RCPT, rcpt, sizeof(rcpt) / sizeof(rcpt[0]));
	expect_rows(MXDP_UTTERANCE_LEFT, rcpt + 2, 2);
}
END_TEST

START_TEST(a_nul_is_no_end)
{
	static const char line[] = "EHLO good.example\0.org\r\n";
	char argument[MXDP_SAID_ARGUMENT];

	ck_assert_int_lt(read_exactly(MXDP_UTTERANCE_HELO, line, sizeof(line) - 1, argument), 0);
	ck_assert_str_eq(argument, "");
}
END_TEST

START_TEST(arguments_have_a_longest)
{
	char line[600] = "EHLO ", argument[MXDP_SAID_ARGUMENT];

	memset(line + 5, 'a', MXDP_SAID_ARGUMENT);
	memcpy(line + 5 + MXDP_SAID_ARGUMENT - 1, "\r\n", 3);
	ck_assert_int_eq(read_exactly(MXDP_UTTERANCE_HELO, line, strlen(line), argument), 0);
	ck_assert_uint_eq(strlen(argument), MXDP_SAID_ARGUMENT - 1);
	memcpy(line + 5 + MXDP_SAID_ARGUMENT - 1, "a\r\n", 4);
	ck_assert_int_lt(read_exactly(MXDP_UTTERANCE_HELO, line, strlen(line), argument), 0);
}
END_TEST

START_TEST(domains)
{
	static const struct row rows[] = {
		{"a@Example.ORG", "example.org"},
		{"\"a@b\"@example.org", "example.org"},
		{"postmaster", ""},
		{"", ""},
		{"a@", ""},
	};
	char domain[MXDP_SAID_ARGUMENT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mxdp_said_domain(rows[i].line, domain);
		ck_assert_str_eq(domain, rows[i].argument);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("said line");
	TCase *tests = tcase_create("lines");

	tcase_add_test(tests, lines);
	tcase_add_test(tests, a_nul_is_no_end);
	tcase_add_test(tests, arguments_have_a_longest);
	tcase_add_test(tests, domains);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
