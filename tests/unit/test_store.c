/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store: what is saved comes back, also from an older file; what cannot be written says so. */
#include <check.h>
#include <errno.h>
#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "directory.h"
#include "userspace/store/store.h"
#include "tests/suite.h"

static char file[sizeof(directory) + 32];

struct seen {
	size_t count;
	struct {
		char prefix[MXDP_PREFIX_TEXT], reason[64];
		enum mxdp_action action;
		int64_t created, expires;
	} rules[8];
};

static int take(void *context, const struct mxdp_prefix *prefix, enum mxdp_action action,
		const char *reason, int64_t created, int64_t expires)
{
	struct seen *seen = context;

	ck_assert_uint_lt(seen->count, 8);
	mxdp_prefix_format(prefix, seen->rules[seen->count].prefix);
	snprintf(seen->rules[seen->count].reason, sizeof(seen->rules[0].reason), "%s", reason);
	seen->rules[seen->count].action = action;
	seen->rules[seen->count].created = created;
	seen->rules[seen->count].expires = expires;
	seen->count++;
	return 0;
}

static struct mxdp_store *open_store(void)
{
	struct mxdp_store *store = NULL;

	ck_assert_int_eq(mxdp_store_open(directory, &store), 0);
	return store;
}

static int save(struct mxdp_store *store, const char *text, enum mxdp_action action,
		const char *reason, int64_t expires)
{
	struct mxdp_prefix prefix;

	ck_assert_int_eq(mxdp_prefix_parse(text, &prefix), 0);
	return mxdp_store_rule_save(store, &prefix, action, reason, 1000, expires);
}

static struct seen load(struct mxdp_store *store)
{
	struct seen seen = {0};

	ck_assert_int_eq(mxdp_store_rules_load(store, take, &seen), 0);
	return seen;
}

static void run_sql(const char *sql)
{
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open(file, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static int version(void)
{
	sqlite3 *handle;
	sqlite3_stmt *statement;
	int number;

	ck_assert_int_eq(sqlite3_open(file, &handle), SQLITE_OK);
	sqlite3_prepare_v2(handle, "PRAGMA user_version", -1, &statement, NULL);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return number;
}

START_TEST(rules_come_back_after_a_restart)
{
	struct mxdp_store *store = open_store();
	struct seen seen;

	ck_assert_int_eq(
		save(store, "192.0.2.0/24", MXDP_ACTION_DROP, "Bob's 'spam' \xe2\x9c\x93", 5000),
		0);
	ck_assert_int_eq(save(store, "2001:db8::1", MXDP_ACTION_PASS, "", 0), 0);
	mxdp_store_close(store);
	store = open_store();
	seen = load(store);
	mxdp_store_close(store);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_str_eq(seen.rules[0].prefix, "192.0.2.0/24");
	ck_assert_str_eq(seen.rules[0].reason, "Bob's 'spam' \xe2\x9c\x93");
	ck_assert_int_eq(seen.rules[0].action, MXDP_ACTION_DROP);
	ck_assert_int_eq(seen.rules[0].created, 1000);
	ck_assert_int_eq(seen.rules[0].expires, 5000);
	ck_assert_str_eq(seen.rules[1].prefix, "2001:db8::1");
	ck_assert_int_eq(seen.rules[1].action, MXDP_ACTION_PASS);
	ck_assert_int_eq(seen.rules[1].expires, 0);
}
END_TEST

START_TEST(a_second_save_replaces_and_delete_deletes)
{
	struct mxdp_store *store = open_store();
	struct mxdp_prefix prefix;
	struct seen seen;

	save(store, "192.0.2.1", MXDP_ACTION_DROP, "first", 0);
	save(store, "192.0.2.1", MXDP_ACTION_PASS, "second", 0);
	seen = load(store);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_str_eq(seen.rules[0].reason, "second");
	mxdp_prefix_parse("192.0.2.1", &prefix);
	ck_assert_int_eq(mxdp_store_rule_delete(store, &prefix), 0);
	ck_assert_int_eq(mxdp_store_rule_delete(store, &prefix), 0);
	ck_assert_uint_eq(load(store).count, 0);
	mxdp_store_close(store);
}
END_TEST

START_TEST(the_file_is_not_for_everybody)
{
	struct mxdp_store *store = open_store();
	struct stat status;

	ck_assert_int_eq(stat(file, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07, 0);
	mxdp_store_close(store);
}
END_TEST

START_TEST(the_directory_is_made)
{
	char inner[sizeof(directory) + 16], inside[sizeof(inner) + 16];
	struct mxdp_store *store = NULL;

	snprintf(inner, sizeof(inner), "%s/state", directory);
	snprintf(inside, sizeof(inside), "%s/mxdp.sqlite", inner);
	ck_assert_int_eq(mxdp_store_open(inner, &store), 0);
	mxdp_store_close(store);
	ck_assert_int_eq(unlink(inside), 0);
	ck_assert_int_eq(rmdir(inner), 0);
}
END_TEST

START_TEST(an_empty_file_is_brought_up_to_date)
{
	FILE *empty = fopen(file, "w");
	struct mxdp_store *store;

	ck_assert_ptr_nonnull(empty);
	fclose(empty);
	store = open_store();
	ck_assert_int_eq(save(store, "192.0.2.1", MXDP_ACTION_DROP, "", 0), 0);
	mxdp_store_close(store);
	ck_assert_int_ge(version(), 1);
}
END_TEST

/* The tables as version 1 of the file had them: they stay readable for ever. */
START_TEST(a_file_of_version_1_is_read)
{
	struct mxdp_store *store;
	struct seen seen;

	run_sql("CREATE TABLE rules (prefix TEXT PRIMARY KEY NOT NULL, action TEXT NOT NULL,"
		" reason TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL)"
		" WITHOUT ROWID, STRICT;"
		"INSERT INTO rules VALUES ('198.51.100.0/24', 'drop', 'old', 7, 0);"
		"PRAGMA user_version = 1;");
	store = open_store();
	seen = load(store);
	mxdp_store_close(store);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_str_eq(seen.rules[0].prefix, "198.51.100.0/24");
	ck_assert_str_eq(seen.rules[0].reason, "old");
}
END_TEST

START_TEST(a_later_versions_file_is_left_alone)
{
	struct mxdp_store *store = NULL;

	run_sql("CREATE TABLE future (x); PRAGMA user_version = 1000;");
	ck_assert_int_eq(mxdp_store_open(directory, &store), -EPROTO);
	ck_assert_ptr_null(store);
	ck_assert_int_eq(version(), 1000);
}
END_TEST

START_TEST(rows_without_sense_are_skipped)
{
	struct mxdp_store *store = open_store();
	struct seen seen;

	run_sql("INSERT INTO rules VALUES ('nonsense', 'drop', '', 0, 0),"
		" ('192.0.2.1/24', 'drop', '', 0, 0), ('192.0.2.3', 'explode', '', 0, 0),"
		" ('192.0.2.4', 'limit', '', 0, 0), ('192.0.2.5', 'pass', '', 0, 0);");
	seen = load(store);
	mxdp_store_close(store);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_str_eq(seen.rules[0].prefix, "192.0.2.5");
}
END_TEST

/* How many damaged files were set aside; they are gone then. */
static unsigned int set_aside(void)
{
	char pattern[sizeof(file) + 16];
	unsigned int count;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s.damaged-*Z", file);
	glob(pattern, 0, NULL, &found);
	count = (unsigned int)found.gl_pathc;
	for (size_t i = 0; i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
	return count;
}

enum damage { GARBAGE, GARBAGE_IN_THE_MIDDLE, HALF, CUT_BY_A_BYTE, EMPTY, DAMAGES };

static void do_damage(enum damage damage)
{
	struct stat status;
	FILE *damaged;

	ck_assert_int_eq(stat(file, &status), 0);
	if (damage >= HALF) {
		const off_t left[] = {[HALF] = status.st_size / 2,
				      [CUT_BY_A_BYTE] = status.st_size - 1,
				      [EMPTY] = 0};

		ck_assert_int_eq(truncate(file, left[damage]), 0);
		return;
	}
	damaged = fopen(file, "r+");
	ck_assert_ptr_nonnull(damaged);
	ck_assert_int_eq(fseek(damaged, damage == GARBAGE ? 0 : 4096, SEEK_SET), 0);
	for (off_t at = ftell(damaged); at < status.st_size; at++)
		fputc((int)(random() & 0xff), damaged);
	fclose(damaged);
}

/* Several pages of them. */
static void save_many(struct mxdp_store *store)
{
	char prefix[32], reason[400] = "";

	memset(reason, 'x', sizeof(reason) - 1);
	for (int i = 0; i < 40; i++) {
		snprintf(prefix, sizeof(prefix), "192.0.2.%d", i);
		ck_assert_int_eq(save(store, prefix, MXDP_ACTION_DROP, reason, 0), 0);
	}
}

START_TEST(a_damaged_file_is_set_aside_and_begun_anew)
{
	struct mxdp_store *store = open_store();

	save_many(store);
	mxdp_store_close(store);
	do_damage((enum damage)_i);
	store = open_store();
	ck_assert(mxdp_store_is_new(store));
	ck_assert_uint_eq(set_aside(), _i != EMPTY);
	ck_assert_int_eq(save(store, "192.0.2.1", MXDP_ACTION_DROP, "", 0), 0);
	mxdp_store_close(store);
	store = open_store();
	ck_assert_uint_eq(load(store).count, 1);
	ck_assert_uint_eq(set_aside(), 0);
	mxdp_store_close(store);
}
END_TEST

/* /proc takes no new files, not even from root. */
START_TEST(an_unwritable_path_is_an_error)
{
	struct mxdp_store *store = NULL;

	ck_assert_int_lt(mxdp_store_open("/proc/self", &store), 0);
	ck_assert_int_lt(mxdp_store_open("/nowhere/at/all", &store), 0);
	ck_assert_ptr_null(store);
}
END_TEST

START_TEST(without_a_store_every_call_answers_enodev)
{
	struct mxdp_prefix prefix;
	struct seen seen = {0};

	mxdp_prefix_parse("192.0.2.1", &prefix);
	ck_assert_int_eq(mxdp_store_rule_save(NULL, &prefix, MXDP_ACTION_DROP, "", 0, 0), -ENODEV);
	ck_assert_int_eq(mxdp_store_rule_delete(NULL, &prefix), -ENODEV);
	ck_assert_int_eq(mxdp_store_rules_load(NULL, take, &seen), -ENODEV);
	mxdp_store_close(NULL);
}
END_TEST

START_TEST(a_locked_file_is_an_error_and_recovers)
{
	struct mxdp_store *store = open_store();
	sqlite3 *other;

	ck_assert_int_eq(sqlite3_open(file, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(save(store, "192.0.2.1", MXDP_ACTION_DROP, "", 0), -EBUSY);
	ck_assert_int_eq(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(save(store, "192.0.2.1", MXDP_ACTION_DROP, "", 0), 0);
	ck_assert_uint_eq(load(store).count, 1);
	sqlite3_close(other);
	mxdp_store_close(store);
}
END_TEST

START_TEST(two_may_have_it_open)
{
	struct mxdp_store *one = open_store(), *two = open_store();

	ck_assert_int_eq(save(one, "192.0.2.1", MXDP_ACTION_DROP, "", 0), 0);
	ck_assert_int_eq(save(two, "192.0.2.2", MXDP_ACTION_DROP, "", 0), 0);
	ck_assert_uint_eq(load(one).count, 2);
	ck_assert_uint_eq(load(two).count, 2);
	mxdp_store_close(one);
	mxdp_store_close(two);
}
END_TEST

/* It is looked for at most once a second. */
static int save_until(struct mxdp_store *store, int wanted)
{
	int error = !wanted;

	for (int i = 0; i < 300 && error != wanted; i++) {
		error = save(store, "192.0.2.1", MXDP_ACTION_DROP, "", 0);
		usleep(10000);
	}
	return error;
}

START_TEST(a_file_that_was_moved_away_is_missed)
{
	struct mxdp_store *store = open_store();
	char aside[sizeof(file) + 8];

	snprintf(aside, sizeof(aside), "%s.aside", file);
	ck_assert_int_eq(save(store, "192.0.2.1", MXDP_ACTION_DROP, "", 0), 0);
	ck_assert_int_eq(rename(file, aside), 0);
	ck_assert_int_eq(save_until(store, -ESTALE), -ESTALE);
	ck_assert_int_eq(rename(aside, file), 0);
	ck_assert_int_eq(save_until(store, 0), 0);
	ck_assert_uint_eq(load(store).count, 1);
	mxdp_store_close(store);
}
END_TEST

/* What SQLite has in memory hides it: the look at the file does not. */
START_TEST(a_file_that_is_cut_short_under_us_is_set_aside)
{
	struct mxdp_store *store = open_store();

	save_many(store);
	mxdp_store_close(store); /* all of it is in the file now, and nothing in the log */
	store = open_store();
	ck_assert_int_eq(save(store, "192.0.2.1", MXDP_ACTION_DROP, "", 0), 0);
	do_damage((enum damage)_i);
	ck_assert_int_eq(save_until(store, -EUCLEAN), -EUCLEAN);
	ck_assert_uint_eq(set_aside(), 1);
	ck_assert_int_eq(save(store, "192.0.2.9", MXDP_ACTION_DROP, "", 0), -EUCLEAN);
	mxdp_store_close(store);
	store = open_store();
	ck_assert_int_eq(save(store, "192.0.2.1", MXDP_ACTION_DROP, "", 0), 0);
	ck_assert_uint_eq(load(store).count, 1);
	mxdp_store_close(store);
	ck_assert_uint_eq(set_aside(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tests = tcase_create("rules");
	int failed;

	make_directory();
	snprintf(file, sizeof(file), "%s/mxdp.sqlite", directory);
	tcase_add_checked_fixture(tests, empty_directory, NULL);
	tcase_add_test(tests, rules_come_back_after_a_restart);
	tcase_add_test(tests, a_second_save_replaces_and_delete_deletes);
	tcase_add_test(tests, the_file_is_not_for_everybody);
	tcase_add_test(tests, the_directory_is_made);
	tcase_add_test(tests, an_empty_file_is_brought_up_to_date);
	tcase_add_test(tests, a_file_of_version_1_is_read);
	tcase_add_test(tests, a_later_versions_file_is_left_alone);
	tcase_add_test(tests, rows_without_sense_are_skipped);
	tcase_add_loop_test(tests, a_damaged_file_is_set_aside_and_begun_anew, 0, DAMAGES);
	tcase_add_loop_test(tests, a_file_that_is_cut_short_under_us_is_set_aside, HALF, DAMAGES);
	tcase_add_test(tests, an_unwritable_path_is_an_error);
	tcase_add_test(tests, without_a_store_every_call_answers_enodev);
	tcase_add_test(tests, a_locked_file_is_an_error_and_recovers);
	tcase_add_test(tests, two_may_have_it_open);
	tcase_add_test(tests, a_file_that_was_moved_away_is_missed);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	remove_directory();
	return failed;
}
