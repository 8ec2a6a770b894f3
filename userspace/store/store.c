/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "maps/maps.h"
#include "userspace/log.h"
#include "database.h"

static const char *const steps[] = {
	"CREATE TABLE rules ("
	" prefix TEXT PRIMARY KEY NOT NULL," /* as mxdp shows it */
	" action TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" created INTEGER NOT NULL," /* Unix seconds */
	" expires INTEGER NOT NULL"  /* 0: never */
	") WITHOUT ROWID, STRICT;",

	"CREATE TABLE choices ("
	" name TEXT PRIMARY KEY NOT NULL,"
	" value TEXT NOT NULL,"
	" chosen_by TEXT NOT NULL,"
	" since INTEGER NOT NULL" /* Unix seconds */
	") WITHOUT ROWID, STRICT;",
};

static const struct mxdp_database_kind kind = {
	.file = "mxdp.sqlite",
	.loss = "rules and a mode set now are lost at a restart",
	.steps = steps,
	.step_count = sizeof(steps) / sizeof(steps[0]),
};

struct mxdp_store {
	struct mxdp_database *database;
	/* Finalised with the database. */
	sqlite3_stmt *rule_save, *rule_delete, *rules_load;
	sqlite3_stmt *choice_save, *choice_load, *choice_delete;
};

static int prepare_choices(struct mxdp_store *store)
{
	int error = mxdp_database_prepare(
		store->database,
		"INSERT OR REPLACE INTO choices (name, value, chosen_by, since) "
		"VALUES (?1, ?2, ?3, ?4)",
		&store->choice_save);

	if (!error)
		error = mxdp_database_prepare(
			store->database,
			"SELECT value, chosen_by, since FROM choices WHERE name = ?1",
			&store->choice_load);
	if (!error)
		error = mxdp_database_prepare(store->database,
					      "DELETE FROM choices WHERE name = ?1",
					      &store->choice_delete);
	return error;
}

int mxdp_store_open(const char *directory, struct mxdp_store **out)
{
	struct mxdp_store *store = calloc(1, sizeof(*store));
	int error = store ? mxdp_database_open(directory, &kind, &store->database) : -ENOMEM;

	if (!error)
		error = mxdp_database_prepare(store->database,
					      "INSERT OR REPLACE INTO rules "
					      "(prefix, action, reason, created, expires) "
					      "VALUES (?1, ?2, ?3, ?4, ?5)",
					      &store->rule_save);
	if (!error)
		error = mxdp_database_prepare(store->database,
					      "DELETE FROM rules WHERE prefix = ?1",
					      &store->rule_delete);
	if (!error)
		error = mxdp_database_prepare(store->database,
					      "SELECT prefix, action, reason, created, expires "
					      "FROM rules",
					      &store->rules_load);
	if (!error)
		error = prepare_choices(store);
	if (error) {
		mxdp_store_close(store);
		return error;
	}
	*out = store;
	return 0;
}

void mxdp_store_close(struct mxdp_store *store)
{
	if (!store)
		return;
	mxdp_database_close(store->database);
	free(store);
}

bool mxdp_store_is_new(const struct mxdp_store *store)
{
	return store && store->database->made;
}

int mxdp_store_rule_save(struct mxdp_store *store, const struct mxdp_prefix *prefix,
			 enum mxdp_action action, const char *reason, int64_t created,
			 int64_t expires)
{
	char text[MXDP_PREFIX_TEXT];
	int error;

	if (!store)
		return -ENODEV;
	mxdp_prefix_format(prefix, text);
	sqlite3_bind_text(store->rule_save, 1, text, -1, SQLITE_STATIC);
	sqlite3_bind_text(store->rule_save, 2, mxdp_action_name(action), -1, SQLITE_STATIC);
	sqlite3_bind_text(store->rule_save, 3, reason, -1, SQLITE_STATIC);
	sqlite3_bind_int64(store->rule_save, 4, created);
	sqlite3_bind_int64(store->rule_save, 5, expires);
	error = mxdp_database_run(store->database, store->rule_save);
	sqlite3_clear_bindings(store->rule_save);
	return error;
}

int mxdp_store_rule_delete(struct mxdp_store *store, const struct mxdp_prefix *prefix)
{
	char text[MXDP_PREFIX_TEXT];
	int error;

	if (!store)
		return -ENODEV;
	mxdp_prefix_format(prefix, text);
	sqlite3_bind_text(store->rule_delete, 1, text, -1, SQLITE_STATIC);
	error = mxdp_database_run(store->database, store->rule_delete);
	sqlite3_clear_bindings(store->rule_delete);
	return error;
}

/* The row under the statement; a row that somebody edited into nonsense is skipped with a word. */
static bool read_rule(const struct mxdp_store *store, struct mxdp_prefix *prefix,
		      enum mxdp_action *action)
{
	const char *prefix_text = (const char *)sqlite3_column_text(store->rules_load, 0);
	const char *action_text = (const char *)sqlite3_column_text(store->rules_load, 1);
	const int number = action_text ? mxdp_action_number(action_text) : -EINVAL;

	if (!prefix_text || mxdp_prefix_parse(prefix_text, prefix) < 0 ||
	    (number != MXDP_ACTION_PASS && number != MXDP_ACTION_DROP)) {
		mxdp_log(MXDP_LOG_WARNING,
			 "%s: the rule \"%s\" with action \"%s\" makes no sense and is skipped; "
			 "delete it from the table rules",
			 store->database->path, prefix_text ? prefix_text : "",
			 action_text ? action_text : "");
		return false;
	}
	*action = (enum mxdp_action)number;
	return true;
}

int mxdp_store_rules_load(struct mxdp_store *store,
			  int (*each)(void *context, const struct mxdp_prefix *prefix,
				      enum mxdp_action action, const char *reason, int64_t created,
				      int64_t expires),
			  void *context)
{
	struct mxdp_prefix prefix;
	enum mxdp_action action;
	int result, error = 0;

	if (!store)
		return -ENODEV;
	store->database->made = false;
	while (!error && (result = sqlite3_step(store->rules_load)) == SQLITE_ROW) {
		const char *reason = (const char *)sqlite3_column_text(store->rules_load, 2);

		if (read_rule(store, &prefix, &action))
			error = each(context, &prefix, action, reason ? reason : "",
				     sqlite3_column_int64(store->rules_load, 3),
				     sqlite3_column_int64(store->rules_load, 4));
	}
	if (!error && result != SQLITE_DONE)
		error = mxdp_database_error(store->database, result);
	sqlite3_reset(store->rules_load);
	return error;
}

int mxdp_store_choice_save(struct mxdp_store *store, const char *name,
			   const struct mxdp_store_choice *choice)
{
	int error;

	if (!store)
		return -ENODEV;
	sqlite3_bind_text(store->choice_save, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(store->choice_save, 2, choice->value, -1, SQLITE_STATIC);
	sqlite3_bind_text(store->choice_save, 3, choice->by, -1, SQLITE_STATIC);
	sqlite3_bind_int64(store->choice_save, 4, choice->since);
	error = mxdp_database_run(store->database, store->choice_save);
	sqlite3_clear_bindings(store->choice_save);
	return error;
}

int mxdp_store_choice_load(struct mxdp_store *store, const char *name,
			   struct mxdp_store_choice *choice)
{
	int result, error = -ENOENT;

	if (!store)
		return -ENODEV;
	sqlite3_bind_text(store->choice_load, 1, name, -1, SQLITE_STATIC);
	result = sqlite3_step(store->choice_load);
	if (result == SQLITE_ROW) {
		snprintf(choice->value, sizeof(choice->value), "%s",
			 (const char *)sqlite3_column_text(store->choice_load, 0));
		snprintf(choice->by, sizeof(choice->by), "%s",
			 (const char *)sqlite3_column_text(store->choice_load, 1));
		choice->since = sqlite3_column_int64(store->choice_load, 2);
		error = 0;
	} else if (result != SQLITE_DONE) {
		error = mxdp_database_error(store->database, result);
	}
	sqlite3_reset(store->choice_load);
	sqlite3_clear_bindings(store->choice_load);
	return error;
}

int mxdp_store_choice_delete(struct mxdp_store *store, const char *name)
{
	int error;

	if (!store)
		return -ENODEV;
	sqlite3_bind_text(store->choice_delete, 1, name, -1, SQLITE_STATIC);
	error = mxdp_database_run(store->database, store->choice_delete);
	sqlite3_clear_bindings(store->choice_delete);
	return error;
}
