/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last good data on disk: it comes back as it went, and what the server called its version only
 * for the very file, source and checksum that it was said of.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "directory.h"
#include "userspace/feeds/private.h"
#include "userspace/log.h"
#include "tests/suite.h"

static struct mxdp_config config;
static struct mxdp_feeds feeds;
static struct mxdp_feed_setting setting;

/* What the server sent with it. */
static struct mxdp_fetch_version version;

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static struct mxdp_feed feed_now(void)
{
	return (struct mxdp_feed){.feeds = &feeds, .config = &config, .setting = &setting};
}

static struct mxdp_kept keep(const char *text)
{
	struct mxdp_feed feed = feed_now();
	struct mxdp_kept kept = {.setting = &setting, .version = version};

	ck_assert_int_eq(mxdp_kept_paths(&feed, 7, &kept), 0);
	write_file(kept.new_path, text);
	ck_assert_int_eq(mxdp_kept_store(&kept), 0);
	ck_assert_int_ne(access(kept.new_path, F_OK), 0);
	ck_assert_int_ne(access(kept.new_version_path, F_OK), 0);
	return kept;
}

static void set_up(void)
{
	char path[128];

	make_directory();
	snprintf(path, sizeof(path), "%s/feeds", directory);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	version = (struct mxdp_fetch_version){.etag = "\"7-abc\"", .modified = 1700000000};
	config = (struct mxdp_config){.state_directory = directory};
	feeds = (struct mxdp_feeds){.config = &config};
	setting = (struct mxdp_feed_setting){.name = (char *)"list",
					     .source = (char *)"https://lists.example.net/drop",
					     .entries_max = 100};
	mxdp_log_open(MXDP_LOG_ERROR);
}

static void tear_down(void)
{
	remove_directory();
}

/* ---- what makes it another one ---- */

static void leave(const struct mxdp_kept *kept)
{
	(void)kept;
}

static void another_source(const struct mxdp_kept *kept)
{
	(void)kept;
	setting.source = (char *)"https://lists.example.net/edrop";
}

static void another_checksum(const struct mxdp_kept *kept)
{
	(void)kept;
	setting.checksum = (char *)"https://lists.example.net/drop.sha256";
}

/* By a restored backup, say: as long as it was. */
static void another_file(const struct mxdp_kept *kept)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/other", directory);
	write_file(path, "192.0.2.2\n");
	ck_assert_int_eq(rename(path, kept->path), 0);
}

static void a_longer_file(const struct mxdp_kept *kept)
{
	write_file(kept->path, "192.0.2.1\n192.0.2.2\n");
}

static void no_version(const struct mxdp_kept *kept)
{
	ck_assert_int_eq(unlink(kept->version_path), 0);
}

static void an_empty_version(const struct mxdp_kept *kept)
{
	write_file(kept->version_path, "");
}

static void garbage(const struct mxdp_kept *kept)
{
	write_file(kept->version_path, "<html>\n503 Service Unavailable\n");
}

static const struct {
	const char *what;
	void (*change)(const struct mxdp_kept *kept);
	bool known;
} changes[] = {
	{"nothing", leave, true},
	{"another source", another_source, false},
	{"another checksum", another_checksum, false},
	{"another file of the same length", another_file, false},
	{"the same file, longer", a_longer_file, false},
	{"no version", no_version, false},
	{"an empty version", an_empty_version, false},
	{"a version that is none", garbage, false},
};

START_TEST(a_version_is_known_of_its_own_file_alone)
{
	struct mxdp_kept kept = keep("192.0.2.1\n");
	struct mxdp_feed feed;

	changes[_i].change(&kept);
	feed = feed_now();
	mxdp_feed_load(&feed);
	ck_assert_ptr_nonnull(feed.data);
	ck_assert_msg((feed.version.etag[0] != '\0') == changes[_i].known, "%s: ETag %s",
		      changes[_i].what, feed.version.etag);
	ck_assert_msg(feed.version.modified == (changes[_i].known ? version.modified : 0), "%s",
		      changes[_i].what);
	if (changes[_i].known)
		ck_assert_str_eq(feed.version.etag, version.etag);
	mxdp_feed_data_unref(feed.data);
}
END_TEST

/* A daemon that was killed while it wrote: each byte may be the last. */
START_TEST(a_version_that_is_cut_off_is_none)
{
	char text[512] = "", cut[512];
	struct mxdp_kept kept = keep("192.0.2.1\n");
	FILE *file = fopen(kept.version_path, "r");
	size_t size = fread(text, 1, sizeof(text) - 1, file);

	fclose(file);
	for (size_t length = 0; length < size; length++) {
		struct mxdp_feed feed = feed_now();

		snprintf(cut, sizeof(cut), "%.*s", (int)length, text);
		write_file(kept.version_path, cut);
		mxdp_feed_load(&feed);
		ck_assert_msg(!feed.version.modified && !feed.version.etag[0], "%zu of %zu bytes",
			      length, size);
		mxdp_feed_data_unref(feed.data);
	}
}
END_TEST

START_TEST(the_longest_tag_is_kept_whole)
{
	struct mxdp_feed feed = feed_now();

	memset(version.etag, 'x', sizeof(version.etag) - 1);
	keep("192.0.2.1\n");
	mxdp_feed_load(&feed);
	ck_assert_str_eq(feed.version.etag, version.etag);
	mxdp_feed_data_unref(feed.data);
}
END_TEST

START_TEST(the_age_is_the_files)
{
	const struct timespec times[2] = {{.tv_sec = 1600000000}, {.tv_sec = 1600000000}};
	struct mxdp_kept kept = keep("192.0.2.1\n192.0.2.2\n");
	struct mxdp_feed feed = feed_now();

	ck_assert_int_eq(utimensat(AT_FDCWD, kept.path, times, 0), 0);
	mxdp_feed_load(&feed);
	ck_assert_int_eq(feed.synced, 1600000000);
	ck_assert_uint_eq(feed.report.entries, 2);
	ck_assert_uint_ne(feed.content, 0);
	mxdp_feed_data_unref(feed.data);
}
END_TEST

START_TEST(damaged_data_is_not_used)
{
	struct mxdp_feed feed = feed_now();

	keep("<html>\n");
	mxdp_feed_load(&feed);
	ck_assert_ptr_null(feed.data);
	ck_assert_str_eq(feed.version.etag, "");
	ck_assert_int_eq(feed.synced, 0);
}
END_TEST

/* ---- what a daemon that was killed leaves ---- */

static const struct {
	const char *name;
	bool stays;
} files[] = {
	{"list", true},
	{"list.version", true},
	{"list.new7", false},
	{"list.version.new12", false},
	{"list.checksum.new0", false},
	{"gone", true},
	{"gone.new3", false},
	{"list.new", true},
	{"list.new7x", true},
	{"odd.new5", true}, /* the name of a feed */
	{"odd.new5.new1", false},
};

START_TEST(only_leftovers_are_removed)
{
	struct mxdp_feed_setting named = {.name = (char *)"odd.new5"};
	char path[128];

	config.feeds = &named;
	config.feed_count = 1;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/feeds/%s", directory, files[i].name);
		write_file(path, "");
	}
	mxdp_kept_clean(&config);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/feeds/%s", directory, files[i].name);
		ck_assert_msg((access(path, F_OK) == 0) == files[i].stays, "%s", files[i].name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feed kept");
	TCase *tests = tcase_create("disk");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, a_version_is_known_of_its_own_file_alone, 0,
			    sizeof(changes) / sizeof(*changes));
	tcase_add_test(tests, a_version_that_is_cut_off_is_none);
	tcase_add_test(tests, the_longest_tag_is_kept_whole);
	tcase_add_test(tests, the_age_is_the_files);
	tcase_add_test(tests, damaged_data_is_not_used);
	tcase_add_test(tests, only_leftovers_are_removed);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
