/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by history.c and gather.c (what is written), restore.c and search.c (what is read) alone.
 */
#ifndef MXDP_HISTORY_PRIVATE_H
#define MXDP_HISTORY_PRIVATE_H

#include <uthash.h>

#include "history.h"
#include "tables.h"

struct history_queue {
	struct history_record *records;
	size_t count, room;
};

struct history_refusal_key {
	struct mxdp_address client;
	int64_t minute;
	enum mxdp_action action;
	enum mxdp_reason reason;
	bool observed;
};

/* Refused attempts of one client in one minute, since the last batch. */
struct history_refusal {
	struct history_refusal_key key;
	unsigned int count;
	UT_hash_handle hh;
};

/* The loop's own connection: in WAL mode it never waits for the writer. */
struct history_reader {
	struct mxdp_database *database;
	sqlite3_stmt *cases, *evidence, *by_client, *by_name, *trust, *told, *zones;
};

struct mxdp_history {
	struct history_writer writer; /* the pool's while `working` */
	struct history_reader reader;
	struct history_queue incoming;
	struct history_queue batch; /* the pool's while `working` */
	struct history_refusal *refusals;
	unsigned int flushes; /* since these were written */
	uv_timer_t flush;
	uv_work_t work;
	bool working, closing;
	int references;             /* while closing */
	int result;                 /* of the batch */
	int64_t keep;               /* seconds; the loop's */
	int64_t batch_keep, pruned; /* the pool's while `working` */
	uint64_t zones_asked;       /* of all zones, when they were written last */
	struct mxdp_history_stats stats;
};

/* A place at the end of the queue, or NULL: then the record is lost, and counted. */
struct history_record *mxdp_history_append(struct mxdp_history *history);

/* Returns 0 or a negative errno (logged). */
int mxdp_history_reader_open(const char *directory, struct history_reader *reader);
void mxdp_history_reader_close(struct history_reader *reader);

/* A column as text, "" for NULL; the client in the first column; a reason by its name. */
const char *mxdp_history_text(sqlite3_stmt *statement, int column);
bool mxdp_history_client(sqlite3_stmt *statement, struct mxdp_address *client);
enum mxdp_reason mxdp_history_reason(const char *name);

#endif
