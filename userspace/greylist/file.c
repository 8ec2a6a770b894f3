/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/log.h"
#include "userspace/store/database.h"

#define FLUSH_MS  500
#define QUEUE_MAX 200000

static const char *const steps[] = {
	"CREATE TABLE greylist ("
	" kind TEXT NOT NULL,"
	" prefix TEXT NOT NULL," /* as mxdp shows it */
	" sender TEXT NOT NULL," /* '' but for triplets */
	" recipient TEXT NOT NULL,"
	" client TEXT NOT NULL,"
	" first INTEGER NOT NULL," /* Unix seconds, as all times */
	" last INTEGER NOT NULL,"
	" passed INTEGER NOT NULL," /* 0: not yet */
	" tries INTEGER NOT NULL,"
	" PRIMARY KEY (kind, prefix, sender, recipient)"
	") WITHOUT ROWID, STRICT;",
};

static const struct mxdp_database_kind kind = {
	.file = "greylist.sqlite",
	.loss = "clients that were told to come back are told so again after a reboot",
	.steps = steps,
	.step_count = sizeof(steps) / sizeof(steps[0]),
};

struct change {
	struct mxdp_greylist_row row; /* owns its texts */
	bool gone;
};

struct changes {
	struct change *all;
	size_t count, places;
};

/* What is too old to be kept; times of 0: nothing is to be pruned. */
struct limits {
	int64_t first_before, last_before;
};

struct mxdp_greylist_file {
	struct mxdp_database *database; /* the pool's while `working` */
	sqlite3_stmt *save, *delete, *prune;
	struct changes incoming;
	struct changes batch; /* likewise */
	struct limits pruning;
	struct limits batch_pruning; /* likewise */
	uv_timer_t flush;
	uv_work_t work;
	bool working, closed;
	int result;
};

static void free_texts(struct mxdp_greylist_row *row)
{
	free((char *)row->sender);
	free((char *)row->recipient);
}

static void free_changes(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		free_texts(&changes->all[i].row);
	free(changes->all);
	*changes = (struct changes){0};
}

/* ---- writing, in the pool's thread ---- */

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
	sqlite3_bind_text(statement, place, text, -1, SQLITE_TRANSIENT);
}

static int write_change(struct mxdp_greylist_file *file, const struct change *change)
{
	sqlite3_stmt *statement = change->gone ? file->delete : file->save;
	const struct mxdp_greylist_row *row = &change->row;
	char prefix[MXDP_PREFIX_TEXT], client[MXDP_ADDRESS_TEXT];

	bind_text(statement, 1, mxdp_greylist_kind_name(row->kind));
	bind_text(statement, 2, mxdp_prefix_format(&row->prefix, prefix));
	bind_text(statement, 3, row->sender);
	bind_text(statement, 4, row->recipient);
	if (!change->gone) {
		bind_text(statement, 5, mxdp_address_format(&row->client, client));
		sqlite3_bind_int64(statement, 6, row->first);
		sqlite3_bind_int64(statement, 7, row->last);
		sqlite3_bind_int64(statement, 8, row->passed);
		sqlite3_bind_int64(statement, 9, row->tries);
	}
	return mxdp_database_run(file->database, statement);
}

static int prune(struct mxdp_greylist_file *file)
{
	if (!file->batch_pruning.first_before)
		return 0;
	sqlite3_bind_int64(file->prune, 1, file->batch_pruning.first_before);
	sqlite3_bind_int64(file->prune, 2, file->batch_pruning.last_before);
	return mxdp_database_run(file->database, file->prune);
}

static int write_batch(struct mxdp_greylist_file *file)
{
	int error = mxdp_database_execute(file->database, "BEGIN IMMEDIATE");

	if (!error)
		error = prune(file);
	for (size_t i = 0; i < file->batch.count && !error; i++)
		error = write_change(file, &file->batch.all[i]);
	if (!error)
		error = mxdp_database_execute(file->database, "COMMIT");
	if (error)
		sqlite3_exec(file->database->handle, "ROLLBACK", NULL, NULL, NULL);
	return error;
}

static void on_work(uv_work_t *work)
{
	struct mxdp_greylist_file *file = work->data;

	file->result = write_batch(file);
}

/* ---- gathering, in the loop ---- */

/* A batch that could not be written stays, and is tried again before anything newer. */
static bool next_batch(struct mxdp_greylist_file *file)
{
	if (file->batch.count == 0) {
		free_changes(&file->batch);
		file->batch = file->incoming;
		file->incoming = (struct changes){0};
		file->batch_pruning = file->pruning;
		file->pruning = (struct limits){0};
	}
	return file->batch.count > 0 || file->batch_pruning.first_before;
}

static void finish_close(struct mxdp_greylist_file *file)
{
	if (file->working || !file->closed)
		return;
	for (int tries = 0; tries < 2 && next_batch(file); tries++)
		if (write_batch(file) == 0) {
			free_changes(&file->batch);
			file->batch_pruning = (struct limits){0};
		}
	free_changes(&file->batch);
	free_changes(&file->incoming);
	mxdp_database_close(file->database);
	free(file);
}

static void after_work(uv_work_t *work, int status)
{
	struct mxdp_greylist_file *file = work->data;

	(void)status;
	file->working = false;
	if (file->result == 0) {
		free_changes(&file->batch);
		file->batch_pruning = (struct limits){0};
	}
	finish_close(file);
}

static void on_flush(uv_timer_t *timer)
{
	struct mxdp_greylist_file *file = timer->data;

	if (file->working || !next_batch(file))
		return;
	file->work.data = file;
	file->working = uv_queue_work(timer->loop, &file->work, on_work, after_work) == 0;
}

void mxdp_greylist_file_save(struct mxdp_greylist_file *file, const struct mxdp_greylist_row *row,
			     bool gone)
{
	struct changes *changes = file ? &file->incoming : NULL;
	struct change change = {.row = *row, .gone = gone};

	if (!file)
		return;
	if (changes->count == changes->places && changes->places < QUEUE_MAX) {
		size_t places = changes->places ? changes->places * 2 : 64;
		void *all = reallocarray(changes->all, places, sizeof(*changes->all));

		if (all) {
			changes->all = all;
			changes->places = places;
		}
	}
	change.row.sender = strdup(row->sender);
	change.row.recipient = strdup(row->recipient);
	if (changes->count == changes->places || !change.row.sender || !change.row.recipient) {
		free_texts(&change.row);
		mxdp_log_limited(MXDP_LOG_ERROR, "greylist.sqlite: rows are lost: %s",
				 changes->count == changes->places ? "the queue is full"
								   : "memory is out");
		return;
	}
	changes->all[changes->count++] = change;
}

void mxdp_greylist_file_prune(struct mxdp_greylist_file *file, int64_t first_before,
			      int64_t last_before)
{
	if (file)
		file->pruning = (struct limits){first_before, last_before};
}

/* ---- start and end ---- */

int mxdp_greylist_file_open(uv_loop_t *loop, const char *directory, struct mxdp_greylist_file **out)
{
	struct mxdp_greylist_file *file = calloc(1, sizeof(*file));
	int error = file ? mxdp_database_open(directory, &kind, &file->database) : -ENOMEM;

	if (!error)
		error = mxdp_database_prepare(file->database,
					      "INSERT OR REPLACE INTO greylist VALUES "
					      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
					      &file->save);
	if (!error)
		error = mxdp_database_prepare(file->database,
					      "DELETE FROM greylist WHERE kind = ?1 AND "
					      "prefix = ?2 AND sender = ?3 AND recipient = ?4",
					      &file->delete);
	if (!error)
		error = mxdp_database_prepare(file->database,
					      "DELETE FROM greylist WHERE "
					      "CASE kind WHEN 'returned' THEN last < ?2 "
					      "ELSE first < ?1 END",
					      &file->prune);
	if (error) {
		if (file)
			mxdp_database_close(file->database);
		free(file);
		return error;
	}
	uv_timer_init(loop, &file->flush);
	file->flush.data = file;
	uv_timer_start(&file->flush, on_flush, FLUSH_MS, FLUSH_MS);
	*out = file;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct mxdp_greylist_file *file = handle->data;

	file->closed = true;
	finish_close(file);
}

void mxdp_greylist_file_close(struct mxdp_greylist_file *file)
{
	if (file)
		uv_close((uv_handle_t *)&file->flush, on_closed);
}

static enum mxdp_greylist_kind kind_number(const char *name)
{
	unsigned int number = 0;

	while (number < MXDP_GREYLIST_KIND_COUNT &&
	       strcmp(mxdp_greylist_kind_name((enum mxdp_greylist_kind)number), name) != 0)
		number++;
	return (enum mxdp_greylist_kind)number;
}

static const char *text_of(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? text : "";
}

/* The row under the statement; false when somebody edited it into nonsense. */
static bool read_row(sqlite3_stmt *select, struct mxdp_greylist_row *row)
{
	*row = (struct mxdp_greylist_row){
		.kind = kind_number(text_of(select, 0)),
		.sender = text_of(select, 2),
		.recipient = text_of(select, 3),
		.first = sqlite3_column_int64(select, 5),
		.last = sqlite3_column_int64(select, 6),
		.passed = sqlite3_column_int64(select, 7),
		.tries = (unsigned int)sqlite3_column_int64(select, 8),
	};
	return row->kind < MXDP_GREYLIST_KIND_COUNT &&
	       mxdp_prefix_parse(text_of(select, 1), &row->prefix) == 0 &&
	       mxdp_address_parse(text_of(select, 4), &row->client) == 0;
}

int mxdp_greylist_file_load(struct mxdp_greylist_file *file,
			    void (*each)(void *context, const struct mxdp_greylist_row *row),
			    void *context)
{
	struct mxdp_greylist_row row;
	sqlite3_stmt *select;
	int result, error;

	if (!file)
		return -ENODEV;
	error = mxdp_database_prepare(file->database, "SELECT * FROM greylist ORDER BY last",
				      &select);
	if (error)
		return error;
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		if (read_row(select, &row))
			each(context, &row);
		else
			mxdp_log_limited(MXDP_LOG_WARNING,
					 "%s: the row of \"%s\" makes no sense and is skipped; "
					 "delete it from the table greylist",
					 file->database->path, text_of(select, 1));
	}
	if (result != SQLITE_DONE)
		error = mxdp_database_error(file->database, result);
	sqlite3_finalize(select);
	return error;
}
