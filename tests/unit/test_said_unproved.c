/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What clients say whose addresses nobody has proved: it is shown, and nothing else. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "said_stand.h"
#include "userspace/said/unproved.h"

/* The message that is kept of it, as "helo, sender"; "-": none. */
static const char *unproved(const char *client)
{
	static char text[2 * MXDP_SAID_ARGUMENT + 2];
	const struct mxdp_said_message *message;
	struct mxdp_address address;

	ck_assert_int_eq(mxdp_address_parse(client, &address), 0);
	message = mxdp_said_unproved(said, &address);
	if (message)
		ck_assert(mxdp_address_equal(&message->client, &address) && !message->proved);
	snprintf(text, sizeof(text), "%s, %s", message ? message->helo : "-",
		 message && message->has_sender ? message->sender : "-");
	return text;
}

START_TEST(what_an_unproved_client_says_is_shown_and_nothing_else)
{
	say("192.0.2.1", 7, false, "EHLO client.example\r\n");
	ck_assert_str_eq(unproved("192.0.2.1"), "client.example, -");
	say("192.0.2.1", 7, false, "MAIL FROM:<user@nobody.example>\r\n");
	ck_assert_str_eq(unproved("192.0.2.1"), "client.example, nobody.example");
	ck_assert_str_eq(unproved("192.0.2.2"), "-, -");
	ck_assert_uint_eq(told.messages, 2);
	ck_assert(!told.message.proved);
	ck_assert_uint_eq(stats().unproved, 2);
	/* Of another connection: the latest word is shown. */
	say("192.0.2.1", 8, false, "MAIL FROM:<>\r\n");
	ck_assert_str_eq(unproved("192.0.2.1"), ", ");
	/* Nobody was asked, nothing weighs, nothing is written; and it does not stand in the way.
	 */
	for (int i = 0; i < 10; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(told.asked + told.shown + told.journal + stats().asked, 0);
	say("192.0.2.1", 7, true, "EHLO client.example\r\n");
	say("192.0.2.1", 7, true, "MAIL FROM:<user@nobody.example>\r\n");
	ck_assert_uint_eq(told.asked, 1);
	settle();
	ck_assert_str_eq(told.journal_text, "seen on the wire, SPF fail");
}
END_TEST

START_TEST(a_crowd_of_unproved_takes_nothing_from_the_others)
{
	char client[32];

	say("192.0.2.1", 7, true, "EHLO client.example\r\n");
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(client, sizeof(client), "198.51.%u.%u", i >> 8, i & 255);
		say(client, i, false, "EHLO anybody.example\r\n");
	}
	ck_assert_uint_eq(stats().unproved, MXDP_SAID_UNPROVED_RATE * MXDP_SAID_BURST_S);
	ck_assert_uint_eq(stats().unproved + stats().unproved_skipped, 10000);
	ck_assert_uint_eq(stats().skipped, 0);
	say("192.0.2.1", 7, true, "MAIL FROM:<user@nobody.example>\r\n");
	ck_assert_uint_eq(told.asked, 1);
	ck_assert_str_eq(told.helo, "client.example"); /* its conversation is still known */
}
END_TEST

START_TEST(of_unproved_clients_the_oldest_go_first)
{
	struct mxdp_said_unproved *all = NULL;
	struct mxdp_address client;

	for (int64_t i = 0; i < MXDP_SAID_UNPROVED_MAX + 1; i++) {
		ck_assert_int_eq(mxdp_address_parse("2001:db8::1", &client), 0);
		client.bytes[8] = (uint8_t)(i >> 8);
		client.bytes[9] = (uint8_t)i;
		mxdp_said_unproved_add(&all, &client, 1, MXDP_UTTERANCE_HELO, "a.example", 1000);
		client.bytes[8] = client.bytes[9] = 0; /* the first one is heard again and again */
		mxdp_said_unproved_add(&all, &client, 2, MXDP_UTTERANCE_HELO, "b.example", 1000);
	}
	ck_assert_ptr_nonnull(mxdp_said_unproved_find(all, &client, 1000 + 3599));
	ck_assert_ptr_null(mxdp_said_unproved_find(all, &client, 1000 + 3600));
	client.bytes[9] = 1;
	ck_assert_ptr_null(mxdp_said_unproved_find(all, &client, 1000));
	client.bytes[9] = 2;
	ck_assert_ptr_nonnull(mxdp_said_unproved_find(all, &client, 1000));
	mxdp_said_unproved_end(&all);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_an_unproved_client_says_is_shown_and_nothing_else,
		a_crowd_of_unproved_takes_nothing_from_the_others,
		of_unproved_clients_the_oldest_go_first,
	};

	return run_said_suite("said unproved", tests, sizeof(tests) / sizeof(tests[0]));
}
