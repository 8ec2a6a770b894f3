/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of history.sqlite: how a record is written to them and read back. For history.c and
 * search.c alone; each thread has its own connection.
 */
#ifndef MXDP_HISTORY_TABLES_H
#define MXDP_HISTORY_TABLES_H

#include "history.h"
#include "userspace/checks/dnsbl/statistics.h"
#include "userspace/store/database.h"

extern const struct mxdp_database_kind mxdp_history_kind;

enum history_record_kind {
	HISTORY_DECIDED,
	HISTORY_REFUSED,
	HISTORY_MESSAGE,
	HISTORY_FORGET,
	HISTORY_TRUST,
	HISTORY_TOLD,
	HISTORY_NAMED,
	HISTORY_ZONE,
};

struct history_message {
	char helo[MXDP_JOURNAL_DOMAIN];
	char sender[MXDP_JOURNAL_DOMAIN];
	char text[MXDP_JOURNAL_TEXT];
};

/* What is to be written. `evidence` and `message` are owned by the record. */
struct history_record {
	enum history_record_kind kind;
	struct mxdp_address client;
	int64_t time;
	struct mxdp_decision decision; /* decided */
	unsigned int took_ms;          /* decided */
	struct mxdp_evidence *evidence;
	size_t evidence_count;
	struct mxdp_prefix prefix; /* forget */
	enum mxdp_action action;   /* refused */
	enum mxdp_reason reason;   /* refused */
	bool observed;             /* refused */
	unsigned int count;        /* refused; messages of trust */
	int64_t first;             /* trust: its first message, `time` its latest */
	struct history_message *message;
	char *name; /* named: the reverse name; zone: as it is shown; owned by the record */
	struct mxdp_zone_statistics *zone; /* owned by the record */
};

/* Of the tables told, names and zones (kept.c). */
struct history_kept {
	sqlite3_stmt *told_save, *told_forget, *told_prune;
	sqlite3_stmt *name_save, *names_prune;
	sqlite3_stmt *zone_save, *zones_prune;
};

/* The prepared statements of a writing connection. */
struct history_writer {
	struct mxdp_database *database;
	sqlite3_stmt *verdict_save, *verdict_drop, *evidence_clear, *evidence_save, *journal_add;
	sqlite3_stmt *verdicts_forget, *evidence_forget;
	sqlite3_stmt *trust_save, *trust_end, *trust_prune;
	bool trusts; /* somebody may have trust that a refusal ends */
	struct history_kept kept;
	sqlite3_stmt *journal_prune, *verdicts_prune, *evidence_prune;
};

/* All that follow return 0 or a negative errno (logged). */
int mxdp_history_writer_open(const char *directory, struct history_writer *writer);
void mxdp_history_writer_close(struct history_writer *writer);

/* Writes all records in one transaction, or none. */
int mxdp_history_write(struct history_writer *writer, const struct history_record *records,
		       size_t count);
/* Deletes what has expired by `now` and journal lines older than `oldest`. */
int mxdp_history_prune(struct history_writer *writer, int64_t now, int64_t oldest);

/* The same of the tables told, names and zones (kept.c), inside such a transaction. */
int mxdp_history_kept_prepare(struct history_writer *writer);
int mxdp_history_kept_write(struct history_writer *writer, const struct history_record *record);
int mxdp_history_kept_forget(struct history_writer *writer, const struct mxdp_address *first,
			     const struct mxdp_address *last);
int mxdp_history_kept_prune(struct history_writer *writer, int64_t now, int64_t oldest);

/* The first and the last address of a prefix, as the client column is ordered. */
void mxdp_history_range(const struct mxdp_prefix *prefix, struct mxdp_address *first,
			struct mxdp_address *last);

#endif
