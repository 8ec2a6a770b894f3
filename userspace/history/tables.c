/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tables.h"

#include <string.h>

#include "maps/maps.h"

#define TRUST_MAX (400 * 86400) /* seconds: the most that trust { lives } may be */

/* Clients are 16 bytes (IPv4 mapped), so that a prefix is a range; enums are stored by name. */
static const char *const steps[] = {
	"CREATE TABLE verdicts ("
	" client BLOB PRIMARY KEY NOT NULL,"
	" prefix TEXT NOT NULL," /* the verdict's key: the client, or its /64 */
	" action TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" score REAL NOT NULL,"
	" text TEXT NOT NULL,"
	" decided INTEGER NOT NULL," /* Unix seconds, as all times */
	" expires INTEGER NOT NULL,"
	" took_ms INTEGER NOT NULL"
	") WITHOUT ROWID, STRICT;"
	"CREATE INDEX verdicts_expires ON verdicts (expires);"
	"CREATE TABLE evidence ("
	" client BLOB NOT NULL,"
	" place INTEGER NOT NULL,"
	" class TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" prefix TEXT NOT NULL," /* whom it speaks about */
	" score REAL NOT NULL,"
	" observed INTEGER NOT NULL,"
	" expires INTEGER NOT NULL,"
	" reason TEXT NOT NULL,"
	" PRIMARY KEY (client, place)"
	") WITHOUT ROWID, STRICT;"
	/* The key's columns first: integrity_check of SQLite 3.40 misreads another order. */
	"CREATE TABLE journal ("
	" client BLOB NOT NULL,"
	" time INTEGER NOT NULL," /* of refusals the minute's beginning */
	" event TEXT NOT NULL,"
	" action TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" helo TEXT NOT NULL,"   /* '' where unknown */
	" sender TEXT NOT NULL," /* the domain */
	" count INTEGER NOT NULL,"
	" score REAL NOT NULL,"
	" text TEXT NOT NULL,"
	" PRIMARY KEY (client, time, event, action, reason, helo, sender)"
	") WITHOUT ROWID, STRICT;"
	"CREATE INDEX journal_helo ON journal (helo) WHERE helo <> '';"
	"CREATE INDEX journal_sender ON journal (sender) WHERE sender <> '';"
	"CREATE INDEX journal_time ON journal (time);",
	"CREATE TABLE trust ("
	" client BLOB PRIMARY KEY NOT NULL,"
	" first INTEGER NOT NULL,"
	" last INTEGER NOT NULL,"
	" messages INTEGER NOT NULL"
	") WITHOUT ROWID, STRICT;"
	"CREATE INDEX trust_last ON trust (last);",
	"ALTER TABLE evidence ADD COLUMN state TEXT NOT NULL DEFAULT 'answered';"
	"ALTER TABLE evidence ADD COLUMN doubt TEXT NOT NULL DEFAULT '';"
	"CREATE TABLE told ("
	" client BLOB NOT NULL,"
	" length INTEGER NOT NULL," /* of the prefix: the client, or its /64 */
	" class TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" state TEXT NOT NULL,"
	" score REAL NOT NULL,"
	" observed INTEGER NOT NULL,"
	" expires INTEGER NOT NULL,"
	" reason TEXT NOT NULL,"
	" PRIMARY KEY (client, length, class, source)"
	") WITHOUT ROWID, STRICT;"
	"CREATE INDEX told_expires ON told (expires);"
	"CREATE TABLE names ("
	" client BLOB PRIMARY KEY NOT NULL,"
	" name TEXT NOT NULL," /* of its reverse record */
	" time INTEGER NOT NULL"
	") WITHOUT ROWID, STRICT;"
	"CREATE INDEX names_time ON names (time);"
	"CREATE TABLE zones ("
	" zone TEXT PRIMARY KEY NOT NULL," /* secret parts masked */
	" since INTEGER NOT NULL,"
	" asked INTEGER NOT NULL,"
	" hits INTEGER NOT NULL,"
	" only_here INTEGER NOT NULL," /* hits that no other zone had */
	" errors INTEGER NOT NULL,"
	" latency_ms REAL NOT NULL,"
	" usual REAL NOT NULL,"
	" recent REAL NOT NULL,"
	" written INTEGER NOT NULL"
	") WITHOUT ROWID, STRICT;",
	/* Verdicts are walked through at the start and to prune: not worth writing it for each. */
	"DROP INDEX IF EXISTS verdicts_expires;",
};

const struct mxdp_database_kind mxdp_history_kind = {
	.file = "history.sqlite",
	.loss = "the journal has gaps and verdicts are not restored after a reboot",
	/* Clients come in no order: with a small cache each batch writes most pages again. */
	.tune = "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 8000;",
	.steps = steps,
	.step_count = sizeof(steps) / sizeof(steps[0]),
};

const char *mxdp_journal_event_name(enum mxdp_journal_event event)
{
#define EVENT_NAME(name, text, what) text,
	static const char *const names[] = {MXDP_JOURNAL_EVENTS(EVENT_NAME)};
#undef EVENT_NAME

	return event < MXDP_JOURNAL_EVENT_COUNT ? names[event] : "?";
}

static int look_for_trust(struct history_writer *writer)
{
	sqlite3_stmt *select;
	int error = mxdp_database_prepare(writer->database, "SELECT 1 FROM trust LIMIT 1", &select);

	if (error)
		return error;
	writer->trusts = sqlite3_step(select) != SQLITE_DONE;
	sqlite3_finalize(select);
	return 0;
}

int mxdp_history_writer_open(const char *directory, struct history_writer *writer)
{
	const struct {
		sqlite3_stmt **statement;
		const char *sql;
	} all[] = {
		{&writer->verdict_save,
		 "INSERT INTO verdicts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
		 "ON CONFLICT DO NOTHING"},
		{&writer->verdict_drop, "DELETE FROM verdicts WHERE client = ?1"},
		{&writer->evidence_clear, "DELETE FROM evidence WHERE client = ?1"},
		{&writer->evidence_save,
		 "INSERT OR REPLACE INTO evidence VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
		 "?10, ?11)"},
		{&writer->journal_add, "INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
				       "?8, ?9, ?10) ON CONFLICT DO "
				       "UPDATE SET count = count + excluded.count"},
		{&writer->verdicts_forget, "DELETE FROM verdicts WHERE client BETWEEN ?1 AND ?2"},
		{&writer->evidence_forget, "DELETE FROM evidence WHERE client BETWEEN ?1 AND ?2"},
		{&writer->trust_save, "INSERT OR REPLACE INTO trust VALUES (?1, ?2, ?3, ?4)"},
		{&writer->trust_end, "DELETE FROM trust WHERE client BETWEEN ?1 AND ?2"},
		{&writer->trust_prune, "DELETE FROM trust WHERE last < ?1"},
		{&writer->journal_prune, "DELETE FROM journal WHERE time < ?1"},
		{&writer->verdicts_prune, "DELETE FROM verdicts WHERE expires <= ?1"},
		{&writer->evidence_prune, "DELETE FROM evidence WHERE client NOT IN "
					  "(SELECT client FROM verdicts WHERE expires > ?1)"},
	};
	int error = mxdp_database_open(directory, &mxdp_history_kind, &writer->database);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !error; i++)
		error = mxdp_database_prepare(writer->database, all[i].sql, all[i].statement);
	if (!error)
		error = mxdp_history_kept_prepare(writer);
	if (!error)
		error = look_for_trust(writer);
	if (error)
		mxdp_history_writer_close(writer);
	return error;
}

void mxdp_history_writer_close(struct history_writer *writer)
{
	mxdp_database_close(writer->database);
	*writer = (struct history_writer){0};
}

static void bind_client(sqlite3_stmt *statement, int place, const struct mxdp_address *client)
{
	sqlite3_bind_blob(statement, place, client->bytes, sizeof(client->bytes), SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
	sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

/* A line of the journal; what the record does not know is empty. */
static int add_journal(struct history_writer *writer, const struct history_record *record,
		       enum mxdp_journal_event event, const char *text)
{
	const struct history_message *message = record->message;
	const bool verdict = record->kind == HISTORY_DECIDED;
	sqlite3_stmt *add = writer->journal_add;

	bind_client(add, 1, &record->client);
	sqlite3_bind_int64(add, 2, record->time);
	bind_text(add, 3, mxdp_journal_event_name(event));
	bind_text(add, 4, mxdp_action_name(verdict ? record->decision.action : record->action));
	bind_text(add, 5, mxdp_reason_name(verdict ? record->decision.reason : record->reason));
	bind_text(add, 6, message ? message->helo : "");
	bind_text(add, 7, message ? message->sender : "");
	sqlite3_bind_int64(add, 8, record->kind == HISTORY_REFUSED ? record->count : 1);
	sqlite3_bind_double(add, 9, verdict ? record->decision.score : 0.0);
	bind_text(add, 10, text);
	return mxdp_database_run(writer->database, add);
}

static int save_evidence(struct history_writer *writer, const struct history_record *record)
{
	sqlite3_stmt *save = writer->evidence_save;
	char prefix[MXDP_PREFIX_TEXT];
	int error = 0;

	for (size_t i = 0; i < record->evidence_count && !error; i++) {
		const struct mxdp_evidence *evidence = &record->evidence[i];

		bind_client(save, 1, &record->client);
		sqlite3_bind_int64(save, 2, (int64_t)i);
		bind_text(save, 3, mxdp_evidence_class_name(evidence->class));
		bind_text(save, 4, evidence->source);
		bind_text(save, 5, mxdp_prefix_format(&evidence->key, prefix));
		sqlite3_bind_double(save, 6, evidence->score);
		sqlite3_bind_int64(save, 7, evidence->observed);
		sqlite3_bind_int64(save, 8, evidence->expires);
		bind_text(save, 9, evidence->reason);
		bind_text(save, 10, mxdp_evidence_state_name(evidence->state));
		bind_text(save, 11, mxdp_evidence_doubt_name(evidence->doubt));
		error = mxdp_database_run(writer->database, save);
	}
	return error;
}

static int end_trust(struct history_writer *writer, const struct mxdp_address *first,
		     const struct mxdp_address *last)
{
	if (!writer->trusts)
		return 0;
	bind_client(writer->trust_end, 1, first);
	bind_client(writer->trust_end, 2, last);
	return mxdp_database_run(writer->database, writer->trust_end);
}

static int write_trust(struct history_writer *writer, const struct history_record *record)
{
	writer->trusts = true;
	bind_client(writer->trust_save, 1, &record->client);
	sqlite3_bind_int64(writer->trust_save, 2, record->first);
	sqlite3_bind_int64(writer->trust_save, 3, record->time);
	sqlite3_bind_int64(writer->trust_save, 4, record->count);
	return mxdp_database_run(writer->database, writer->trust_save);
}

/* An earlier verdict goes, with its evidence. */
static int drop_decided(struct history_writer *writer, const struct mxdp_address *client)
{
	int error;

	bind_client(writer->verdict_drop, 1, client);
	bind_client(writer->evidence_clear, 1, client);
	error = mxdp_database_run(writer->database, writer->verdict_drop);
	return error ? error : mxdp_database_run(writer->database, writer->evidence_clear);
}

/* Most clients are new, and need no more than the insertion. */
static int save_verdict(struct history_writer *writer, const struct mxdp_address *client)
{
	int error = mxdp_database_run(writer->database, writer->verdict_save);

	if (error || sqlite3_changes(writer->database->handle) > 0)
		return error;
	error = drop_decided(writer, client);
	return error ? error : mxdp_database_run(writer->database, writer->verdict_save);
}

static int write_decided(struct history_writer *writer, const struct history_record *record)
{
	const struct mxdp_decision *decision = &record->decision;
	sqlite3_stmt *save = writer->verdict_save;
	char prefix[MXDP_PREFIX_TEXT];
	int error;

	bind_client(save, 1, &record->client);
	bind_text(save, 2, mxdp_prefix_format(&decision->key, prefix));
	bind_text(save, 3, mxdp_action_name(decision->action));
	bind_text(save, 4, mxdp_reason_name(decision->reason));
	sqlite3_bind_double(save, 5, decision->score);
	bind_text(save, 6, decision->text);
	sqlite3_bind_int64(save, 7, record->time);
	sqlite3_bind_int64(save, 8, decision->expires);
	sqlite3_bind_int64(save, 9, record->took_ms);
	error = save_verdict(writer, &record->client);
	if (!error)
		error = save_evidence(writer, record);
	if (!error && decision->action > MXDP_ACTION_PASS &&
	    decision->action != MXDP_ACTION_GREYLIST)
		error = end_trust(writer, &record->client, &record->client);
	return error ? error : add_journal(writer, record, MXDP_JOURNAL_VERDICT, decision->text);
}

static int write_forget(struct history_writer *writer, const struct history_record *record)
{
	sqlite3_stmt *const both[] = {writer->verdicts_forget, writer->evidence_forget};
	struct mxdp_address first, last;
	int error = 0;

	mxdp_history_range(&record->prefix, &first, &last);
	for (int i = 0; i < 2 && !error; i++) {
		bind_client(both[i], 1, &first);
		bind_client(both[i], 2, &last);
		error = mxdp_database_run(writer->database, both[i]);
	}
	if (!error)
		error = mxdp_history_kept_forget(writer, &first, &last);
	return error ? error : end_trust(writer, &first, &last);
}

static int write_record(struct history_writer *writer, const struct history_record *record)
{
	switch (record->kind) {
	case HISTORY_DECIDED:
		return write_decided(writer, record);
	case HISTORY_FORGET:
		return write_forget(writer, record);
	case HISTORY_MESSAGE:
		return add_journal(writer, record, MXDP_JOURNAL_MESSAGE, record->message->text);
	case HISTORY_TRUST:
		return write_trust(writer, record);
	case HISTORY_TOLD:
	case HISTORY_NAMED:
	case HISTORY_ZONE:
		return mxdp_history_kept_write(writer, record);
	case HISTORY_REFUSED:
		break;
	}
	return add_journal(writer, record,
			   record->observed ? MXDP_JOURNAL_OBSERVED : MXDP_JOURNAL_REFUSED, "");
}

int mxdp_history_write(struct history_writer *writer, const struct history_record *records,
		       size_t count)
{
	int error = mxdp_database_execute(writer->database, "BEGIN IMMEDIATE");

	if (error)
		return error;
	for (size_t i = 0; i < count && !error; i++)
		error = write_record(writer, &records[i]);
	if (!error)
		error = mxdp_database_execute(writer->database, "COMMIT");
	if (error)
		sqlite3_exec(writer->database->handle, "ROLLBACK", NULL, NULL, NULL);
	return error;
}

int mxdp_history_prune(struct history_writer *writer, int64_t now, int64_t oldest)
{
	int error;

	sqlite3_bind_int64(writer->journal_prune, 1, oldest);
	error = mxdp_database_run(writer->database, writer->journal_prune);
	sqlite3_bind_int64(writer->trust_prune, 1, now - TRUST_MAX);
	if (!error)
		error = mxdp_database_run(writer->database, writer->trust_prune);
	/* Evidence first: none may outlive its verdict. */
	sqlite3_bind_int64(writer->evidence_prune, 1, now);
	if (!error)
		error = mxdp_database_run(writer->database, writer->evidence_prune);
	sqlite3_bind_int64(writer->verdicts_prune, 1, now);
	if (!error)
		error = mxdp_database_run(writer->database, writer->verdicts_prune);
	return error ? error : mxdp_history_kept_prune(writer, now, oldest);
}

void mxdp_history_range(const struct mxdp_prefix *prefix, struct mxdp_address *first,
			struct mxdp_address *last)
{
	const unsigned int length =
		prefix->length + (mxdp_address_is_v4(&prefix->address) ? 96 : 0);

	*first = *last = prefix->address;
	for (unsigned int bit = length; bit < 128; bit++)
		last->bytes[bit / 8] |= (uint8_t)(0x80 >> (bit % 8));
}
