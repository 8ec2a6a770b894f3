/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The set of feeds: which there are, by the configuration and its reloads. */
#include "feeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "private.h"
#include "userspace/log.h"

#define TICK_MS 1000

static void on_tick(uv_timer_t *timer)
{
	struct mxdp_feeds *feeds = timer->data;
	int64_t now = time(NULL);

	for (size_t i = 0; i < feeds->count; i++)
		mxdp_feed_tick(feeds->list[i], now);
	mxdp_feeds_look_at_ages(feeds, now);
	mxdp_force_look(feeds);
}

void mxdp_feeds_refresh(struct mxdp_feeds *feeds)
{
	if (!feeds || !feeds->count)
		return;
	mxdp_force_rules_first(feeds);
	mxdp_force_look(feeds);
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

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What an earlier configuration's feed of the same source knows goes on. */
static void take_over(struct mxdp_feed *feed, struct mxdp_feed **old, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!same_data(old[i]->setting, feed->setting))
			continue;
		feed->data = old[i]->data ? mxdp_feed_data_ref(old[i]->data) : NULL;
		feed->content = old[i]->content;
		feed->report = old[i]->report;
		if (same_text(feed->setting->checksum, old[i]->setting->checksum))
			feed->version = old[i]->version; /* else its bytes are asked for anew */
		feed->synced = old[i]->synced;
		feed->hits = old[i]->hits;
		feed->distinct = old[i]->distinct;
		feed->unique = old[i]->unique;
		feed->protected = old[i]->protected;
		feed->local = old[i]->local;
		feed->changed = old[i]->changed;
		feed->difference = old[i]->difference;
		old[i]->difference = (struct mxdp_feed_difference){{0}, {0}};
		feed->told_old = old[i]->told_old;
		feed->tried = old[i]->tried;
		feed->failures = old[i]->failures;
		memcpy(feed->refusal, old[i]->refusal, sizeof(feed->refusal));
		feed->next = old[i]->next;
		return; /* a file is read again: its limits may be others */
	}
	mxdp_feed_load(feed);
}

static void release(struct mxdp_feed **list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!list[i]->syncing) {
			mxdp_feed_free(list[i]);
			continue;
		}
		list[i]->gone = true; /* the sync frees it */
		mxdp_feed_stop(list[i]);
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
		mxdp_feed_start(feed);
		feeds->list[feeds->count++] = feed;
	}
	release(old, old_count);
}

int mxdp_feeds_new(uv_loop_t *loop, const struct mxdp_feeds_world *world,
		   struct mxdp_config *config, struct mxdp_feeds **out)
{
	struct mxdp_feeds *feeds = calloc(1, sizeof(*feeds));

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
	mxdp_force_now(feeds);
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
	mxdp_force_rules_first(feeds);
	mxdp_force_look(feeds);
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
	for (size_t i = 0; i < feeds->count; i++)
		if (feeds->list[i]->again)
			mxdp_feed_sync(feeds->list[i]);
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

struct mxdp_feed *mxdp_feeds_named(const struct mxdp_feeds *feeds, const char *name)
{
	for (size_t i = 0; i < feeds->count; i++)
		if (strcmp(feeds->list[i]->setting->name, name) == 0)
			return feeds->list[i];
	return NULL;
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
