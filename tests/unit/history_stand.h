/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A history in a file of its own, written by an event loop that a test turns: what the tests of the
 * history share.
 */
#ifndef MXDP_TEST_HISTORY_STAND_H
#define MXDP_TEST_HISTORY_STAND_H

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "directory.h"
#include "maps/maps.h"
#include "userspace/history/tables.h"
#include "tests/addresses.h"
#include "tests/suite.h"

#define DAY 86400

static char file[sizeof(directory) + 32];
static struct mxdp_history *history;
static uv_loop_t loop;
static int64_t now;

static inline struct mxdp_address address_of(const char *text)
{
	struct mxdp_address address;

	ck_assert_int_eq(mxdp_address_parse(text, &address), 0);
	return address;
}

/* A refusal by two lists, of which one knew nothing. */
static inline void decide_at(const char *client, int64_t decided, int64_t expires)
{
	struct mxdp_evidence evidence[2] = {
		{.class = MXDP_EVIDENCE_LIST, .state = MXDP_EVIDENCE_NOTHING},
		{.class = MXDP_EVIDENCE_REPORT,
		 .state = MXDP_EVIDENCE_ANSWERED,
		 .score = 5.5,
		 .observed = decided,
		 .expires = expires},
	};
	struct mxdp_case known = {
		.client = address_of(client),
		.decided = true,
		.decision.action = MXDP_ACTION_DROP,
		.decision.reason = MXDP_REASON_DNSBL,
		.decision.score = 5.5,
		.decision.expires = expires,
		.decision.text = "bl.example says so",
		.decided_at = decided,
		.took_ms = 12,
		.evidence_count = 2,
		.evidence = evidence,
	};

	known.decision.key = mxdp_prefix_host(&known.client);
	evidence[0].key = evidence[1].key = known.decision.key;
	mxdp_evidence_set_source(&evidence[0], "other.example");
	mxdp_evidence_set_source(&evidence[1], "bl.example");
	mxdp_evidence_set_reason(&evidence[1], "listed as 127.0.0.2");
	mxdp_history_decided(history, &known);
}

static inline void decide(const char *client)
{
	decide_at(client, now, now + 900);
}

static inline void refuse_at(const char *client, int64_t time, bool observed)
{
	const struct mxdp_address address = address_of(client);
	struct mxdp_event event = {
		.time_ns = mxdp_boottime_from_unix(time),
		.kind = MXDP_EVENT_REFUSED,
		.action = MXDP_ACTION_DROP,
		.reason = MXDP_REASON_DNSBL,
		.observed = observed,
	};

	memcpy(event.client, address.bytes, sizeof(event.client));
	mxdp_history_refused(history, &event);
}

static inline void open_history(void)
{
	ck_assert_int_eq(mxdp_history_open(&loop, directory, 14 * DAY, &history), 0);
}

static inline void close_history(void)
{
	mxdp_history_close(history);
	uv_run(&loop, UV_RUN_DEFAULT);
	history = NULL;
}

static inline void restart(void)
{
	close_history();
	open_history();
}

static inline struct mxdp_history_stats stats(void)
{
	struct mxdp_history_stats figures;

	mxdp_history_stats(history, &figures);
	return figures;
}

/* Turns the loop until the writer has been at work at least once more. */
static inline void let_it_write(void)
{
	const uint64_t until = uv_hrtime() + 5000000000ULL;
	const uint64_t written = stats().written;

	while (stats().written == written && !stats().failing && uv_hrtime() < until)
		uv_run(&loop, UV_RUN_ONCE);
}

struct restored {
	size_t count;
	struct mxdp_case last;
	struct mxdp_evidence evidence, second;
	char clients[8][MXDP_ADDRESS_TEXT];
};

static inline void take_case(void *context, const struct mxdp_case *known)
{
	struct restored *restored = context;

	if (restored->count < 8)
		mxdp_address_format(&known->client, restored->clients[restored->count]);
	restored->last = *known;
	if (known->evidence_count)
		restored->evidence = known->evidence[0];
	if (known->evidence_count > 1)
		restored->second = known->evidence[1];
	restored->count++;
}

static inline struct restored restore(size_t most)
{
	struct restored restored = {0};
	const int count = mxdp_history_restore(history, most, take_case, &restored);

	ck_assert_int_eq(count, (int)restored.count);
	return restored;
}

struct found {
	size_t count;
	bool cut;
	struct mxdp_journal_line lines[8];
};

static inline void take_line(void *context, const struct mxdp_journal_line *line)
{
	struct found *found = context;

	ck_assert_uint_lt(found->count, 8);
	found->lines[found->count++] = *line;
}

static inline struct found search(const char *prefix_text, int64_t since, size_t most)
{
	const struct mxdp_prefix prefix = prefix_of(prefix_text);
	const struct mxdp_journal_query query = {.prefix = &prefix, .since = since, .most = most};
	struct found found = {0};

	ck_assert_int_eq(mxdp_history_search(history, &query, take_line, &found, &found.cut), 0);
	return found;
}

static inline void begin(void)
{
	empty_directory();
	now = (int64_t)time(NULL);
	uv_loop_init(&loop);
	open_history();
}

static inline void end(void)
{
	close_history();
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

/* The end of main(): all the tests, in a directory of this program's. */
static inline int run_history_suite(Suite *suite, TCase *tests)
{
	int failed;

	make_directory();
	snprintf(file, sizeof(file), "%s/history.sqlite", directory);
	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 250);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	remove_directory();
	return failed;
}

#endif
