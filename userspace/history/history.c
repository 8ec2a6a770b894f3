/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <uthash.h>

#include "private.h"
#include "userspace/log.h"

#define FLUSH_MS       500
#define PRUNE_EVERY    600  /* seconds */
#define ROOM_KEPT      4096 /* records: a queue's room that is used again */
#define REFUSALS_EVERY 6    /* flushes: with nothing else to write, a transaction is most of them */
#define REFUSALS_MANY  4096 /* clients: as many are written at once */

static void free_record(struct history_record *record)
{
	free(record->evidence);
	free(record->message);
	free(record->name);
	free(record->zone);
}

static void drop_records(struct history_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++)
		free_record(&queue->records[i]);
	queue->count = 0;
}

static void free_records(struct history_queue *queue)
{
	drop_records(queue);
	free(queue->records);
	*queue = (struct history_queue){0};
}

/* Room for what comes every half second is not given back each time. */
static void empty_queue(struct history_queue *queue)
{
	if (queue->room > ROOM_KEPT)
		free_records(queue);
	else
		drop_records(queue);
}

/* ---- writing, in the pool's thread ---- */

static void write_batch(struct mxdp_history *history)
{
	const int64_t now = (int64_t)time(NULL);

	history->result = history->batch.count
				  ? mxdp_history_write(&history->writer, history->batch.records,
						       history->batch.count)
				  : 0;
	if (history->result == 0 && now - history->pruned >= PRUNE_EVERY) {
		mxdp_history_prune(&history->writer, now, now - history->batch_keep);
		history->pruned = now;
	}
}

static void on_work(uv_work_t *work)
{
	write_batch(work->data);
}

/* ---- gathering, in the loop ---- */

/* They are added up by the minute, so they may wait. */
static bool refusals_are_due(struct mxdp_history *history)
{
	if (!history->closing && HASH_COUNT(history->refusals) < REFUSALS_MANY &&
	    ++history->flushes < REFUSALS_EVERY)
		return false;
	history->flushes = 0;
	return true;
}

static void take_refusals(struct mxdp_history *history)
{
	struct history_refusal *refusal;

	if (!refusals_are_due(history))
		return;
	while ((refusal = history->refusals)) {
		struct history_record *record = mxdp_history_append(history);

		if (record) {
			record->kind = HISTORY_REFUSED;
			record->client = refusal->key.client;
			record->time = refusal->key.minute;
			record->action = refusal->key.action;
			record->reason = refusal->key.reason;
			record->observed = refusal->key.observed;
			record->count = refusal->count;
		}
		/* What uthash promises, and static analysis does not know. */
		assert(!refusal->hh.prev);
		HASH_DEL(history->refusals, refusal);
		free(refusal);
	}
}

/* What is gathered becomes the batch, unless one is still to be written. */
static bool next_batch(struct mxdp_history *history)
{
	history->batch_keep = history->keep;
	if (history->batch.count == 0) {
		const struct history_queue empty = history->batch;

		take_refusals(history);
		history->batch = history->incoming;
		history->incoming = empty; /* its room is used again */
	}
	return history->batch.count > 0;
}

/* A batch that failed stays and is tried again. */
static void batch_done(struct mxdp_history *history)
{
	const bool failed = history->result != 0;

	if (!failed) {
		history->stats.written += history->batch.count;
		empty_queue(&history->batch);
	}
	if (history->stats.failing && !failed)
		mxdp_log(MXDP_LOG_NOTICE, "the journal can be written again");
	history->stats.failing = failed;
}

static void finish_close(struct mxdp_history *history);

static void after_work(uv_work_t *work, int status)
{
	struct mxdp_history *history = work->data;

	(void)status;
	history->working = false;
	batch_done(history);
	if (history->closing)
		finish_close(history);
}

static void on_flush(uv_timer_t *timer)
{
	struct mxdp_history *history = timer->data;

	if (history->working || !next_batch(history))
		return;
	history->working = uv_queue_work(timer->loop, &history->work, on_work, after_work) == 0;
}

/* ---- start and end ---- */

int mxdp_history_open(uv_loop_t *loop, const char *directory, int64_t keep,
		      struct mxdp_history **out)
{
	struct mxdp_history *history = calloc(1, sizeof(*history));
	int error = history ? mxdp_history_writer_open(directory, &history->writer) : -ENOMEM;

	if (!error)
		error = mxdp_history_reader_open(directory, &history->reader);
	if (error) {
		if (history)
			mxdp_history_writer_close(&history->writer);
		free(history);
		return error;
	}
	history->keep = keep;
	history->work.data = history;
	uv_timer_init(loop, &history->flush);
	history->flush.data = history;
	uv_timer_start(&history->flush, on_flush, FLUSH_MS, FLUSH_MS);
	*out = history;
	return 0;
}

/* Freed when the timer is closed and nothing works in the pool, whichever comes last. */
static void drop_reference(struct mxdp_history *history)
{
	if (--history->references == 0)
		free(history);
}

static void on_closed(uv_handle_t *handle)
{
	drop_reference(handle->data);
}

/* Nothing works in the pool any more: the rest is written here. */
static void finish_close(struct mxdp_history *history)
{
	for (int tries = 0; tries < 2 && next_batch(history); tries++) {
		write_batch(history);
		batch_done(history);
	}
	free_records(&history->batch);
	free_records(&history->incoming);
	mxdp_history_writer_close(&history->writer);
	mxdp_history_reader_close(&history->reader);
	drop_reference(history);
}

void mxdp_history_close(struct mxdp_history *history)
{
	if (!history)
		return;
	history->references = 2;
	history->closing = true;
	uv_close((uv_handle_t *)&history->flush, on_closed);
	if (!history->working)
		finish_close(history);
}

void mxdp_history_configure(struct mxdp_history *history, int64_t keep)
{
	if (history)
		history->keep = keep;
}

void mxdp_history_stats(const struct mxdp_history *history, struct mxdp_history_stats *stats)
{
	*stats = (struct mxdp_history_stats){0};
	if (!history)
		return;
	*stats = history->stats;
	stats->queued =
		history->incoming.count + history->batch.count + HASH_COUNT(history->refusals);
}
