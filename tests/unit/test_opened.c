/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients that say nothing after our SYN-ACK or greeting: who is answered again, when, how often.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "userspace/replies/opened.h"
#include "tests/suite.h"

#define SECOND 1000000000ULL

static struct mxdp_opened *opened;
static uint64_t now_ns;
static char again[128]; /* "FRAME@SECOND " for each that was shown again */
static unsigned int shown;

static int show_again(void *context, uint32_t ifindex, const void *frame, size_t length)
{
	size_t used = strlen(again);

	ck_assert_ptr_eq(context, again);
	ck_assert_uint_eq(ifindex, 7);
	shown++;
	snprintf(again + used, sizeof(again) - used, "%.*s@%02d ", (int)length, (const char *)frame,
		 (int)(now_ns / SECOND));
	return 0;
}

static void set_up(void)
{
	opened = mxdp_opened_new(show_again, again);
	ck_assert_ptr_nonnull(opened);
}

static void tear_down(void)
{
	mxdp_opened_free(opened);
}

static bool hear(uint16_t client_port, enum mxdp_utterance kind, const char *frame)
{
	struct mxdp_dialogue said = {.time_ns = now_ns,
				     .client = {[15] = 1},
				     .client_port = client_port,
				     .kind = (__u16)kind,
				     .length = (__u16)strlen(frame),
				     .ifindex = 7};

	memcpy(said.line, frame, strlen(frame));
	return mxdp_opened_hear(opened, &said);
}

/* Some seconds go by. */
static void wait(unsigned int seconds)
{
	for (; seconds; seconds--) {
		now_ns += SECOND;
		mxdp_opened_look(opened, now_ns);
	}
}

static const struct {
	const char *about;
	const char *events; /* S SYN, A ACK of the handshake, h HELO, l left, digits: seconds, m a
			       minute */
	const char *again;
} cases[] = {
	{"a lost ACK: our SYN-ACK once more, and no more", "Sm", "S@03 "},
	{"a lost greeting: four times", "SAm", "A@03 A@06 A@12 A@24 "},
	{"a client that speaks", "SA2hm", ""},
	{"a client that leaves", "SA2lm", ""},
	{"one that speaks when it was greeted again", "SA4hm", "A@03 "},
	{"the end of the handshake comes late", "S2Am", "A@05 A@08 A@14 A@26 "},
	{"our SYN-ACK was needed twice", "S4Am", "S@03 A@07 A@10 A@16 A@28 "},
	{"what it says later is no opening", "hm", ""},
	{"the frame that we have shown comes by the ring", "SA3Am", "A@03 A@06 A@12 A@24 "},
	{"and after the last try, too", "S3Sm", "S@03 "},
};

START_TEST(as_in_the_table)
{
	for (const char *event = cases[_i].events; *event; event++) {
		if (*event == 'S')
			ck_assert(hear(1, MXDP_UTTERANCE_ANSWERED, "S"));
		else if (*event == 'A')
			ck_assert(hear(1, MXDP_UTTERANCE_GREETED, "A"));
		else if (*event == 'h')
			ck_assert(!hear(1, MXDP_UTTERANCE_HELO, "EHLO a\r\n"));
		else if (*event == 'l')
			ck_assert(!hear(1, MXDP_UTTERANCE_LEFT, ""));
		else if (*event == 'm')
			wait(60);
		else
			wait((unsigned int)(*event - '0'));
	}
	ck_assert_msg(!strcmp(again, cases[_i].again), "%s: %s", cases[_i].about, again);
	ck_assert_uint_eq(mxdp_opened_again(opened), strlen(cases[_i].again) / 5);
}
END_TEST

START_TEST(each_connection_by_itself)
{
	hear(1, MXDP_UTTERANCE_GREETED, "1");
	hear(2, MXDP_UTTERANCE_GREETED, "2");
	hear(1, MXDP_UTTERANCE_HELO, "EHLO a\r\n");
	wait(4);
	ck_assert_str_eq(again, "2@03 ");
}
END_TEST

START_TEST(there_are_not_more_than_the_bound)
{
	for (unsigned int port = 0; port < MXDP_OPENED_MAX + 100; port++)
		ck_assert(hear((uint16_t)port, MXDP_UTTERANCE_GREETED, "A"));
	wait(4);
	ck_assert_uint_eq(shown, MXDP_OPENED_MAX);
	wait(60);
	shown = 0;
	hear(1, MXDP_UTTERANCE_GREETED, "A");
	wait(4);
	ck_assert_uint_eq(shown, 1);
}
END_TEST

START_TEST(records_that_make_no_sense)
{
	struct mxdp_dialogue said = {.kind = MXDP_UTTERANCE_GREETED,
				     .length = MXDP_UTTERANCE_MAX + 1};

	ck_assert(mxdp_opened_hear(opened, &said));
	said.length = 0;
	ck_assert(mxdp_opened_hear(opened, &said));
	wait(20);
	ck_assert_uint_eq(shown, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opened");
	TCase *tests = tcase_create("opened");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, as_in_the_table, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tests, each_connection_by_itself);
	tcase_add_test(tests, there_are_not_more_than_the_bound);
	tcase_add_test(tests, records_that_make_no_sense);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
