/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a sync has added to a feed and removed from it: all is counted, the first of each are kept.
 */
#ifndef MXDP_FEEDS_DIFFERENCE_H
#define MXDP_FEEDS_DIFFERENCE_H

#include "data.h"

#define MXDP_FEED_CHANGES_KEPT 1000

/* Entries that came or went, in the data's order; their lines are those of the data they are in. */
struct mxdp_feed_changes {
	uint64_t count;
	size_t kept;
	struct mxdp_feed_entry *first;
};

struct mxdp_feed_difference {
	struct mxdp_feed_changes added, removed;
};

/*
 * `before` may be NULL: there was nothing. An entry whose line alone has changed is the same.
 * Returns 0 or -ENOMEM. To be freed in either case.
 */
int mxdp_feed_difference(const struct mxdp_feed_data *before, const struct mxdp_feed_data *after,
			 struct mxdp_feed_difference *difference);
void mxdp_feed_difference_free(struct mxdp_feed_difference *difference);

#endif
