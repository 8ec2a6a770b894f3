/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each way in which the file of a path can change is told, by inotify alone. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "directory.h"
#include "userspace/feeds/watch.h"
#include "tests/suite.h"

#define PATIENCE_SECONDS 8 /* shorter than the look that finds what inotify has missed */

static uv_loop_t loop;
static struct mxdp_watch *watch;
static unsigned int told;
static bool there, told_growing;

static const char *place(const char *name)
{
	static char texts[4][192];
	static unsigned int next;
	char *text = texts[next++ % 4];

	snprintf(text, sizeof(texts[0]), "%s/%s", directory, name);
	return text;
}

static void run(const char *command)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "cd %s && %s", directory, command);
	ck_assert_msg(system(whole) == 0, "%s", whole);
}

static void on_change(void *context, bool exists)
{
	ck_assert_ptr_eq(context, &told);
	told++;
	there = exists;
	told_growing |= mxdp_watch_is_growing(watch);
}

static void on_wake(uv_timer_t *timer)
{
	(void)timer;
}

/* Runs the loop until so much was told, and no more is to come. A slow machine tells more. */
static bool await(unsigned int count)
{
	time_t end = time(NULL) + PATIENCE_SECONDS;
	uv_timer_t wake;

	uv_timer_init(&loop, &wake);
	uv_timer_start(&wake, on_wake, 10, 10);
	while ((told < count || mxdp_watch_is_settling(watch)) && time(NULL) < end)
		uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&wake, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
	return told >= count;
}

static void set_up(void)
{
	make_directory();
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	told = 0;
	watch = NULL;
}

static void tear_down(void)
{
	mxdp_watch_free(watch);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	run("chmod -R u+rwx .");
	remove_directory();
}

static void count_active(uv_handle_t *handle, void *count)
{
	if (handle->type == UV_FS_EVENT && uv_is_active(handle))
		++*(unsigned int *)count;
}

/* How many directories inotify watches; without any, the file is looked at every second. */
static unsigned int directories_watched(void)
{
	unsigned int count = 0;

	uv_walk(&loop, count_active, &count);
	return count;
}

static void begin(const char *name)
{
	ck_assert_int_eq(mxdp_watch_new(&loop, place(name), on_change, &told, &watch), 0);
	ck_assert_msg(await(1), "not told of the beginning");
	ck_assert_msg(directories_watched() > 0, "%s is not watched", name);
}

static const struct {
	const char *what, *path, *before;
	const char *changes[3]; /* each is told ... */
	bool there[3];          /* ... and leaves the file there or not */
} cases[] = {
	{"a line is added",
	 "list",
	 "echo 1 >list",
	 {"echo 2 >>list", "echo 3 >>list"},
	 {true, true}},
	{"as many bytes, and a time of old",
	 "list",
	 "echo 1 >list; touch -d 2020-01-01 list",
	 {"echo 2 >list; touch -d 2020-01-01 list"},
	 {true}},
	{"another file takes its place",
	 "list",
	 "echo 1 >list",
	 {"echo 2 >new && mv new list", "echo 3 >new && mv new list", "echo 4 >>list"},
	 {true, true, true}},
	{"it comes and goes",
	 "list",
	 "true",
	 {"echo 1 >list", "rm list", "echo 2 >list"},
	 {true, false, true}},
	{"its directories come one by one, and go",
	 "a/b/list",
	 "true",
	 {"mkdir a && sleep 0.1 && mkdir a/b && sleep 0.1 && echo 1 >a/b/list", "rm -r a",
	  "mkdir -p a/b && echo 2 >a/b/list"},
	 {true, false, true}},
	{"its directory is moved into place, and replaced",
	 "a/list",
	 "mkdir new && echo 1 >new/list",
	 {"mv new a", "mkdir new && echo 2 >new/list && mv a old && mv new a", "echo 3 >>a/list"},
	 {true, true, true}},
	{"a directory further up is replaced",
	 "a/b/list",
	 "mkdir -p a/b new/b && echo 1 >a/b/list && echo 2 >new/b/list",
	 {"mv a old && mv new a", "echo 3 >>a/b/list"},
	 {true, true}},
	{"a link is turned",
	 "list",
	 "mkdir 1 2 && echo 1 >1/list && echo 2 >2/list && ln -s 1/list list",
	 {"ln -s 2/list new && mv -T new list", "echo 3 >>2/list"},
	 {true, true}},
	{"a link to a directory is turned",
	 "now/list",
	 "mkdir 1 2 && echo 1 >1/list && echo 2 >2/list && ln -s 1 now",
	 {"ln -s 2 new && mv -T new now", "echo 3 >>2/list", "rm now"},
	 {true, true, false}},
	{"what a link leads to changes, over several links",
	 "a/list",
	 "mkdir a b c && echo 1 >c/list && ln -s ../b/list a/list && ln -s $PWD/c/list b/list",
	 {"echo 2 >>c/list", "echo 3 >c/new && mv c/new c/list", "rm b/list"},
	 {true, true, false}},
	{"links that lead in a circle",
	 "a",
	 "ln -s b a && ln -s a b && rm a",
	 {"ln -s b a; rm b; echo 1 >b"},
	 {true}},
};

START_TEST(each_change_is_told)
{
	run(cases[_i].before);
	begin(cases[_i].path);
	for (unsigned int i = 0; i < 3 && cases[_i].changes[i]; i++) {
		unsigned int before = told;

		run(cases[_i].changes[i]);
		ck_assert_msg(await(before + 1), "%s: \"%s\" is not told", cases[_i].what,
			      cases[_i].changes[i]);
		ck_assert_msg(there == cases[_i].there[i] && mxdp_watch_exists(watch) == there,
			      "%s: \"%s\": %s", cases[_i].what, cases[_i].changes[i],
			      there ? "there" : "not there");
	}
}
END_TEST

START_TEST(what_happens_beside_the_file_is_not_told)
{
	run("echo 1 >list");
	begin("list");
	run("echo 2 >other; mkdir more; rm other; mv more list.new");
	for (int turn = 0; turn < 10; turn++)
		uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert(!mxdp_watch_is_settling(watch));
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(a_file_that_never_rests_is_told_while_it_grows)
{
	run("echo 1 >list");
	begin("list");
	run("(i=0; while [ -e list ] && [ $i -lt 2000 ]; do echo 2 >>list; sleep 0.02; "
	    "i=$((i + 1)); done) >/dev/null 2>&1 &");
	for (unsigned int before = told; told < before + 2;)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert(mxdp_watch_is_growing(watch));
	run("mv list other"); /* the writer ends */
	while (there)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert(!mxdp_watch_is_growing(watch));
}
END_TEST

/* However long it takes, it is smaller than before until its end. */
START_TEST(a_file_that_is_written_anew_is_not_told_as_growing)
{
	run("seq 1000 >list");
	begin("list");
	told_growing = false;
	run("(: >list; for i in $(seq 50); do echo $i >>list; sleep 0.03; done) "
	    ">/dev/null 2>&1 &");
	ck_assert(await(2));
	ck_assert(!told_growing);
}
END_TEST

START_TEST(where_inotify_does_not_work_the_file_is_looked_at)
{
	char path[4096 * 2];
	size_t length = (size_t)snprintf(path, sizeof(path), "%s", directory);

	/* More directories than are watched. */
	for (int i = 0; i < 40; i++)
		length += (size_t)snprintf(path + length, sizeof(path) - length, "/d");
	run("mkdir -p $(printf 'd/%.0s' $(seq 40))");
	snprintf(path + length, sizeof(path) - length, "/list");
	ck_assert_int_eq(mxdp_watch_new(&loop, path, on_change, &told, &watch), 0);
	ck_assert(await(1));
	ck_assert(!there);
	ck_assert_uint_eq(directories_watched(), 0);
	run("echo 1 >$(printf 'd/%.0s' $(seq 40))list");
	ck_assert(await(2));
	ck_assert(there);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	char path[8192];

	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(mxdp_watch_new(&loop, path, on_change, &told, &watch), -ENAMETOOLONG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feed watch");
	TCase *tests = tcase_create("changes");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 6 * PATIENCE_SECONDS);
	tcase_add_loop_test(tests, each_change_is_told, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tests, what_happens_beside_the_file_is_not_told);
	tcase_add_test(tests, a_file_that_never_rests_is_told_while_it_grows);
	tcase_add_test(tests, a_file_that_is_written_anew_is_not_told_as_growing);
	tcase_add_test(tests, where_inotify_does_not_work_the_file_is_looked_at);
	tcase_add_test(tests, a_path_that_is_too_long_is_refused);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
