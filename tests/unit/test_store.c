/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store: what is saved comes back, also from an older file; what cannot be written says so. */
#include <check.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_stand.h"

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

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tests = tcase_create("rules");

	tcase_add_test(tests, rules_come_back_after_a_restart);
	tcase_add_test(tests, a_second_save_replaces_and_delete_deletes);
	tcase_add_test(tests, the_file_is_not_for_everybody);
	tcase_add_test(tests, the_directory_is_made);
	tcase_add_test(tests, an_empty_file_is_brought_up_to_date);
	tcase_add_test(tests, a_file_of_version_1_is_read);
	tcase_add_test(tests, a_later_versions_file_is_left_alone);
	tcase_add_test(tests, rows_without_sense_are_skipped);
	tcase_add_test(tests, an_unwritable_path_is_an_error);
	tcase_add_test(tests, without_a_store_every_call_answers_enodev);
	tcase_add_test(tests, a_locked_file_is_an_error_and_recovers);
	tcase_add_test(tests, two_may_have_it_open);
	return run_store_suite(suite, tests);
}
