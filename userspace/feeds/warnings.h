/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a build has found in a feed that its operator should know, in words. */
#ifndef MXDP_FEEDS_WARNINGS_H
#define MXDP_FEEDS_WARNINGS_H

#include <stdint.h>

#include "userspace/feeds/format/format.h"

#define MXDP_FEED_EXAMPLES 3
#define MXDP_FEED_WARNING  512

/* Entries that name what they should not. */
struct mxdp_feed_finding {
	uint64_t count;
	struct mxdp_feed_entry examples[MXDP_FEED_EXAMPLES]; /* the first, as sorted */
};

/* "" when there is none. Of never-block addresses: */
const char *mxdp_feed_warn_protected(const struct mxdp_feed_finding *finding,
				     char text[MXDP_FEED_WARNING]);
/* ... and of private networks and those that this machine is on. */
const char *mxdp_feed_warn_local(const struct mxdp_feed_finding *finding,
				 char text[MXDP_FEED_WARNING]);

#endif
