/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read back: the cases at the start, the journal when somebody asks. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "private.h"

#define EVIDENCE_MAX 128
#define SEARCH_STEPS 1000 /* SQLite's virtual machine steps between two looks at the clock */
#define SEARCH_MS    200  /* the loop waits no longer for an answer */

#define JOURNAL_LINES                                                                   \
	"SELECT client, time, event, action, reason, count, score, text, helo, sender " \
	"FROM journal WHERE "

int mxdp_history_reader_open(const char *directory, struct history_reader *reader)
{
	int error = mxdp_database_open(directory, &mxdp_history_kind, &reader->database);

	if (!error)
		error = mxdp_database_prepare(
			reader->database,
			"SELECT * FROM (SELECT client, prefix, action, reason, score, text, "
			"decided, expires, took_ms FROM verdicts WHERE expires > ?1 "
			"ORDER BY decided DESC LIMIT ?2) ORDER BY decided",
			&reader->cases);
	if (!error)
		error = mxdp_database_prepare(
			reader->database,
			"SELECT class, source, prefix, score, observed, expires, reason "
			"FROM evidence WHERE client = ?1 ORDER BY place",
			&reader->evidence);
	if (!error)
		error = mxdp_database_prepare(reader->database,
					      JOURNAL_LINES
					      "client BETWEEN ?3 AND ?4 AND time >= ?1 "
					      "ORDER BY time DESC LIMIT ?2",
					      &reader->by_client);
	if (!error)
		error = mxdp_database_prepare(
			reader->database,
			JOURNAL_LINES
			"((helo <> '' AND (helo = ?3 OR substr(helo, -length(?4)) = ?4)) OR "
			"(sender <> '' AND (sender = ?3 OR substr(sender, -length(?4)) = ?4))) "
			"AND time >= ?1 ORDER BY time DESC LIMIT ?2",
			&reader->by_name);
	if (!error)
		error = mxdp_database_prepare(reader->database,
					      "SELECT client, first, last, messages FROM trust "
					      "ORDER BY last",
					      &reader->trust);
	if (error)
		mxdp_history_reader_close(reader);
	return error;
}

void mxdp_history_reader_close(struct history_reader *reader)
{
	mxdp_database_close(reader->database);
	*reader = (struct history_reader){0};
}

static const char *text_of(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? text : "";
}

static bool client_of(sqlite3_stmt *statement, struct mxdp_address *client)
{
	const void *bytes = sqlite3_column_blob(statement, 0);

	if (!bytes || sqlite3_column_bytes(statement, 0) != sizeof(client->bytes))
		return false;
	memcpy(client->bytes, bytes, sizeof(client->bytes));
	return true;
}

static enum mxdp_reason reason_number(const char *name)
{
	for (unsigned int i = 0; i < MXDP_REASON_COUNT; i++)
		if (strcmp(mxdp_reason_name(i), name) == 0)
			return (enum mxdp_reason)i;
	return MXDP_REASON_NONE;
}

static enum mxdp_evidence_class class_number(const char *name)
{
	for (unsigned int i = 0; i < MXDP_EVIDENCE_CLASS_COUNT; i++)
		if (strcmp(mxdp_evidence_class_name((enum mxdp_evidence_class)i), name) == 0)
			return (enum mxdp_evidence_class)i;
	return MXDP_EVIDENCE_LIST;
}

static size_t read_evidence(struct history_reader *reader, const struct mxdp_address *client,
			    struct mxdp_evidence evidence[EVIDENCE_MAX])
{
	sqlite3_stmt *select = reader->evidence;
	size_t count = 0;

	sqlite3_bind_blob(select, 1, client->bytes, sizeof(client->bytes), SQLITE_STATIC);
	while (count < EVIDENCE_MAX && sqlite3_step(select) == SQLITE_ROW) {
		struct mxdp_evidence *one = &evidence[count];

		*one = (struct mxdp_evidence){
			.class = class_number(text_of(select, 0)),
			.state = MXDP_EVIDENCE_ANSWERED,
			.score = sqlite3_column_double(select, 3),
			.observed = sqlite3_column_int64(select, 4),
			.expires = sqlite3_column_int64(select, 5),
		};
		if (mxdp_prefix_parse(text_of(select, 2), &one->key) < 0)
			continue;
		mxdp_evidence_set_source(one, text_of(select, 1));
		mxdp_evidence_set_reason(one, "%s", text_of(select, 6));
		count++;
	}
	sqlite3_reset(select);
	return count;
}

static bool read_case(sqlite3_stmt *select, struct mxdp_case *known)
{
	const int action = mxdp_action_number(text_of(select, 2));

	*known = (struct mxdp_case){
		.decided = true,
		.decision.action = (enum mxdp_action)action,
		.decision.reason = reason_number(text_of(select, 3)),
		.decision.score = sqlite3_column_double(select, 4),
		.decided_at = sqlite3_column_int64(select, 6),
		.decision.expires = sqlite3_column_int64(select, 7),
		.took_ms = (unsigned int)sqlite3_column_int(select, 8),
	};
	snprintf(known->decision.text, sizeof(known->decision.text), "%s", text_of(select, 5));
	/* A row that was edited into nonsense is left out. */
	return client_of(select, &known->client) && action > MXDP_ACTION_NONE &&
	       mxdp_prefix_parse(text_of(select, 1), &known->decision.key) == 0 &&
	       mxdp_prefix_contains(&known->decision.key, &known->client);
}

int mxdp_history_restore(struct mxdp_history *history, size_t most,
			 void (*each)(void *context, const struct mxdp_case *known), void *context)
{
	struct mxdp_evidence evidence[EVIDENCE_MAX];
	struct history_reader *reader;
	struct mxdp_case known;
	int result, count = 0;

	if (!history)
		return 0;
	reader = &history->reader;
	sqlite3_bind_int64(reader->cases, 1, (int64_t)time(NULL));
	sqlite3_bind_int64(reader->cases, 2, (int64_t)most);
	while ((result = sqlite3_step(reader->cases)) == SQLITE_ROW) {
		if (!read_case(reader->cases, &known))
			continue;
		known.evidence = evidence;
		known.evidence_count = read_evidence(reader, &known.client, evidence);
		each(context, &known);
		count++;
	}
	if (result != SQLITE_DONE)
		count = mxdp_database_error(reader->database, result);
	sqlite3_reset(reader->cases);
	return count;
}

int mxdp_history_restore_trust(struct mxdp_history *history,
			       void (*each)(void *context, const struct mxdp_trust_record *record),
			       void *context)
{
	sqlite3_stmt *select = history ? history->reader.trust : NULL;
	struct mxdp_trust_record record;
	int result, count = 0;

	if (!history)
		return 0;
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		if (!client_of(select, &record.client))
			continue;
		record.first = sqlite3_column_int64(select, 1);
		record.last = sqlite3_column_int64(select, 2);
		record.messages = (unsigned int)sqlite3_column_int64(select, 3);
		each(context, &record);
		count++;
	}
	if (result != SQLITE_DONE)
		count = mxdp_database_error(history->reader.database, result);
	sqlite3_reset(select);
	return count;
}

static uint64_t now_ms(void)
{
	return uv_hrtime() / 1000000;
}

static int over_time(void *until)
{
	return now_ms() > *(const uint64_t *)until;
}

static int event_number(const char *name)
{
	for (int i = 0; i < MXDP_JOURNAL_EVENT_COUNT; i++)
		if (strcmp(mxdp_journal_event_name((enum mxdp_journal_event)i), name) == 0)
			return i;
	return -EINVAL;
}

static bool read_line(sqlite3_stmt *select, struct mxdp_journal_line *line)
{
	const int event = event_number(text_of(select, 2));
	const int action = mxdp_action_number(text_of(select, 3));

	*line = (struct mxdp_journal_line){
		.time = sqlite3_column_int64(select, 1),
		.event = (enum mxdp_journal_event)event,
		.action = (enum mxdp_action)action,
		.reason = reason_number(text_of(select, 4)),
		.count = (unsigned int)sqlite3_column_int64(select, 5),
		.score = sqlite3_column_double(select, 6),
	};
	snprintf(line->text, sizeof(line->text), "%s", text_of(select, 7));
	snprintf(line->helo, sizeof(line->helo), "%s", text_of(select, 8));
	snprintf(line->sender, sizeof(line->sender), "%s", text_of(select, 9));
	return client_of(select, &line->client) && action >= 0 && event >= 0;
}

/* Binds the query to one of the two statements. */
static sqlite3_stmt *choose(struct history_reader *reader, const struct mxdp_journal_query *query)
{
	sqlite3_stmt *select = query->prefix ? reader->by_client : reader->by_name;
	struct mxdp_address first, last;
	char below[MXDP_JOURNAL_DOMAIN + 1];

	sqlite3_bind_int64(select, 1, query->since);
	sqlite3_bind_int64(select, 2, (int64_t)query->most + 1);
	if (query->prefix) {
		mxdp_history_range(query->prefix, &first, &last);
		sqlite3_bind_blob(select, 3, first.bytes, sizeof(first.bytes), SQLITE_TRANSIENT);
		sqlite3_bind_blob(select, 4, last.bytes, sizeof(last.bytes), SQLITE_TRANSIENT);
	} else {
		snprintf(below, sizeof(below), ".%s", query->domain);
		for (char *c = below; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		sqlite3_bind_text(select, 3, below + 1, -1, SQLITE_TRANSIENT);
		sqlite3_bind_text(select, 4, below, -1, SQLITE_TRANSIENT);
	}
	return select;
}

int mxdp_history_search(struct mxdp_history *history, const struct mxdp_journal_query *query,
			void (*each)(void *context, const struct mxdp_journal_line *line),
			void *context, bool *cut)
{
	uint64_t until = now_ms() + SEARCH_MS;
	struct mxdp_journal_line line;
	struct mxdp_database *database;
	sqlite3_stmt *select;
	size_t count = 0;
	int result;

	*cut = false;
	if (!history)
		return -ENODEV;
	database = history->reader.database;
	select = choose(&history->reader, query);
	sqlite3_progress_handler(database->handle, SEARCH_STEPS, over_time, &until);
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		if (count++ == query->most)
			break;
		if (read_line(select, &line))
			each(context, &line);
	}
	sqlite3_progress_handler(database->handle, 0, NULL, NULL);
	*cut = result == SQLITE_ROW || result == SQLITE_INTERRUPT;
	result = *cut || result == SQLITE_DONE ? 0 : mxdp_database_error(database, result);
	sqlite3_reset(select);
	return result;
}
