/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How dialogues end: by QUIT, by a client that hangs up anywhere, by one that says too much. */
#include <check.h>
#include <string.h>

#include "refused_client.h"

START_TEST(overlong_lines_end_the_dialogue)
{
	static char line[1400];
	struct client client;
	struct answer answer;

	memset(line, 'x', 1300);
	memcpy(line, "EHLO ", 5);
	line[1023] = '\n';
	line[1024] = '\0';
	client = open_client(_i);
	answer = client_say(&client, line); /* as long as may be */
	expect_text(&answer, MXDP_REPLY_EHLO, CLIENT4, __LINE__);

	line[1023] = '\0';
	client = open_client(_i);
	expect_count(client_send(&client, ACK, client.next, line), reply_unread);

	memset(line + 1023, 'x', 200);
	client = open_client(_i);
	answer = client_say(&client, line);
	expect_text(&answer, MXDP_REPLY_TOO_LONG, CLIENT4, __LINE__);
	ck_assert_uint_eq(answer.flags, ACK | PSH | FIN);
	answer = client_send(&client, ACK, client.next, "more of it");
	expect_count(answer, reply_acknowledged);
	ck_assert_uint_eq(answer.acknowledged, client.next + 10);
}
END_TEST

START_TEST(an_endless_dialogue_is_ended)
{
	struct client client = open_client(_i);
	struct answer answer;
	int turns = 0;

	do {
		answer = client_say(&client, "NOOP\r\n");
	} while (!(answer.flags & FIN) && ++turns < 1000);
	expect_text(&answer, MXDP_REPLY_TOO_MANY, CLIENT4, __LINE__);
	ck_assert_int_gt(turns, 60);
}
END_TEST

/* Hangs up after so many commands, with or without data in the last segment. */
START_TEST(hanging_up_at_any_turn)
{
	static const char *const commands[] = {"EHLO a\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<b>\r\n",
					       "RSET\r\n"};

	for (size_t turns = 0; turns <= 4; turns++) {
		struct client client = open_client(_i), deaf;
		struct answer answer;

		for (size_t i = 0; i < turns; i++)
			client_say(&client, commands[i]);
		deaf = client;
		answer = client_send(&client, FIN | ACK, client.next, "");
		expect_count(answer, reply_closed);
		ck_assert_uint_eq(answer.flags, FIN | ACK);
		ck_assert_uint_eq(answer.sequence, client.heard);
		ck_assert_uint_eq(answer.acknowledged, client.next + 1);
		/* It did not arrive: once more. */
		expect_count(client_send(&deaf, FIN | ACK, deaf.next, ""), reply_closed);
		client.next++;
		client.heard++;
		expect_count(client_send(&client, ACK, client.next, ""), reply_unread);
	}
}
END_TEST

START_TEST(quitting)
{
	struct client client = open_client(_i), half;
	struct answer answer;

	half = client;
	answer = client_say(&client, "QUIT\r\n");
	ck_assert_uint_eq(answer.flags, ACK | PSH | FIN);
	expect_count(client_send(&client, ACK, client.next, ""), reply_unread);
	answer = client_send(&client, FIN | ACK, client.next, "");
	expect_count(answer, reply_acknowledged);
	ck_assert_uint_eq(answer.flags, ACK);
	ck_assert_uint_eq(answer.acknowledged, client.next + 1);

	/* QUIT and FIN at once: both are acknowledged. */
	answer = client_send(&half, FIN | ACK | PSH, half.next, "QUIT\r\n");
	expect_count(answer, reply_turn);
	ck_assert_uint_eq(answer.acknowledged, half.next + 7);

	/* A FIN behind another command waits for its turn. */
	half = open_client(_i);
	answer = client_send(&half, FIN | ACK | PSH, half.next, "EHLO a\r\n");
	ck_assert_uint_eq(answer.acknowledged, half.next + 8);
	ck_assert_uint_eq(answer.flags, ACK | PSH);
	half.next += 8;
	half.heard += (uint32_t)strlen(answer.text);
	expect_count(client_send(&half, FIN | ACK, half.next, ""), reply_closed);
}
END_TEST

START_TEST(a_client_that_hangs_up_before_the_greeting)
{
	struct client client = client_new(&harness, &client_kinds[_i]);
	struct answer answer = client_send(&client, SYN, client.next++, "");

	client.heard = answer.sequence + 1;
	answer = client_send(&client, FIN | ACK, client.next, "");
	expect_count(answer, reply_closed);
	client.next++;
	client.heard++;
	expect_count(client_send(&client, ACK, client.next, ""), reply_unread);
}
END_TEST

int main(void)
{
	const int kinds = (int)client_kind_count;
	Suite *suite = suite_create("reply endings");
	TCase *tests = tcase_create("endings");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_loop_test(tests, overlong_lines_end_the_dialogue, 0, kinds);
	tcase_add_loop_test(tests, an_endless_dialogue_is_ended, 0, kinds);
	tcase_add_loop_test(tests, hanging_up_at_any_turn, 0, kinds);
	tcase_add_loop_test(tests, quitting, 0, kinds);
	tcase_add_loop_test(tests, a_client_that_hangs_up_before_the_greeting, 0, kinds);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
