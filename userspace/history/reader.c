/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop's own connection: what it asks, and how it reads columns. */
#include <string.h>

#include "private.h"

#define JOURNAL_LINES                                                                    \
	"SELECT client, time, event, action, reason, count, score, text, helo, sender, " \
	"(SELECT name FROM names WHERE names.client = journal.client) "                  \
	"FROM journal WHERE "

/* A column that is ?3, or a name below it: ends in ?4. */
#define IS_WITHIN(column) "(" column " = ?3 OR substr(" column ", -length(?4)) = ?4)"
#define HELO_IS_WITHIN    IS_WITHIN("helo")
#define SENDER_IS_WITHIN  IS_WITHIN("sender")
#define NAME_IS_WITHIN    IS_WITHIN("name")
#define IS_NAMED                                      \
	"((helo <> '' AND " HELO_IS_WITHIN ") OR "    \
	"(sender <> '' AND " SENDER_IS_WITHIN ") OR " \
	"client IN (SELECT client FROM names WHERE " NAME_IS_WITHIN "))"

int mxdp_history_reader_open(const char *directory, struct history_reader *reader)
{
	const struct {
		sqlite3_stmt **statement;
		const char *sql;
	} all[] = {
		/* A clock that was ahead and is right again would make verdicts last: left out. */
		{&reader->cases,
		 "SELECT * FROM (SELECT client, prefix, action, reason, score, text, "
		 "decided, expires, took_ms FROM verdicts WHERE expires > ?1 AND decided <= ?1 "
		 "ORDER BY decided DESC LIMIT ?2) ORDER BY decided"},
		{&reader->evidence,
		 "SELECT class, source, prefix, score, observed, expires, reason, "
		 "state, doubt FROM evidence WHERE client = ?1 ORDER BY place"},
		{&reader->by_client, JOURNAL_LINES "client BETWEEN ?3 AND ?4 AND time >= ?1 "
						   "ORDER BY time DESC LIMIT ?2"},
		{&reader->by_name,
		 JOURNAL_LINES IS_NAMED " AND time >= ?1 ORDER BY time DESC LIMIT ?2"},
		{&reader->trust, "SELECT client, first, last, messages FROM trust ORDER BY last"},
		{&reader->told,
		 "SELECT client, length, class, source, state, score, observed, expires, "
		 "reason FROM told WHERE expires > ?1 ORDER BY observed"},
		{&reader->zones, "SELECT zone, since, asked, hits, only_here, errors, latency_ms, "
				 "usual, recent FROM zones"},
	};
	int error = mxdp_database_open(directory, &mxdp_history_kind, &reader->database);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !error; i++)
		error = mxdp_database_prepare(reader->database, all[i].sql, all[i].statement);
	if (error)
		mxdp_history_reader_close(reader);
	return error;
}

void mxdp_history_reader_close(struct history_reader *reader)
{
	mxdp_database_close(reader->database);
	*reader = (struct history_reader){0};
}

const char *mxdp_history_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? text : "";
}

bool mxdp_history_client(sqlite3_stmt *statement, struct mxdp_address *client)
{
	const void *bytes = sqlite3_column_blob(statement, 0);

	if (!bytes || sqlite3_column_bytes(statement, 0) != sizeof(client->bytes))
		return false;
	memcpy(client->bytes, bytes, sizeof(client->bytes));
	return true;
}

enum mxdp_reason mxdp_history_reason(const char *name)
{
	for (unsigned int i = 0; i < MXDP_REASON_COUNT; i++)
		if (strcmp(mxdp_reason_name(i), name) == 0)
			return (enum mxdp_reason)i;
	return MXDP_REASON_NONE;
}
