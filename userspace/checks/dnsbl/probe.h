/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A zone under watch, and its probes: the entries of RFC 5782 (section 5) are asked for, and what
 * comes back suspends the zone or brings it back. Internal to this folder; zones.c says when.
 */
#ifndef MXDP_DNSBL_PROBE_H
#define MXDP_DNSBL_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "entries.h"
#include "statistics.h"
#include "zones.h"

struct zone;

struct probe {
	struct zone *zone;
	struct mxdp_query *query; /* NULL: answered, or not asked */
};

struct zone {
	struct mxdp_zones *zones;
	char *name, *shown;
	const char *gone; /* the configuration's, a constant */
	bool ipv6;        /* has test entries for it */
	bool probed;
	struct probe probes[MXDP_DNSBL_ENTRIES];
	unsigned int waiting;
	char found[MXDP_ZONE_FAULT];  /* by the probe under way: wrong answers */
	char silent[MXDP_ZONE_FAULT]; /* and missing ones */
	unsigned int failures;
	bool suspended;
	char fault[MXDP_ZONE_FAULT];
	char result[MXDP_ZONE_FAULT]; /* of the last probe */
	int64_t last, last_good, since;
	uint64_t due_ms;
	uint64_t right_ms[MXDP_DNSBL_ENTRIES]; /* when it last answered as it must */
	struct mxdp_zone_statistics statistics;
	enum mxdp_evidence_doubt odd; /* about its answers, as last logged */
};

struct mxdp_zones {
	struct mxdp_resolver *resolver;
	uv_timer_t timer;
	size_t count;
	struct zone **list;
	mxdp_zone_suspended_fn on_suspend;
	void *on_suspend_context;
};

/*
 * Starts a probe of the zone, of which none may be under way; what it finds, and when the next one
 * is due, is in the zone when `waiting` is 0 again.
 */
void mxdp_zone_probe(struct zone *zone);
/* Ends a probe without a result. */
void mxdp_zone_cancel(struct zone *zone);

/* Judges an answer as mxdp_dnsbl_entry_judge() does, and notes when it was right. */
int mxdp_zone_judge(struct zone *zone, enum mxdp_dnsbl_entry entry,
		    const struct mxdp_dns_answer *answer, char fault[MXDP_ZONE_FAULT]);
/* From now on the zone does not count; logged when that, or the fault, is new. */
void mxdp_zone_suspend(struct zone *zone, const char *fault);

#endif
