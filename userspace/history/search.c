/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read when somebody asks: the journal. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "private.h"

#define SEARCH_STEPS 1000 /* SQLite's virtual machine steps between two looks at the clock */
#define SEARCH_MS    200  /* the loop waits no longer for an answer */

static uint64_t now_ms(void)
{
	return uv_hrtime() / 1000000;
}

static int over_time(void *until)
{
	return now_ms() > *(const uint64_t *)until;
}

static int event_number(const char *name)
{
	for (int i = 0; i < MXDP_JOURNAL_EVENT_COUNT; i++)
		if (strcmp(mxdp_journal_event_name((enum mxdp_journal_event)i), name) == 0)
			return i;
	return -EINVAL;
}

static bool read_line(sqlite3_stmt *select, struct mxdp_journal_line *line)
{
	const int event = event_number(mxdp_history_text(select, 2));
	const int action = mxdp_action_number(mxdp_history_text(select, 3));

	*line = (struct mxdp_journal_line){
		.time = sqlite3_column_int64(select, 1),
		.event = (enum mxdp_journal_event)event,
		.action = (enum mxdp_action)action,
		.reason = mxdp_history_reason(mxdp_history_text(select, 4)),
		.count = (unsigned int)sqlite3_column_int64(select, 5),
		.score = sqlite3_column_double(select, 6),
	};
	snprintf(line->text, sizeof(line->text), "%s", mxdp_history_text(select, 7));
	snprintf(line->helo, sizeof(line->helo), "%s", mxdp_history_text(select, 8));
	snprintf(line->sender, sizeof(line->sender), "%s", mxdp_history_text(select, 9));
	snprintf(line->name, sizeof(line->name), "%s", mxdp_history_text(select, 10));
	return mxdp_history_client(select, &line->client) && action >= 0 && event >= 0;
}

/* Binds the query to one of the two statements. */
static sqlite3_stmt *choose(struct history_reader *reader, const struct mxdp_journal_query *query)
{
	sqlite3_stmt *select = query->prefix ? reader->by_client : reader->by_name;
	struct mxdp_address first, last;
	char below[MXDP_JOURNAL_DOMAIN + 1];

	sqlite3_bind_int64(select, 1, query->since);
	sqlite3_bind_int64(select, 2, (int64_t)query->most + 1);
	if (query->prefix) {
		mxdp_history_range(query->prefix, &first, &last);
		sqlite3_bind_blob(select, 3, first.bytes, sizeof(first.bytes), SQLITE_TRANSIENT);
		sqlite3_bind_blob(select, 4, last.bytes, sizeof(last.bytes), SQLITE_TRANSIENT);
	} else {
		snprintf(below, sizeof(below), ".%s", query->domain);
		for (char *c = below; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		sqlite3_bind_text(select, 3, below + 1, -1, SQLITE_TRANSIENT);
		sqlite3_bind_text(select, 4, below, -1, SQLITE_TRANSIENT);
	}
	return select;
}

int mxdp_history_search(struct mxdp_history *history, const struct mxdp_journal_query *query,
			void (*each)(void *context, const struct mxdp_journal_line *line),
			void *context, bool *cut)
{
	uint64_t until = now_ms() + SEARCH_MS;
	struct mxdp_journal_line line;
	struct mxdp_database *database;
	sqlite3_stmt *select;
	size_t count = 0;
	int result;

	*cut = false;
	if (!history)
		return -ENODEV;
	database = history->reader.database;
	select = choose(&history->reader, query);
	sqlite3_progress_handler(database->handle, SEARCH_STEPS, over_time, &until);
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		if (count++ == query->most)
			break;
		if (read_line(select, &line))
			each(context, &line);
	}
	sqlite3_progress_handler(database->handle, 0, NULL, NULL);
	*cut = result == SQLITE_ROW || result == SQLITE_INTERRUPT;
	result = *cut || result == SQLITE_DONE ? 0 : mxdp_database_error(database, result);
	sqlite3_reset(select);
	return result;
}
