/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of what clients say, with stand-ins for screener, rules and journal that note what
 * they are told, and SPF records of the test's own. One file a program includes it.
 */
#ifndef MXDP_TEST_SAID_STAND_H
#define MXDP_TEST_SAID_STAND_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spf_zone.h"
#include "userspace/said/said.h"
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

static inline void on_message(void *context, const struct mxdp_said_message *message)
{
	(void)context;
	told.messages++;
	told.message = *message;
}

static inline void setup(void)
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

static inline void teardown(void)
{
	mxdp_said_free(said);
	spf_zone_free(zone);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

/* The screener has judged; SPF has its answers. */
static inline void settle(void)
{
	unsigned int messages = told.messages;

	if (told.done)
		told.done(told.context, NULL);
	told.done = NULL;
	while (told.messages == messages)
		uv_run(&loop, UV_RUN_ONCE);
}

static inline void set_client(uint8_t bytes[16], const char *client)
{
	struct mxdp_address address;

	ck_assert_int_eq(mxdp_address_parse(client, &address), 0);
	memcpy(bytes, address.bytes, 16);
}

static inline void say(const char *client, uint32_t connection, bool proved, const char *text)
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

static inline void say_refused(const char *client, uint32_t cookie, enum mxdp_utterance kind,
			       const char *text)
{
	struct mxdp_dialogue record = {
		.kind = kind, .length = (uint16_t)strlen(text), .cookie = cookie};

	set_client(record.client, client);
	memcpy(record.line, text, record.length);
	mxdp_said_hear_refused(said, &record);
}

static inline struct mxdp_said_stats stats(void)
{
	struct mxdp_said_stats now;

	mxdp_said_stats(said, &now);
	return now;
}

/* The end of main(). */
static inline int run_said_suite(const char *name, const TTest *const tests[], size_t count)
{
	Suite *suite = suite_create(name);
	TCase *cases = tcase_create("messages");

	tcase_add_checked_fixture(cases, setup, teardown);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(cases, tests[i]);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}

#endif
