/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "damage.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "userspace/log.h"

#define INSPECTED_MAX (32 * 1024 * 1024) /* a larger file is believed until it fails */
#define PAGE_LEAST    512                /* a file is a number of pages; this is the smallest */

int mxdp_database_inspect(struct mxdp_database *database)
{
	sqlite3_stmt *statement;
	struct stat status;
	const char *found;
	int result, error = 0;

	if (stat(database->path, &status) < 0)
		return 0;
	if (status.st_size % PAGE_LEAST) {
		mxdp_log(MXDP_LOG_ERROR, "%s is damaged: its last page is cut short",
			 database->path);
		return -EUCLEAN;
	}
	if (status.st_size > INSPECTED_MAX)
		return 0;
	result =
		sqlite3_prepare_v2(database->handle, "PRAGMA quick_check(1)", -1, &statement, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	found = result == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
	if (!found) {
		error = mxdp_database_error(database, result);
	} else if (strcmp(found, "ok") != 0) {
		mxdp_log(MXDP_LOG_ERROR, "%s is damaged: %s", database->path, found);
		error = -EUCLEAN;
	}
	sqlite3_finalize(statement);
	return error;
}

/* `end` is of both names. */
static int rename_part(const char *path, const char *aside, const char *end)
{
	char from[PATH_MAX], to[PATH_MAX];

	snprintf(from, sizeof(from), "%s%s", path, end);
	snprintf(to, sizeof(to), "%s%s", aside, end);
	return rename(from, to) < 0 ? -errno : 0;
}

void mxdp_database_set_aside(const struct mxdp_database *database, bool begun_anew)
{
	const time_t now = time(NULL);
	char aside[PATH_MAX], stamp[32];
	struct tm utc;
	int error;

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
	snprintf(aside, sizeof(aside), "%s.damaged-%s", database->path, stamp);
	error = rename_part(database->path, aside, "");
	rename_part(database->path, aside, "-wal"); /* mostly there is none */
	if (error)
		mxdp_log(MXDP_LOG_ERROR,
			 "%s is damaged and cannot be set aside: %s; move it away and restart "
			 "mxdpd, until then %s",
			 database->path, strerror(-error), database->kind->loss);
	else if (begun_anew)
		mxdp_log(MXDP_LOG_ERROR,
			 "%s is damaged: set aside as %s and begun anew; what it held is not known "
			 "any more",
			 database->path, aside);
	else
		mxdp_log(MXDP_LOG_ERROR,
			 "%s is damaged: set aside as %s; restart mxdpd to begin it anew, until "
			 "then %s",
			 database->path, aside, database->kind->loss);
}
