/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the packet path reads of clients that pass: which lines are copied and which never, in
 * whatever segments they come. test_wire_proof.c has who is read at all.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "wire_stand.h"

static struct flow proved(int kind)
{
	struct flow flow = flow_new(&harness, return_path, &flow_kinds[kind]);

	flow_open(&flow, true);
	return flow;
}

/* The map must not hold what is none of our business. */
static void expect_not_held(const struct flow *flow, const char *secret)
{
	struct mxdp_connection known;

	ck_assert(flow_known(flow, &known));
	ck_assert_ptr_null(memmem(&known, sizeof(known), secret, strlen(secret)));
}

struct script {
	const char *what;
	const char *says;
	const char *copied;
	bool unread; /* reading is given up, and counted */
};

static const struct script scripts[] = {
	{"a plain dialogue", HELO MAIL "RCPT TO:<b@example.net>\r\nQUIT\r\n",
	 "helo " HELO "mail " MAIL, false},
	{"HELO", "HELO a\r\n", "helo HELO a\r\n", false},
	{"lower case", "ehlo a\r\nmail from:<>\r\n", "helo ehlo a\r\nmail mail from:<>\r\n", false},
	{"mixed case, a tab", "hElO\ta\r\n", "helo hElO\ta\r\n", false},
	{"bare LF", "EHLO a\nMAIL FROM:<>\n", "helo EHLO a\nmail MAIL FROM:<>\n", false},
	{"no argument", "HELO\r\nEHLO\n", "helo HELO\r\nhelo EHLO\n", false},
	{"commands in between", "NOOP\r\nRSET\r\nVRFY b\r\nEXPN c\r\nHELP\r\n" HELO, "helo " HELO,
	 false},
	{"recipients that look like commands", "RCPT TO:<EHLO a>\r\nVRFY HELO b\r\n" HELO,
	 "helo " HELO, false},
	{"four lines and no more", HELO MAIL "RSET\r\n" MAIL MAIL MAIL,
	 "helo " HELO "mail " MAIL "mail " MAIL "mail " MAIL, false},
	{"AUTH", HELO "AUTH PLAIN c2VjcmV0\r\n" MAIL, "helo " HELO, false},
	{"auth", HELO "auth plain c2VjcmV0\r\n" MAIL, "helo " HELO, false},
	{"AUTH, and credentials on a line of their own", HELO "AUTH\r\nc2VjcmV0\r\n" MAIL,
	 "helo " HELO, false},
	{"DATA", HELO MAIL "DATA\r\nEHLO secret\r\n.\r\n" MAIL, "helo " HELO "mail " MAIL, false},
	{"DATA with a blank", MAIL "DATA \r\nMAIL secret\r\n", "mail " MAIL, false},
	{"BDAT", HELO "BDAT 14 LAST\r\nMAIL secret\r\n" MAIL, "helo " HELO, false},
	{"STARTTLS", HELO "STARTTLS\r\nMAIL secret\r\n" MAIL, "helo " HELO, false},
	{"StartTLS, bare LF", HELO "StartTLS\nMAIL secret\n" MAIL, "helo " HELO, false},
	{"QUIT", HELO "QUIT\r\n" MAIL, "helo " HELO, false},
	{"an unknown verb", HELO "XCLIENT NAME=secret\r\n" MAIL, "helo " HELO, true},
	{"a verb with more letters", HELO "MAILS secret\r\n" MAIL, "helo " HELO, true},
	{"a verb with fewer", "EHL secret\r\n" MAIL, "", true},
	{"STARTTLSX", "STARTTLSX secret\r\n" MAIL, "", true},
	{"DATA without its end", "DATAsecret\r\n" MAIL, "", true},
	{"an empty line", HELO "\r\n" MAIL, "helo " HELO, true},
	{"a blank before the verb", " MAIL FROM:<>\r\n" MAIL, "", true},
	{"another protocol", "POST / HTTP/1.1\r\nHost: secret\r\n" MAIL, "", true},
	{"TLS at once", "\x16\x03\x01\x02\x01\x01\x01\xfc\x03secret\r\n" MAIL, "", true},
	{"letters by accident", "\x0d\x41\x49L FROM:<>\r\n" MAIL, "", true},
};

static void expect_script(const struct script *script, struct flow *flow, const char *how)
{
	take_lines(&harness, lines);
	ck_assert_msg(!strcmp(lines, script->copied), "%s, %s, %s: copied \"%s\"", script->what,
		      flow->kind.name, how, lines);
	ck_assert_msg(flow->counted.wire_unread == script->unread, "%s, %s, %s: unread %llu",
		      script->what, flow->kind.name, how,
		      (unsigned long long)flow->counted.wire_unread);
	expect_not_held(flow, "secret");
	expect_not_held(flow, "c2Vj");
}

START_TEST(pipelined)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct flow flow = proved(_i);

		flow_says(&flow, scripts[i].says);
		expect_script(&scripts[i], &flow, "in one segment");
	}
}
END_TEST

START_TEST(split_at_every_byte)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		size_t length = strlen(scripts[i].says);

		for (size_t at = 1; at < length; at++) {
			struct flow flow = proved(_i);

			flow_say(&flow, scripts[i].says, at);
			flow_say(&flow, scripts[i].says + at, length - at);
			expect_script(&scripts[i], &flow, "split");
		}
	}
}
END_TEST

START_TEST(byte_by_byte)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct flow flow = proved(_i);

		for (const char *c = scripts[i].says; *c; c++)
			flow_say(&flow, c, 1);
		expect_script(&scripts[i], &flow, "byte by byte");
	}
}
END_TEST

/* Each segment comes again, alone and together with what follows it. */
START_TEST(retransmitted_and_overlapping)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		const char *says = scripts[i].says;
		size_t length = strlen(says);

		for (size_t step = 1; step <= 7; step += 3) {
			struct flow flow = proved(_i);
			uint32_t start = flow.next;

			for (size_t at = 0; at < length; at += step) {
				size_t from = at > 5 ? at - 5 : 0;
				size_t end = at + step < length ? at + step : length;

				flow_send(&flow, ACK, start + (uint32_t)from, says + from,
					  end - from);
				flow_send(&flow, ACK, start + (uint32_t)at, says + at, end - at);
				flow_send(&flow, ACK, start, says, end);
			}
			expect_script(&scripts[i], &flow, "overlapping");
		}
	}
}
END_TEST

/* What comes too early is not read; what fills the gap is, and nothing is put together wrongly. */
START_TEST(out_of_order)
{
	struct flow flow = proved(_i);
	uint32_t start = flow.next;

	flow_send(&flow, ACK, start + (uint32_t)strlen(HELO), MAIL, strlen(MAIL));
	ck_assert_uint_eq(flow.counted.wire_gaps, 1);
	flow_send(&flow, ACK, start, HELO, strlen(HELO));
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
	flow_send(&flow, ACK, start + (uint32_t)strlen(HELO MAIL), MAIL, strlen(MAIL));
	ck_assert_uint_eq(flow.counted.wire_gaps, 2);
	ck_assert_str_eq(take_lines(&harness, lines), "");
	flow_send(&flow, ACK, start + (uint32_t)strlen(HELO), MAIL MAIL, strlen(MAIL MAIL));
	ck_assert_str_eq(take_lines(&harness, lines), "mail " MAIL "mail " MAIL);
	for (int i = 0; i < MXDP_WIRE_GAPS_MAX; i++)
		flow_send(&flow, ACK, start + 10000, HELO, strlen(HELO));
	ck_assert_uint_eq(flow.counted.wire_unread, 1);
	flow_send(&flow, ACK, start + (uint32_t)strlen(HELO MAIL MAIL), HELO, strlen(HELO));
	ck_assert_str_eq(take_lines(&harness, lines), "");
}
END_TEST

/* Segments cut, swapped, doubled and lost at random: what is copied is what was said, in order. */
START_TEST(never_misread)
{
	static const char says[] =
		HELO "NOOP\r\n" MAIL "RCPT TO:<MAIL b>\r\n" MAIL "DATA\r\nEHLO x\r\n";
	static const char whole[] = "helo " HELO "mail " MAIL "mail " MAIL;
	const size_t length = sizeof(says) - 1;
	unsigned int complete = 0;

	srand(_i + 1);
	for (int round = 0; round < 400; round++) {
		struct flow flow = proved(_i);
		uint32_t start = flow.next;

		for (size_t at = 0; at < length;) {
			size_t from = rand() % 4 ? at : (size_t)rand() % length;
			size_t size = 1 + (size_t)rand() % 60;

			if (size > length - from)
				size = length - from;
			flow_send(&flow, ACK, start + (uint32_t)from, says + from, size);
			if (from == at && rand() % 8)
				at += size;
		}
		take_lines(&harness, lines);
		ck_assert_msg(!strncmp(lines, whole, strlen(lines)), "copied \"%s\"", lines);
		complete += !strcmp(lines, whole);
		expect_not_held(&flow, "x\r\n");
	}
	ck_assert_uint_gt(complete, 50);
}
END_TEST

static void expect_length(int kind, size_t length, bool copied)
{
	static char line[MXDP_WIRE_LINE_MAX + 16];
	struct flow flow = proved(kind);

	memset(line, 'x', length);
	memcpy(line, "HELO ", 5);
	memcpy(line + length - 2, "\r\n", 2);
	flow_say(&flow, line, 100);
	flow_say(&flow, line + 100, length - 100);
	flow_says(&flow, "HELO b\r\n");
	take_lines(&harness, lines);
	ck_assert_uint_eq(strlen(lines), copied ? 5 + length + 5 + 8 : 0);
	ck_assert_uint_eq(flow.counted.wire_unread, !copied);
}

START_TEST(overlong_lines_are_not_read)
{
	expect_length(_i, MXDP_WIRE_LINE_MAX - 1, true);
	expect_length(_i, MXDP_WIRE_LINE_MAX, true);
	expect_length(_i, MXDP_WIRE_LINE_MAX + 1, false);
	expect_length(_i, MXDP_WIRE_LINE_MAX + 10, false);
}
END_TEST

/* Long lines of recipients are stepped over, up to a bound a segment and one a connection. */
START_TEST(bounded)
{
	static char noise[MXDP_WIRE_SCAN_MAX + 1];
	struct flow flow = proved(_i);

	memset(noise, 'x', sizeof(noise));
	memcpy(noise, "RCPT ", 5);
	noise[MXDP_WIRE_SCAN_MAX - 1] = '\n';
	for (int i = 0; i < MXDP_WIRE_BYTES_MAX / MXDP_WIRE_SCAN_MAX - 1; i++)
		flow_say(&flow, noise, MXDP_WIRE_SCAN_MAX);
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
	flow_say(&flow, noise, MXDP_WIRE_SCAN_MAX);
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "");
	ck_assert_uint_eq(flow.counted.wire_unread, 1);

	flow = proved(_i);
	flow_say(&flow, noise, MXDP_WIRE_SCAN_MAX + 1);
	ck_assert_uint_eq(flow.counted.wire_unread, 1);
}
END_TEST

START_TEST(a_full_ring_costs_lines_and_no_packets)
{
	for (int i = 0; i < 20000; i++) {
		struct flow flow = proved(0);

		flow_says(&flow, HELO);
		ck_assert_uint_eq(flow.counted.wire_lines + flow.counted.wire_lost, 1);
		if (flow.counted.wire_lost)
			return;
	}
	ck_abort_msg("the ring is never full");
}
END_TEST

int main(void)
{
	const int kinds = (int)flow_kind_count;
	Suite *suite = suite_create("wire");
	TCase *tests = tcase_create("lines");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_loop_test(tests, pipelined, 0, kinds);
	tcase_add_loop_test(tests, split_at_every_byte, 0, kinds);
	tcase_add_loop_test(tests, byte_by_byte, 0, kinds);
	tcase_add_loop_test(tests, retransmitted_and_overlapping, 0, kinds);
	tcase_add_loop_test(tests, out_of_order, 0, kinds);
	tcase_add_loop_test(tests, never_misread, 0, kinds);
	tcase_add_loop_test(tests, overlong_lines_are_not_read, 0, kinds);
	tcase_add_loop_test(tests, bounded, 0, kinds);
	tcase_add_test(tests, a_full_ring_costs_lines_and_no_packets);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
