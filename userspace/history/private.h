/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by history.c (what is written) and search.c (what is read) alone. */
#ifndef MXDP_HISTORY_PRIVATE_H
#define MXDP_HISTORY_PRIVATE_H

#include <assert.h>

#include <uthash.h>

#include "history.h"
#include "maps/maps.h"
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
	sqlite3_stmt *cases, *evidence, *by_client, *by_name, *trust;
};

struct mxdp_history {
	struct history_writer writer; /* the pool's while `working` */
	struct history_reader reader;
	struct history_queue incoming;
	struct history_queue batch; /* the pool's while `working` */
	struct history_refusal *refusals;
	uv_timer_t flush;
	uv_work_t work;
	bool working, closing;
	int references;             /* while closing */
	int result;                 /* of the batch */
	int64_t keep;               /* seconds; the loop's */
	int64_t batch_keep, pruned; /* the pool's while `working` */
	struct mxdp_history_stats stats;
};

int mxdp_history_reader_open(const char *directory, struct history_reader *reader);
void mxdp_history_reader_close(struct history_reader *reader);

#endif
