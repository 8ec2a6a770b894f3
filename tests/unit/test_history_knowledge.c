/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else the daemon has learnt comes back after a restart: trust, what it was told, what zones
 * were found to be, doubts; also out of the file of an earlier version.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>

#include "userspace/checks/dnsbl/zones.h"
#include "userspace/history/private.h"
#include "history_stand.h"

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

START_TEST(a_refusal_ends_what_was_earned_in_an_earlier_run)
{
	char text[256] = "";

	earn("192.0.2.1", 5000, 3);
	restart();
	decide("192.0.2.1");
	restart();
	ck_assert_int_eq(mxdp_history_restore_trust(history, take_trust, text), 0);
}
END_TEST

/* To come back later is no refusal. */
START_TEST(greylisting_ends_no_trust)
{
	struct mxdp_case known = {.client = address_of("192.0.2.1"),
				  .decided = true,
				  .decision.action = MXDP_ACTION_GREYLIST,
				  .decision.expires = now + 900};
	char text[256] = "";

	known.decision.key = mxdp_prefix_host(&known.client);
	earn("192.0.2.1", 5000, 3);
	mxdp_history_decided(history, &known);
	restart();
	ck_assert_int_eq(mxdp_history_restore_trust(history, take_trust, text), 1);
	ck_assert_str_eq(text, "192.0.2.1 0 5000 3;");
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

/* ---- the file itself ---- */

static void execute(const char *format, ...)
{
	char sql[512];
	va_list arguments;
	sqlite3 *database;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	ck_assert_int_eq(sqlite3_open(file, &database), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
		      sqlite3_errmsg(database));
	sqlite3_close(database);
}

static int rows_of(const char *table)
{
	sqlite3_stmt *select;
	sqlite3 *database;
	char sql[64];
	int rows;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	ck_assert_int_eq(sqlite3_open(file, &database), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(database, sql, -1, &select, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(select), SQLITE_ROW);
	rows = sqlite3_column_int(select, 0);
	sqlite3_finalize(select);
	sqlite3_close(database);
	return rows;
}

START_TEST(nothing_of_what_is_forgotten_stays_in_the_file)
{
	const struct mxdp_prefix network = prefix_of("192.0.2.0/24");

	decide("192.0.2.1");
	decide("198.51.100.1");
	tell("192.0.2.1", "fail2ban", 2, now + 900);
	restart();
	ck_assert_int_eq(rows_of("evidence"), 2);
	history->pruned = now; /* which would hide what forgetting leaves */
	mxdp_history_forget(history, &network);
	restart();
	ck_assert_int_eq(rows_of("verdicts"), 1);
	ck_assert_int_eq(rows_of("evidence"), 1);
	ck_assert_int_eq(rows_of("told"), 0);
}
END_TEST

/* Names as long as the journal (14 days), what was told until it ends. */
START_TEST(what_has_ended_goes_and_nothing_else)
{
	const struct mxdp_address client = address_of("192.0.2.1"), old = address_of("192.0.2.2");

	tell("192.0.2.1", "fail2ban", 2, now + 900);
	tell("192.0.2.2", "fail2ban", 2, now - 1);
	mxdp_history_named(history, &client, "mail.example.org");
	mxdp_history_named(history, &old, "old.example.org");
	restart();
	execute("UPDATE names SET time = %lld WHERE name = 'mail.example.org';"
		"UPDATE names SET time = %lld WHERE name = 'old.example.org'",
		(long long)now - 13 * DAY, (long long)now - 15 * DAY);
	decide("192.0.2.9");
	restart();
	ck_assert_int_eq(rows_of("told"), 1);
	ck_assert_int_eq(rows_of("names"), 1);
}
END_TEST

/* By hand, say. */
static const char *const nonsense[] = {
	"UPDATE verdicts SET prefix = '198.51.100.0/24'",
	"UPDATE verdicts SET prefix = ''",
	"UPDATE verdicts SET prefix = '192.0.2.1/99'",
	"UPDATE verdicts SET action = 'hang'",
	"UPDATE verdicts SET client = x'00'",
};

START_TEST(a_verdict_that_was_edited_into_nonsense_does_not_come_back)
{
	decide("192.0.2.1");
	close_history();
	execute("%s", nonsense[_i]);
	open_history();
	ck_assert_uint_eq(restore(8).count, 0);
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

/* A refusal that was not for good must not become one when it is judged anew. */
START_TEST(doubts_come_back)
{
	struct mxdp_evidence evidence[4] = {
		{.class = MXDP_EVIDENCE_LIST,
		 .state = MXDP_EVIDENCE_ANSWERED,
		 .doubt = MXDP_DOUBT_JUMP,
		 .score = 5,
		 .expires = now + 900},
		{.class = MXDP_EVIDENCE_WELCOME, .state = MXDP_EVIDENCE_FAILED},
		{.class = MXDP_EVIDENCE_WELCOME, .state = MXDP_EVIDENCE_NOTHING},
		{.class = MXDP_EVIDENCE_WELCOME, .state = MXDP_EVIDENCE_ANSWERED, .score = -3},
	};
	struct mxdp_case known = {.client = address_of("192.0.2.1"),
				  .decided = true,
				  .decision.action = MXDP_ACTION_TEMPFAIL,
				  .decision.expires = now + 900,
				  .evidence_count = 4,
				  .evidence = evidence};
	struct restored restored;

	known.decision.key = mxdp_prefix_host(&known.client);
	for (int i = 0; i < 4; i++)
		evidence[i].key = known.decision.key;
	mxdp_history_decided(history, &known);
	restart();
	restored = restore(8);
	ck_assert_uint_eq(restored.last.evidence_count, 3);
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
	empty_directory();
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

int main(void)
{
	Suite *suite = suite_create("history: knowledge");
	TCase *tests = tcase_create("written behind");

	tcase_add_test(tests, earned_trust_comes_back_until_a_refusal);
	tcase_add_test(tests, a_refusal_ends_what_was_earned_in_an_earlier_run);
	tcase_add_test(tests, greylisting_ends_no_trust);
	tcase_add_test(tests, what_was_told_comes_back);
	tcase_add_test(tests, nothing_of_what_is_forgotten_stays_in_the_file);
	tcase_add_test(tests, what_has_ended_goes_and_nothing_else);
	tcase_add_loop_test(tests, a_verdict_that_was_edited_into_nonsense_does_not_come_back, 0,
			    (int)(sizeof(nonsense) / sizeof(nonsense[0])));
	tcase_add_test(tests, what_zones_found_comes_back);
	tcase_add_test(tests, doubts_come_back);
	tcase_add_test(tests, an_earlier_versions_file_is_brought_up_to_date);
	tcase_add_test(tests, without_a_history_nothing_happens);
	return run_history_suite(suite, tests);
}
