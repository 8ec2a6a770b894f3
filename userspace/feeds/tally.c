/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What feeds are good for: their hits, and what a build has found out about them. */
#include <string.h>

#include "private.h"
#include "userspace/log.h"

/* The kernel counts by class; which feed a class is, the build in force knows. */
void mxdp_feeds_tally(struct mxdp_feeds *feeds)
{
	const struct mxdp_build *built = feeds->built;
	uint64_t hits[MXDP_SNAPSHOT_CLASS_COUNT];

	if (mxdp_feed_hits_read(feeds->world.maps, hits))
		return;
	for (size_t i = 0; built && i < built->count; i++) {
		struct mxdp_feed *feed = mxdp_feeds_named(feeds, built->parts[i].setting->name);

		if (feed)
			feed->hits += hits[i + 1] - feeds->hits_seen[i + 1];
	}
	memcpy(feeds->hits_seen, hits, sizeof(hits));
}

static void tell(const struct mxdp_feed *feed, const struct mxdp_build_part *part)
{
	char text[MXDP_FEED_WARNING];

	if (part->protected.count && part->protected.count != feed->protected.count)
		mxdp_log(MXDP_LOG_WARNING, "feed %s: %s", feed->setting->name,
			 mxdp_feed_warn_protected(&part->protected, text));
	if (part->local.count && part->local.count != feed->local.count)
		mxdp_log(MXDP_LOG_WARNING, "feed %s: %s", feed->setting->name,
			 mxdp_feed_warn_local(&part->local, text));
}

void mxdp_feeds_take_findings(struct mxdp_feeds *feeds, const struct mxdp_build *build)
{
	for (size_t i = 0; i < build->count; i++) {
		const struct mxdp_build_part *part = &build->parts[i];
		struct mxdp_feed *feed = mxdp_feeds_named(feeds, part->setting->name);

		if (!feed)
			continue;
		tell(feed, part);
		feed->distinct = part->distinct;
		feed->unique = part->unique;
		feed->protected = part->protected;
		feed->local = part->local;
	}
}

const struct mxdp_feed_difference *mxdp_feeds_difference(const struct mxdp_feeds *feeds,
							 const char *name, int64_t *changed)
{
	const struct mxdp_feed *feed = feeds ? mxdp_feeds_named(feeds, name) : NULL;

	if (!feed)
		return NULL;
	*changed = feed->changed;
	return &feed->difference;
}
