/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What asking one zone about clients came to, and whether its answers have become odd: a list that
 * suddenly names many more clients than usual, or clients that earned trust, may still pass its
 * probes. Pure: time is an argument.
 */
#ifndef MXDP_DNSBL_STATISTICS_H
#define MXDP_DNSBL_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "maps/address.h"

#define MXDP_ZONE_TRUSTED_MAX 3 /* trusted clients named within an hour */

/* What came of asking a zone about one client. */
struct mxdp_zone_outcome {
	bool failed;
	bool hit, unique;
	const struct mxdp_address *trusted; /* the client, when the zone speaks against one that
					     * earned trust; else NULL */
	double took_ms; /* ignored when it failed, or was too fast to come from elsewhere */
};

struct mxdp_zone_statistics {
	int64_t since;     /* Unix seconds: counted since then; 0: nothing yet */
	uint64_t asked;    /* what was in the resolver's cache included */
	uint64_t hits;     /* answers that counted */
	uint64_t unique;   /* ... about clients that no other zone of its kind named */
	uint64_t errors;   /* no answer, or one that no list may give */
	double latency_ms; /* of recent answers that the cache did not have; 0: none yet */
	double usual;      /* the share of hits over some thousand answers */
	double recent;     /* ... over some hundred */
	struct {
		struct mxdp_address client;
		int64_t time;             /* Unix seconds */
	} trusted[MXDP_ZONE_TRUSTED_MAX]; /* the latest, each client once */
};

/* Adds what came of one client at `now`, Unix seconds. */
void mxdp_zone_statistics_count(struct mxdp_zone_statistics *statistics,
				const struct mxdp_zone_outcome *outcome, int64_t now);

/*
 * The share of clients that the zone does not name has lately fallen below a quarter of the usual.
 * It ends when the share is back to a half (`before`: it had jumped already), or after some
 * thousand answers has become the usual one.
 */
bool mxdp_zone_statistics_jumped(const struct mxdp_zone_statistics *statistics, bool before);

/* It spoke against MXDP_ZONE_TRUSTED_MAX trusted clients within the last hour. */
bool mxdp_zone_statistics_names_trusted(const struct mxdp_zone_statistics *statistics, int64_t now);

#endif
