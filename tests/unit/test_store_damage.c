/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store whose file is damaged, cut short or moved away, before it is opened and under its hands.
 */
#include <check.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_stand.h"

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
	Suite *suite = suite_create("store damage");
	TCase *tests = tcase_create("damage");

	tcase_add_loop_test(tests, a_damaged_file_is_set_aside_and_begun_anew, 0, DAMAGES);
	tcase_add_loop_test(tests, a_file_that_is_cut_short_under_us_is_set_aside, HALF, DAMAGES);
	tcase_add_test(tests, a_file_that_was_moved_away_is_missed);
	return run_store_suite(suite, tests);
}
