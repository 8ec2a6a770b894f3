/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames that open a dialogue: the daemon gets them as they came, but few of a flood. */
#include <check.h>
#include <string.h>

#include "client.h"
#include "rings.h"

static struct harness harness;

static void open_all(void)
{
	harness_open(&harness, NULL);
	harness_replies(&harness);
	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_REJECT, 0);
	set_verdict(&harness, "2001:db8::/64", MXDP_ACTION_REJECT, 0);
}

static void close_all(void)
{
	harness_close(&harness);
}

/* What the packet path says to a frame. */
static enum mxdp_counter show(const struct mxdp_dialogue *record, struct frame *reply)
{
	return harness_exchange(&harness, record->line, record->length, reply).counter;
}

START_TEST(shown_again_they_are_answered_as_before)
{
	struct client client = client_new(&harness, &client_kinds[_i]);
	struct mxdp_address from = address(client.kind.v6 ? "2001:db8::1" : "192.0.2.1");
	struct answer greeting = client_open(&client);
	struct mxdp_dialogue syn = take_dialogue(&harness), end = take_dialogue(&harness);
	struct frame reply;

	ck_assert_uint_eq(syn.kind, MXDP_UTTERANCE_ANSWERED);
	ck_assert_uint_eq(end.kind, MXDP_UTTERANCE_GREETED);
	ck_assert_uint_eq(syn.cookie, end.cookie);
	ck_assert_uint_eq(end.length, client.sent);
	ck_assert_mem_eq(syn.client, from.bytes, 16);
	ck_assert_mem_eq(end.client, from.bytes, 16);
	ck_assert_uint_ne(end.ifindex, 0);
	ck_assert_int_eq(show(&syn, &reply), MXDP_COUNT_reply_syn_ack);
	ck_assert_int_eq(show(&end, &reply), MXDP_COUNT_reply_turn);
	ck_assert_uint_eq(reply.length, greeting.frame);
}
END_TEST

/* What comes behind data that TCP sends again is not told. */
START_TEST(early_talkers_are_not_told)
{
	struct client client = client_new(&harness, &client_kinds[_i]);
	struct answer answer = client_send(&client, SYN, client.next, "");

	ck_assert_uint_eq(take_dialogue(&harness).kind, MXDP_UTTERANCE_ANSWERED);
	client.heard = answer.sequence + 1;
	answer = client_send(&client, ACK, client.next + 1, "EHLO a\r\n");
	ck_assert_str_eq(counter_name(answer.counter), "reply_turn");
	ck_assert_uint_eq(take_dialogue(&harness).kind, MXDP_UTTERANCE_NONE);
}
END_TEST

START_TEST(of_a_flood_few_are_told)
{
	unsigned int told = 0;

	for (uint16_t port = 1; port <= 1000; port++) {
		struct client client = client_new(&harness, &client_kinds[0]);

		client.port = port;
		ck_assert_int_eq(client_send(&client, SYN, client.next, "").counter,
				 MXDP_COUNT_reply_syn_ack);
	}
	while (take_dialogue(&harness).kind == MXDP_UTTERANCE_ANSWERED)
		told++;
	ck_assert_uint_ge(told, 100);
	ck_assert_uint_lt(told, 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opened");
	TCase *tests = tcase_create("opened");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_loop_test(tests, shown_again_they_are_answered_as_before, 0,
			    (int)client_kind_count);
	tcase_add_loop_test(tests, early_talkers_are_not_told, 0, (int)client_kind_count);
	tcase_add_test(tests, of_a_flood_few_are_told);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
