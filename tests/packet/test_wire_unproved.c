/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is copied of clients that have not proved their address, the server's answer having been
 * seen by nobody: by the same rules as of others, marked, and never at their cost.
 */
#include <check.h>
#include <string.h>
#include <arpa/inet.h>

#include "wire_stand.h"

/* A connection whose SYN passes and whose SYN-ACK takes another way. */
static struct flow blind(int kind)
{
	struct flow flow = flow_new(&harness, return_path, &flow_kinds[kind]);

	flow_send(&flow, SYN, flow.kind.client_start, "", 0);
	flow_send(&flow, ACK, flow.next, "", 0);
	return flow;
}

struct script {
	const char *what;
	const char *says; /* segments, with a | between them */
	const char *copied;
	bool unread;
};

static const struct script scripts[] = {
	{"one after the other", HELO "|" MAIL "|RCPT TO:<b@example.net>\r\n|QUIT\r\n",
	 "helo? " HELO "mail? " MAIL, false},
	{"pipelined", HELO MAIL "RCPT TO:<EHLO b>\r\nDATA\r\n", "helo? " HELO "mail? " MAIL, false},
	{"HELO once EHLO was refused", HELO "|HELO a\r\n", "helo? " HELO "helo? HELO a\r\n", false},
	{"commands in between", "NOOP\r\n|" HELO "|RSET\r\nNOOP\r\n|" MAIL,
	 "helo? " HELO "mail? " MAIL, false},
	{"the message", HELO MAIL "RCPT TO:<b>\r\n|DATA\r\n|EHLO secret\r\n|MAIL FROM:<secret>\r\n",
	 "helo? " HELO "mail? " MAIL, false},
	{"the message, pipelined", MAIL "RCPT TO:<b>\r\nDATA\r\n|EHLO secret\r\n|" MAIL,
	 "mail? " MAIL, false},
	{"BDAT", HELO "|BDAT 13 LAST\r\nEHLO secret\r\n|" MAIL, "helo? " HELO, false},
	{"STARTTLS", HELO "|STARTTLS\r\n|" MAIL, "helo? " HELO, false},
	{"AUTH", HELO "|AUTH LOGIN\r\n|HELO secret\r\n|" MAIL, "helo? " HELO, false},
	{"AUTH in the same segment", HELO "AUTH PLAIN secret\r\n" MAIL, "helo? " HELO, false},
	{"a line in two segments", "EHLO cli|ent.example.org\r\n|" MAIL, "", true},
	{"a later line in two segments", HELO "|MAIL FROM|:<a@example.org>\r\n|" MAIL,
	 "helo? " HELO, true},
	{"a line without an end", HELO "MAIL FROM:<secret>", "helo? " HELO, true},
	{"another protocol", "GET / HTTP/1.1\r\n|" HELO, "", true},
	{"TLS at once", "\x16\x03\x01\x02\x01\x01\x01\xfc\x03|" HELO, "", true},
	{"an unknown verb", HELO "|XCLIENT NAME=secret\r\n|" MAIL, "helo? " HELO, true},
};

static void say_segments(struct flow *flow, const char *says)
{
	for (const char *end; *says; says = *end ? end + 1 : end) {
		end = strchrnul(says, '|');
		flow_say(flow, says, (size_t)(end - says));
	}
}

START_TEST(what_is_copied_is_marked)
{
	const struct script *script = &scripts[_i];

	for (int kind = 0; kind < (int)flow_kind_count; kind++) {
		struct flow flow = blind(kind);

		say_segments(&flow, script->says);
		take_lines(&harness, lines);
		ck_assert_msg(!strcmp(lines, script->copied), "%s, %s: copied \"%s\"", script->what,
			      flow.kind.name, lines);
		ck_assert_uint_eq(flow.counted.wire_unread, script->unread);
		ck_assert_uint_eq(flow.counted.wire_proved + flow.counted.wire_lines, 0);
	}
}
END_TEST

START_TEST(a_record_says_whose_line_it_is)
{
	struct flow flow = blind(_i);
	struct mxdp_address client = address(flow.kind.v6 ? "2001:db8::1" : "192.0.2.1");
	struct mxdp_address server = address(flow.kind.v6 ? "2001:db8:25::25" : "198.51.100.25");
	uint32_t connection;

	flow_says(&flow, HELO);
	take_lines(&harness, lines);
	ck_assert_uint_eq(flow.counted.wire_shown, 1);
	ck_assert_uint_eq(latest_line.proved, 0);
	ck_assert_mem_eq(latest_line.client, client.bytes, 16);
	ck_assert_mem_eq(latest_line.destination, server.bytes, 16);
	ck_assert_uint_eq(ntohs(latest_line.client_port), flow.port);
	connection = latest_line.connection;
	flow_says(&flow, MAIL);
	take_lines(&harness, lines);
	ck_assert_uint_eq(latest_line.connection, connection);
	flow = blind(_i);
	flow_says(&flow, HELO);
	take_lines(&harness, lines);
	ck_assert_uint_ne(latest_line.connection, connection);
}
END_TEST

/* Only what comes next is read: no gap is stepped over, and nothing is read twice. */
START_TEST(out_of_turn)
{
	struct flow flow = blind(_i);
	uint32_t start = flow.next, second = start + (uint32_t)strlen(HELO);

	flow_send(&flow, ACK, second, MAIL, strlen(MAIL));
	flow_send(&flow, ACK, start + 1, HELO, strlen(HELO));
	flow_send(&flow, ACK, start - 1, HELO, strlen(HELO));
	ck_assert_str_eq(take_lines(&harness, lines), "");
	flow_send(&flow, ACK, start, HELO, strlen(HELO));
	flow_send(&flow, ACK, start, HELO, strlen(HELO));
	ck_assert_str_eq(take_lines(&harness, lines), "helo? " HELO);
	flow_send(&flow, ACK, second, MAIL, strlen(MAIL));
	flow_send(&flow, ACK, second, MAIL, strlen(MAIL));
	ck_assert_str_eq(take_lines(&harness, lines), "mail? " MAIL);
}
END_TEST

/* A connection that began before we looked may be anywhere: in a message, too. */
START_TEST(without_its_beginning_nothing_is_read)
{
	struct flow flow = flow_new(&harness, return_path, &flow_kinds[_i]);

	flow_says(&flow, HELO);
	flow_says(&flow, MAIL);
	ck_assert_str_eq(take_lines(&harness, lines), "");
}
END_TEST

START_TEST(a_syn_with_data_is_no_beginning)
{
	struct flow flow = flow_new(&harness, return_path, &flow_kinds[_i]);

	flow_send(&flow, SYN, flow.kind.client_start, "DATA\r\n", 6);
	flow_says(&flow, HELO);
	flow.next += 6;
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "");
}
END_TEST

START_TEST(nor_is_one_that_was_refused)
{
	struct flow flow = flow_new(&harness, return_path, &flow_kinds[0]);

	set_rule(&harness, "192.0.2.1", MXDP_ACTION_DROP, 0);
	expect(&harness, rule_deny, .from_port = flow.port, .flags = SYN, .numbers = true,
	       .sequence = flow.kind.client_start);
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "");
}
END_TEST

START_TEST(switched_off)
{
	struct flow flow;

	harness.settings.wire_evidence = 0;
	harness_configure(&harness);
	flow = blind(_i);
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "");
}
END_TEST

/* A CPU has 41 at once; there are some, and a slow machine gets more meanwhile. */
START_TEST(a_crowd_is_bounded_and_counted)
{
	enum { CROWD = 2000 };
	unsigned int shown = 0, left = 0;

	for (int i = 0; i < CROWD; i++) {
		struct flow flow = blind(i % (int)flow_kind_count);

		flow_says(&flow, HELO);
		flow_says(&flow, MAIL); /* not read once the beginning was not */
		shown += flow.counted.wire_shown > 0;
		left += flow.counted.wire_not_shown > 0 && !flow.counted.wire_shown;
		ck_assert_uint_eq(flow.counted.wire_lost, 0);
	}
	ck_assert_uint_eq(shown + left, CROWD);
	ck_assert_uint_ge(shown, 20);
	ck_assert_uint_lt(shown, CROWD / 2);
}
END_TEST

/* Three quarters of the ring are for those that are scored. */
START_TEST(the_ring_is_for_the_proved)
{
	struct flow flow;

	for (int i = 0; i < 800; i++) {
		flow = flow_new(&harness, return_path, &flow_kinds[0]);
		flow_open(&flow, true);
		flow_says(&flow, HELO MAIL MAIL MAIL);
		ck_assert_uint_eq(flow.counted.wire_lines, 4);
	}
	flow = blind(0);
	flow_says(&flow, HELO);
	ck_assert_uint_eq(flow.counted.wire_not_shown, 1);
	flow = flow_new(&harness, return_path, &flow_kinds[0]);
	flow_open(&flow, true);
	flow_says(&flow, HELO);
	ck_assert_uint_eq(flow.counted.wire_lines, 1);
}
END_TEST

int main(void)
{
	const int kinds = (int)flow_kind_count;
	Suite *suite = suite_create("wire unproved");
	TCase *tests = tcase_create("unproved");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_loop_test(tests, what_is_copied_is_marked, 0,
			    (int)(sizeof(scripts) / sizeof(scripts[0])));
	tcase_add_loop_test(tests, a_record_says_whose_line_it_is, 0, kinds);
	tcase_add_loop_test(tests, out_of_turn, 0, kinds);
	tcase_add_loop_test(tests, without_its_beginning_nothing_is_read, 0, kinds);
	tcase_add_loop_test(tests, a_syn_with_data_is_no_beginning, 0, kinds);
	tcase_add_test(tests, nor_is_one_that_was_refused);
	tcase_add_test(tests, switched_off);
	tcase_add_test(tests, a_crowd_is_bounded_and_counted);
	tcase_add_test(tests, the_ring_is_for_the_proved);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
