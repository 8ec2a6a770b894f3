/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One feed: what it is, and when it is synced. */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "userspace/log.h"

#define FILE_SCHEME "file://"
#define MIB         (1024ull * 1024)

const char *mxdp_feed_place_path(const char *place)
{
	if (strncmp(place, FILE_SCHEME, strlen(FILE_SCHEME)) == 0)
		return place + strlen(FILE_SCHEME);
	return *place == '/' ? place : NULL;
}

bool mxdp_feed_is_file(const struct mxdp_feed_setting *setting)
{
	return mxdp_feed_place_path(setting->source) != NULL;
}

bool mxdp_feed_file_exists(const struct mxdp_feed_setting *setting)
{
	return access(mxdp_feed_place_path(setting->source), F_OK) == 0;
}

struct mxdp_feed *mxdp_feed_new(struct mxdp_feeds *feeds, const struct mxdp_feed_setting *setting)
{
	struct mxdp_feed *feed = calloc(1, sizeof(*feed));

	if (!feed)
		return NULL;
	feed->feeds = feeds;
	feed->config = mxdp_config_ref(feeds->config);
	feed->setting = setting;
	return feed;
}

void mxdp_feed_free(struct mxdp_feed *feed)
{
	if (!feed)
		return;
	mxdp_feed_stop(feed);
	mxdp_feed_data_unref(feed->data);
	mxdp_feed_difference_free(&feed->difference);
	mxdp_config_unref(feed->config);
	free(feed);
}

void mxdp_feed_stop(struct mxdp_feed *feed)
{
	mxdp_watch_free(feed->watch);
	mxdp_watch_free(feed->checksum_watch);
	feed->watch = feed->checksum_watch = NULL;
}

static struct mxdp_feed_limits limits_of(const struct mxdp_feed *feed)
{
	const struct mxdp_feed_setting *setting = feed->setting;

	return (struct mxdp_feed_limits){
		.wide = setting->wide,
		.empty = setting->empty,
		.shrink_percent = setting->shrink_max,
		.grow_percent = setting->grow_max,
		.entries_max = setting->entries_max,
		.bytes_max = setting->size_max * MIB,
		.previous = feed->data ? mxdp_feed_data_count(feed->data) : 0,
	};
}

struct mxdp_feed_reading mxdp_feed_reading_of(const struct mxdp_feed *feed)
{
	return (struct mxdp_feed_reading){
		.format = feed->setting->format,
		.column = feed->setting->column,
		.index = feed->setting->use == MXDP_FEED_SCORE,
		.limits = limits_of(feed),
	};
}

static void on_file(void *context, bool exists)
{
	struct mxdp_feed *feed = context;

	if (feed->setting->checksum && mxdp_watch_is_growing(feed->watch))
		return; /* its checksum is that of the end */
	if (exists && feed->checksum_watch && mxdp_watch_is_settling(feed->checksum_watch)) {
		feed->again = true; /* both are being renewed */
		return;
	}
	if (exists) {
		mxdp_feed_sync(feed);
		return;
	}
	feed->next = 0;
	snprintf(feed->refusal, sizeof(feed->refusal), "%.*s is not there; bring it back",
		 MXDP_FEED_REFUSAL / 2, mxdp_feed_place_path(feed->setting->source));
	mxdp_log(MXDP_LOG_WARNING, "feed %s: %s (%s)", feed->setting->name, feed->refusal,
		 feed->data ? "what was good before stays in force" : "there is no data yet");
}

/* A file is read when it changes, and when its checksum does: either may come first. */
static void on_checksum(void *context, bool exists)
{
	struct mxdp_feed *feed = context;

	(void)exists;
	if (feed->tried && mxdp_watch_exists(feed->watch))
		on_file(feed, true);
}

static int watch_files(struct mxdp_feed *feed)
{
	const char *path = mxdp_feed_place_path(feed->setting->source);
	uv_loop_t *loop = feed->feeds->loop;
	int error = mxdp_watch_new(loop, path, on_file, feed, &feed->watch);

	if (error || !feed->setting->checksum)
		return error;
	return mxdp_watch_new(loop, mxdp_feed_place_path(feed->setting->checksum), on_checksum,
			      feed, &feed->checksum_watch);
}

void mxdp_feed_start(struct mxdp_feed *feed)
{
	if (!mxdp_feed_is_file(feed->setting))
		return;
	feed->next = 0;
	if (watch_files(feed))
		mxdp_log(MXDP_LOG_ERROR, "feed %s: its file is not watched: memory is out",
			 feed->setting->name);
}

bool mxdp_feed_is_reading(const struct mxdp_feed *feed)
{
	return feed->watch &&
	       ((feed->syncing && !feed->keeping) || feed->again ||
		(mxdp_watch_is_settling(feed->watch) && !mxdp_watch_is_growing(feed->watch)));
}

/* No plan reaches further than an interval and its jitter: the clock was set back. */
static void keep_to_the_clock(struct mxdp_feed *feed, int64_t now)
{
	const int64_t interval = feed->setting->interval;

	if (feed->next > now + 2 * interval)
		feed->next = now + interval;
}

void mxdp_feed_tick(struct mxdp_feed *feed, int64_t now)
{
	bool is_file = mxdp_feed_is_file(feed->setting);

	keep_to_the_clock(feed, now);
	/* A file that is there is current. */
	if (feed->watch && mxdp_watch_exists(feed->watch) && !feed->refusal[0])
		feed->synced = now;
	if (now >= feed->next && !feed->syncing && (!is_file || feed->next))
		feed->again = true;
	if (feed->again)
		mxdp_feed_sync(feed);
}
