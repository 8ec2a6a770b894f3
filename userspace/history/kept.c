/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was told of clients, how they are named, what zones found: written here, read in restore.c.
 */
#include "tables.h"

#define ZONE_KEEP (90 * 86400) /* seconds: of a zone that is asked no more */

int mxdp_history_kept_prepare(struct history_writer *writer)
{
	struct history_kept *kept = &writer->kept;
	const struct {
		sqlite3_stmt **statement;
		const char *sql;
	} all[] = {
		{&kept->told_save,
		 "INSERT OR REPLACE INTO told VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
		{&kept->told_forget, "DELETE FROM told WHERE client BETWEEN ?1 AND ?2"},
		{&kept->told_prune, "DELETE FROM told WHERE expires <= ?1"},
		{&kept->name_save, "INSERT OR REPLACE INTO names VALUES (?1, ?2, ?3)"},
		{&kept->names_prune, "DELETE FROM names WHERE time < ?1"},
		{&kept->zone_save, "INSERT OR REPLACE INTO zones VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
				   "?7, ?8, ?9, ?10)"},
		{&kept->zones_prune, "DELETE FROM zones WHERE written < ?1"},
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !error; i++)
		error = mxdp_database_prepare(writer->database, all[i].sql, all[i].statement);
	return error;
}

static void bind_client(sqlite3_stmt *statement, int place, const struct mxdp_address *client)
{
	sqlite3_bind_blob(statement, place, client->bytes, sizeof(client->bytes), SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
	sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

static void bind_told(sqlite3_stmt *save, const struct mxdp_evidence *evidence)
{
	bind_client(save, 1, &evidence->key.address);
	sqlite3_bind_int(save, 2, evidence->key.length);
	bind_text(save, 3, mxdp_evidence_class_name(evidence->class));
	bind_text(save, 4, evidence->source);
	bind_text(save, 5, mxdp_evidence_state_name(evidence->state));
	sqlite3_bind_double(save, 6, evidence->score);
	sqlite3_bind_int64(save, 7, evidence->observed);
	sqlite3_bind_int64(save, 8, evidence->expires);
	bind_text(save, 9, evidence->reason);
}

static void bind_zone(sqlite3_stmt *save, const struct history_record *record)
{
	const struct mxdp_zone_statistics *zone = record->zone;

	bind_text(save, 1, record->name);
	sqlite3_bind_int64(save, 2, zone->since);
	sqlite3_bind_int64(save, 3, (int64_t)zone->asked);
	sqlite3_bind_int64(save, 4, (int64_t)zone->hits);
	sqlite3_bind_int64(save, 5, (int64_t)zone->unique);
	sqlite3_bind_int64(save, 6, (int64_t)zone->errors);
	sqlite3_bind_double(save, 7, zone->latency_ms);
	sqlite3_bind_double(save, 8, zone->usual);
	sqlite3_bind_double(save, 9, zone->recent);
	sqlite3_bind_int64(save, 10, record->time);
}

int mxdp_history_kept_write(struct history_writer *writer, const struct history_record *record)
{
	sqlite3_stmt *save = writer->kept.zone_save;

	/* Memory was out: nothing to write. */
	if (record->kind != HISTORY_TOLD && !record->name)
		return 0;
	if (record->kind == HISTORY_ZONE && !record->zone)
		return 0;
	if (record->kind == HISTORY_TOLD) {
		save = writer->kept.told_save;
		bind_told(save, record->evidence);
	} else if (record->kind == HISTORY_NAMED) {
		save = writer->kept.name_save;
		bind_client(save, 1, &record->client);
		bind_text(save, 2, record->name);
		sqlite3_bind_int64(save, 3, record->time);
	} else {
		bind_zone(save, record);
	}
	return mxdp_database_run(writer->database, save);
}

/* Names stay: they are of the journal. */
int mxdp_history_kept_forget(struct history_writer *writer, const struct mxdp_address *first,
			     const struct mxdp_address *last)
{
	bind_client(writer->kept.told_forget, 1, first);
	bind_client(writer->kept.told_forget, 2, last);
	return mxdp_database_run(writer->database, writer->kept.told_forget);
}

int mxdp_history_kept_prune(struct history_writer *writer, int64_t now, int64_t oldest)
{
	const struct {
		sqlite3_stmt *statement;
		int64_t before;
	} all[] = {
		{writer->kept.told_prune, now},
		{writer->kept.names_prune, oldest},
		{writer->kept.zones_prune, now - ZONE_KEEP},
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !error; i++) {
		sqlite3_bind_int64(all[i].statement, 1, all[i].before);
		error = mxdp_database_run(writer->database, all[i].statement);
	}
	return error;
}
