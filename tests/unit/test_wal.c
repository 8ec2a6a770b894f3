/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which damage of a write-ahead log is told: SQLite itself tells none. */
#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "userspace/store/wal.h"
#include "tests/suite.h"

#define HEADER 32
#define FRAME  (24 + 4096)

static char directory[] = "/tmp/test_wal.------";
static char file[64], log_file[96], copy[64], copy_log[96];
static sqlite3 *handle;

static void run_sql(const char *sql)
{
	ck_assert_int_eq(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void set_up(void)
{
	memset(strrchr(directory, '.') + 1, 'X', 6); /* a pattern for mkdtemp() */
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/a", directory);
	snprintf(log_file, sizeof(log_file), "%s-wal", file);
	snprintf(copy, sizeof(copy), "%s/b", directory);
	snprintf(copy_log, sizeof(copy_log), "%s-wal", copy);
	ck_assert_int_eq(sqlite3_open(file, &handle), SQLITE_OK);
	run_sql("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a)");
	for (int i = 0; i < 10; i++)
		run_sql("INSERT INTO t VALUES (zeroblob(6000))");
}

static void tear_down(void)
{
	char command[96];

	sqlite3_close(handle);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0); /* NOLINT(cert-env33-c) */
}

/* The log as a crash leaves it, with one byte changed (-1: none) and cut to a size (0: not). */
static bool is_told(long changed, long size)
{
	static unsigned char log[1 << 20];
	FILE *from = fopen(log_file, "r"), *to = fopen(copy_log, "w");
	long length;
	bool told;

	ck_assert(from && to);
	length = (long)fread(log, 1, sizeof(log), from);
	ck_assert_int_lt(length, sizeof(log));
	if (changed >= 0)
		log[changed] ^= 1;
	ck_assert_uint_eq(fwrite(log, 1, (size_t)(size ? size : length), to),
			  (size_t)(size ? size : length));
	fclose(from);
	fclose(to);
	told = mxdp_wal_is_damaged(copy);
	unlink(copy_log);
	return told;
}

static long log_size(void)
{
	FILE *log = fopen(log_file, "r");
	long size;

	ck_assert_ptr_nonnull(log);
	fseek(log, 0, SEEK_END);
	size = ftell(log);
	fclose(log);
	return size;
}

START_TEST(a_whole_log_is_none)
{
	ck_assert(!is_told(-1, 0));
	ck_assert(!mxdp_wal_is_damaged(copy)); /* nor one that is not there */
}
END_TEST

START_TEST(a_changed_byte_is_told)
{
	const long places[] = {0,
			       9,
			       17,
			       25,
			       HEADER,
			       HEADER + 17,
			       HEADER + 24,
			       HEADER + 2000,
			       HEADER + FRAME,
			       HEADER + 5 * FRAME + 4095};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		ck_assert_msg(is_told(places[i], 0), "byte %ld", places[i]);
}
END_TEST

START_TEST(a_log_that_ends_anywhere_is_a_crash)
{
	const long size = log_size();

	for (long end = 1; end < size; end += 97)
		ck_assert_msg(!is_told(-1, end), "cut at %ld", end);
	ck_assert(!is_told(size - 1, 0)); /* the last write, half done */
}
END_TEST

/* After a checkpoint the log is written from its beginning again: what is left behind is no loss.
 */
START_TEST(what_is_left_of_an_older_log_is_no_damage)
{
	run_sql("PRAGMA wal_checkpoint(RESTART)");
	run_sql("INSERT INTO t VALUES (1)");
	ck_assert_int_gt(log_size(), HEADER + 5 * FRAME);
	ck_assert(!is_told(-1, 0));
	ck_assert(!is_told(log_size() - 2000, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wal");
	TCase *tests = tcase_create("wal");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_whole_log_is_none);
	tcase_add_test(tests, a_changed_byte_is_told);
	tcase_add_test(tests, a_log_that_ends_anywhere_is_a_crash);
	tcase_add_test(tests, what_is_left_of_an_older_log_is_no_damage);
	return run_suite(suite);
}
