/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the snapshot is built anew, and its way into force. */
#include "private.h"

#include <errno.h>
#include <string.h>

#include "userspace/log.h"

/* What changes together is built together: files that are being read are waited for so long. */
#define GATHER_MS 1000
#define RETRY_MS  30000 /* after a build that failed */

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

void mxdp_force_rules_first(struct mxdp_feeds *feeds)
{
	set_feeds_first(feeds, false);
}

static const char *way_out(int error)
{
	switch (error) {
	case -E2BIG:
		return "it would be larger than its format allows; leave a list out";
	case -ENOMEM:
		return "memory is out; leave a list out";
	case -EPERM:
		return "CAP_BPF is missing; start mxdpd as root or by its unit";
	default:
		return strerror(-error);
	}
}

static void take_build(struct mxdp_feeds *feeds, struct mxdp_build *build)
{
	if (build->error) {
		mxdp_log(MXDP_LOG_ERROR,
			 "the feeds' snapshot cannot be %s: %s; the one before stays in force",
			 !build->count  ? "withdrawn"
			 : build->built ? "published"
					: "built",
			 way_out(build->error));
		feeds->not_before = uv_now(feeds->loop) + RETRY_MS;
		mxdp_build_free(build);
		return;
	}
	mxdp_feeds_tally(feeds);
	if (!build->count) {
		mxdp_build_free(feeds->built);
		mxdp_build_free(build);
		feeds->built = NULL;
		return;
	}
	if (build->same_snapshot)
		mxdp_build_inherit(build, feeds->built);
	mxdp_build_free(feeds->built);
	feeds->built = build;
	mxdp_feeds_take_findings(feeds, build);
	if (build->same_snapshot)
		return;
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
	if (feeds->closing || status) {
		mxdp_build_free(build);
	} else {
		take_build(feeds, build);
		mxdp_force_look(feeds);
	}
	mxdp_feeds_job_done(feeds);
}

static void start_build(struct mxdp_feeds *feeds)
{
	struct mxdp_build *build = mxdp_build_new(feeds);

	feeds->waits_since = 0;
	if (!build || uv_queue_work(feeds->loop, &build->work, run_build, on_built)) {
		mxdp_log_limited(MXDP_LOG_ERROR, "the feeds' snapshot is not built: memory is out");
		mxdp_build_free(build);
		return; /* the next look tries again */
	}
	feeds->build = build;
	feeds->jobs++;
}

static bool is_reading(const struct mxdp_feeds *feeds)
{
	for (size_t i = 0; i < feeds->count; i++)
		if (mxdp_feed_is_reading(feeds->list[i]))
			return true;
	return false;
}

void mxdp_force_look(struct mxdp_feeds *feeds)
{
	uint64_t now = uv_now(feeds->loop);

	if (feeds->build)
		return;
	if (!feeds->count) {
		set_feeds_first(feeds, false);
		if (feeds->built && now >= feeds->not_before)
			start_build(feeds); /* of nothing: what is in force is withdrawn */
		return;
	}
	set_feeds_first(feeds, feeds->built && feeds->built->subtracted_hash ==
						       mxdp_build_subtracted_hash(feeds));
	if (feeds->built && feeds->built->signature == mxdp_build_signature(feeds)) {
		feeds->waits_since = 0;
		return;
	}
	if (!feeds->waits_since)
		feeds->waits_since = now;
	if (now < feeds->not_before || (is_reading(feeds) && now - feeds->waits_since < GATHER_MS))
		return;
	start_build(feeds);
}

void mxdp_force_now(struct mxdp_feeds *feeds)
{
	struct mxdp_build *build = mxdp_build_new(feeds);

	if (!build)
		return;
	mxdp_build_run(build);
	take_build(feeds, build);
	set_feeds_first(feeds, feeds->built && feeds->built->subtracted_hash ==
						       mxdp_build_subtracted_hash(feeds));
}
