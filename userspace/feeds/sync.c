/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sync of a feed: its data is fetched, read and judged on the pool, and taken in the loop. */
#include "checksum.h"
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "userspace/log.h"

#define RETRY_FIRST 30   /* seconds, doubled by each failure ... */
#define RETRY_MOST  3600 /* ... up to this, or the interval */
#define FETCHES_MAX 2    /* at once: the pool has other work too */
#define MIB         (1024ull * 1024)

/* A sync under way. */
struct sync {
	uv_work_t work;
	struct mxdp_feed *feed;
	struct mxdp_feed_limits limits;
	char from[PATH_MAX]; /* the source, if it is a file */
	struct mxdp_kept kept;
	struct mxdp_fetch fetch;       /* url NULL for files */
	const char *checksum;          /* its place, or NULL */
	bool growing;                  /* the file was told of while it grew */
	struct mxdp_feed_data *before; /* the good data now */
	/* out */
	enum mxdp_fetch_result fetched;
	struct mxdp_feed_data *data;
	struct mxdp_feed_difference difference;
	bool compared; /* the difference is known */
	bool refused;  /* the data is: another attempt reads the same */
	struct mxdp_feed_report report;
	char fault[MXDP_FEED_REFUSAL];
};

/* ---- on the thread pool ---- */

/* Fetches a checksum that is no file here. Returns 0, or -EIO with `sync->fault`. */
static int fetch_checksum(struct sync *sync)
{
	char fault[MXDP_FETCH_FAULT];
	struct mxdp_fetch fetch = sync->fetch;

	fetch.url = sync->checksum;
	fetch.to = sync->kept.new_checksum_path;
	fetch.size_max = MXDP_CHECKSUM_FILE_MAX;
	fetch.version = (struct mxdp_fetch_version){.etag = ""};
	if (mxdp_fetch_run(&fetch, fault) == MXDP_FETCH_NEW)
		return 0;
	snprintf(sync->fault, sizeof(sync->fault),
		 "its checksum cannot be fetched: %.250s; mend that, or take `checksum` away",
		 fault);
	return -EIO;
}

/* The name of the file at a place: what follows the last slash, without a query. */
static void name_of(const char *place, char name[NAME_MAX + 1])
{
	const char *slash = strrchr(place, '/');

	snprintf(name, NAME_MAX + 1, "%.*s", (int)strcspn(slash + 1, "?#"), slash + 1);
}

/* 0, or a negative errno with `sync->fault`. */
static int verify(struct sync *sync, const char *source)
{
	char name[NAME_MAX + 1], fault[MXDP_CHECKSUM_FAULT];
	const char *sums;
	int error = 0;

	if (!sync->checksum)
		return 0;
	sums = mxdp_feed_place_path(sync->checksum);
	if (!sums) {
		error = fetch_checksum(sync);
		sums = sync->kept.new_checksum_path;
	}
	if (error)
		return error;
	name_of(source, name);
	error = mxdp_checksum_verify(sync->kept.new_path, sums, name, fault);
	if (error)
		snprintf(sync->fault, sizeof(sync->fault), "%s", fault);
	unlink(sync->kept.new_checksum_path);
	return error;
}

/* The bytes are there: reads and judges them. 0, or a negative errno with `sync->fault`. */
static int read_data(struct sync *sync)
{
	struct mxdp_feed_reading reading = mxdp_feed_reading_of(sync->feed);
	int error;

	reading.limits = sync->limits;
	reading.growing = sync->growing;
	reading.path = sync->fetch.url ? sync->kept.new_path : sync->from;
	reading.copy = sync->fetch.url ? NULL : sync->kept.new_path;
	error = mxdp_feed_data_read(&reading, &sync->data, &sync->report);
	if (error)
		snprintf(sync->fault, sizeof(sync->fault), "%s", sync->report.refusal);
	return error ? error : verify(sync, sync->fetch.url ? sync->fetch.url : sync->from);
}

static void run_sync(uv_work_t *work)
{
	struct sync *sync = work->data;
	int error;

	sync->fetched = MXDP_FETCH_NEW;
	if (sync->fetch.url)
		sync->fetched = mxdp_fetch_run(&sync->fetch, sync->fault);
	if (sync->fetched != MXDP_FETCH_NEW)
		return;
	error = read_data(sync);
	if (error) {
		sync->refused = error == -EINVAL || error == -EBADMSG;
		sync->fetched = MXDP_FETCH_FAILED;
		unlink(sync->kept.new_path);
		return;
	}
	sync->compared = !mxdp_feed_difference(sync->before, sync->data, &sync->difference);
	if (!sync->compared)
		mxdp_feed_difference_free(&sync->difference);
}

static void run_keep(uv_work_t *work)
{
	struct sync *sync = work->data;
	int error = mxdp_kept_store(&sync->kept);

	if (error)
		snprintf(sync->fault, sizeof(sync->fault), "it cannot be kept as %.200s: %s",
			 sync->kept.path, strerror(-error));
}

/* ---- in the loop ---- */

static int64_t later(const struct mxdp_feed *feed, unsigned int seconds)
{
	unsigned int jitter = feed->setting->jitter;

	if (jitter > seconds)
		jitter = seconds;
	return time(NULL) + seconds + (jitter ? (int64_t)((unsigned long)random() % jitter) : 0);
}

static unsigned int retry_seconds(const struct mxdp_feed *feed)
{
	unsigned int most =
		feed->setting->interval < RETRY_MOST ? feed->setting->interval : RETRY_MOST;
	unsigned int seconds = RETRY_FIRST << (feed->failures < 8 ? feed->failures : 8);

	return seconds < most ? seconds : most;
}

static void take_failure(struct mxdp_feed *feed, const struct sync *sync)
{
	snprintf(feed->refusal, sizeof(feed->refusal), "%s", sync->fault);
	mxdp_log(MXDP_LOG_WARNING, "feed %s: %s (%s)", feed->setting->name, feed->refusal,
		 feed->data ? "what was good before stays in force" : "there is no data yet");
	/* A refused file is good again when it has changed, which is told. */
	if (mxdp_feed_is_file(feed->setting) && sync->refused)
		feed->next = 0;
	else
		feed->next = later(feed, retry_seconds(feed));
	feed->failures++;
}

/* Other prefixes than before. */
static void take_change(struct mxdp_feed *feed, struct sync *sync)
{
	uint64_t before = sync->before ? mxdp_feed_data_count(sync->before) : 0;

	feed->content = ++feed->feeds->contents;
	mxdp_feed_difference_free(&feed->difference);
	feed->difference = sync->difference;
	sync->difference = (struct mxdp_feed_difference){{0}, {0}};
	feed->changed = feed->tried;
	mxdp_log(MXDP_LOG_NOTICE, "feed %s: %llu entries, %llu before; %llu added, %llu removed",
		 feed->setting->name, (unsigned long long)feed->report.entries,
		 (unsigned long long)before, (unsigned long long)feed->difference.added.count,
		 (unsigned long long)feed->difference.removed.count);
}

/* The same prefixes may have come on other lines, and as another version. */
static void take_data(struct mxdp_feed *feed, struct sync *sync)
{
	mxdp_feed_data_unref(feed->data);
	feed->data = sync->data;
	sync->data = NULL;
	feed->report = sync->report;
	feed->version = sync->fetch.version;
	sync->kept.version = sync->fetch.version;
	if (sync->before && sync->compared && !sync->difference.added.count &&
	    !sync->difference.removed.count)
		mxdp_log(MXDP_LOG_INFO, "feed %s: read again, and the same as before",
			 feed->setting->name);
	else
		take_change(feed, sync);
}

static void take_result(struct mxdp_feed *feed, struct sync *sync)
{
	feed->tried = time(NULL);
	if (sync->fetched == MXDP_FETCH_FAILED) {
		take_failure(feed, sync);
		return;
	}
	feed->failures = 0;
	feed->refusal[0] = '\0';
	feed->synced = feed->tried;
	feed->next = mxdp_feed_is_file(feed->setting) ? 0 : later(feed, feed->setting->interval);
	if (sync->fetched == MXDP_FETCH_NEW) {
		take_data(feed, sync);
		return;
	}
	/* The age is the file's. */
	unlink(sync->kept.new_path);
	if (utimensat(AT_FDCWD, sync->kept.path, NULL, 0))
		mxdp_log_limited(MXDP_LOG_WARNING, "feed %s: %s cannot be touched: %s",
				 feed->setting->name, sync->kept.path, strerror(errno));
}

static void sync_free(struct sync *sync)
{
	mxdp_feed_data_unref(sync->before);
	mxdp_feed_data_unref(sync->data);
	mxdp_feed_difference_free(&sync->difference);
	free(sync);
}

static void end_sync(struct sync *sync)
{
	struct mxdp_feed *feed = sync->feed;
	struct mxdp_feeds *feeds = feed->feeds;

	feed->syncing = feed->keeping = false;
	sync_free(sync);
	if (feed->gone)
		mxdp_feed_free(feed);
	mxdp_feeds_job_done(feeds);
}

/* Data that could not be kept is good all the same: only a restart would miss it. */
static void on_kept(uv_work_t *work, int status)
{
	struct sync *sync = work->data;

	(void)status;
	if (sync->fault[0])
		mxdp_log(MXDP_LOG_WARNING, "feed %s: %s", sync->feed->setting->name, sync->fault);
	end_sync(sync);
}

static void on_synced(uv_work_t *work, int status)
{
	struct sync *sync = work->data;
	struct mxdp_feed *feed = sync->feed;
	struct mxdp_feeds *feeds = feed->feeds;

	if (sync->fetch.url)
		feeds->fetching--;
	if (!status && !feeds->closing && !feed->gone) {
		take_result(feed, sync);
		feed->keeping = true; /* what is in force need not wait for the disk */
		mxdp_force_look(feeds);
		if (sync->fetched == MXDP_FETCH_NEW &&
		    !uv_queue_work(feeds->loop, &sync->work, run_keep, on_kept))
			return;
	}
	unlink(sync->kept.new_path);
	end_sync(sync);
}

static struct sync *sync_new(struct mxdp_feed *feed)
{
	const struct mxdp_feed_setting *setting = feed->setting;
	struct sync *sync = calloc(1, sizeof(*sync));

	if (!sync || mxdp_kept_paths(feed, feed->feeds->syncs++ % 100, &sync->kept)) {
		free(sync);
		return NULL;
	}
	sync->work.data = sync;
	sync->before = feed->data ? mxdp_feed_data_ref(feed->data) : NULL;
	sync->feed = feed;
	sync->limits = mxdp_feed_reading_of(feed).limits;
	sync->checksum = setting->checksum;
	sync->growing = feed->watch && mxdp_watch_is_growing(feed->watch);
	if (mxdp_feed_is_file(setting)) {
		snprintf(sync->from, sizeof(sync->from), "%s",
			 mxdp_feed_place_path(setting->source));
		return sync;
	}
	sync->kept.setting = setting;
	sync->fetch = (struct mxdp_fetch){
		.url = setting->source,
		.to = sync->kept.new_path,
		.proxy = setting->proxy,
		.ca_file = setting->ca_file,
		.timeout = setting->timeout,
		.size_max = setting->size_max * MIB,
		.stop = &feed->feeds->stop,
	};
	if (feed->data)
		sync->fetch.version = feed->version;
	return sync;
}

void mxdp_feed_sync(struct mxdp_feed *feed)
{
	struct mxdp_feeds *feeds = feed->feeds;
	bool remote = !mxdp_feed_is_file(feed->setting);
	struct sync *sync;

	if (feed->syncing || (remote && feeds->fetching >= FETCHES_MAX)) {
		feed->again = true; /* the next tick tries once more */
		return;
	}
	feed->again = false;
	sync = sync_new(feed);
	if (!sync || uv_queue_work(feeds->loop, &sync->work, run_sync, on_synced)) {
		mxdp_log_limited(MXDP_LOG_ERROR, "feed %s cannot be synced: memory is out",
				 feed->setting->name);
		if (sync)
			sync_free(sync);
		feed->again = true;
		return;
	}
	feed->syncing = true;
	feeds->fetching += remote;
	feeds->jobs++;
}
