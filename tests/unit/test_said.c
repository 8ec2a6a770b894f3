/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of what clients say: whom the screener and SPF are asked about, what is shown, what
 * the journal gets. Screener, rules and journal are stand-ins that note what they are told.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <check.h>

#include "spf_zone.h"
#include "userspace/said/said.h"
#include "userspace/said/unproved.h"
#include "tests/suite.h"

static uv_loop_t loop;
static struct spf_zone *zone;
static struct mxdp_said *said;

/* What the stand-ins were told. */
static struct {
	unsigned int asked, shown, journal, messages;
	char helo[400], sender[400]; /* of the latest question; "-" for NULL */
	char evidence[8][MXDP_EVIDENCE_SOURCE + MXDP_EVIDENCE_REASON + 8];
	double score;
	char journal_text[MXDP_JOURNAL_TEXT], journal_sender[400];
	struct mxdp_said_message message;
	bool full;           /* the screener takes nobody */
	const char *allowed; /* a client with a rule */
	mxdp_case_fn done;
	void *context;
} told;

bool mxdp_screener_has_room(const struct mxdp_screener *screener)
{
	(void)screener;
	return !told.full;
}

int mxdp_screener_ask(struct mxdp_screener *screener, const struct mxdp_check_subject *subject,
		      mxdp_case_fn done, void *context)
{
	(void)screener;
	told.asked++;
	snprintf(told.helo, sizeof(told.helo), "%s", subject->helo ? subject->helo : "-");
	snprintf(told.sender, sizeof(told.sender), "%s", subject->sender ? subject->sender : "-");
	told.done = done;
	told.context = context;
	return 0;
}

int mxdp_screener_show(struct mxdp_screener *screener, const struct mxdp_evidence *evidence)
{
	(void)screener;
	snprintf(told.evidence[told.shown++ % 8], sizeof(told.evidence[0]), "%s: %s",
		 evidence->source, evidence->reason);
	told.score += evidence->score;
	return 0;
}

int mxdp_rules_match(const struct mxdp_rules *rules, const struct mxdp_address *address,
		     struct mxdp_operator_rule *out)
{
	char text[MXDP_ADDRESS_TEXT];

	(void)rules;
	(void)out;
	return told.allowed && !strcmp(mxdp_address_format(address, text), told.allowed) ? 0
											 : -ENOENT;
}

size_t mxdp_never_block_list(const struct mxdp_never_block *never_block,
			     const struct mxdp_protected **list)
{
	(void)never_block;
	*list = NULL;
	return 0;
}

void mxdp_history_message(struct mxdp_history *history, const struct mxdp_address *client,
			  const char *helo, const char *sender, const char *text)
{
	(void)history;
	(void)client;
	(void)helo;
	told.journal++;
	snprintf(told.journal_text, sizeof(told.journal_text), "%s", text);
	snprintf(told.journal_sender, sizeof(told.journal_sender), "%s", sender ? sender : "-");
}

static void on_message(void *context, const struct mxdp_said_message *message)
{
	(void)context;
	told.messages++;
	told.message = *message;
}

static void setup(void)
{
	struct mxdp_said_world world = {.on_message = on_message};

	memset(&told, 0, sizeof(told));
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	zone = spf_zone_new(&loop);
	spf_zone_load(zone, "nobody.example TXT v=spf1 -all\n"
			    "all.example TXT v=spf1 ip4:192.0.2.0/24 -all\n");
	world.lookup = spf_zone_lookup(zone);
	ck_assert_int_eq(mxdp_said_new(&loop, &world, &said), 0);
}

static void teardown(void)
{
	mxdp_said_free(said);
	spf_zone_free(zone);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

/* The screener has judged; SPF has its answers. */
static void settle(void)
{
	unsigned int messages = told.messages;

	if (told.done)
		told.done(told.context, NULL);
	told.done = NULL;
	while (told.messages == messages)
		uv_run(&loop, UV_RUN_ONCE);
}

static void set_client(uint8_t bytes[16], const char *client)
{
	struct mxdp_address address;

	ck_assert_int_eq(mxdp_address_parse(client, &address), 0);
	memcpy(bytes, address.bytes, 16);
}

static void say(const char *client, uint32_t connection, bool proved, const char *text)
{
	struct mxdp_wire_line line = {
		.kind = text[0] == 'M' ? MXDP_UTTERANCE_MAIL : MXDP_UTTERANCE_HELO,
		.length = (uint16_t)strlen(text),
		.connection = connection,
		.proved = proved,
	};

	set_client(line.client, client);
	memcpy(line.line, text, line.length);
	mxdp_said_hear(said, &line);
}

static void say_refused(const char *client, uint32_t cookie, enum mxdp_utterance kind,
			const char *text)
{
	struct mxdp_dialogue record = {
		.kind = kind, .length = (uint16_t)strlen(text), .cookie = cookie};

	set_client(record.client, client);
	memcpy(record.line, text, record.length);
	mxdp_said_hear_refused(said, &record);
}

static struct mxdp_said_stats stats(void)
{
	struct mxdp_said_stats now;

	mxdp_said_stats(said, &now);
	return now;
}

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
		what_an_unproved_client_says_is_shown_and_nothing_else,
		a_crowd_of_unproved_takes_nothing_from_the_others,
		of_unproved_clients_the_oldest_go_first,
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
	Suite *suite = suite_create("said");
	TCase *cases = tcase_create("messages");

	tcase_add_checked_fixture(cases, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(cases, tests[i]);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
