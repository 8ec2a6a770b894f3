/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to postmaster and abuse for refused clients: which recipients the packet path answers
 * 451, who gets a pass of that, and what the policy server says to a client with one.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "userspace/contacts/contacts.h"

#define CLIENT  "192.0.2.1"
#define CLIENT6 "2001:db8::1"
#define REFUSAL (MXDP_REPLIES_END + MXDP_REFUSALS + MXDP_REFUSAL_AT(MXDP_REPLY_AT_DIALOGUE))

static struct harness harness;
static struct mxdp_contacts *contacts;

static char *own_domains[] = {"example.net", "Mail.Example.NET"};
static char policy_socket[] = "/run/policy";

static struct mxdp_config config;

static void open_all(void)
{
	config = (struct mxdp_config){
		.mode = MXDP_MODE_ENFORCE,
		.own_domain_count = 2,
		.own_domains = own_domains,
		.policy_service = {.socket = policy_socket},
		.references = 1,
	};
	harness_open(&harness, NULL);
	harness.settings.contacts = 1;
	harness_replies(&harness);
	contacts = mxdp_contacts_new(&harness.maps, &config);
	ck_assert_ptr_nonnull(contacts);
	mxdp_contacts_consulted(contacts);
}

static void close_all(void)
{
	mxdp_contacts_free(contacts);
	harness_close(&harness);
}

static void refuse(const char *client, enum mxdp_action action)
{
	struct mxdp_prefix key = prefix(client);
	struct mxdp_verdict verdict = {.action = action,
				       .reason = MXDP_REASON_DNSBL,
				       .reply_at = MXDP_REPLY_AT_DIALOGUE,
				       .text = 1};

	ck_assert_int_eq(mxdp_verdict_set(&harness.maps, &key, &verdict), 0);
}

/* ---- the packet path ---- */

static const struct {
	const char *command;
	bool contact;
} commands[] = {
	{"RCPT TO:<postmaster@example.net>\r\n", true},
	{"RCPT TO:<Postmaster@Example.NET>\r\n", true},
	{"rcpt to:<ABUSE@example.net> NOTIFY=NEVER\r\n", true},
	{"RCPT TO: <abuse@example.net>\n", true},
	{"RCPT TO:<postmaster>\r\n", true},
	{"RCPT TO:<abuse@x>\n", true},
	{"RCPT TO:<abuse>\r\n", false},
	{"RCPT TO:<postmasters@example.net>\r\n", false},
	{"RCPT TO:<postmaste@example.net>\r\n", false},
	{"RCPT TO:<abuses@example.net>\r\n", false},
	{"RCPT TO:<b@postmaster@example.net>\r\n", false},
	{"RCPT TO:  <abuse@example.net>\r\n", false},
	{"RCPT TO:abuse@example.net\r\n", false},
	{"RCPT FROM:<abuse@example.net>\r\n", false},
	{"RCPT abuse@example.net\r\n", false},
	{"RCPT TO:<\r\n", false},
	{"RCPT TO:<>\r\n", false},
	{"RCPT \r\n", false},
};

static struct client in_transaction(int kind)
{
	struct client client = client_new(&harness, &client_kinds[kind]);

	client_open(&client);
	client_say(&client, "EHLO a\r\n");
	client_say(&client, "MAIL FROM:<>\r\n");
	return client;
}

START_TEST(which_recipients_are_answered_for_now)
{
	struct client client;
	struct answer answer;

	refuse(CLIENT, MXDP_ACTION_REJECT);
	refuse("2001:db8::/64", MXDP_ACTION_REJECT);
	client = in_transaction(_i);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		answer = client_say(&client, commands[i].command);
		expect_text(&answer, commands[i].contact ? MXDP_REPLY_CONTACT : REFUSAL,
			    client.kind.v6 ? CLIENT6 : CLIENT, (int)i);
	}
	/* The rest of such a transaction gets nowhere either. */
	answer = client_say(&client, "DATA\r\n");
	expect_text(&answer, MXDP_REPLY_NO_RECIPIENT, CLIENT, __LINE__);
}
END_TEST

START_TEST(not_before_mail_and_not_where_nobody_watches)
{
	struct client client;
	struct answer answer;

	refuse(CLIENT, MXDP_ACTION_REJECT);
	client = client_new(&harness, &client_kinds[0]);
	client_open(&client);
	answer = client_say(&client, "RCPT TO:<postmaster@example.net>\r\n");
	expect_text(&answer, MXDP_REPLY_SEQUENCE, CLIENT, __LINE__);

	harness.settings.contacts = 0;
	harness_configure(&harness);
	client = in_transaction(0);
	answer = client_say(&client, "RCPT TO:<postmaster@example.net>\r\n");
	expect_text(&answer, REFUSAL, CLIENT, __LINE__);
}
END_TEST

static int keep_rcpt(void *context, void *data, size_t size)
{
	const struct mxdp_dialogue *said = data;

	ck_assert_uint_eq(size, sizeof(*said));
	if (said->kind == MXDP_UTTERANCE_RCPT)
		memcpy(context, said, size);
	return 0;
}

START_TEST(the_daemon_is_told_how_the_client_is_refused)
{
	struct mxdp_dialogue said = {.kind = MXDP_UTTERANCE_NONE};
	struct ring_buffer *ring = ring_buffer__new(harness.maps.dialogues, keep_rcpt, &said, NULL);
	struct client client;

	ck_assert_ptr_nonnull(ring);
	refuse(CLIENT, MXDP_ACTION_TEMPFAIL);
	client = in_transaction(0);
	client_say(&client, "RCPT TO:<abuse@example.net>\r\n");
	ring_buffer__consume(ring);
	ring_buffer__free(ring);
	ck_assert_uint_eq(said.kind, MXDP_UTTERANCE_RCPT);
	ck_assert_uint_eq(said.action, MXDP_ACTION_TEMPFAIL);
	ck_assert_uint_eq(said.text, 1);
}
END_TEST

/* ---- passes ---- */

static void name(const char *client, const char *line, enum mxdp_action action)
{
	struct mxdp_dialogue said = {
		.kind = MXDP_UTTERANCE_RCPT, .action = (uint8_t)action, .text = 1};
	struct mxdp_address from = address(client);

	memcpy(said.client, from.bytes, sizeof(said.client));
	said.length = (uint16_t)strlen(line);
	memcpy(said.line, line, said.length);
	mxdp_contacts_hear(contacts, &said);
}

static bool has_pass(const char *client)
{
	struct mxdp_address from = address(client);
	char refusal[MXDP_CONTACT_TEXT];

	return mxdp_contacts_judge(contacts, &from, "postmaster@example.net", refusal);
}

static const struct {
	const char *line;
	bool opens;
} lines[] = {
	{"RCPT TO:<postmaster@example.net>\r\n", true},
	{"RCPT TO:<Abuse@MAIL.example.net> ORCPT=x\r\n", true},
	{"RCPT TO:<postmaster>\r\n", true},
	{"RCPT TO:<postmaster@example.org>\r\n", false}, /* not ours */
	{"RCPT TO:<abuse>\r\n", false},
	{"RCPT TO:<bob@example.net>\r\n", false},
	{"RCPT TO:<postmaster@sub.example.net>\r\n", false},
	{"RCPT TO:<x@postmaster@example.net>\r\n", false},
	{"RCPT TO:<postmaster@example.net", false},
	{"RCPT TO:postmaster@example.net>\r\n", false},
	{"RCPT TO:<>\r\n", false},
	{"RCPT", false},
	{"", false},
};

START_TEST(who_gets_a_pass)
{
	name(CLIENT, lines[_i].line, MXDP_ACTION_REJECT);
	ck_assert_msg(has_pass(CLIENT) == lines[_i].opens, "%s", lines[_i].line);
}
END_TEST

START_TEST(a_pass_is_a_limited_verdict_of_an_hour)
{
	struct mxdp_address client = address(CLIENT);
	struct mxdp_verdict verdict;
	struct mxdp_prefix key;
	uint64_t hour;

	refuse(CLIENT, MXDP_ACTION_REJECT);
	name(CLIENT, lines[0].line, MXDP_ACTION_REJECT);
	ck_assert_int_eq(mxdp_verdict_match(&harness.maps, &client, &key, &verdict), 0);
	ck_assert_int_eq(verdict.action, MXDP_ACTION_LIMIT);
	ck_assert_int_eq(verdict.reason, MXDP_REASON_CONTACT);
	hour = verdict.expires_ns - verdict.decided_ns;
	ck_assert_uint_le(hour, 3600 * SECOND);
	ck_assert_uint_ge(hour, 3599 * SECOND);
	harness.settings.limit_burst_ns = 0; /* one attempt an hour */
	harness_configure(&harness);
	expect(&harness, limit_pass, .from = CLIENT);
	expect(&harness, limit_drop, .from = CLIENT);
}
END_TEST

START_TEST(a_host_passes_where_its_network_is_refused)
{
	refuse("2001:db8::/64", MXDP_ACTION_REJECT);
	name(CLIENT6, lines[0].line, MXDP_ACTION_REJECT);
	expect(&harness, limit_pass, .v6 = true, .from = CLIENT6);
	expect(&harness, reply_syn_ack, .v6 = true, .from = "2001:db8::2");
}
END_TEST

static const struct {
	const char *about;
	enum mxdp_action action;
	bool consulted, own, policy, opens;
} conditions[] = {
	{"all in order", MXDP_ACTION_REJECT, true, true, true, true},
	{"a temporary refusal", MXDP_ACTION_TEMPFAIL, true, true, true, true},
	{"no mail server asks", MXDP_ACTION_REJECT, false, true, true, false},
	{"no own domain", MXDP_ACTION_REJECT, true, false, true, false},
	{"no policy server", MXDP_ACTION_REJECT, true, true, false, false},
	{"greylisted: it comes in by itself", MXDP_ACTION_GREYLIST, true, true, true, false},
	{"tarpit", MXDP_ACTION_TARPIT, true, true, true, false},
};

START_TEST(conditions_of_a_pass)
{
	mxdp_contacts_free(contacts);
	config.own_domain_count = conditions[_i].own ? 2 : 0;
	config.policy_service.socket = conditions[_i].policy ? policy_socket : NULL;
	contacts = mxdp_contacts_new(&harness.maps, &config);
	if (conditions[_i].consulted)
		mxdp_contacts_consulted(contacts);
	name(CLIENT, "RCPT TO:<postmaster>\r\n", conditions[_i].action);
	ck_assert_msg(has_pass(CLIENT) == conditions[_i].opens, "%s", conditions[_i].about);
}
END_TEST

START_TEST(passes_are_bounded)
{
	struct mxdp_contacts_stats stats;
	char client[32];

	for (int i = 0; i < MXDP_CONTACTS_MAX + 5; i++) {
		snprintf(client, sizeof(client), "192.0.%d.%d", 2 + i / 256, i % 256);
		name(client, lines[0].line, MXDP_ACTION_REJECT);
	}
	mxdp_contacts_stats(contacts, &stats);
	ck_assert_uint_eq(stats.open, MXDP_CONTACTS_MAX);
	ck_assert_uint_eq(stats.opened, MXDP_CONTACTS_MAX);
	ck_assert_uint_eq(stats.turned_away, 5);
	name("192.0.2.0", lines[0].line, MXDP_ACTION_REJECT); /* it has one */
	mxdp_contacts_stats(contacts, &stats);
	ck_assert_uint_eq(stats.turned_away, 5);
}
END_TEST

START_TEST(a_new_verdict_and_a_restart)
{
	struct mxdp_address client = address(CLIENT);
	struct mxdp_prefix prefix_of_client = prefix("192.0.2.0/24");
	char refusal[MXDP_CONTACT_TEXT];

	name(CLIENT, lines[0].line, MXDP_ACTION_REJECT);
	refuse(CLIENT, MXDP_ACTION_REJECT);
	mxdp_contacts_decided(contacts, &client, MXDP_ACTION_REJECT);
	expect(&harness, limit_pass, .from = CLIENT);

	mxdp_contacts_free(contacts);
	contacts = mxdp_contacts_new(&harness.maps, &config);
	ck_assert(has_pass(CLIENT));
	ck_assert(mxdp_contacts_judge(contacts, &client, "b@example.net", refusal));
	ck_assert_msg(!strncmp(refusal, "550 ", 4), "%s", refusal);

	mxdp_contacts_decided(contacts, &client, MXDP_ACTION_PASS);
	ck_assert(!has_pass(CLIENT));
	mxdp_contacts_consulted(contacts);
	name(CLIENT, lines[0].line, MXDP_ACTION_REJECT);
	mxdp_contacts_forget(contacts, &prefix_of_client);
	ck_assert(!has_pass(CLIENT));
}
END_TEST

/* ---- what the mail server is told ---- */

#define WORDS " Blocked (1), see https://example.net/?ip=192.0.2.1, ask postmaster"

static const struct {
	enum mxdp_action action;
	enum mxdp_mode mode;
	const char *recipient, *refusal;
} judgements[] = {
	{MXDP_ACTION_REJECT, MXDP_MODE_ENFORCE, "postmaster@example.net", ""},
	{MXDP_ACTION_REJECT, MXDP_MODE_ENFORCE, "ABUSE@example.net", ""},
	{MXDP_ACTION_REJECT, MXDP_MODE_ENFORCE, "bob@example.net", "550 5.7.1" WORDS},
	{MXDP_ACTION_REJECT, MXDP_MODE_ENFORCE, "postmaster@example.org", "550 5.7.1" WORDS},
	{MXDP_ACTION_REJECT, MXDP_MODE_ENFORCE, "", "550 5.7.1" WORDS},
	{MXDP_ACTION_REJECT, MXDP_MODE_SOFT, "bob@example.net", "451 4.7.1" WORDS},
	{MXDP_ACTION_TEMPFAIL, MXDP_MODE_ENFORCE, "bob@example.net", "451 4.7.1" WORDS},
};

START_TEST(a_client_with_a_pass_writes_to_nobody_else)
{
	struct mxdp_address client = address(CLIENT), other = address("192.0.2.2");
	char refusal[MXDP_CONTACT_TEXT] = "?";

	config.mode = judgements[_i].mode;
	name(CLIENT, lines[0].line, judgements[_i].action);
	ck_assert(mxdp_contacts_judge(contacts, &client, judgements[_i].recipient, refusal));
	ck_assert_str_eq(refusal, judgements[_i].refusal);
	ck_assert(!mxdp_contacts_judge(contacts, &other, judgements[_i].recipient, refusal));
	ck_assert(!mxdp_contacts_judge(NULL, &client, judgements[_i].recipient, refusal));
}
END_TEST

#define COUNT_OF(list) ((int)(sizeof(list) / sizeof((list)[0])))

int main(void)
{
	Suite *suite = suite_create("contacts");
	TCase *tests = tcase_create("contacts");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_loop_test(tests, which_recipients_are_answered_for_now, 0,
			    (int)client_kind_count);
	tcase_add_test(tests, not_before_mail_and_not_where_nobody_watches);
	tcase_add_test(tests, the_daemon_is_told_how_the_client_is_refused);
	tcase_add_loop_test(tests, who_gets_a_pass, 0, COUNT_OF(lines));
	tcase_add_test(tests, a_pass_is_a_limited_verdict_of_an_hour);
	tcase_add_test(tests, a_host_passes_where_its_network_is_refused);
	tcase_add_loop_test(tests, conditions_of_a_pass, 0, COUNT_OF(conditions));
	tcase_add_test(tests, passes_are_bounded);
	tcase_add_test(tests, a_new_verdict_and_a_restart);
	tcase_add_loop_test(tests, a_client_with_a_pass_writes_to_nobody_else, 0,
			    COUNT_OF(judgements));
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
