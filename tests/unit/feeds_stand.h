/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The feeds of a configuration on a loop that a test turns: real files in a directory of their own;
 * what would be the kernel's is fake_kernel.h. What a case leaves is removed after it.
 */
#ifndef MXDP_TEST_FEEDS_STAND_H
#define MXDP_TEST_FEEDS_STAND_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "userspace/feeds/private.h"
#include "directory.h"
#include "fake_kernel.h"
#include "userspace/log.h"
#include "tests/suite.h"

#define PATIENCE_SECONDS 20

static uv_loop_t loop;
static struct mxdp_feeds *feeds;
static struct mxdp_config *config;

static inline const char *place(const char *name)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s/%s", directory, name);
	return text;
}

static inline void write_file(const char *name, const char *text)
{
	FILE *file = fopen(place(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

/* "@" stands for the directory. */
static inline struct mxdp_config *load(const char *text)
{
	char whole[2048] = "", error[MXDP_CONFIG_ERROR] = "";
	struct mxdp_config *loaded = NULL;
	size_t length = 0;

	for (; *text; text++)
		length += (size_t)snprintf(whole + length, sizeof(whole) - length, "%.*s",
					   *text == '@' ? (int)sizeof(directory) : 1,
					   *text == '@' ? directory : text);
	write_file("mxdp.conf", whole);
	ck_assert_msg(mxdp_config_load(place("mxdp.conf"), &loaded, error) == 0, "%s", error);
	return loaded;
}

static inline void stop_waiting(uv_timer_t *timer)
{
	(void)timer;
}

/* Runs the loop until something is so. */
static inline void await(bool (*is_so)(void), const char *what)
{
	time_t end = time(NULL) + PATIENCE_SECONDS;
	uv_timer_t wake;

	uv_timer_init(&loop, &wake);
	uv_timer_start(&wake, stop_waiting, 10, 10);
	while (!is_so() && time(NULL) < end)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_msg(is_so(), "not within %d seconds: %s", PATIENCE_SECONDS, what);
	uv_close((uv_handle_t *)&wake, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
}

static inline struct mxdp_feed_status status_of(size_t index)
{
	struct mxdp_feed_status status;

	mxdp_feeds_status(feeds, index, &status);
	return status;
}

/* Nothing is being read or built, and nothing waits to be. */
static inline bool is_idle(void)
{
	struct mxdp_feeds_snapshot snapshot;
	bool idle;

	mxdp_feeds_snapshot(feeds, &snapshot);
	idle = !snapshot.building && kernel.settings.feeds_first && feeds->built &&
	       feeds->built->signature == mxdp_build_signature(feeds);
	for (size_t i = 0; i < mxdp_feeds_count(feeds); i++)
		idle &= !status_of(i).syncing && status_of(i).tried && status_of(i).loaded &&
			!mxdp_feed_is_reading(feeds->list[i]);
	return idle;
}

static inline void start(const char *text)
{
	static const struct mxdp_maps maps = {.feeds4 = 4, .feeds6 = 6};
	const struct mxdp_feeds_world world = {.maps = &maps};

	config = load(text);
	ck_assert_int_eq(mxdp_feeds_new(&loop, &world, config, &feeds), 0);
}

static inline void reload(const char *text)
{
	struct mxdp_config *next = load(text);

	mxdp_feeds_configure(feeds, next);
	mxdp_config_unref(config);
	config = next;
}

static inline void set_up(void)
{
	mxdp_prefix_parse("127.0.0.0/8", &kernel.protected[0].prefix);
	kernel.protected_count = 1;
	make_directory();
	write_file("one", "192.0.2.1\n192.0.2.2\n");
	write_file("two", "198.51.100.0/24\n");
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	mxdp_log_open(MXDP_LOG_ERROR);
}

static inline void tear_down(void)
{
	mxdp_feeds_free(feeds);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	mxdp_config_unref(config);
	kernel_forget();
	remove_directory();
}

/* As the daemon finds them at its second start: what it kept is what the files hold. */
static inline void start_settled(const char *text)
{
	start(text);
	await(is_idle, "the feeds are in force");
	kernel.generations = 0;
}

#endif
