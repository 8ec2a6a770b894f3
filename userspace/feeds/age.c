/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How old the data of feeds is, and what becomes of data that is too old. */
#include "private.h"

#include "userspace/log.h"

#define NS_PER_SECOND  1000000000ull
#define MOVED_AT_LEAST (2 * NS_PER_SECOND) /* less is the two clocks' drift */

bool mxdp_feed_is_old(const struct mxdp_feed *feed, int64_t now)
{
	const struct mxdp_feed_setting *setting = feed->setting;

	return feed->data && setting->max_age && now - feed->synced > (int64_t)setting->max_age;
}

bool mxdp_feed_has_ended(const struct mxdp_feed *feed, int64_t now)
{
	return feed->setting->when_old == MXDP_FEED_DROP_OLD && mxdp_feed_is_old(feed, now);
}

uint64_t mxdp_feed_valid_until(const struct mxdp_feed *feed)
{
	const struct mxdp_feed_setting *setting = feed->setting;

	if (!setting->max_age || setting->when_old != MXDP_FEED_DROP_OLD)
		return 0;
	return mxdp_boottime_from_unix(feed->synced + (int64_t)setting->max_age);
}

static void tell_old(struct mxdp_feed *feed, int64_t now)
{
	const struct mxdp_feed_setting *setting = feed->setting;
	bool old = mxdp_feed_is_old(feed, now);

	if (old && !feed->told_old)
		mxdp_log(MXDP_LOG_WARNING,
			 "feed %s: its data is %lld seconds old, older than max_age, and %s",
			 setting->name, (long long)(now - feed->synced),
			 setting->when_old == MXDP_FEED_KEEP
				 ? "stays in force (when_old = keep)"
				 : "is no longer in force (when_old = drop)");
	feed->told_old = old;
}

/*
 * A class of the snapshot ends by itself, also without the daemon; a source that has been asked
 * since moves its end. With the daemon what has ended is built anew without it, so that it does not
 * hide another feed's entries.
 */
static void move_end(struct mxdp_build *built, size_t index, const struct mxdp_feed *feed)
{
	struct mxdp_build_part *part = &built->parts[index];
	uint64_t until = mxdp_feed_valid_until(feed), before = part->valid_until_ns;
	uint8_t class = (uint8_t)(index + 1);

	if (!part->acts || part->content != feed->content || !until || !before)
		return;
	if ((until > before ? until - before : before - until) < MOVED_AT_LEAST)
		return;
	/* A family that the feed has nothing of need not know the class. */
	mxdp_snapshot_extend(&built->map4, class, until);
	mxdp_snapshot_extend(&built->map6, class, until);
	part->valid_until_ns = until;
}

void mxdp_feeds_look_at_ages(struct mxdp_feeds *feeds, int64_t now)
{
	for (size_t i = 0; i < feeds->count; i++)
		tell_old(feeds->list[i], now);
	for (size_t i = 0; feeds->built && i < feeds->built->count; i++) {
		const struct mxdp_feed *feed =
			mxdp_feeds_named(feeds, feeds->built->parts[i].setting->name);

		if (feed)
			move_end(feeds->built, i, feed);
	}
}
