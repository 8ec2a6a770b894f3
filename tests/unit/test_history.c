/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history: verdicts come back after a restart, the journal is found again, and neither a full
 * queue nor a locked file nor kill -9 costs more than it must.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "maps/maps.h"
#include "userspace/checks/dnsbl/zones.h"
#include "userspace/history/tables.h"
#include "tests/addresses.h"
#include "tests/suite.h"

#define DAY       86400
#define KILLS     100
#define QUEUE_MAX 32768
#define BATCH     20

static char directory[] = "/tmp/mxdp-test-history-XXXXXX";
static char file[sizeof(directory) + 32];
static struct mxdp_history *history;
static uv_loop_t loop;
static int64_t now;

static struct mxdp_address address_of(const char *text)
{
	struct mxdp_address address;

	ck_assert_int_eq(mxdp_address_parse(text, &address), 0);
	return address;
}

/* A refusal by two lists, of which one knew nothing. */
static void decide_at(const char *client, int64_t decided, int64_t expires)
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

static void decide(const char *client)
{
	decide_at(client, now, now + 900);
}

static void refuse_at(const char *client, int64_t time, bool observed)
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

static void open_history(void)
{
	ck_assert_int_eq(mxdp_history_open(&loop, directory, 14 * DAY, &history), 0);
}

static void close_history(void)
{
	mxdp_history_close(history);
	uv_run(&loop, UV_RUN_DEFAULT);
	history = NULL;
}

static void restart(void)
{
	close_history();
	open_history();
}

static struct mxdp_history_stats stats(void)
{
	struct mxdp_history_stats figures;

	mxdp_history_stats(history, &figures);
	return figures;
}

/* Turns the loop until the writer has been at work at least once more. */
static void let_it_write(void)
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

static void take_case(void *context, const struct mxdp_case *known)
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

static struct restored restore(size_t most)
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

static void take_line(void *context, const struct mxdp_journal_line *line)
{
	struct found *found = context;

	ck_assert_uint_lt(found->count, 8);
	found->lines[found->count++] = *line;
}

static struct found search(const char *prefix_text, int64_t since, size_t most)
{
	const struct mxdp_prefix prefix = prefix_of(prefix_text);
	const struct mxdp_journal_query query = {.prefix = &prefix, .since = since, .most = most};
	struct found found = {0};

	ck_assert_int_eq(mxdp_history_search(history, &query, take_line, &found, &found.cut), 0);
	return found;
}

static void remove_files(void)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[sizeof(file) + 8];

	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", file, ends[i]);
		unlink(name);
	}
}

static void begin(void)
{
	remove_files();
	now = (int64_t)time(NULL);
	uv_loop_init(&loop);
	open_history();
}

static void end(void)
{
	close_history();
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	remove_files();
}

START_TEST(a_verdict_comes_back_with_its_evidence)
{
	struct restored restored;

	decide("192.0.2.1");
	restart();
	restored = restore(10);
	ck_assert_uint_eq(restored.count, 1);
	ck_assert_str_eq(restored.clients[0], "192.0.2.1");
	ck_assert(restored.last.decided);
	ck_assert_int_eq(restored.last.decision.action, MXDP_ACTION_DROP);
	ck_assert_int_eq(restored.last.decision.reason, MXDP_REASON_DNSBL);
	ck_assert_double_eq(restored.last.decision.score, 5.5);
	ck_assert_str_eq(restored.last.decision.text, "bl.example says so");
	ck_assert_int_eq(restored.last.decision.expires, now + 900);
	ck_assert_uint_eq(restored.last.decision.key.length, 32);
	ck_assert_int_eq(restored.last.decided_at, now);
	ck_assert_uint_eq(restored.last.took_ms, 12);
	/* What weighed nothing is not kept. */
	ck_assert_uint_eq(restored.last.evidence_count, 1);
	ck_assert_int_eq(restored.evidence.class, MXDP_EVIDENCE_REPORT);
	ck_assert_int_eq(restored.evidence.state, MXDP_EVIDENCE_ANSWERED);
	ck_assert_str_eq(restored.evidence.source, "bl.example");
	ck_assert_str_eq(restored.evidence.reason, "listed as 127.0.0.2");
	ck_assert_double_eq(restored.evidence.score, 5.5);
	ck_assert_int_eq(restored.evidence.expires, now + 900);
}
END_TEST

START_TEST(expired_verdicts_do_not_come_back)
{
	decide_at("192.0.2.1", now - 900, now - 1);
	decide("192.0.2.2");
	restart();
	ck_assert_uint_eq(restore(10).count, 1);
	ck_assert_str_eq(restore(10).clients[0], "192.0.2.2");
}
END_TEST

/* A reject lives for minutes, not until the day that a clock ran ahead is over. */
START_TEST(verdicts_of_a_clock_that_ran_ahead_do_not_come_back)
{
	decide_at("192.0.2.1", now + DAY, now + DAY + 900);
	restart();
	ck_assert_uint_eq(restore(10).count, 0);
}
END_TEST

START_TEST(a_later_verdict_replaces_the_earlier)
{
	decide_at("2001:db8::1", now - 60, now + 60);
	decide("2001:db8::1");
	restart();
	ck_assert_uint_eq(restore(10).count, 1);
	ck_assert_int_eq(restore(10).last.decided_at, now);
}
END_TEST

START_TEST(the_newest_come_back_oldest_first)
{
	struct restored restored;

	decide_at("192.0.2.3", now - 1, now + 900);
	decide_at("192.0.2.1", now - 3, now + 900);
	decide_at("192.0.2.2", now - 2, now + 900);
	restart();
	restored = restore(2);
	ck_assert_uint_eq(restored.count, 2);
	ck_assert_str_eq(restored.clients[0], "192.0.2.2");
	ck_assert_str_eq(restored.clients[1], "192.0.2.3");
}
END_TEST

START_TEST(what_is_forgotten_is_not_restored_but_stays_in_the_journal)
{
	const struct mxdp_prefix prefix = prefix_of("192.0.2.0/25");

	decide("192.0.2.1");
	decide("192.0.2.127");
	decide("192.0.2.128");
	decide("2001:db8::1");
	mxdp_history_forget(history, &prefix);
	restart();
	ck_assert_uint_eq(restore(10).count, 2);
	ck_assert_uint_eq(search("192.0.2.0/24", 0, 8).count, 3);
}
END_TEST

START_TEST(refusals_are_added_up_by_client_and_minute)
{
	const int64_t minute = now - now % 60 - 600;
	struct found found;

	refuse_at("192.0.2.1", minute + 1, false);
	refuse_at("192.0.2.1", minute + 59, false);
	refuse_at("192.0.2.2", minute + 2, false);
	restart(); /* two batches of the same minute */
	refuse_at("192.0.2.1", minute + 30, false);
	refuse_at("192.0.2.1", minute + 61, false);
	refuse_at("192.0.2.1", minute + 62, true);
	restart();
	found = search("192.0.2.1", 0, 8);
	ck_assert_uint_eq(found.count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_ne(found.lines[i].event, MXDP_JOURNAL_VERDICT);
		ck_assert_int_eq(found.lines[i].time % 60, 0);
		ck_assert_int_eq(found.lines[i].reason, MXDP_REASON_DNSBL);
	}
	ck_assert_int_eq(found.lines[0].time, found.lines[2].time + 60);
	ck_assert_uint_eq(found.lines[2].count, 3);
	ck_assert_uint_eq(found.lines[0].count, 1);
	ck_assert_int_ne(found.lines[0].event, found.lines[1].event);
}
END_TEST

START_TEST(the_journal_is_searched_by_prefix_and_time)
{
	struct found found;

	decide_at("192.0.2.1", now - 7200, now + 900);
	decide_at("192.0.2.200", now - 60, now + 900);
	decide_at("192.0.3.1", now - 30, now + 900);
	decide_at("2001:db8::1", now - 20, now + 900);
	decide_at("2001:db8:0:1::1", now - 10, now + 900);
	restart();
	found = search("192.0.2.0/24", 0, 8);
	ck_assert_uint_eq(found.count, 2);
	ck_assert(!found.cut);
	ck_assert_int_eq(found.lines[0].time, now - 60); /* the newest first */
	ck_assert_str_eq(found.lines[0].text, "bl.example says so");
	ck_assert_int_eq(found.lines[0].action, MXDP_ACTION_DROP);
	ck_assert_int_eq(found.lines[0].event, MXDP_JOURNAL_VERDICT);
	ck_assert_uint_eq(search("192.0.2.0/24", now - 3600, 8).count, 1);
	ck_assert_uint_eq(search("192.0.2.0/23", 0, 8).count, 3);
	ck_assert_uint_eq(search("2001:db8::/64", 0, 8).count, 1);
	ck_assert_uint_eq(search("2001:db8::/32", 0, 8).count, 2);
	ck_assert_uint_eq(search("203.0.113.1", 0, 8).count, 0);
	found = search("0.0.0.0/0", 0, 2);
	ck_assert_uint_eq(found.count, 2);
	ck_assert(found.cut);
}
END_TEST

static struct found search_name(const char *domain)
{
	const struct mxdp_journal_query query = {.domain = domain, .most = 8};
	struct found found = {0};

	ck_assert_int_eq(mxdp_history_search(history, &query, take_line, &found, &found.cut), 0);
	return found;
}

START_TEST(messages_are_found_by_helo_and_sender)
{
	const struct mxdp_address client = address_of("192.0.2.1");
	struct found found;

	mxdp_history_message(history, &client, "MX1.Example.Org", "Bob@Example.ORG", "DUNNO");
	mxdp_history_message(history, &client, "mx\n2", "a@b@mail.example.net", "DUNNO");
	mxdp_history_message(history, &client, NULL, NULL, "DUNNO");
	restart();
	ck_assert_uint_eq(search("192.0.2.1", 0, 8).count, 3);
	found = search_name("example.org");
	ck_assert_uint_eq(found.count, 1);
	ck_assert_int_eq(found.lines[0].event, MXDP_JOURNAL_MESSAGE);
	ck_assert_str_eq(found.lines[0].helo, "mx1.example.org");
	ck_assert_str_eq(found.lines[0].sender, "example.org"); /* not who wrote */
	ck_assert_str_eq(found.lines[0].text, "DUNNO");
	found = search_name("EXAMPLE.net");
	ck_assert_uint_eq(found.count, 1);
	ck_assert_str_eq(found.lines[0].helo, "mx?2");
	ck_assert_uint_eq(search_name("ample.org").count, 0);
	ck_assert_uint_eq(search_name("%").count, 0);
	ck_assert_uint_eq(search_name("").count, 0);
}
END_TEST

START_TEST(old_lines_go)
{
	decide_at("192.0.2.1", now - 15 * DAY, now - 14 * DAY);
	decide_at("192.0.2.2", now - 13 * DAY, now - 12 * DAY);
	restart();
	ck_assert_uint_eq(search("0.0.0.0/0", 0, 8).count, 1);
}
END_TEST

START_TEST(it_is_written_without_waiting_for_the_end)
{
	decide("192.0.2.1");
	let_it_write();
	ck_assert_uint_eq(stats().written, 1);
	ck_assert_uint_eq(stats().queued, 0);
	ck_assert_uint_eq(search("192.0.2.1", 0, 8).count, 1);
}
END_TEST

START_TEST(a_locked_file_is_tried_again)
{
	sqlite3 *other;

	ck_assert_int_eq(sqlite3_open(file, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	decide("192.0.2.1");
	let_it_write();
	ck_assert(stats().failing);
	ck_assert_uint_eq(stats().queued, 1);
	decide("192.0.2.2");
	ck_assert_int_eq(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	restart();
	ck_assert_uint_eq(restore(8).count, 2);
}
END_TEST

START_TEST(a_full_queue_is_counted)
{
	for (int i = 0; i < QUEUE_MAX + 7; i++)
		decide("192.0.2.1");
	ck_assert_uint_eq(stats().queued, QUEUE_MAX);
	ck_assert_uint_eq(stats().lost, 7);
}
END_TEST

static void earn(const char *client, int64_t last, unsigned int messages)
{
	const struct mxdp_trust_record record = {.client = address_of(client),
						 .first = now,
						 .last = now + last,
						 .messages = messages};

	mxdp_history_trust(history, &record);
}

static void take_trust(void *context, const struct mxdp_trust_record *record)
{
	char client[MXDP_ADDRESS_TEXT], *text = context;

	sprintf(text + strlen(text), "%s %lld %lld %u;",
		mxdp_address_format(&record->client, client), (long long)(record->first - now),
		(long long)(record->last - now), record->messages);
}

START_TEST(earned_trust_comes_back_until_a_refusal)
{
	const struct mxdp_prefix network = prefix_of("198.51.100.0/24");
	char text[256] = "";

	earn("192.0.2.1", 5000, 3);
	earn("2001:db8::1", 4000, 8);
	earn("192.0.2.1", 6000, 4);
	earn("192.0.2.9", 6000, 4);
	earn("198.51.100.1", 6000, 4);
	decide("192.0.2.9");
	mxdp_history_forget(history, &network);
	restart();
	ck_assert_int_eq(mxdp_history_restore_trust(history, take_trust, text), 2);
	ck_assert_str_eq(text, "2001:db8::1 0 4000 8;192.0.2.1 0 6000 4;");
	ck_assert_int_eq(mxdp_history_restore_trust(NULL, take_trust, text), 0);
}
END_TEST

static void tell(const char *prefix, const char *source, double score, int64_t expires)
{
	struct mxdp_evidence evidence = {.class = MXDP_EVIDENCE_REPORT,
					 .state = MXDP_EVIDENCE_ANSWERED,
					 .key = prefix_of(prefix),
					 .score = score,
					 .observed = now - 60,
					 .expires = expires};

	mxdp_evidence_set_source(&evidence, source);
	mxdp_evidence_set_reason(&evidence, "3 failed logins");
	mxdp_history_told(history, &evidence);
}

static void take_told(void *context, const struct mxdp_evidence *kept)
{
	char key[MXDP_PREFIX_TEXT], *text = context;

	sprintf(text + strlen(text), "%s %s %s %s %g %lld %lld %s;",
		mxdp_prefix_format(&kept->key, key), mxdp_evidence_class_name(kept->class),
		mxdp_evidence_state_name(kept->state), kept->source, kept->score,
		(long long)(kept->observed - now), (long long)(kept->expires - now), kept->reason);
}

START_TEST(what_was_told_comes_back)
{
	const struct mxdp_prefix network = prefix_of("198.51.100.0/24");
	char text[512] = "";

	tell("192.0.2.1", "fail2ban", 2, now + 900);
	tell("192.0.2.1", "fail2ban", 4, now + 900);
	tell("192.0.2.2", "fail2ban", 2, now - 1);
	tell("198.51.100.1", "rspamd", 2, now + 900);
	mxdp_history_forget(history, &network);
	tell("2001:db8::/64", "rspamd", -1.5, now + 900);
	restart();
	ck_assert_int_eq(mxdp_history_restore_told(history, take_told, text), 2);
	ck_assert_str_eq(text,
			 "192.0.2.1 report answered fail2ban 4 -60 900 3 failed logins;"
			 "2001:db8::/64 report answered rspamd -1.5 -60 900 3 failed logins;");
	ck_assert_int_eq(mxdp_history_restore_told(NULL, take_told, text), 0);
}
END_TEST

/* Stands for the zones of a configuration: one, and how often it was asked. */
static struct mxdp_zone_health zone;

int mxdp_zones_health(const struct mxdp_zones *zones, size_t index, struct mxdp_zone_health *health)
{
	(void)zones;
	*health = zone;
	return index == 0 ? 0 : -ENOENT;
}

static void take_zone(void *context, const char *shown,
		      const struct mxdp_zone_statistics *statistics)
{
	ck_assert_str_eq(shown, "xxxx.zen.example");
	*(struct mxdp_zone_statistics *)context = *statistics;
}

START_TEST(what_zones_found_comes_back)
{
	struct mxdp_zone_statistics restored = {0};

	zone = (struct mxdp_zone_health){.shown = "xxxx.zen.example",
					 .statistics = {.since = now - 100,
							.asked = 4000000000,
							.hits = 30,
							.unique = 7,
							.errors = 2,
							.latency_ms = 2.5,
							.usual = 0.25,
							.recent = 0.75}};
	mxdp_history_zones(history, NULL);
	mxdp_history_zones(history, NULL); /* nothing was asked since */
	ck_assert_uint_eq(stats().queued, 1);
	restart();
	ck_assert_int_eq(mxdp_history_restore_zones(history, take_zone, &restored), 1);
	ck_assert_int_eq(restored.since, now - 100);
	ck_assert_uint_eq(restored.asked, 4000000000);
	ck_assert_uint_eq(restored.hits, 30);
	ck_assert_uint_eq(restored.unique, 7);
	ck_assert_uint_eq(restored.errors, 2);
	ck_assert_double_eq(restored.latency_ms, 2.5);
	ck_assert_double_eq(restored.usual, 0.25);
	ck_assert_double_eq(restored.recent, 0.75);
	mxdp_history_zones(history, NULL);
	ck_assert_uint_eq(stats().queued, 0);
}
END_TEST

START_TEST(a_client_is_found_by_its_reverse_name)
{
	const struct mxdp_address client = address_of("192.0.2.1");

	mxdp_history_named(history, &client, "old.example.net");
	mxdp_history_named(history, &client, "Mail.Example.ORG");
	decide("192.0.2.1");
	decide("192.0.2.2");
	restart();
	ck_assert_uint_eq(search_name("example.org").count, 1);
	ck_assert_str_eq(search_name("mail.example.org").lines[0].name, "mail.example.org");
	ck_assert_uint_eq(search_name("example.net").count, 0);
	ck_assert_uint_eq(search_name("ail.example.org").count, 0);
	ck_assert_str_eq(search("192.0.2.2", 0, 8).lines[0].name, "");
}
END_TEST

/* A refusal that was not for good must not become one when it is judged anew. */
START_TEST(doubts_come_back)
{
	struct mxdp_evidence evidence[3] = {
		{.class = MXDP_EVIDENCE_LIST,
		 .state = MXDP_EVIDENCE_ANSWERED,
		 .doubt = MXDP_DOUBT_JUMP,
		 .score = 5,
		 .expires = now + 900},
		{.class = MXDP_EVIDENCE_WELCOME, .state = MXDP_EVIDENCE_FAILED},
		{.class = MXDP_EVIDENCE_WELCOME, .state = MXDP_EVIDENCE_NOTHING},
	};
	struct mxdp_case known = {.client = address_of("192.0.2.1"),
				  .decided = true,
				  .decision.action = MXDP_ACTION_TEMPFAIL,
				  .decision.expires = now + 900,
				  .evidence_count = 3,
				  .evidence = evidence};
	struct restored restored;

	known.decision.key = mxdp_prefix_host(&known.client);
	for (int i = 0; i < 3; i++)
		evidence[i].key = known.decision.key;
	mxdp_history_decided(history, &known);
	restart();
	restored = restore(8);
	ck_assert_uint_eq(restored.last.evidence_count, 2);
	ck_assert_int_eq(restored.evidence.doubt, MXDP_DOUBT_JUMP);
	ck_assert_int_eq(restored.second.state, MXDP_EVIDENCE_FAILED);
	ck_assert_int_eq(restored.second.class, MXDP_EVIDENCE_WELCOME);
}
END_TEST

/* A file of before there were doubts, as that version left it. */
START_TEST(an_earlier_versions_file_is_brought_up_to_date)
{
	struct restored restored;
	char insert[512];
	sqlite3 *old;

	close_history();
	remove_files();
	ck_assert_int_eq(sqlite3_open(file, &old), SQLITE_OK);
	for (int step = 0; step < 2; step++)
		ck_assert_int_eq(sqlite3_exec(old, mxdp_history_kind.steps[step], NULL, NULL, NULL),
				 SQLITE_OK);
	snprintf(insert, sizeof(insert),
		 "INSERT INTO verdicts VALUES (x'00000000000000000000ffffc0000201', '192.0.2.1', "
		 "'drop', 'dnsbl', 5.0, 'bl.example says so', %lld, %lld, 1);"
		 "INSERT INTO evidence VALUES (x'00000000000000000000ffffc0000201', 0, 'dnsbl', "
		 "'bl.example', '192.0.2.1', 5.0, 1, %lld, 'listed');"
		 "PRAGMA user_version = 2",
		 (long long)now, (long long)now + 900, (long long)now + 900);
	ck_assert_int_eq(sqlite3_exec(old, insert, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(old);
	open_history();
	restored = restore(8);
	ck_assert_uint_eq(restored.count, 1);
	ck_assert_uint_eq(restored.last.evidence_count, 1);
	ck_assert_int_eq(restored.evidence.state, MXDP_EVIDENCE_ANSWERED);
	ck_assert_int_eq(restored.evidence.doubt, MXDP_DOUBT_NONE);
	decide("192.0.2.2");
	tell("192.0.2.3", "fail2ban", 4, now + 900);
	restart();
	ck_assert_uint_eq(restore(8).count, 2);
}
END_TEST

START_TEST(without_a_history_nothing_happens)
{
	struct mxdp_history *kept = history;
	const struct mxdp_prefix prefix = prefix_of("192.0.2.1");
	const struct mxdp_journal_query query = {.prefix = &prefix, .most = 1};
	struct found found = {0};

	history = NULL;
	decide("192.0.2.1");
	refuse_at("192.0.2.1", now, false);
	mxdp_history_forget(NULL, &prefix);
	mxdp_history_configure(NULL, 1);
	ck_assert_int_eq(mxdp_history_restore(NULL, 1, take_case, NULL), 0);
	ck_assert_int_eq(mxdp_history_search(NULL, &query, take_line, &found, &found.cut), -ENODEV);
	ck_assert_uint_eq(stats().written, 0);
	mxdp_history_close(NULL);
	ck_assert_int_lt(mxdp_history_open(&loop, "/proc/self", DAY, &history), 0);
	ck_assert_ptr_null(history);
	history = kept;
}
END_TEST

/* The child: writes batches until it is killed, and tells how many records are in the file. */
static void write_until_killed(int report)
{
	struct mxdp_evidence evidence = {.state = MXDP_EVIDENCE_ANSWERED, .score = 5};
	struct history_record batch[BATCH];
	struct history_writer writer = {0};

	if (mxdp_history_writer_open(directory, &writer))
		_exit(EXIT_FAILURE);
	for (uint64_t written = 0;; written += BATCH) {
		if (written && write(report, &written, sizeof(written)) < 0)
			_exit(EXIT_FAILURE);
		for (uint32_t i = 0; i < BATCH; i++) {
			batch[i] = (struct history_record){
				.kind = HISTORY_DECIDED,
				.client = mxdp_address_from_v4(htonl((uint32_t)written + i)),
				.time = now,
				.decision.action = MXDP_ACTION_DROP,
				.decision.expires = now + 900,
				.evidence = &evidence,
				.evidence_count = 1,
			};
			batch[i].decision.key = mxdp_prefix_host(&batch[i].client);
			evidence.key = batch[i].decision.key;
		}
		if (mxdp_history_write(&writer, batch, BATCH))
			_exit(EXIT_FAILURE);
	}
}

static const char *integrity(void)
{
	static char text[256];
	sqlite3_stmt *statement;
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open(file, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(handle, "PRAGMA integrity_check", -1, &statement, NULL),
			 SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	snprintf(text, sizeof(text), "%s", sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return text;
}

static int64_t ask(const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *handle;
	int64_t answer = -1;

	ck_assert_int_eq(sqlite3_open(file, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
	if (sqlite3_step(statement) == SQLITE_ROW)
		answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return answer;
}

/* Killed at any moment the file is whole, holds what was said to be written, and batches only. */
START_TEST(kill_9_never_corrupts)
{
	close_history();
	srandom(1);
	for (int i = 0; i < KILLS; i++) {
		uint64_t written = 0;
		int report[2];
		pid_t child;

		remove_files();
		ck_assert_int_eq(pipe(report), 0);
		child = fork();
		if (child == 0)
			write_until_killed(report[1]);
		close(report[1]);
		/* Some die while the file is made, some after a batch or in the middle of one. */
		if (i % 4 && read(report[0], &written, sizeof(written)) < 0)
			ck_abort();
		usleep((useconds_t)(random() % 12000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(report[0], &written, sizeof(written)) == sizeof(written))
			;
		close(report[0]);
		open_history();
		ck_assert_str_eq(integrity(), "ok");
		ck_assert_int_ge(ask("SELECT count(*) FROM verdicts"), (int64_t)written);
		ck_assert_int_eq(ask("SELECT count(*) FROM verdicts") % BATCH, 0);
		ck_assert_int_eq(ask("SELECT count(*) FROM verdicts"),
				 ask("SELECT count(*) FROM evidence"));
		close_history();
	}
	open_history();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("history");
	TCase *tests = tcase_create("written behind");
	int failed;

	if (!mkdtemp(directory)) {
		perror(directory);
		return EXIT_FAILURE;
	}
	snprintf(file, sizeof(file), "%s/history.sqlite", directory);
	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 250);
	tcase_add_test(tests, a_verdict_comes_back_with_its_evidence);
	tcase_add_test(tests, expired_verdicts_do_not_come_back);
	tcase_add_test(tests, verdicts_of_a_clock_that_ran_ahead_do_not_come_back);
	tcase_add_test(tests, a_later_verdict_replaces_the_earlier);
	tcase_add_test(tests, the_newest_come_back_oldest_first);
	tcase_add_test(tests, what_is_forgotten_is_not_restored_but_stays_in_the_journal);
	tcase_add_test(tests, refusals_are_added_up_by_client_and_minute);
	tcase_add_test(tests, the_journal_is_searched_by_prefix_and_time);
	tcase_add_test(tests, messages_are_found_by_helo_and_sender);
	tcase_add_test(tests, old_lines_go);
	tcase_add_test(tests, it_is_written_without_waiting_for_the_end);
	tcase_add_test(tests, a_locked_file_is_tried_again);
	tcase_add_test(tests, a_full_queue_is_counted);
	tcase_add_test(tests, earned_trust_comes_back_until_a_refusal);
	tcase_add_test(tests, what_was_told_comes_back);
	tcase_add_test(tests, what_zones_found_comes_back);
	tcase_add_test(tests, a_client_is_found_by_its_reverse_name);
	tcase_add_test(tests, doubts_come_back);
	tcase_add_test(tests, an_earlier_versions_file_is_brought_up_to_date);
	tcase_add_test(tests, without_a_history_nothing_happens);
	tcase_add_test(tests, kill_9_never_corrupts);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	remove_files();
	rmdir(directory);
	return failed;
}
