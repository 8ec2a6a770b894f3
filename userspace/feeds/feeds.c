/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The set of feeds: which there are, when the snapshot is built anew, and its way into force. */
#include "feeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "private.h"
#include "userspace/log.h"

#define TICK_MS     200
#define RULES_EVERY 5 /* ticks between two looks at rules and never-block set */

/* ---- the snapshot in force ---- */

/* Nothing may be asked before the rules while a rule is missing from what was subtracted. */
static void set_feeds_first(const struct mxdp_feeds *feeds, bool first)
{
	struct mxdp_settings settings;

	if (mxdp_settings_read(feeds->world.maps, &settings) || settings.feeds_first == first)
		return;
	settings.feeds_first = first;
	if (mxdp_settings_write(feeds->world.maps, &settings))
		mxdp_log_limited(MXDP_LOG_ERROR, "the map \"settings\" cannot be written");
}

static void take_build(struct mxdp_feeds *feeds, struct mxdp_build *build)
{
	if (build->error) {
		mxdp_log(MXDP_LOG_ERROR,
			 "the feeds' snapshot cannot be %s: %s; the one before stays in force",
			 build->built ? "published" : "built", strerror(-build->error));
		mxdp_build_free(build);
		return;
	}
	mxdp_feeds_tally(feeds);
	mxdp_build_free(feeds->built);
	feeds->built = build;
	mxdp_feeds_take_findings(feeds, build);
	set_feeds_first(feeds, build->subtracted_hash == mxdp_build_hash(feeds));
	mxdp_log(MXDP_LOG_INFO,
		 "feeds: generation %llu is in force, built in %u ms, published in %u ms",
		 (unsigned long long)build->generation, build->build_ms, build->publish_ms);
}

static void run_build(uv_work_t *work)
{
	mxdp_build_run(work->data);
}

static void on_built(uv_work_t *work, int status)
{
	struct mxdp_build *build = work->data;
	struct mxdp_feeds *feeds = build->feeds;

	feeds->build = NULL;
	if (feeds->closing || status)
		mxdp_build_free(build);
	else
		take_build(feeds, build);
	mxdp_feeds_job_done(feeds);
}

static void start_build(struct mxdp_feeds *feeds)
{
	struct mxdp_build *build = mxdp_build_new(feeds);

	feeds->rebuild = false;
	if (!build || uv_queue_work(feeds->loop, &build->work, run_build, on_built)) {
		mxdp_log_limited(MXDP_LOG_ERROR, "the feeds' snapshot is not built: memory is out");
		mxdp_build_free(build);
		feeds->rebuild = true;
		return;
	}
	feeds->build = build;
	feeds->jobs++;
}

void mxdp_feeds_changed(struct mxdp_feeds *feeds)
{
	feeds->rebuild = true;
	if (!feeds->build)
		start_build(feeds);
}

/* Without feeds there is no snapshot: the packet path has one lookup less. */
static void withdraw(struct mxdp_feeds *feeds)
{
	set_feeds_first(feeds, false);
	mxdp_snapshot_withdraw(feeds->world.maps->feeds4);
	mxdp_snapshot_withdraw(feeds->world.maps->feeds6);
	mxdp_build_free(feeds->built);
	feeds->built = NULL;
}

static void on_tick(uv_timer_t *timer)
{
	struct mxdp_feeds *feeds = timer->data;
	int64_t now = time(NULL);

	for (size_t i = 0; i < feeds->count; i++)
		mxdp_feed_tick(feeds->list[i], now);
	if (!feeds->count)
		return;
	if (feeds->built && ++feeds->ticks % RULES_EVERY == 0 && !feeds->build) {
		bool same = feeds->built->subtracted_hash == mxdp_build_hash(feeds);

		feeds->rebuild |= !same;
		set_feeds_first(feeds, same);
	}
	if (feeds->rebuild && !feeds->build)
		start_build(feeds);
}

void mxdp_feeds_refresh(struct mxdp_feeds *feeds)
{
	if (!feeds || !feeds->count)
		return;
	set_feeds_first(feeds, false);
	mxdp_feeds_changed(feeds);
}

/* ---- the list ---- */

static void make_directory(const struct mxdp_config *config)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/feeds", config->state_directory);
	if (mkdir(path, 0750) && errno != EEXIST)
		mxdp_log(MXDP_LOG_ERROR, "cannot make %s: %s; feeds are not kept over a restart",
			 path, strerror(errno));
}

static bool same_data(const struct mxdp_feed_setting *a, const struct mxdp_feed_setting *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->source, b->source) == 0 &&
	       a->format == b->format && a->column == b->column && a->use == b->use;
}

/* What an earlier configuration's feed of the same source knows goes on. */
static void take_over(struct mxdp_feed *feed, struct mxdp_feed **old, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!same_data(old[i]->setting, feed->setting))
			continue;
		feed->data = old[i]->data ? mxdp_feed_data_ref(old[i]->data) : NULL;
		feed->report = old[i]->report;
		feed->version = old[i]->version;
		feed->synced = old[i]->synced;
		feed->hits = old[i]->hits;
		feed->changed = old[i]->changed;
		feed->difference = old[i]->difference;
		old[i]->difference = (struct mxdp_feed_difference){{0}, {0}};
		feed->next = old[i]->next;
		return; /* a file is read again: its limits may be others */
	}
	mxdp_feed_load(feed);
}

static void release(struct mxdp_feed **list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i]->syncing)
			list[i]->gone = true; /* the sync frees it */
		else
			mxdp_feed_free(list[i]);
	}
	free(list);
}

static void make_list(struct mxdp_feeds *feeds)
{
	const struct mxdp_config *config = feeds->config;
	struct mxdp_feed **old = feeds->list;
	size_t old_count = feeds->count;

	feeds->count = 0;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
	feeds->list = calloc(config->feed_count + 1, sizeof(*feeds->list));
	for (size_t i = 0; feeds->list && i < config->feed_count; i++) {
		struct mxdp_feed *feed = mxdp_feed_new(feeds, &config->feeds[i]);

		if (!feed) {
			mxdp_log(MXDP_LOG_ERROR, "a feed is left out: memory is out");
			break;
		}
		take_over(feed, old, old_count);
		feeds->list[feeds->count++] = feed;
	}
	release(old, old_count);
}

int mxdp_feeds_new(uv_loop_t *loop, const struct mxdp_feeds_world *world,
		   struct mxdp_config *config, struct mxdp_feeds **out)
{
	struct mxdp_feeds *feeds = calloc(1, sizeof(*feeds));
	struct mxdp_build *build;

	if (!feeds)
		return -ENOMEM;
	feeds->loop = loop;
	feeds->world = *world;
	feeds->config = mxdp_config_ref(config);
	/* Greater than any of an earlier run. */
	feeds->generation = (uint64_t)time(NULL) << 16;
	if (config->feed_count)
		make_directory(config);
	mxdp_kept_clean(config);
	make_list(feeds);
	if (feeds->count) {
		build = mxdp_build_new(feeds);
		if (build) {
			mxdp_build_run(build);
			take_build(feeds, build);
		}
	} else {
		withdraw(feeds);
	}
	uv_timer_init(loop, &feeds->tick);
	feeds->tick.data = feeds;
	uv_timer_start(&feeds->tick, on_tick, 0, TICK_MS);
	*out = feeds;
	return 0;
}

void mxdp_feeds_configure(struct mxdp_feeds *feeds, struct mxdp_config *config)
{
	mxdp_config_ref(config);
	mxdp_config_unref(feeds->config);
	feeds->config = config;
	if (config->feed_count)
		make_directory(config);
	make_list(feeds);
	if (feeds->count)
		mxdp_feeds_refresh(feeds);
	else
		withdraw(feeds);
}

static void free_when_idle(struct mxdp_feeds *feeds)
{
	if (!feeds->closing || !feeds->handle_closed || feeds->jobs)
		return;
	mxdp_config_unref(feeds->config);
	free(feeds);
}

void mxdp_feeds_job_done(struct mxdp_feeds *feeds)
{
	feeds->jobs--;
	free_when_idle(feeds);
}

static void on_closed(uv_handle_t *handle)
{
	struct mxdp_feeds *feeds = handle->data;

	feeds->handle_closed = true;
	free_when_idle(feeds);
}

void mxdp_feeds_free(struct mxdp_feeds *feeds)
{
	if (!feeds)
		return;
	feeds->closing = true;
	atomic_store(&feeds->stop, true);
	release(feeds->list, feeds->count);
	feeds->list = NULL;
	feeds->count = 0;
	mxdp_build_free(feeds->built);
	feeds->built = NULL;
	uv_close((uv_handle_t *)&feeds->tick, on_closed);
}

int mxdp_feeds_sync(struct mxdp_feeds *feeds, const char *name)
{
	int count = 0;

	for (size_t i = 0; i < mxdp_feeds_count(feeds); i++) {
		if (name && strcmp(name, feeds->list[i]->setting->name) != 0)
			continue;
		mxdp_feed_sync(feeds->list[i]);
		count++;
	}
	return name && !count ? -ENOENT : count;
}
