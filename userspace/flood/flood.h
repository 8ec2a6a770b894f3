/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Floods as the operator sees them. The packet path decides by itself whether there is one
 * (bpf/flood.h); here its beginning and end are noticed, logged and handed on.
 */
#ifndef MXDP_FLOOD_H
#define MXDP_FLOOD_H

#include "maps/maps.h"

/* Since the daemon's start; zeroed before the first look. */
struct mxdp_flood_watch {
	struct mxdp_flood_view last;
	uint64_t since_ns;          /* when the flood began */
	struct mxdp_counters begin; /* the counters before it */
	uint64_t known_seen;        /* attempts beyond their limits, so far */
	uint64_t known_ns; /* when there were last too many in the names of known clients */
	struct mxdp_counters known_begin;
	bool known_on;
	bool looked; /* the maps may be older than this daemon */
	bool failing;
};

/* What has changed at a look. */
enum mxdp_flood_change { MXDP_FLOOD_AS_BEFORE, MXDP_FLOOD_BEGUN, MXDP_FLOOD_OVER };

/*
 * Reads the state and logs its changes: a warning when a flood begins, with what is being done, a
 * notice with its figures when it is over. So it does when there are too many attempts in the names
 * of clients that pass, which is no flood by itself. To be called some times a second.
 */
enum mxdp_flood_change mxdp_flood_look(struct mxdp_flood_watch *watch,
				       const struct mxdp_maps *maps);

#endif
