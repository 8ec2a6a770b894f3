/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uthash.h>

#include "private.h"
#include "userspace/log.h"

#define FLUSH_MS    500
#define QUEUE_MAX   32768
#define PRUNE_EVERY 600 /* seconds */
#define MINUTE      60

static void free_record(struct history_record *record)
{
	free(record->evidence);
	free(record->message);
}

static void free_records(struct history_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++)
		free_record(&queue->records[i]);
	free(queue->records);
	*queue = (struct history_queue){0};
}

/* A place at the end of the queue, or NULL: then the record is lost, and counted. */
static struct history_record *append(struct mxdp_history *history)
{
	struct history_queue *queue = &history->incoming;

	if (queue->count == queue->room && queue->room < QUEUE_MAX) {
		const size_t room = queue->room ? queue->room * 2 : 256;
		void *records = reallocarray(queue->records, room, sizeof(*queue->records));

		if (records) {
			queue->records = records;
			queue->room = room;
		}
	}
	if (queue->count == queue->room) {
		history->stats.lost++;
		mxdp_log_limited(MXDP_LOG_ERROR,
				 "the journal's queue is full: records are lost, %llu so far",
				 (unsigned long long)history->stats.lost);
		return NULL;
	}
	queue->records[queue->count] = (struct history_record){0};
	return &queue->records[queue->count++];
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

static void take_refusals(struct mxdp_history *history)
{
	struct history_refusal *refusal;

	while ((refusal = history->refusals)) {
		struct history_record *record = append(history);

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
		take_refusals(history);
		free_records(&history->batch);
		history->batch = history->incoming;
		history->incoming = (struct history_queue){0};
	}
	return history->batch.count > 0;
}

/* A batch that failed stays and is tried again. */
static void batch_done(struct mxdp_history *history)
{
	const bool failed = history->result != 0;

	if (!failed) {
		history->stats.written += history->batch.count;
		free_records(&history->batch);
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

/* ---- what is told ---- */

/* Evidence that weighs; "asked, and not listed" would fill the file with nothing. */
static void copy_evidence(struct history_record *record, const struct mxdp_case *decided)
{
	size_t weighing = 0;

	for (size_t i = 0; i < decided->evidence_count; i++)
		weighing += decided->evidence[i].score != 0;
	record->evidence = weighing ? calloc(weighing, sizeof(*record->evidence)) : NULL;
	for (size_t i = 0; i < decided->evidence_count && record->evidence; i++)
		if (decided->evidence[i].score != 0)
			record->evidence[record->evidence_count++] = decided->evidence[i];
}

void mxdp_history_decided(struct mxdp_history *history, const struct mxdp_case *decided)
{
	struct history_record *record = history ? append(history) : NULL;

	if (!record)
		return;
	record->kind = HISTORY_DECIDED;
	record->client = decided->client;
	record->time = decided->decided_at;
	record->decision = decided->decision;
	record->took_ms = decided->took_ms;
	copy_evidence(record, decided);
}

void mxdp_history_refused(struct mxdp_history *history, const struct mxdp_event *event)
{
	const int64_t now = mxdp_boottime_to_unix(event->time_ns);
	struct history_refusal_key key;
	struct history_refusal *refusal;

	if (!history)
		return;
	memset(&key, 0, sizeof(key)); /* padding is part of the hash's key */
	key.client = mxdp_address_from_bytes(event->client);
	key.minute = now - now % MINUTE;
	key.action = event->action;
	key.reason = event->reason;
	key.observed = event->observed != 0;
	HASH_FIND(hh, history->refusals, &key, sizeof(key), refusal);
	if (!refusal && HASH_COUNT(history->refusals) < QUEUE_MAX) {
		refusal = calloc(1, sizeof(*refusal));
		if (refusal) {
			refusal->key = key;
			HASH_ADD(hh, history->refusals, key, sizeof(refusal->key), refusal);
		}
	}
	if (refusal)
		refusal->count++;
	else
		history->stats.lost++;
}

/* Lower case, and nothing that is no name: what a client says may be anything. */
static void copy_name(char to[MXDP_JOURNAL_DOMAIN], const char *name)
{
	size_t used = 0;

	for (; name && *name && used < MXDP_JOURNAL_DOMAIN - 1; name++)
		to[used++] =
			(char)(isgraph((unsigned char)*name) ? tolower((unsigned char)*name) : '?');
	to[used] = '\0';
}

void mxdp_history_message(struct mxdp_history *history, const struct mxdp_address *client,
			  const char *helo, const char *sender, const char *text)
{
	struct history_message *message = history ? calloc(1, sizeof(*message)) : NULL;
	struct history_record *record = message ? append(history) : NULL;
	const char *at = sender ? strrchr(sender, '@') : NULL;

	if (!record) {
		free(message);
		return;
	}
	record->kind = HISTORY_MESSAGE;
	record->client = *client;
	record->time = (int64_t)time(NULL);
	record->message = message;
	copy_name(message->helo, helo);
	copy_name(message->sender, at ? at + 1 : NULL);
	snprintf(message->text, sizeof(message->text), "%s", text);
}

void mxdp_history_trust(struct mxdp_history *history, const struct mxdp_trust_record *earned)
{
	struct history_record *record = history ? append(history) : NULL;

	if (!record)
		return;
	record->kind = HISTORY_TRUST;
	record->client = earned->client;
	record->first = earned->first;
	record->time = earned->last;
	record->count = earned->messages;
}

void mxdp_history_forget(struct mxdp_history *history, const struct mxdp_prefix *prefix)
{
	struct history_record *record = history ? append(history) : NULL;

	if (!record)
		return;
	record->kind = HISTORY_FORGET;
	record->prefix = *prefix;
}

void mxdp_history_stats(const struct mxdp_history *history, struct mxdp_history_stats *stats)
{
	*stats = (struct mxdp_history_stats){0};
	if (!history)
		return;
	*stats = history->stats;
	stats->queued = history->incoming.count + history->batch.count;
}
