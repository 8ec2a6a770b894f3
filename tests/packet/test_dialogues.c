/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon learns from dialogues: who leaves after EHLO is refused there. */
#include <check.h>
#include <string.h>

#include "harness.h"
#include "userspace/replies/dialogue.h"

#define CLIENT "192.0.2.1"

static struct harness harness;
static struct mxdp_dialogues *dialogues;

static void open_all(void)
{
	harness_open(&harness, NULL);
	dialogues = mxdp_dialogues_new(&harness.maps);
	ck_assert_ptr_nonnull(dialogues);
}

static void close_all(void)
{
	mxdp_dialogues_free(dialogues);
	harness_close(&harness);
}

static const struct {
	const char *about;
	const char *said; /* h HELO, m MAIL, r RCPT, l left; H, L: in another connection */
	enum mxdp_action action;
	enum mxdp_reply_at at;
} cases[] = {
	{"leaves after EHLO", "hl", MXDP_ACTION_REJECT, MXDP_REPLY_AT_HELO},
	{"leaves after EHLO, for now", "hl", MXDP_ACTION_TEMPFAIL, MXDP_REPLY_AT_HELO},
	{"reads it at RCPT", "hmrl", MXDP_ACTION_REJECT, MXDP_REPLY_AT_DEFAULT},
	{"EHLO twice", "hhml", MXDP_ACTION_REJECT, MXDP_REPLY_AT_DEFAULT},
	{"says nothing", "l", MXDP_ACTION_REJECT, MXDP_REPLY_AT_DEFAULT},
	{"another connection ends", "hL", MXDP_ACTION_REJECT, MXDP_REPLY_AT_DEFAULT},
	{"still talking", "h", MXDP_ACTION_REJECT, MXDP_REPLY_AT_DEFAULT},
	{"no longer refused", "hl", MXDP_ACTION_PASS, MXDP_REPLY_AT_DEFAULT},
};

static void hear(const char *said)
{
	static const char letters[] = "hmrl";
	static const enum mxdp_utterance kinds[] = {MXDP_UTTERANCE_HELO, MXDP_UTTERANCE_MAIL,
						    MXDP_UTTERANCE_RCPT, MXDP_UTTERANCE_LEFT};
	struct mxdp_address client = address(CLIENT);

	for (; *said; said++) {
		bool other = *said < 'a';
		char letter = (char)(*said | 0x20);
		struct mxdp_dialogue record = {.cookie = other ? 2 : 1,
					       .at = MXDP_REPLY_AT_DIALOGUE};

		record.kind = (__u16)kinds[strchr(letters, letter) - letters];
		memcpy(record.client, client.bytes, sizeof(record.client));
		mxdp_dialogues_hear(dialogues, &record);
	}
}

static unsigned int place(void)
{
	struct mxdp_address client = address(CLIENT);
	struct mxdp_verdict verdict;
	struct mxdp_prefix key;

	ck_assert_int_eq(mxdp_verdict_match(&harness.maps, &client, &key, &verdict), 0);
	return verdict.reply_at;
}

START_TEST(who_is_refused_at_ehlo)
{
	set_verdict(&harness, CLIENT, cases[_i].action, 0);
	hear(cases[_i].said);
	ck_assert_msg(place() == cases[_i].at, "%s: refused at %u", cases[_i].about, place());
}
END_TEST

/* It leaves because we refused it there, and learns nothing by that. */
START_TEST(who_was_refused_at_ehlo_is_not_remembered)
{
	struct mxdp_dialogue record = {.cookie = 1, .at = MXDP_REPLY_AT_HELO};
	struct mxdp_address client = address(CLIENT);

	memcpy(record.client, client.bytes, sizeof(record.client));
	set_verdict(&harness, CLIENT, MXDP_ACTION_REJECT, 0);
	record.kind = MXDP_UTTERANCE_HELO;
	mxdp_dialogues_hear(dialogues, &record);
	record.kind = MXDP_UTTERANCE_LEFT;
	mxdp_dialogues_hear(dialogues, &record);
	ck_assert_uint_eq(place(), MXDP_REPLY_AT_DEFAULT);
}
END_TEST

START_TEST(a_new_verdict_is_told)
{
	struct mxdp_address client = address(CLIENT), other = address("192.0.2.2");

	set_verdict(&harness, CLIENT, MXDP_ACTION_REJECT, 0);
	hear("hl");
	set_verdict(&harness, CLIENT, MXDP_ACTION_REJECT, 0);
	mxdp_dialogues_decided(dialogues, &other);
	ck_assert_uint_eq(place(), MXDP_REPLY_AT_DEFAULT);
	mxdp_dialogues_decided(dialogues, &client);
	ck_assert_uint_eq(place(), MXDP_REPLY_AT_HELO);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dialogues");
	TCase *tests = tcase_create("dialogues");

	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_loop_test(tests, who_is_refused_at_ehlo, 0,
			    (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tests, who_was_refused_at_ehlo_is_not_remembered);
	tcase_add_test(tests, a_new_verdict_is_told);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
