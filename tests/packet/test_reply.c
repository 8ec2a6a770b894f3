/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dialogue with a refused client, turn by turn, as every kind of client would hold it: what is
 * sent, and what comes back, checked to the byte (client.c).
 */
#include <check.h>
#include <string.h>

#include "client.h"
#include "siphash.h"

#define CLIENT4  "192.0.2.1"
#define CLIENT6  "2001:db8::1"
#define NETWORK6 "2001:db8::/64"

static struct harness harness;

static void open_harness(void)
{
	harness_open(&harness, NULL);
	harness_replies(&harness);
}

static void close_harness(void)
{
	harness_close(&harness);
}

static const char *name_of(const struct client *client)
{
	return client->kind.v6 ? CLIENT6 : CLIENT4;
}

static uint32_t refusal(uint32_t number, enum mxdp_reply_at at, bool temporary)
{
	return MXDP_REPLIES_END + number * MXDP_REFUSALS + MXDP_REFUSAL_AT(at) + temporary;
}

static void refuse(enum mxdp_action action, uint8_t at, uint16_t text)
{
	static const char *const clients[] = {CLIENT4, NETWORK6};

	for (int i = 0; i < 2; i++) {
		struct mxdp_prefix key = prefix(clients[i]);
		struct mxdp_verdict verdict = {.action = action,
					       .reason = MXDP_REASON_DNSBL,
					       .reply_at = at,
					       .text = text};

		ck_assert_int_eq(mxdp_verdict_set(&harness.maps, &key, &verdict), 0);
	}
}

/* A command, and the text that answers it. */
struct exchange {
	const char *command;
	uint32_t text;
};

static void hold_dialogue(const struct client_kind *kind, uint32_t greeting,
			  const struct exchange *exchanges)
{
	struct client client = client_new(&harness, kind);
	struct answer answer = client_open(&client);

	expect_text(&answer, greeting, name_of(&client), __LINE__);
	ck_assert_uint_eq(answer.flags, ACK | PSH);
	for (; exchanges->command; exchanges++) {
		answer = client_say(&client, exchanges->command);
		expect_text(&answer, exchanges->text, name_of(&client), __LINE__);
		ck_assert_uint_eq(answer.flags,
				  ACK | PSH | (exchanges->text == MXDP_REPLY_BYE ? FIN : 0));
	}
}

START_TEST(a_reject_is_spoken_at_rcpt)
{
	const struct exchange exchanges[] = {
		{"EHLO client.example.org\r\n", MXDP_REPLY_EHLO},
		{"MAIL FROM:<a@example.org> SIZE=1000 BODY=8BITMIME SMTPUTF8\r\n",
		 MXDP_REPLY_SENDER_OK},
		{"RCPT TO:<b@example.net>\r\n", refusal(0, MXDP_REPLY_AT_DIALOGUE, false)},
		{"RCPT TO:<c@example.net>\r\n", refusal(0, MXDP_REPLY_AT_DIALOGUE, false)},
		{"DATA\r\n", MXDP_REPLY_NO_RECIPIENT},
		{"RSET\r\n", MXDP_REPLY_OK},
		{"QUIT\r\n", MXDP_REPLY_BYE},
		{NULL, 0},
	};

	refuse(MXDP_ACTION_REJECT, MXDP_REPLY_AT_DEFAULT, 0);
	hold_dialogue(&client_kinds[_i], MXDP_REPLY_GREETING, exchanges);
}
END_TEST

START_TEST(a_temporary_refusal_is_spoken_at_the_greeting)
{
	const struct exchange exchanges[] = {
		{"EHLO client.example.org\r\n", refusal(1, MXDP_REPLY_AT_GREETING, true)},
		{"QUIT\r\n", MXDP_REPLY_BYE},
		{NULL, 0},
	};

	refuse(MXDP_ACTION_TEMPFAIL, MXDP_REPLY_AT_DEFAULT, 1);
	hold_dialogue(&client_kinds[_i], refusal(1, MXDP_REPLY_AT_GREETING, true), exchanges);
}
END_TEST

START_TEST(each_place_and_kind_of_refusal)
{
	for (int temporary = 0; temporary < 2; temporary++) {
		enum mxdp_action action = temporary ? MXDP_ACTION_TEMPFAIL : MXDP_ACTION_REJECT;
		const uint32_t at_greeting = refusal(1, MXDP_REPLY_AT_GREETING, temporary);
		const struct exchange greeting[] = {
			{"HELO a\r\n", temporary ? at_greeting : MXDP_REPLY_SEQUENCE},
			{"QUIT\r\n", MXDP_REPLY_BYE},
			{NULL, 0},
		};
		const struct exchange helo[] = {
			{"EHLO a\r\n", refusal(1, MXDP_REPLY_AT_HELO, temporary)},
			{"HELO a\r\n", refusal(1, MXDP_REPLY_AT_HELO, temporary)},
			{"MAIL FROM:<>\r\n", MXDP_REPLY_SEQUENCE},
			{"QUIT\r\n", MXDP_REPLY_BYE},
			{NULL, 0},
		};
		const struct exchange dialogue[] = {
			{"HELO a\r\n", MXDP_REPLY_HELO},
			{"MAIL FROM:<>\r\n", MXDP_REPLY_SENDER_OK},
			{"RCPT TO:<b@example.net>\r\n",
			 refusal(1, MXDP_REPLY_AT_DIALOGUE, temporary)},
			{"QUIT\r\n", MXDP_REPLY_BYE},
			{NULL, 0},
		};

		refuse(action, MXDP_REPLY_AT_GREETING, 1);
		hold_dialogue(&client_kinds[_i], at_greeting, greeting);
		refuse(action, MXDP_REPLY_AT_HELO, 1);
		hold_dialogue(&client_kinds[_i], MXDP_REPLY_GREETING, helo);
		refuse(action, MXDP_REPLY_AT_DIALOGUE, 1);
		hold_dialogue(&client_kinds[_i], MXDP_REPLY_GREETING, dialogue);
	}
}
END_TEST

START_TEST(verbs_in_any_case_and_order)
{
	const uint32_t refused = refusal(0, MXDP_REPLY_AT_DIALOGUE, false);
	const struct exchange exchanges[] = {
		{"RCPT TO:<b@example.net>\r\n", MXDP_REPLY_SEQUENCE},
		{"DATA\r\n", MXDP_REPLY_SEQUENCE},
		{"helo a\n", MXDP_REPLY_HELO},
		{"eHlO a\r\n", MXDP_REPLY_EHLO},
		{"mail from:<>\n", MXDP_REPLY_SENDER_OK},
		{"MAIL FROM:<>\r\n", MXDP_REPLY_SEQUENCE},
		{"rcpt TO:<b@example.net>\n", refused},
		{"EHLO a\r\n", MXDP_REPLY_EHLO}, /* ends the transaction (RFC 5321 4.1.4) */
		{"RCPT TO:<b@example.net>\r\n", MXDP_REPLY_SEQUENCE},
		{"MAIL FROM:<>\r\n", MXDP_REPLY_SENDER_OK},
		{"NOOP\r\n", MXDP_REPLY_OK},
		{"RCPT TO:<b@example.net>\r\n", refused},
		{"RSET\r\n", MXDP_REPLY_OK},
		{"RCPT TO:<b@example.net>\r\n", MXDP_REPLY_SEQUENCE},
		{"VRFY b\r\n", MXDP_REPLY_CANNOT_VERIFY},
		{"STARTTLS\r\n", MXDP_REPLY_NOT_OFFERED},
		{"startt\r\n", MXDP_REPLY_UNKNOWN},
		{"STARTTLSX\r\n", MXDP_REPLY_UNKNOWN},
		{"AUTH PLAIN =\r\n", MXDP_REPLY_NOT_OFFERED},
		{"EXPN b\r\n", MXDP_REPLY_NOT_OFFERED},
		{"HELP\r\n", MXDP_REPLY_NOT_OFFERED},
		{"BDAT 5 LAST\r\n", MXDP_REPLY_NOT_OFFERED},
		{"\r\n", MXDP_REPLY_UNKNOWN},
		{"\n", MXDP_REPLY_UNKNOWN},
		{"QUI\r\n", MXDP_REPLY_UNKNOWN},
		{"QUITE\r\n", MXDP_REPLY_UNKNOWN},
		{"\x11UIT\r\n", MXDP_REPLY_UNKNOWN},
		{" QUIT\r\n", MXDP_REPLY_UNKNOWN},
		{"GET / HTTP/1.1\r\n", MXDP_REPLY_UNKNOWN},
		{"\xff\xfe\xfd\xfc\xfb\n", MXDP_REPLY_UNKNOWN},
		{"quit\n", MXDP_REPLY_BYE},
		{NULL, 0},
	};

	refuse(MXDP_ACTION_REJECT, MXDP_REPLY_AT_DEFAULT, 0);
	hold_dialogue(&client_kinds[_i], MXDP_REPLY_GREETING, exchanges);
}
END_TEST

START_TEST(addresses_are_written_as_usual)
{
	static const char *const clients[] = {
		"1.0.0.0",
		"1.2.3.4",
		"10.99.100.255",
		"255.255.255.254",
		"203.0.113.66",
		/* RFC 5952 4 */
		"2001:db8::1",
		"2001:db8:0:1:1:1:1:1",
		"2001:0:0:1::1",
		"2001:db8::1:0:0:1",
		"2001:db8:1:2:3:4:5:6",
		"fe80::",
		"::1",
		"1::",
		"2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff",
		"2001:db8:10:200:3000:4:50:600",
	};

	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		bool v6 = strchr(clients[i], ':');
		struct client client = client_new(&harness, &client_kinds[v6 ? 7 : 1]);
		struct answer answer;

		client.from = clients[i];
		set_verdict(&harness, clients[i], MXDP_ACTION_TEMPFAIL, 0);
		answer = client_open(&client);
		expect_text(&answer, refusal(0, MXDP_REPLY_AT_GREETING, true), clients[i],
			    __LINE__);
	}
}
END_TEST

START_TEST(the_cookie_is_siphash_of_the_connection)
{
	uint8_t vector[15], key[16];
	uint64_t keys[2];
	uint32_t epoch, stamp;
	struct client client = client_new(&harness, &client_kinds[_i]);

	/* The vector of its authors' paper, appendix A. */
	for (uint8_t i = 0; i < 16; i++)
		key[i] = i;
	memcpy(vector, key, sizeof(vector));
	memcpy(keys, key, sizeof(keys));
	ck_assert_uint_eq(keys[0], HARNESS_SECRET0);
	ck_assert_uint_eq(siphash(keys[0], keys[1], vector, 15), 0xa129ca6149be45e5ULL);

	refuse(MXDP_ACTION_REJECT, MXDP_REPLY_AT_DEFAULT, 0);
	epoch = (uint32_t)(mxdp_boottime_ns() >> MXDP_EPOCH_SHIFT);
	client.heard = client_send(&client, SYN, client.next, "").sequence;
	ck_assert(client.heard == client_cookie(&client, epoch, &stamp) ||
		  client.heard == client_cookie(&client, epoch + 1, &stamp));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reply");
	TCase *tests = tcase_create("dialogues");
	int kinds = (int)client_kind_count;

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_loop_test(tests, a_reject_is_spoken_at_rcpt, 0, kinds);
	tcase_add_loop_test(tests, a_temporary_refusal_is_spoken_at_the_greeting, 0, kinds);
	tcase_add_loop_test(tests, each_place_and_kind_of_refusal, 0, kinds);
	tcase_add_loop_test(tests, verbs_in_any_case_and_order, 0, kinds);
	tcase_add_loop_test(tests, the_cookie_is_siphash_of_the_connection, 0, kinds);
	tcase_add_test(tests, addresses_are_written_as_usual);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
