/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether each zone still is the list that it was configured as. Every zone is probed at the start
 * and on a timer, and soon after it named a client, by the entries that RFC 5782 (section 5)
 * demands: 127.0.0.2 is listed, 127.0.0.1 is not, and the same for IPv6 where the zone is asked
 * about it. A zone that answers otherwise, or twice not at all, is suspended; its probes go on, and
 * bring it back. Between probes a zone's word against a client counts once it has denied, some
 * seconds ago at most, that it lists whom no list may. One whose answers have become odd
 * (statistics.h) stays in use, but what it says is no ground for a refusal for good.
 */
#ifndef MXDP_DNSBL_ZONES_H
#define MXDP_DNSBL_ZONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "entries.h"
#include "statistics.h"
#include "userspace/resolver/resolver.h"
#include "userspace/verdict/evidence.h"

struct mxdp_config;
struct mxdp_zones;

/* What the probes have found, and what asking it about clients came to. */
struct mxdp_zone_health {
	const char *shown; /* the zone, secret parts masked */
	const char *gone;  /* when the list shut down: it is neither asked nor probed; or NULL */
	bool probed;       /* false: probe = no */
	bool probing;      /* a probe is under way or due */
	bool suspended;
	const char *fault;  /* why it is suspended, "" while it is not */
	int64_t since;      /* Unix seconds: in this state since then */
	int64_t last;       /* Unix seconds of the last finished probe, 0: none yet */
	const char *result; /* of the last probe: "in order" or its fault; "" before */
	enum mxdp_evidence_doubt doubt;
	struct mxdp_zone_statistics statistics;
};

/* Probes start at once, from the loop. Returns 0 or -ENOMEM. */
int mxdp_zones_new(uv_loop_t *loop, struct mxdp_resolver *resolver,
		   const struct mxdp_config *config, struct mxdp_zones **out);
/* Before the resolver's end; the handle closes in the loop's next turns. */
void mxdp_zones_free(struct mxdp_zones *zones);

/* Follows a new configuration; zones that stay keep what is known of them. 0 or -ENOMEM. */
int mxdp_zones_configure(struct mxdp_zones *zones, const struct mxdp_config *config);

/* Told when a zone is suspended, by the name that is shown: what it said counts no more. */
typedef void (*mxdp_zone_suspended_fn)(void *context, const char *shown);
void mxdp_zones_on_suspend(struct mxdp_zones *zones, mxdp_zone_suspended_fn fn, void *context);

/* Takes over what an earlier run counted of a zone; one that is not configured is ignored. */
void mxdp_zones_restore(struct mxdp_zones *zones, const char *shown,
			const struct mxdp_zone_statistics *statistics);

/* Probes every zone in the loop's next turns instead of waiting for its time. */
void mxdp_zones_probe_now(struct mxdp_zones *zones);

/* Counts a question; a zone that is not known is ignored. `zones` may be NULL. */
void mxdp_zones_count(struct mxdp_zones *zones, const char *name,
		      const struct mxdp_zone_outcome *outcome);

/* Why a zone is suspended, or NULL. `zones` may be NULL: nothing is suspended then. */
const char *mxdp_zones_suspended(const struct mxdp_zones *zones, const char *name);

/* Why the zone's listings are no ground for a refusal for good. `zones` may be NULL: no doubt. */
enum mxdp_evidence_doubt mxdp_zones_doubt(const struct mxdp_zones *zones, const char *name,
					  int64_t now);

/*
 * What to ask (for address records) before the zone's word against a client of this family counts;
 * its answer is for mxdp_zones_confirm(). False: nothing, it was confirmed just now, or is not
 * probed. `zones` may be NULL: nothing is to be asked then.
 */
bool mxdp_zones_unconfirmed(const struct mxdp_zones *zones, const char *name, bool v4,
			    char question[MXDP_DNS_NAME]);
/* Returns 0: its word counts; -EAGAIN: no answer; -EINVAL: it lists everybody, and is suspended. */
int mxdp_zones_confirm(struct mxdp_zones *zones, const char *name, bool v4,
		       const struct mxdp_dns_answer *answer);

/* Health of zone `index`, in the order of the configuration; -ENOENT beyond the last. */
int mxdp_zones_health(const struct mxdp_zones *zones, size_t index,
		      struct mxdp_zone_health *health);

#endif
