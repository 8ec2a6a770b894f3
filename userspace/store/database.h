/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SQLite file behind the store: opening it, bringing its tables up to date, and turning its
 * errors into errno and a log line that names the file. For store*.c alone.
 */
#ifndef MXDP_STORE_DATABASE_H
#define MXDP_STORE_DATABASE_H

#include <stddef.h>
#include <sqlite3.h>

#define MXDP_STORE_FILE "mxdp.sqlite"

struct mxdp_database {
	sqlite3 *handle;
	char *path;
};

/*
 * Opens or makes DIRECTORY/mxdp.sqlite (the directory too, not its parents), readable by the daemon
 * and its group. Returns 0, or a negative errno after logging it; -EPROTO: a later version's file.
 */
int mxdp_database_open(const char *directory, struct mxdp_database **out);
void mxdp_database_close(struct mxdp_database *database);

/* Prepares a statement that lives as long as the database. Returns 0 or a negative errno. */
int mxdp_database_prepare(struct mxdp_database *database, const char *sql, sqlite3_stmt **out);

/* Runs a statement that answers no rows, and resets it. Returns 0 or a negative errno. */
int mxdp_database_run(struct mxdp_database *database, sqlite3_stmt *statement);

/* Logs what failed, at most one line in five seconds; returns the errno of an SQLite result. */
int mxdp_database_error(struct mxdp_database *database, int result);

#endif
