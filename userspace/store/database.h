/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An SQLite file of the daemon's: opening it, bringing its tables up to date, and turning its
 * errors into errno and a log line that names the file. One thread uses it at a time.
 */
#ifndef MXDP_STORE_DATABASE_H
#define MXDP_STORE_DATABASE_H

#include <stdbool.h>
#include <time.h>
#include <sqlite3.h>
#include <sys/types.h>

#include "userspace/log.h"

/* What a file holds. */
struct mxdp_database_kind {
	const char *file; /* its name in the state directory */
	const char *loss; /* what it means that it cannot be written, for the log */
	const char *tune; /* SQL run at each opening, or NULL */
	/* Step N brings user_version N to N + 1. Released steps never change; new ones are added.
	 */
	const char *const *steps;
	int step_count;
};

struct mxdp_database {
	const struct mxdp_database_kind *kind;
	sqlite3 *handle;
	char *path;
	bool made;     /* there was none, or an empty one */
	bool ready;    /* it was opened and found in order */
	bool damaged;  /* and was not later: it is set aside, nothing is written any more */
	time_t looked; /* when, whether the file is still where it was */
	bool moved;    /* it was not */
	off_t size;    /* then; it never shrinks by our doing */
	struct mxdp_log_site failing_site, gone_site; /* each file's own: all are told */
};

/*
 * Opens or makes the file (the directory too, not its parents), readable by the daemon and its
 * group. A damaged one is set aside, which is logged, and made anew. Returns 0, or a negative errno
 * after logging it; -EPROTO: a later version's file.
 */
int mxdp_database_open(const char *directory, const struct mxdp_database_kind *kind,
		       struct mxdp_database **out);
void mxdp_database_close(struct mxdp_database *database);

/* Prepares a statement that lives as long as the database. Returns 0 or a negative errno. */
int mxdp_database_prepare(struct mxdp_database *database, const char *sql, sqlite3_stmt **out);

/*
 * Runs SQL that answers no rows. Returns 0 or a negative errno: -ESTALE when the file is no longer
 * in its place, -EUCLEAN when it is damaged; it has been set aside then.
 */
int mxdp_database_execute(struct mxdp_database *database, const char *sql);

/* Runs a statement that answers no rows, and resets it. Returns 0 or a negative errno. */
int mxdp_database_run(struct mxdp_database *database, sqlite3_stmt *statement);

/*
 * Logs what failed, at most one line a file in five seconds; returns the errno of an SQLite result.
 * A file that turns out to be damaged is set aside.
 */
int mxdp_database_error(struct mxdp_database *database, int result);

#endif
