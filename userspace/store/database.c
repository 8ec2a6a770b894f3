/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "damage.h"
#include "userspace/log.h"
#include "wal.h"

#define DIRECTORY_MODE 0750
#define FILE_MODE      0640
#define BUSY_MS        250 /* another program reads the file: the loop waits no longer */

static int errno_of(sqlite3 *handle, int result)
{
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_CANTOPEN:
		return handle && sqlite3_system_errno(handle) ? -sqlite3_system_errno(handle)
							      : -ENOENT;
	default:
		return -EIO;
	}
}

/* While it is being opened, whoever opens it begins it anew. */
static void give_up(struct mxdp_database *database)
{
	if (!database->ready || database->damaged)
		return;
	database->damaged = true;
	mxdp_database_set_aside(database, false);
}

int mxdp_database_error(struct mxdp_database *database, int result)
{
	const int error = errno_of(database->handle, result);

	mxdp_log_at_site(&database->failing_site, MXDP_LOG_ERROR,
			 "%s: %s; until it can be written, %s", database->path,
			 database->handle ? sqlite3_errmsg(database->handle)
					  : sqlite3_errstr(result),
			 database->kind->loss);
	if (error == -EUCLEAN)
		give_up(database);
	return error ? error : -EIO;
}

int mxdp_database_prepare(struct mxdp_database *database, const char *sql, sqlite3_stmt **out)
{
	const int result =
		sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);

	return result == SQLITE_OK ? 0 : mxdp_database_error(database, result);
}

/* Whether the file is still the one that was opened, and has not lost its end. */
static void look_at_file(struct mxdp_database *database)
{
	struct stat status;
	int moved = 0;

	sqlite3_file_control(database->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	database->moved = moved;
	if (moved || stat(database->path, &status) < 0)
		return;
	if (status.st_size < database->size)
		give_up(database);
	database->size = status.st_size;
}

/*
 * A file that was deleted or cut short still takes everything, and nobody will find it: at most a
 * look a second.
 */
static int find_file(struct mxdp_database *database)
{
	const time_t now = time(NULL);

	if (now != database->looked && !database->damaged) {
		database->looked = now;
		look_at_file(database);
	}
	if (database->damaged) {
		mxdp_log_at_site(&database->gone_site, MXDP_LOG_ERROR,
				 "%s was damaged and is set aside; until mxdpd is restarted, %s",
				 database->path, database->kind->loss);
		return -EUCLEAN;
	}
	if (!database->moved)
		return 0;
	mxdp_log_at_site(&database->gone_site, MXDP_LOG_ERROR,
			 "%s was deleted or replaced under the running daemon; until it is put "
			 "back or mxdpd is restarted, %s",
			 database->path, database->kind->loss);
	return -ESTALE;
}

int mxdp_database_run(struct mxdp_database *database, sqlite3_stmt *statement)
{
	int result, error = find_file(database);

	if (error)
		return error;
	result = sqlite3_step(statement);
	/* The error's text is gone after the reset. */
	error = result == SQLITE_DONE ? 0 : mxdp_database_error(database, result);
	sqlite3_reset(statement);
	return error;
}

int mxdp_database_execute(struct mxdp_database *database, const char *sql)
{
	int result, error = find_file(database);

	if (error)
		return error;
	result = sqlite3_exec(database->handle, sql, NULL, NULL, NULL);
	return result == SQLITE_OK ? 0 : mxdp_database_error(database, result);
}

static int read_version(struct mxdp_database *database, int *version)
{
	sqlite3_stmt *statement;
	int result =
		sqlite3_prepare_v2(database->handle, "PRAGMA user_version", -1, &statement, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result != SQLITE_ROW) {
		result = mxdp_database_error(database, result);
	} else {
		*version = sqlite3_column_int(statement, 0);
		result = 0;
	}
	sqlite3_finalize(statement);
	return result;
}

/* One transaction: an update that is interrupted leaves the older version whole. */
static int run_steps(struct mxdp_database *database, int version)
{
	char pragma[64];
	int error = 0;

	for (int i = version; i < database->kind->step_count && !error; i++)
		error = mxdp_database_execute(database, database->kind->steps[i]);
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", database->kind->step_count);
	return error ? error : mxdp_database_execute(database, pragma);
}

static int migrate(struct mxdp_database *database)
{
	const int known = database->kind->step_count;
	int version = 0;
	int error = mxdp_database_execute(database, "BEGIN IMMEDIATE");

	if (error)
		return error;
	error = read_version(database, &version);
	if (!error && version > known) {
		mxdp_log(MXDP_LOG_ERROR,
			 "%s was written by a later version of mxdp (%d, this one knows %d); "
			 "install that version again or move the file away",
			 database->path, version, known);
		error = -EPROTO;
	}
	database->made = !error && version == 0;
	if (!error && version < known)
		error = run_steps(database, version);
	if (!error)
		error = mxdp_database_execute(database, "COMMIT");
	if (error)
		sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
	return error;
}

/* SQLite would make the file readable by everybody. */
static int make_file(const char *directory, const char *path)
{
	struct stat status;
	int fd;

	if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
		mxdp_log(MXDP_LOG_WARNING, "%s is empty: begun anew; what it held is lost", path);
	if (mkdir(directory, DIRECTORY_MODE) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int open_handle(struct mxdp_database *database, const char *directory)
{
	int error = make_file(directory, database->path);
	int result;

	if (error) {
		mxdp_log(MXDP_LOG_ERROR,
			 "%s cannot be opened: %s; until state_directory names a place that mxdpd "
			 "may write to, %s",
			 database->path, strerror(-error), database->kind->loss);
		return error;
	}
	if (mxdp_wal_is_damaged(database->path))
		mxdp_log(
			MXDP_LOG_ERROR,
			"%s-wal is damaged: SQLite reads it up to there, and what was written last "
			"is lost; if this comes again, look after the disk",
			database->path);
	result = sqlite3_open_v2(database->path, &database->handle, SQLITE_OPEN_READWRITE, NULL);
	if (result != SQLITE_OK)
		return mxdp_database_error(database, result);
	sqlite3_extended_result_codes(database->handle, 1);
	sqlite3_busy_timeout(database->handle, BUSY_MS);
	error = mxdp_database_execute(database,
				      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
	if (!error && database->kind->tune)
		error = mxdp_database_execute(database, database->kind->tune);
	if (!error)
		error = migrate(database);
	return error ? error : mxdp_database_inspect(database);
}

static void close_handle(struct mxdp_database *database)
{
	sqlite3_stmt *statement;

	while (database->handle && (statement = sqlite3_next_stmt(database->handle, NULL)))
		sqlite3_finalize(statement);
	sqlite3_close(database->handle);
	database->handle = NULL;
}

static int begin_anew(struct mxdp_database *database, const char *directory)
{
	close_handle(database);
	mxdp_database_set_aside(database, true);
	return open_handle(database, directory);
}

int mxdp_database_open(const char *directory, const struct mxdp_database_kind *kind,
		       struct mxdp_database **out)
{
	struct mxdp_database *database = calloc(1, sizeof(*database));
	int error = -ENOMEM;

	if (database) {
		database->kind = kind;
		if (asprintf(&database->path, "%s/%s", directory, kind->file) < 0)
			database->path = NULL;
	}
	if (database && database->path)
		error = open_handle(database, directory);
	if (error == -EUCLEAN)
		error = begin_anew(database, directory);
	if (error)
		mxdp_database_close(database);
	else
		database->ready = true;
	if (!error)
		*out = database;
	return error;
}

void mxdp_database_close(struct mxdp_database *database)
{
	if (!database)
		return;
	close_handle(database);
	free(database->path);
	free(database);
}
