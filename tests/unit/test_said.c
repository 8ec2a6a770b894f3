/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of what clients say: whom the screener and SPF are asked about, what is shown, what
 * the journal gets.
 */
#include <stdio.h>
#include <string.h>

#include <check.h>

#include "said_stand.h"

START_TEST(a_message_is_asked_about_with_helo_and_sender)
{
	say("192.0.2.1", 7, true, "EHLO client.example\r\n");
	ck_assert_uint_eq(told.asked, 0); /* it may go on */
	say("192.0.2.1", 7, true, "MAIL FROM:<user@nobody.example>\r\n");
	ck_assert_uint_eq(told.asked, 1);
	ck_assert_str_eq(told.helo, "client.example");
	ck_assert_str_eq(told.sender, "user@nobody.example");
	settle();
	ck_assert_str_eq(told.message.spf, "fail");
	ck_assert_str_eq(told.message.sender, "nobody.example");
	ck_assert(told.message.proved && !told.message.refused);
	ck_assert_uint_eq(told.shown, 1);
	ck_assert_ptr_nonnull(strstr(told.evidence[0], "spf: SPF fail for nobody.example (-all)"));
	ck_assert_str_eq(told.journal_text, "seen on the wire, SPF fail");
	ck_assert_str_eq(told.journal_sender, "@nobody.example"); /* no local part */
}
END_TEST

START_TEST(the_null_sender_is_judged_by_its_helo)
{
	say("192.0.2.1", 7, true, "EHLO all.example\r\n");
	say("192.0.2.1", 7, true, "MAIL FROM:<>\r\n");
	ck_assert_str_eq(told.sender, "-");
	settle();
	ck_assert_str_eq(told.message.spf, "pass");
	ck_assert(told.message.has_sender);
	ck_assert_str_eq(told.message.sender, "");
}
END_TEST

START_TEST(connections_and_clients_are_kept_apart)
{
	say("192.0.2.1", 7, true, "EHLO one.example\r\n");
	say("192.0.2.1", 8, true, "EHLO two.example\r\n");
	say("192.0.2.2", 7, true, "EHLO three.example\r\n");
	say("192.0.2.1", 7, true, "MAIL FROM:<a@all.example>\r\n");
	ck_assert_str_eq(told.helo, "one.example");
	say("192.0.2.2", 7, true, "MAIL FROM:<a@all.example>\r\n");
	ck_assert_str_eq(told.helo, "three.example");
	say("192.0.2.2", 9, true, "MAIL FROM:<a@all.example>\r\n");
	ck_assert_str_eq(told.helo, "-");
}
END_TEST

START_TEST(what_is_repeated_is_not_asked_again)
{
	for (uint32_t connection = 0; connection < 50; connection++) {
		say("192.0.2.1", connection, true, "EHLO client.example\r\n");
		say("192.0.2.1", connection, true, "MAIL FROM:<user@nobody.example>\r\n");
		if (!connection)
			settle();
	}
	ck_assert_uint_eq(told.asked, 1);
	ck_assert_uint_eq(stats().repeated, 49);
	/* Each message is in the journal all the same, with what is known. */
	ck_assert_uint_eq(told.journal, 50);
	ck_assert_str_eq(told.journal_text, "seen on the wire, SPF fail");
	say("192.0.2.1", 99, true, "EHLO client.example\r\n");
	say("192.0.2.1", 99, true, "MAIL FROM:<user@all.example>\r\n");
	ck_assert_uint_eq(told.asked, 2);
}
END_TEST

START_TEST(a_crowd_is_bounded)
{
	char text[64];

	for (uint32_t i = 0; i < 10000; i++) {
		snprintf(text, sizeof(text), "EHLO c%u.example\r\n", i);
		say("192.0.2.1", i, true, text);
		say("192.0.2.1", i, true, "MAIL FROM:<>\r\n");
	}
	ck_assert_uint_eq(told.asked, MXDP_SAID_QUESTION_RATE * MXDP_SAID_BURST_S);
	ck_assert_uint_eq(stats().asked + stats().skipped, 10000);
}
END_TEST

START_TEST(a_full_queue_is_no_reason_to_wait)
{
	told.full = true;
	say("192.0.2.1", 7, true, "MAIL FROM:<user@nobody.example>\r\n");
	ck_assert_uint_eq(stats().skipped, 1);
	told.full = false;
	say("192.0.2.1", 8, true, "MAIL FROM:<user@nobody.example>\r\n");
	ck_assert_uint_eq(told.asked, 1); /* it was not taken for known */
}
END_TEST

START_TEST(a_client_with_a_rule_is_not_checked)
{
	told.allowed = "192.0.2.1";
	say("192.0.2.1", 7, true, "EHLO client.example\r\n");
	say("192.0.2.1", 7, true, "MAIL FROM:<user@nobody.example>\r\n");
	ck_assert_uint_eq(told.asked, 0);
	ck_assert_uint_eq(told.journal, 1);
	ck_assert_str_eq(told.journal_text, "seen on the wire");
	ck_assert_ptr_null(told.message.spf);
}
END_TEST

START_TEST(nonsense_is_counted_and_left)
{
	struct mxdp_wire_line line = {.kind = MXDP_UTTERANCE_MAIL, .length = 0xffff};

	say("192.0.2.1", 7, true, "EHLO two words\r\n");
	say("192.0.2.1", 7, true, "MAIL FROM:<a@b> \x01\r\n");
	say("192.0.2.1", 7, true, "MAIL FROM:<a@b>");
	mxdp_said_hear(said, &line);
	line.kind = MXDP_UTTERANCE_RCPT;
	mxdp_said_hear(said, &line);
	ck_assert_uint_eq(stats().unreadable, 5);
	ck_assert_uint_eq(told.asked + told.messages, 0);
}
END_TEST

START_TEST(a_refused_client_is_asked_about_and_its_recipient_noted)
{
	say_refused("192.0.2.1", 7, MXDP_UTTERANCE_HELO, "EHLO listed.example\r\n");
	say_refused("192.0.2.1", 7, MXDP_UTTERANCE_MAIL, "MAIL FROM:<a@nobody.example>\r\n");
	ck_assert_str_eq(told.helo, "listed.example");
	settle();
	ck_assert(told.message.refused && told.message.proved);
	ck_assert_uint_eq(told.journal, 0);
	say_refused("192.0.2.1", 7, MXDP_UTTERANCE_RCPT, "RCPT TO:<bob@example.net>\r\n");
	say_refused("192.0.2.1", 7, MXDP_UTTERANCE_RCPT, "RCPT TO:<eve@example.net>\r\n");
	say_refused("192.0.2.1", 7, MXDP_UTTERANCE_LEFT, "QUIT\r\n");
	ck_assert_uint_eq(told.journal, 1);
	ck_assert_str_eq(told.journal_text, "said while it was refused, to example.net");
	ck_assert_str_eq(told.message.recipient, "example.net");
	ck_assert_uint_eq(told.asked, 1);
}
END_TEST

START_TEST(one_that_leaves_after_helo_is_asked_about)
{
	say_refused("192.0.2.1", 7, MXDP_UTTERANCE_HELO, "EHLO listed.example\r\n");
	ck_assert_uint_eq(told.asked, 0);
	say_refused("192.0.2.1", 7, MXDP_UTTERANCE_LEFT, "");
	ck_assert_uint_eq(told.asked, 1);
	ck_assert_str_eq(told.sender, "-");
	settle();
	ck_assert_uint_eq(told.journal, 1);
	ck_assert(!told.message.has_sender);
}
END_TEST

/* What is under way ends with it: ASan and the loop's handles tell. */
START_TEST(freed_in_the_middle)
{
	say("192.0.2.1", 7, true, "EHLO client.example\r\n");
	say("192.0.2.1", 7, true, "MAIL FROM:<user@nobody.example>\r\n");
	say("192.0.2.1", 8, true, "MAIL FROM:<user@nobody.example>\r\n");
	ck_assert_uint_eq(told.messages, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_message_is_asked_about_with_helo_and_sender,
		the_null_sender_is_judged_by_its_helo,
		connections_and_clients_are_kept_apart,
		what_is_repeated_is_not_asked_again,
		a_crowd_is_bounded,
		a_full_queue_is_no_reason_to_wait,
		a_client_with_a_rule_is_not_checked,
		nonsense_is_counted_and_left,
		a_refused_client_is_asked_about_and_its_recipient_noted,
		one_that_leaves_after_helo_is_asked_about,
		freed_in_the_middle,
	};

	return run_said_suite("said", tests, sizeof(tests) / sizeof(tests[0]));
}
