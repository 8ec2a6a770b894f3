/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may befall a dialogue's segments: lost, repeated, split, joined, cut; and what is heard. */
#include <bpf/bpf.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "refused_client.h"
#include "rings.h"

START_TEST(what_is_sent_again_is_answered_again)
{
	static const char *const commands[] = {"EHLO a\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<b>\r\n",
					       "QUIT\r\n"};
	struct client client = open_client(_i);

	for (size_t i = 0; i < 4; i++) {
		struct client before = client;
		struct answer first = client_say(&client, commands[i]), again;

		again = client_say(&before, commands[i]);
		ck_assert_str_eq(again.text, first.text);
		ck_assert_uint_eq(again.sequence, first.sequence);
		/* Once the answer is acknowledged, the same bytes are old: no second answer. */
		if (first.flags & FIN)
			continue;
		again = client_send(&client, ACK | PSH, client.next - (uint32_t)strlen(commands[i]),
				    commands[i]);
		expect_count(again, reply_unread);
	}
}
END_TEST

START_TEST(acknowledgements_and_keepalives)
{
	struct client client = open_client(_i);

	client_say(&client, "EHLO a\r\n");
	expect_count(client_send(&client, ACK, client.next, ""), reply_unread);
	for (unsigned int bytes = 0; bytes < 2; bytes++) {
		struct answer answer =
			client_send(&client, ACK, client.next - 1, bytes ? "\n" : "");

		expect_count(answer, reply_acknowledged);
		ck_assert_uint_eq(answer.flags, ACK);
		ck_assert_uint_eq(answer.acknowledged, client.next);
		ck_assert_uint_eq(answer.sequence, client.heard);
	}
	client_say(&client, "NOOP\r\n");
}
END_TEST

START_TEST(a_split_command_waits_for_its_whole_line)
{
	static const char command[] = "MAIL FROM:<a@example.org>\r\n";
	struct client client = open_client(_i);

	client_say(&client, "EHLO a\r\n");
	for (size_t cut = 1; cut < sizeof(command) - 1; cut++) {
		char first[sizeof(command)] = "";
		struct client part = client;

		memcpy(first, command, cut);
		expect_count(client_send(&part, ACK | PSH, part.next, first), reply_unread);
		/* The rest is not what is expected next, unless it is 16 bytes on: no timestamps
		 * tell it then, and it is answered as a command of its own. */
		if (part.kind.timestamps || cut % MXDP_OFFSET_SEQUENCE)
			expect_count(client_send(&part, ACK | PSH, part.next + (uint32_t)cut,
						 command + cut),
				     reply_unread);
		ck_assert(!strncmp(client_say(&part, command).text, "250 2.1.0", 9));
	}
}
END_TEST

START_TEST(byte_by_byte)
{
	static const char command[] = "NOOP\r\n";
	struct client client = open_client(_i);

	for (uint32_t i = 0; i < sizeof(command) - 1; i++) {
		char byte[2] = {command[i], '\0'};

		expect_count(client_send(&client, ACK | PSH, client.next + i, byte), reply_unread);
	}
	client_say(&client, command); /* as the stack sends it again: joined */
}
END_TEST

START_TEST(pipelined_commands_are_heard_one_by_one)
{
	static const char all[] = "EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<b>\r\nQUIT\r\n";
	static const uint32_t texts[] = {MXDP_REPLY_EHLO, MXDP_REPLY_SENDER_OK, REFUSAL,
					 MXDP_REPLY_BYE};
	struct client client = open_client(_i);
	const char *from = all;

	for (size_t i = 0; i < 4; i++) {
		struct answer answer = client_send(&client, ACK | PSH, client.next, from);

		expect_count(answer, reply_turn);
		expect_text(&answer, texts[i], client.kind.v6 ? "2001:db8::1" : CLIENT4, __LINE__);
		client.next += (uint32_t)strcspn(from, "\n") + 1;
		ck_assert_uint_eq(answer.acknowledged, client.next);
		client.heard += (uint32_t)strlen(answer.text);
		from += strcspn(from, "\n") + 1;
	}
	ck_assert_str_eq(from, "");
}
END_TEST

START_TEST(early_talkers_are_greeted_first)
{
	struct client client = client_new(&harness, &client_kinds[_i]);
	struct answer answer = client_send(&client, SYN, client.next++, "");

	client.heard = answer.sequence + 1;
	answer = client_send(&client, ACK | PSH, client.next, "EHLO a\r\n");
	expect_text(&answer, MXDP_REPLY_GREETING, CLIENT4, __LINE__);
	ck_assert_uint_eq(answer.acknowledged, client.next);
	client.heard += (uint32_t)strlen(answer.text);
	answer = client_say(&client, "EHLO a\r\n");
	expect_text(&answer, MXDP_REPLY_EHLO, CLIENT4, __LINE__);
}
END_TEST

/* Cut at each byte, a segment is read no further than it reaches, and nothing is lost by it. */
START_TEST(truncated_segments)
{
	struct client client = open_client(_i);
	static struct frame frame, cut, reply;
	struct frame_spec spec = {
		.v6 = client.kind.v6,
		.flags = ACK | PSH,
		.numbers = true,
		.sequence = client.next,
		.acknowledged = client.heard,
		.data = "EHLO client.example.org\r\n",
		.payload = 25,
	};

	build_frame(&spec, &frame);
	for (size_t length = frame.ip; length < frame.length; length++) {
		/* By the wire alone, and by the IP header too. */
		struct outcome outcome = harness_exchange(&harness, frame.bytes, length, &reply);

		ck_assert_int_ne(outcome.verdict, XDP_TX);
		cut = frame;
		if (length < frame.ip + 20U)
			continue;
		cut_packet(&cut, length);
		outcome = harness_exchange(&harness, cut.bytes, cut.length, &reply);
		ck_assert_int_ne(outcome.verdict, XDP_TX);
	}
}
END_TEST

START_TEST(nonsense_options)
{
	static const uint8_t lists[][12] = {

		{8, 0, 0, 0},
		{8, 1, 1, 1},
		{2, 255, 0, 0},
		{1, 1, 1, 1, 1, 8},
		{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 8, 10},
		{0, 8, 10, 1, 2, 3},
		{2, 3, 1, 8, 8, 8, 8},
		{3, 2, 2, 4, 5, 0xb4, 8, 12, 0, 0, 0, 0},
		{8, 11, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
	};
	static struct frame frame, reply;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct frame_spec spec = {.tcp_options = 12, .option_bytes = lists[i]};

		build_frame(&spec, &frame);
		ck_assert_str_eq(
			counter_name(harness_exchange(&harness, frame.bytes, frame.length, &reply)
					     .counter),
			"reply_syn_ack");
		/* At most the MSS that one of them has behind nonsense-free options. */
		ck_assert_uint_le(reply.length, 54 + 4);
	}
}
END_TEST

/* The longest text that the daemon may write, with the most padding, fits the shortest frame. */
START_TEST(the_largest_reply)
{
	struct mxdp_reply_text longest = {.before_length = MXDP_REPLY_TEXT_MAX - 2};
	uint32_t index = MXDP_REPLY_GREETING;

	memset(longest.before, 'x', sizeof(longest.before));
	ck_assert_int_eq(bpf_map_update_elem(harness.maps.reply_texts, &index, &longest, BPF_ANY),
			 0);
	for (uint32_t i = 0; i < MXDP_OFFSET_SEQUENCE; i++) {
		struct client client = client_new(&harness, &client_kinds[_i]);
		size_t frame;

		client.next += i;
		frame = client_open(&client).frame;
		ck_assert_uint_le(frame, client.sent + 216);
	}
}
END_TEST

START_TEST(the_daemon_hears_what_the_client_says)
{
	static const struct {
		const char *command;
		enum mxdp_utterance kind;
	} said[] = {{"EHLO client.example.org\r\n", MXDP_UTTERANCE_HELO},
		    {"MAIL FROM:<a@example.org>\r\n", MXDP_UTTERANCE_MAIL},
		    {"RCPT TO:<b@example.net>\r\n", MXDP_UTTERANCE_RCPT},
		    {"NOOP\r\n", MXDP_UTTERANCE_NONE},
		    {"QUIT\r\n", MXDP_UTTERANCE_LEFT}};
	struct client client = open_client(_i);
	struct mxdp_address from = address(client.kind.v6 ? "2001:db8::1" : CLIENT4);
	uint32_t cookie = take_dialogue(&harness).cookie; /* of the SYN */

	ck_assert_uint_eq(take_dialogue(&harness).cookie, cookie);
	for (size_t i = 0; i < 5; i++) {
		struct mxdp_dialogue dialogue;

		client_say(&client, said[i].command);
		if (!said[i].kind)
			continue;
		dialogue = take_dialogue(&harness);
		ck_assert_uint_eq(dialogue.kind, said[i].kind);
		ck_assert_uint_eq(dialogue.length, strlen(said[i].command));
		ck_assert_mem_eq(dialogue.line, said[i].command, dialogue.length);
		ck_assert_mem_eq(dialogue.client, from.bytes, 16);
		ck_assert_uint_eq(dialogue.client_port, htons(40000));
		ck_assert_uint_eq(dialogue.cookie, cookie);
	}
	ck_assert_uint_eq(take_dialogue(&harness).kind, MXDP_UTTERANCE_NONE);
}
END_TEST

int main(void)
{
	const int kinds = (int)client_kind_count;
	Suite *suite = suite_create("reply segments");
	TCase *tests = tcase_create("segments");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_loop_test(tests, what_is_sent_again_is_answered_again, 0, kinds);
	tcase_add_loop_test(tests, acknowledgements_and_keepalives, 0, kinds);
	tcase_add_loop_test(tests, a_split_command_waits_for_its_whole_line, 0, kinds);
	tcase_add_loop_test(tests, byte_by_byte, 0, kinds);
	tcase_add_loop_test(tests, pipelined_commands_are_heard_one_by_one, 0, kinds);
	tcase_add_loop_test(tests, early_talkers_are_greeted_first, 0, kinds);
	tcase_add_loop_test(tests, truncated_segments, 0, kinds);
	tcase_add_test(tests, nonsense_options);
	tcase_add_loop_test(tests, the_largest_reply, 0, kinds);
	tcase_add_loop_test(tests, the_daemon_hears_what_the_client_says, 0, kinds);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
