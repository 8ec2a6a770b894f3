/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mode that the operator chose at run time outlives the daemon; without one, the file's. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "directory.h"
#include "userspace/mode/mode.h"
#include "tests/suite.h"

static struct mxdp_store *open_store(void)
{
	struct mxdp_store *store = NULL;

	ck_assert_int_eq(mxdp_store_open(directory, &store), 0);
	return store;
}

static void keep(enum mxdp_mode mode, const char *by)
{
	struct mxdp_mode_choice choice = {.made = true, .mode = mode, .since = 1000};
	struct mxdp_store *store = open_store();

	snprintf(choice.by, sizeof(choice.by), "%s", by);
	ck_assert_int_eq(mxdp_mode_keep(store, &choice), 0);
	mxdp_store_close(store);
}

static struct mxdp_mode_choice restored(void)
{
	struct mxdp_store *store = open_store();
	struct mxdp_mode_choice choice = mxdp_mode_restore(store);

	mxdp_store_close(store);
	return choice;
}

static enum mxdp_mode in_force(const struct mxdp_mode_choice *choice, enum mxdp_mode configured)
{
	struct mxdp_config config = {.mode = configured, .configured_mode = configured};

	mxdp_mode_apply(choice, &config);
	ck_assert_int_eq(config.configured_mode, configured);
	return config.mode;
}

START_TEST(without_a_choice_the_configuration_decides)
{
	struct mxdp_mode_choice choice = restored();

	ck_assert(!choice.made);
	ck_assert_int_eq(in_force(&choice, MXDP_MODE_SOFT), MXDP_MODE_SOFT);
	ck_assert_str_eq(choice.by, "the configuration");
	ck_assert_int_ge(choice.since, time(NULL) - 60);
}
END_TEST

START_TEST(a_choice_outlives_the_daemon)
{
	struct mxdp_mode_choice choice;

	keep(MXDP_MODE_SOFT, "bob, uid 7");
	keep(MXDP_MODE_ENFORCE, "alice, uid 0");
	choice = restored();
	ck_assert(choice.made);
	ck_assert_int_eq(in_force(&choice, MXDP_MODE_OBSERVE), MXDP_MODE_ENFORCE);
	ck_assert_str_eq(choice.by, "alice, uid 0");
	ck_assert_int_eq(choice.since, 1000);
}
END_TEST

START_TEST(a_choice_that_is_taken_back_is_gone)
{
	struct mxdp_mode_choice choice = mxdp_mode_of_configuration();
	struct mxdp_store *store;

	keep(MXDP_MODE_ENFORCE, "alice");
	store = open_store();
	ck_assert_int_eq(mxdp_mode_keep(store, &choice), 0);
	ck_assert_int_eq(mxdp_mode_keep(store, &choice), 0); /* again: nothing to take back */
	mxdp_store_close(store);
	choice = restored();
	ck_assert_int_eq(in_force(&choice, MXDP_MODE_OBSERVE), MXDP_MODE_OBSERVE);
}
END_TEST

START_TEST(a_mode_that_is_none_is_not_taken)
{
	struct mxdp_store_choice nonsense = {.value = "furious", .by = "x", .since = 5};
	struct mxdp_store *store = open_store();

	ck_assert_int_eq(mxdp_store_choice_save(store, "mode", &nonsense), 0);
	mxdp_store_close(store);
	ck_assert(!restored().made);
}
END_TEST

START_TEST(without_a_store)
{
	struct mxdp_mode_choice choice = {.made = true, .mode = MXDP_MODE_SOFT};

	ck_assert(!mxdp_mode_restore(NULL).made);
	ck_assert_int_eq(mxdp_mode_keep(NULL, &choice), -ENODEV);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mode");
	TCase *tests = tcase_create("mode");
	int failed;

	make_directory();
	tcase_add_checked_fixture(tests, empty_directory, NULL);
	tcase_add_test(tests, without_a_choice_the_configuration_decides);
	tcase_add_test(tests, a_choice_outlives_the_daemon);
	tcase_add_test(tests, a_choice_that_is_taken_back_is_gone);
	tcase_add_test(tests, a_mode_that_is_none_is_not_taken);
	tcase_add_test(tests, without_a_store);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	remove_directory();
	return failed;
}
