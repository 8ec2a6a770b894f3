/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read back at the start: cases, trust, what was told, what zones found. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "private.h"

#define EVIDENCE_MAX 128

static enum mxdp_evidence_class class_number(const char *name)
{
	for (unsigned int i = 0; i < MXDP_EVIDENCE_CLASS_COUNT; i++)
		if (strcmp(mxdp_evidence_class_name((enum mxdp_evidence_class)i), name) == 0)
			return (enum mxdp_evidence_class)i;
	return MXDP_EVIDENCE_LIST;
}

static enum mxdp_evidence_state state_number(const char *name)
{
	for (unsigned int i = 0; i <= MXDP_EVIDENCE_FAILED; i++)
		if (strcmp(mxdp_evidence_state_name((enum mxdp_evidence_state)i), name) == 0)
			return (enum mxdp_evidence_state)i;
	return MXDP_EVIDENCE_FAILED;
}

static enum mxdp_evidence_doubt doubt_number(const char *name)
{
	for (unsigned int i = 0; i < MXDP_DOUBT_COUNT; i++)
		if (strcmp(mxdp_evidence_doubt_name((enum mxdp_evidence_doubt)i), name) == 0)
			return (enum mxdp_evidence_doubt)i;
	return MXDP_DOUBT_OLD;
}

static size_t read_evidence(struct history_reader *reader, const struct mxdp_address *client,
			    struct mxdp_evidence evidence[EVIDENCE_MAX])
{
	sqlite3_stmt *select = reader->evidence;
	size_t count = 0;

	sqlite3_bind_blob(select, 1, client->bytes, sizeof(client->bytes), SQLITE_STATIC);
	while (count < EVIDENCE_MAX && sqlite3_step(select) == SQLITE_ROW) {
		struct mxdp_evidence *one = &evidence[count];

		*one = (struct mxdp_evidence){
			.class = class_number(mxdp_history_text(select, 0)),
			.state = state_number(mxdp_history_text(select, 7)),
			.doubt = doubt_number(mxdp_history_text(select, 8)),
			.score = sqlite3_column_double(select, 3),
			.observed = sqlite3_column_int64(select, 4),
			.expires = sqlite3_column_int64(select, 5),
		};
		if (mxdp_prefix_parse(mxdp_history_text(select, 2), &one->key) < 0)
			continue;
		mxdp_evidence_set_source(one, mxdp_history_text(select, 1));
		mxdp_evidence_set_reason(one, "%s", mxdp_history_text(select, 6));
		count++;
	}
	sqlite3_reset(select);
	return count;
}

static bool read_case(sqlite3_stmt *select, struct mxdp_case *known)
{
	const int action = mxdp_action_number(mxdp_history_text(select, 2));

	*known = (struct mxdp_case){
		.decided = true,
		.decision.action = (enum mxdp_action)action,
		.decision.reason = mxdp_history_reason(mxdp_history_text(select, 3)),
		.decision.score = sqlite3_column_double(select, 4),
		.decided_at = sqlite3_column_int64(select, 6),
		.decision.expires = sqlite3_column_int64(select, 7),
		.took_ms = (unsigned int)sqlite3_column_int(select, 8),
	};
	snprintf(known->decision.text, sizeof(known->decision.text), "%s",
		 mxdp_history_text(select, 5));
	/* A row that was edited into nonsense is left out. */
	return mxdp_history_client(select, &known->client) && action > MXDP_ACTION_NONE &&
	       mxdp_prefix_parse(mxdp_history_text(select, 1), &known->decision.key) == 0 &&
	       mxdp_prefix_contains(&known->decision.key, &known->client);
}

int mxdp_history_restore(struct mxdp_history *history, size_t most,
			 void (*each)(void *context, const struct mxdp_case *known), void *context)
{
	struct mxdp_evidence evidence[EVIDENCE_MAX];
	struct history_reader *reader;
	struct mxdp_case known;
	int result, count = 0;

	if (!history)
		return 0;
	reader = &history->reader;
	sqlite3_bind_int64(reader->cases, 1, (int64_t)time(NULL));
	sqlite3_bind_int64(reader->cases, 2, (int64_t)most);
	while ((result = sqlite3_step(reader->cases)) == SQLITE_ROW) {
		if (!read_case(reader->cases, &known))
			continue;
		known.evidence = evidence;
		known.evidence_count = read_evidence(reader, &known.client, evidence);
		each(context, &known);
		count++;
	}
	if (result != SQLITE_DONE)
		count = mxdp_database_error(reader->database, result);
	sqlite3_reset(reader->cases);
	return count;
}

int mxdp_history_restore_trust(struct mxdp_history *history,
			       void (*each)(void *context, const struct mxdp_trust_record *record),
			       void *context)
{
	sqlite3_stmt *select = history ? history->reader.trust : NULL;
	struct mxdp_trust_record record;
	int result, count = 0;

	if (!history)
		return 0;
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		if (!mxdp_history_client(select, &record.client))
			continue;
		record.first = sqlite3_column_int64(select, 1);
		record.last = sqlite3_column_int64(select, 2);
		record.messages = (unsigned int)sqlite3_column_int64(select, 3);
		each(context, &record);
		count++;
	}
	if (result != SQLITE_DONE)
		count = mxdp_database_error(history->reader.database, result);
	sqlite3_reset(select);
	return count;
}

static bool read_told(sqlite3_stmt *select, struct mxdp_evidence *kept)
{
	const int length = sqlite3_column_int(select, 1);

	*kept = (struct mxdp_evidence){
		.class = class_number(mxdp_history_text(select, 2)),
		.state = state_number(mxdp_history_text(select, 4)),
		.score = sqlite3_column_double(select, 5),
		.observed = sqlite3_column_int64(select, 6),
		.expires = sqlite3_column_int64(select, 7),
	};
	if (!mxdp_history_client(select, &kept->key.address) || length < 0 || length > 128)
		return false;
	kept->key.length = (uint8_t)length;
	mxdp_evidence_set_source(kept, mxdp_history_text(select, 3));
	mxdp_evidence_set_reason(kept, "%s", mxdp_history_text(select, 8));
	return true;
}

/* Ends a walk over rows: their number, or what went wrong. */
static int end_walk(struct history_reader *reader, sqlite3_stmt *select, int result, int count)
{
	if (result != SQLITE_DONE)
		count = mxdp_database_error(reader->database, result);
	sqlite3_reset(select);
	return count;
}

int mxdp_history_restore_told(struct mxdp_history *history,
			      void (*each)(void *context, const struct mxdp_evidence *kept),
			      void *context)
{
	sqlite3_stmt *select = history ? history->reader.told : NULL;
	struct mxdp_evidence kept;
	int result, count = 0;

	if (!history)
		return 0;
	sqlite3_bind_int64(select, 1, (int64_t)time(NULL));
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		if (!read_told(select, &kept))
			continue;
		each(context, &kept);
		count++;
	}
	return end_walk(&history->reader, select, result, count);
}

int mxdp_history_restore_zones(struct mxdp_history *history,
			       void (*each)(void *context, const char *shown,
					    const struct mxdp_zone_statistics *statistics),
			       void *context)
{
	sqlite3_stmt *select = history ? history->reader.zones : NULL;
	int result, count = 0;

	if (!history)
		return 0;
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		const struct mxdp_zone_statistics statistics = {
			.since = sqlite3_column_int64(select, 1),
			.asked = (uint64_t)sqlite3_column_int64(select, 2),
			.hits = (uint64_t)sqlite3_column_int64(select, 3),
			.unique = (uint64_t)sqlite3_column_int64(select, 4),
			.errors = (uint64_t)sqlite3_column_int64(select, 5),
			.latency_ms = sqlite3_column_double(select, 6),
			.usual = sqlite3_column_double(select, 7),
			.recent = sqlite3_column_double(select, 8),
		};

		each(context, mxdp_history_text(select, 0), &statistics);
		history->zones_asked += statistics.asked;
		count++;
	}
	return end_walk(&history->reader, select, result, count);
}
