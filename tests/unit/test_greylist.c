/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Greylisting's memory: triplets, who came back, and the file that both are kept in. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "directory.h"
#include "userspace/greylist/file.h"
#include "userspace/greylist/returned.h"
#include "userspace/greylist/triplets.h"
#include "userspace/store/database.h"
#include "tests/addresses.h"
#include "tests/suite.h"

#define START 1000000

static const struct mxdp_greylist_settings settings = {
	.delay = 300, .window = 14400, .prefix4 = 24, .prefix6 = 64, .trust = 100000};

/* ---- triplets ---- */

struct
try {
	int at; /* seconds after the first */
	const char *network, *sender, *recipient;
};

#define NETWORK "192.0.2.0/24"

static const struct {
	const char *what;
	struct try tries[4];
	bool passes; /* the last one */
	unsigned int count;
} messages[] = {
	{"the first try", {{0, NETWORK, "a@b", "c@d"}}, false, 1},
	{"too early", {{0, NETWORK, "a@b", "c@d"}, {299, NETWORK, "a@b", "c@d"}}, false, 2},
	{"after the delay", {{0, NETWORK, "a@b", "c@d"}, {300, NETWORK, "a@b", "c@d"}}, true, 2},
	{"in the window's last second",
	 {{0, NETWORK, "a@b", "c@d"}, {14399, NETWORK, "a@b", "c@d"}},
	 true,
	 2},
	{"after the window",
	 {{0, NETWORK, "a@b", "c@d"}, {14400, NETWORK, "a@b", "c@d"}},
	 false,
	 1},
	{"early, and then in time",
	 {{0, NETWORK, "a@b", "c@d"}, {10, NETWORK, "a@b", "c@d"}, {301, NETWORK, "a@b", "c@d"}},
	 true,
	 3},
	{"the clock is set back by a day, and the delay counts from then",
	 {{86400, NETWORK, "a@b", "c@d"}, {0, NETWORK, "a@b", "c@d"}, {300, NETWORK, "a@b", "c@d"}},
	 true,
	 3},
	{"... early",
	 {{86400, NETWORK, "a@b", "c@d"}, {0, NETWORK, "a@b", "c@d"}, {299, NETWORK, "a@b", "c@d"}},
	 false,
	 3},
	{"another recipient", {{0, NETWORK, "a@b", "c@d"}, {400, NETWORK, "a@b", "e@d"}}, false, 1},
	{"another sender", {{0, NETWORK, "a@b", "c@d"}, {400, NETWORK, "", "c@d"}}, false, 1},
	{"another network",
	 {{0, NETWORK, "a@b", "c@d"}, {400, "192.0.3.0/24", "a@b", "c@d"}},
	 false,
	 1},
	{"sender and recipient that only together are the same",
	 {{0, NETWORK, "a@bc", "@d"}, {400, NETWORK, "a@b", "c@d"}},
	 false,
	 1},
	{"passed once, it passes again",
	 {{0, NETWORK, "a@b", "c@d"}, {400, NETWORK, "a@b", "c@d"}, {401, NETWORK, "a@b", "c@d"}},
	 true,
	 3},
};

START_TEST(a_message_passes_when_it_comes_again_in_time)
{
	struct mxdp_triplets *triplets = mxdp_triplets_new(10);
	struct mxdp_greylist_row row = {.tries = 0};

	for (const struct try *try = messages[_i].tries; try->network; try++) {
		row = (struct mxdp_greylist_row){.prefix = prefix_of(try->network),
						 .client = address("192.0.2.1"),
						 .sender = try->sender,
						 .recipient = try->recipient};
		ck_assert_int_eq(mxdp_triplets_try(triplets, &settings, START + try->at, &row), 0);
	}
	ck_assert_msg((row.passed != 0) == messages[_i].passes, "%s", messages[_i].what);
	ck_assert_msg(row.tries == messages[_i].count, "%s: %u tries", messages[_i].what,
		      row.tries);
	mxdp_triplets_free(triplets);
}
END_TEST

static void count_row(void *context, const struct mxdp_greylist_row *row)
{
	(void)row;
	++*(unsigned int *)context;
}

static int try_once(struct mxdp_triplets *triplets, int64_t now, const char *recipient)
{
	struct mxdp_greylist_row row = {
		.prefix = prefix_of(NETWORK), .sender = "a@b", .recipient = recipient};

	return mxdp_triplets_try(triplets, &settings, now, &row);
}

START_TEST(triplets_are_bounded_and_expire)
{
	struct mxdp_triplets *triplets = mxdp_triplets_new(2);
	struct mxdp_greylist_row row = {
		.prefix = prefix_of(NETWORK), .sender = "a@b", .recipient = "2@d"};
	unsigned int count = 0;

	ck_assert_int_eq(try_once(triplets, START, "1@d"), 0);
	ck_assert_int_eq(try_once(triplets, START + 100, "2@d"), 0);
	ck_assert_int_eq(try_once(triplets, START + 100, "3@d"), -ENOSPC);
	ck_assert_int_eq(try_once(triplets, START + 14400, "3@d"), 0);
	mxdp_triplets_each(triplets, count_row, &count);
	ck_assert_uint_eq(count, 2);
	mxdp_triplets_drop(triplets, &row);
	ck_assert_uint_eq(mxdp_triplets_count(triplets), 1);
	ck_assert_uint_eq(mxdp_triplets_expire(triplets, 14400, START + 30000), 1);
	mxdp_triplets_free(triplets);
}
END_TEST

/* ---- who came back ---- */

/* By a day: nobody waits for yesterday to come again, and places become free as ever. */
START_TEST(a_clock_that_is_set_back_harms_nobody)
{
	const int64_t back = START - 86400;
	struct mxdp_triplets *triplets = mxdp_triplets_new(2);
	struct mxdp_greylist_row row = {.prefix = prefix_of(NETWORK), .sender = "a@b"};

	row.recipient = "2@d";
	ck_assert_int_eq(try_once(triplets, back - 1000, "1@d"), 0);
	ck_assert_int_eq(try_once(triplets, START, "2@d"), 0);
	ck_assert_int_eq(mxdp_triplets_try(triplets, &settings, back, &row), 0);
	ck_assert_int_eq(row.first, back);
	ck_assert_int_eq(row.passed, 0);
	ck_assert_int_eq(mxdp_triplets_try(triplets, &settings, back + settings.delay, &row), 0);
	ck_assert_int_eq(row.passed, back + settings.delay);
	mxdp_triplets_free(triplets);

	triplets = mxdp_triplets_new(2);
	ck_assert_int_eq(try_once(triplets, START, "1@d"), 0);
	ck_assert_int_eq(try_once(triplets, START, "2@d"), 0);
	ck_assert_int_eq(try_once(triplets, back, "3@d"), -ENOSPC);
	ck_assert_int_eq(try_once(triplets, back + settings.window, "3@d"), 0);
	mxdp_triplets_free(triplets);
}
END_TEST

START_TEST(the_one_silent_longest_goes_first)
{
	struct mxdp_returned *returned = mxdp_returned_new(2);
	const char *const names[] = {"192.0.2.0/24", "2001:db8::1", "192.0.2.0/24",
				     "198.51.100.0/24"};
	struct mxdp_prefix first = prefix_of(names[0]), second = prefix_of(names[1]);

	for (int i = 0; i < 4; i++) {
		struct mxdp_greylist_row row = {.kind = MXDP_GREYLIST_RETURNED,
						.prefix = prefix_of(names[i]),
						.last = START + i,
						.sender = "",
						.recipient = ""};

		ck_assert_int_eq(mxdp_returned_keep(returned, &row), 0);
	}
	ck_assert_uint_eq(mxdp_returned_count(returned), 2);
	ck_assert_ptr_null(mxdp_returned_find(returned, &second));
	ck_assert_int_eq(mxdp_returned_find(returned, &first)->last, START + 2);
	ck_assert_int_eq(mxdp_returned_oldest(returned)->last, START + 2);
	mxdp_returned_drop(returned, &first);
	ck_assert_ptr_null(mxdp_returned_find(returned, &first));
	mxdp_returned_free(returned);
}
END_TEST

/* ---- the file ---- */

static uv_loop_t loop;

static void open_loop(void)
{
	make_directory();
	uv_loop_init(&loop);
}

static void close_loop(void)
{
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	remove_directory();
}

static struct mxdp_greylist_file *open_file(void)
{
	struct mxdp_greylist_file *file = NULL;

	ck_assert_int_eq(mxdp_greylist_file_open(&loop, directory, &file), 0);
	return file;
}

static void close_file(struct mxdp_greylist_file *file)
{
	mxdp_greylist_file_close(file);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void save(struct mxdp_greylist_file *file, enum mxdp_greylist_kind kind,
		 const char *prefix_text, int64_t last, const char *recipient, bool gone)
{
	struct mxdp_greylist_row row = {
		.kind = kind,
		.prefix = prefix_of(prefix_text),
		.client = address("2001:db8::77"),
		.first = last - 10,
		.last = last,
		.passed = kind == MXDP_GREYLIST_RETURNED ? last : 0,
		.tries = 3,
		.sender = "",
		.recipient = recipient,
	};

	mxdp_greylist_file_save(file, &row, gone);
}

/* What is in the file, in words, in the order in which it is loaded. */
static void describe(void *context, const struct mxdp_greylist_row *row)
{
	char *text = context, name[MXDP_PREFIX_TEXT];
	size_t used = strlen(text);
	struct mxdp_address client = address("2001:db8::77");

	ck_assert(mxdp_address_equal(&row->client, &client));
	ck_assert_uint_eq(row->tries, 3);
	ck_assert_int_eq(row->first, row->last - 10);
	snprintf(text + used, 512 - used, "%s %s %lld %lld '%s'; ",
		 mxdp_greylist_kind_name(row->kind), mxdp_prefix_format(&row->prefix, name),
		 (long long)row->last - START, (long long)row->passed, row->recipient);
}

static void expect_file(const char *expected)
{
	struct mxdp_greylist_file *file = open_file();
	char text[512] = "";

	ck_assert_int_eq(mxdp_greylist_file_load(file, describe, text), 0);
	ck_assert_str_eq(text, expected);
	close_file(file);
}

START_TEST(what_is_saved_is_there_at_the_next_start)
{
	struct mxdp_greylist_file *file = open_file();

	save(file, MXDP_GREYLIST_NETWORK, NETWORK, START + 5, "", false);
	save(file, MXDP_GREYLIST_TRIPLET, "2001:db8::/64", START + 3, "c@d'; DROP TABLE x", false);
	save(file, MXDP_GREYLIST_NETWORK, NETWORK, START + 9, "", false);
	save(file, MXDP_GREYLIST_NETWORK, "192.0.3.0/24", START + 1, "", false);
	save(file, MXDP_GREYLIST_NETWORK, "192.0.3.0/24", START + 1, "", true);
	close_file(file);
	expect_file("triplet 2001:db8::/64 3 0 'c@d'; DROP TABLE x'; "
		    "network 192.0.2.0/24 9 0 ''; ");
}
END_TEST

START_TEST(what_is_old_is_pruned)
{
	struct mxdp_greylist_file *file = open_file();

	save(file, MXDP_GREYLIST_NETWORK, NETWORK, START, "", false);
	save(file, MXDP_GREYLIST_NETWORK, "192.0.3.0/24", START + 100, "", false);
	save(file, MXDP_GREYLIST_RETURNED, "2001:db8::1", START, "", false);
	save(file, MXDP_GREYLIST_RETURNED, "2001:db8::2", START - 100, "", false);
	close_file(file);
	file = open_file();
	mxdp_greylist_file_prune(file, START + 50, START - 50);
	close_file(file);
	expect_file("returned 2001:db8::1 0 1000000 ''; network 192.0.3.0/24 100 0 ''; ");
}
END_TEST

START_TEST(nonsense_in_the_file_is_skipped)
{
	static const struct mxdp_database_kind kind = {.file = "greylist.sqlite", .loss = ""};
	static const char *const nonsense[] = {
		"INSERT INTO greylist VALUES ('network', 'x/24', '', '', '::1', 1, 1, 0, 1)",
		"INSERT INTO greylist VALUES ('grey', '192.0.2.0/24', '', '', '::1', 1, 1, 0, 1)",
		"INSERT INTO greylist VALUES ('network', '192.0.4.0/24', '', '', '?', 1, 1, 0, 1)",
		"PRAGMA user_version = 1",
	};
	struct mxdp_greylist_file *file = open_file();
	struct mxdp_database_kind same = kind;
	struct mxdp_database *database;

	save(file, MXDP_GREYLIST_NETWORK, NETWORK, START, "", false);
	close_file(file);
	same.step_count = 1;
	ck_assert_int_eq(mxdp_database_open(directory, &same, &database), 0);
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
		ck_assert_int_eq(mxdp_database_execute(database, nonsense[i]), 0);
	mxdp_database_close(database);
	expect_file("network 192.0.2.0/24 0 0 ''; ");
}
END_TEST

START_TEST(no_file_is_no_fault)
{
	struct mxdp_greylist_file *file = NULL;
	struct mxdp_greylist_row row = {.sender = "", .recipient = ""};

	ck_assert_int_lt(mxdp_greylist_file_open(&loop, "/nonexistent/place", &file), 0);
	ck_assert_ptr_null(file);
	mxdp_greylist_file_save(file, &row, false);
	mxdp_greylist_file_prune(file, 1, 1);
	ck_assert_int_eq(mxdp_greylist_file_load(file, describe, NULL), -ENODEV);
	mxdp_greylist_file_close(file);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("greylist");
	TCase *memory = tcase_create("memory"), *files = tcase_create("file");

	tcase_add_loop_test(memory, a_message_passes_when_it_comes_again_in_time, 0,
			    sizeof(messages) / sizeof(messages[0]));
	tcase_add_test(memory, triplets_are_bounded_and_expire);
	tcase_add_test(memory, a_clock_that_is_set_back_harms_nobody);
	tcase_add_test(memory, the_one_silent_longest_goes_first);
	suite_add_tcase(suite, memory);
	tcase_add_checked_fixture(files, open_loop, close_loop);
	tcase_add_test(files, what_is_saved_is_there_at_the_next_start);
	tcase_add_test(files, what_is_old_is_pruned);
	tcase_add_test(files, nonsense_in_the_file_is_skipped);
	tcase_add_test(files, no_file_is_no_fault);
	suite_add_tcase(suite, files);
	return run_suite(suite);
}
