/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is drawn into a dialogue, and who must not be: forged acknowledgements, cookies of another
 * time, connections that live, and the states in which nobody is answered.
 */
#include <bpf/bpf.h>
#include <check.h>
#include <string.h>

#include "refused_client.h"

/* Acknowledgements that are not of our cookie belong to somebody else: untouched, never a RST. */
START_TEST(wrong_cookies_pass)
{
	static const uint32_t steps[] = {1,       2,         0xffffffff - MXDP_OFFSET_MAX,
					 0x10000, 0x1000000, 0x80000000};
	struct client client = client_new(&harness, &client_kinds[_i]);
	uint32_t right = client_send(&client, SYN, client.next++, "").sequence + 1;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		client.heard = right - steps[i];
		expect_count(client_send(&client, ACK, client.next, ""), established);
		expect_count(client_send(&client, ACK | PSH, client.next, "QUIT\r\n"), established);
		expect_count(client_send(&client, FIN | ACK, client.next, ""), established);
	}
	client.heard = right + MXDP_OFFSET_MAX;
	expect_count(client_send(&client, ACK, client.next, ""), established);
	client.heard = right;
	client.port++;
	expect_count(client_send(&client, ACK, client.next, ""), established);
	client.port--;
	expect_count(client_send(&client, RST | ACK, client.next, ""), established);
	expect_count(client_send(&client, RST, client.next, ""), established);
	expect_count(client_send(&client, PSH, client.next, "QUIT\r\n"), established);
	expect_count(client_send(&client, SYN | ACK, client.next, ""), established);
	expect_count(client_send(&client, ACK, client.next, ""), reply_turn);
}
END_TEST

/* The timestamp that comes back is part of the proof. */
START_TEST(wrong_timestamps_pass)
{
	struct client client = client_new(&harness, &client_kinds[0]);

	client.heard = client_send(&client, SYN, client.next++, "").sequence + 1;
	client.echo += 0x100000;
	expect_count(client_send(&client, ACK, client.next, ""), established);
	client.echo -= 0x100000;
	client.echo += 100; /* a segment that is missing, of this dialogue all the same */
	expect_count(client_send(&client, ACK, client.next, ""), reply_unread);
	client.echo -= 100;
	expect_count(client_send(&client, ACK, client.next, ""), reply_turn);
}
END_TEST

START_TEST(a_cookie_lives_for_its_epoch_and_the_next)
{
	static const char *const fates[] = {"reply_turn", "reply_turn", "established"};
	uint32_t stamp, epoch;

	for (uint32_t age = 0; age < 3; age++) {
		struct client client = client_new(&harness, &client_kinds[_i]);
		struct answer answer;

		epoch = (uint32_t)(mxdp_boottime_ns() >> MXDP_EPOCH_SHIFT);
		client.heard = client_cookie(&client, epoch - age, &stamp) + 1;
		client.echo = client.next + stamp;
		answer = client_send(&client, ACK, client.next, "");
		if ((uint32_t)(mxdp_boottime_ns() >> MXDP_EPOCH_SHIFT) == epoch)
			ck_assert_str_eq(counter_name(answer.counter), fates[age]);
	}
}
END_TEST

/* A client that delivers when it is listed goes on delivering. */
START_TEST(live_connections_are_not_disturbed)
{
	struct client client = client_new(&harness, &client_kinds[_i]);
	uint32_t stamp;

	/* The acknowledgement that a connection of the mail server has: anything but the cookie. */
	client.heard =
		client_cookie(&client, (uint32_t)(mxdp_boottime_ns() >> MXDP_EPOCH_SHIFT), &stamp) -
		123456;
	for (uint32_t at = 0; at < 20000000; at += 144800)
		expect_count(client_send(&client, ACK, client.next + at, "a line of a message\r\n"),
			     established);
	expect_count(client_send(&client, ACK, client.next, "DATA\r\n"), established);
}
END_TEST

START_TEST(the_tarpit_is_silent_after_the_handshake)
{
	struct client client = client_new(&harness, &client_kinds[_i]);
	struct answer answer;

	refuse(MXDP_ACTION_TARPIT);
	answer = client_send(&client, SYN, client.next++, "");
	expect_count(answer, reply_syn_ack);
	client.heard = answer.sequence + 1;
	expect_count(client_send(&client, ACK, client.next, ""), reply_tarpit);
	expect_count(client_send(&client, ACK | PSH, client.next, "EHLO a\r\n"), reply_tarpit);
	expect_count(client_send(&client, FIN | ACK, client.next, ""), reply_tarpit);
}
END_TEST

START_TEST(soft_mode_refuses_for_now_whatever_the_verdict)
{
	static const enum mxdp_action actions[] = {MXDP_ACTION_REJECT, MXDP_ACTION_TARPIT,
						   MXDP_ACTION_DROP, MXDP_ACTION_TEMPFAIL};

	harness.settings.mode = MXDP_MODE_SOFT;
	harness_configure(&harness);
	for (size_t i = 0; i < 4; i++) {
		struct client client = client_new(&harness, &client_kinds[0]);
		struct answer answer;

		refuse(actions[i]);
		answer = client_open(&client);
		ck_assert(!strncmp(answer.text, "421", 3));
	}
}
END_TEST

START_TEST(observe_mode_answers_nothing)
{
	struct client client = client_new(&harness, &client_kinds[0]);
	struct outcome outcome;

	client.heard = client_send(&client, SYN, client.next, "").sequence + 1;
	harness.settings.mode = MXDP_MODE_OBSERVE;
	harness_configure(&harness);
	outcome = expect(&harness, reply_syn_ack, .from = CLIENT4);
	ck_assert_uint_eq(outcome.all.observed, 1);
	expect(&harness, established, .from = CLIENT4, .flags = ACK, .numbers = true,
	       .sequence = client.next + 1, .acknowledged = client.heard);
}
END_TEST

START_TEST(where_no_reply_can_be_made)
{
	harness.settings.reply_interfaces[0] = 4711;
	harness_configure(&harness);
	expect(&harness, verdict_unanswered_drop, .from = CLIENT4);
	refuse(MXDP_ACTION_TARPIT);
	expect(&harness, verdict_unanswered_drop, .from = CLIENT4);
	refuse(MXDP_ACTION_TEMPFAIL);
	expect(&harness, verdict_unanswered_pass, .from = CLIENT4);
	harness.settings.mode = MXDP_MODE_SOFT;
	refuse(MXDP_ACTION_REJECT);
	harness_configure(&harness);
	expect(&harness, verdict_unanswered_pass, .from = CLIENT4);
}
END_TEST

START_TEST(without_the_daemon_rejects_go_on_and_tempfails_pass)
{
	harness_heartbeat(&harness, 2 * harness.settings.heartbeat_stale_ns, true);
	expect_count(client_send(&(struct client){.harness = &harness, .port = 4000, .next = 1},
				 SYN, 1, ""),
		     reply_syn_ack);
	refuse(MXDP_ACTION_TEMPFAIL);
	expect(&harness, tempfail_stale, .from = CLIENT4);
}
END_TEST

START_TEST(whoever_is_no_longer_refused_is_left_alone)
{
	struct client client = open_client(0);

	set_rule(&harness, CLIENT4, MXDP_ACTION_PASS, 0);
	expect_count(client_send(&client, ACK | PSH, client.next, "EHLO a\r\n"), established);
	mxdp_rule_delete(&harness.maps, &(struct mxdp_prefix){prefix(CLIENT4).address, 128});
	refuse(MXDP_ACTION_PASS);
	expect_count(client_send(&client, ACK | PSH, client.next, "EHLO a\r\n"), established);
}
END_TEST

START_TEST(without_texts_nothing_is_said)
{
	struct mxdp_reply_text nothing = {0};
	uint32_t index = MXDP_REPLY_GREETING;
	struct client client = client_new(&harness, &client_kinds[0]);

	ck_assert_int_eq(bpf_map_update_elem(harness.maps.reply_texts, &index, &nothing, BPF_ANY),
			 0);
	client.heard = client_send(&client, SYN, client.next++, "").sequence + 1;
	expect_count(client_send(&client, ACK, client.next, ""), reply_failed);
}
END_TEST

int main(void)
{
	const int kinds = (int)client_kind_count;
	Suite *suite = suite_create("who is answered");
	TCase *tests = tcase_create("who is answered");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_loop_test(tests, wrong_cookies_pass, 0, kinds);
	tcase_add_test(tests, wrong_timestamps_pass);
	tcase_add_loop_test(tests, a_cookie_lives_for_its_epoch_and_the_next, 0, kinds);
	tcase_add_loop_test(tests, live_connections_are_not_disturbed, 0, kinds);
	tcase_add_loop_test(tests, the_tarpit_is_silent_after_the_handshake, 0, kinds);
	tcase_add_test(tests, soft_mode_refuses_for_now_whatever_the_verdict);
	tcase_add_test(tests, observe_mode_answers_nothing);
	tcase_add_test(tests, where_no_reply_can_be_made);
	tcase_add_test(tests, without_the_daemon_rejects_go_on_and_tempfails_pass);
	tcase_add_test(tests, whoever_is_no_longer_refused_is_left_alone);
	tcase_add_test(tests, without_texts_nothing_is_said);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
