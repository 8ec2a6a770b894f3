/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loop gathers until the writer takes it. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "private.h"
#include "userspace/checks/dnsbl/zones.h"
#include "userspace/log.h"

#define QUEUE_MAX 32768
#define MINUTE    60

struct history_record *mxdp_history_append(struct mxdp_history *history)
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

/* "Asked, and not listed" would fill the file with nothing; a DNSWL's silence is a doubt. */
static bool is_worth_keeping(const struct mxdp_evidence *evidence)
{
	return evidence->score != 0 || (evidence->class == MXDP_EVIDENCE_WELCOME &&
					evidence->state == MXDP_EVIDENCE_FAILED);
}

static void copy_evidence(struct history_record *record, const struct mxdp_case *decided)
{
	size_t weighing = 0;

	for (size_t i = 0; i < decided->evidence_count; i++)
		weighing += is_worth_keeping(&decided->evidence[i]);
	record->evidence = weighing ? calloc(weighing, sizeof(*record->evidence)) : NULL;
	for (size_t i = 0; i < decided->evidence_count && record->evidence; i++)
		if (is_worth_keeping(&decided->evidence[i]))
			record->evidence[record->evidence_count++] = decided->evidence[i];
}

void mxdp_history_decided(struct mxdp_history *history, const struct mxdp_case *decided)
{
	struct history_record *record = history ? mxdp_history_append(history) : NULL;

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
	struct history_record *record = message ? mxdp_history_append(history) : NULL;
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
	struct history_record *record = history ? mxdp_history_append(history) : NULL;

	if (!record)
		return;
	record->kind = HISTORY_TRUST;
	record->client = earned->client;
	record->first = earned->first;
	record->time = earned->last;
	record->count = earned->messages;
}

void mxdp_history_told(struct mxdp_history *history, const struct mxdp_evidence *kept)
{
	struct mxdp_evidence *copy = history ? malloc(sizeof(*copy)) : NULL;
	struct history_record *record = copy ? mxdp_history_append(history) : NULL;

	if (!record) {
		free(copy);
		return;
	}
	*copy = *kept;
	record->kind = HISTORY_TOLD;
	record->evidence = copy;
	record->evidence_count = 1;
}

void mxdp_history_named(struct mxdp_history *history, const struct mxdp_address *client,
			const char *name)
{
	char copy[MXDP_JOURNAL_DOMAIN];
	struct history_record *record = history ? mxdp_history_append(history) : NULL;

	if (!record)
		return;
	copy_name(copy, name);
	record->kind = HISTORY_NAMED;
	record->client = *client;
	record->time = (int64_t)time(NULL);
	record->name = strdup(copy);
}

static void keep_zone(struct mxdp_history *history, const struct mxdp_zone_health *health)
{
	struct history_record *record = mxdp_history_append(history);

	if (!record)
		return;
	record->kind = HISTORY_ZONE;
	record->time = (int64_t)time(NULL);
	record->name = strdup(health->shown);
	record->zone = malloc(sizeof(*record->zone));
	if (record->zone)
		*record->zone = health->statistics;
}

void mxdp_history_zones(struct mxdp_history *history, const struct mxdp_zones *zones)
{
	struct mxdp_zone_health health;
	uint64_t asked = 0;

	for (size_t i = 0; history && mxdp_zones_health(zones, i, &health) == 0; i++)
		asked += health.statistics.asked;
	if (!history || asked == history->zones_asked)
		return;
	history->zones_asked = asked;
	for (size_t i = 0; mxdp_zones_health(zones, i, &health) == 0; i++)
		keep_zone(history, &health);
}

void mxdp_history_forget(struct mxdp_history *history, const struct mxdp_prefix *prefix)
{
	struct history_record *record = history ? mxdp_history_append(history) : NULL;

	if (!record)
		return;
	record->kind = HISTORY_FORGET;
	record->prefix = *prefix;
}
