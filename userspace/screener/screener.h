/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screener sequences: an unknown client's event starts its checks, their evidence is kept, and
 * when it suffices mxdp_decide() makes the verdict, which is written to the map. One client is
 * checked once at a time; the queue is bounded, and the packet path is told when it is full.
 */
#ifndef MXDP_SCREENER_H
#define MXDP_SCREENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "maps/maps.h"
#include "userspace/checks/check.h"
#include "userspace/config/config.h"
#include "userspace/exempt/exempt.h"
#include "userspace/greylist/greylist.h"
#include "userspace/verdict/evidence.h"
#include "userspace/verdict/verdict.h"

struct mxdp_screener;
struct mxdp_zones;
struct mxdp_zone_statistics;

/* What is known of a client after its checks; what `mxdp explain` shows. */
struct mxdp_case {
	struct mxdp_address client;
	bool decided;
	struct mxdp_decision decision;
	int64_t decided_at; /* Unix seconds */
	unsigned int took_ms;
	size_t evidence_count;
	const struct mxdp_evidence *evidence;
};

struct mxdp_screener_stats {
	uint64_t announced;  /* events of unknown clients */
	uint64_t joined;     /* ... whose checks were already running */
	uint64_t refused;    /* ... turned away: the queue was full */
	uint64_t dropped;    /* ... let go unchecked, as they came with the beginning of a flood */
	uint64_t started;    /* checks begun */
	uint64_t decided;    /* verdicts made */
	uint64_t fail_open;  /* ... of these, passed because no check answered */
	uint64_t timed_out;  /* clients whose checks ended by the time limit */
	uint64_t not_stored; /* verdicts that found no place in the map */
	uint64_t cases_evicted;
	size_t running;
	size_t cases;
	unsigned int latency_ms_p50, latency_ms_p99; /* of recent decisions */
};

/*
 * `maps` may be NULL (mxdp check without a daemon): decisions are then made, not written. Returns 0
 * or -ENOMEM.
 */
int mxdp_screener_new(uv_loop_t *loop, struct mxdp_resolver *resolver, const struct mxdp_maps *maps,
		      struct mxdp_config *config, struct mxdp_screener **out);
void mxdp_screener_free(struct mxdp_screener *screener);

/* From now on, judge by this configuration; runs under way end by the old one. */
void mxdp_screener_configure(struct mxdp_screener *screener, struct mxdp_config *config);

/* What the probes of the DNSBLs found (checks/dnsbl/zones.h); lives as long as the screener. */
const struct mxdp_zones *mxdp_screener_zones(const struct mxdp_screener *screener);
/* Probes all of them in the loop's next turns. */
void mxdp_screener_probe_zones(struct mxdp_screener *screener);

/* Told of every decision, after it was written (events for `mxdp watch`, the journal). */
typedef void (*mxdp_decision_fn)(void *context, const struct mxdp_case *decided);
void mxdp_screener_on_decision(struct mxdp_screener *screener, mxdp_decision_fn fn, void *context);

/* Whom heuristics spare; it outlives the screener. Without this, or with NULL: nobody. */
void mxdp_screener_set_exempt(struct mxdp_screener *screener, const struct mxdp_exempt *exempt);

/* Who came back after a greylisting; it outlives the screener. Without this: nobody. */
void mxdp_screener_set_greylist(struct mxdp_screener *screener,
				const struct mxdp_greylist *greylist);

/* Asked what is known of a client without a question, before its checks start: feeds that score. */
typedef void (*mxdp_known_fn)(void *context, const struct mxdp_address *client,
			      void (*add)(void *sink, const struct mxdp_evidence *evidence),
			      void *sink);
void mxdp_screener_on_start(struct mxdp_screener *screener, mxdp_known_fn fn, void *context);

/*
 * A message of a client, whose address is proved, was not refused: trust.h says what comes of it.
 * `out` is the client's record now. A refusing verdict and mxdp_screener_forget() end it. Returns 0
 * or -ENOMEM.
 */
int mxdp_screener_delivered(struct mxdp_screener *screener, const struct mxdp_address *client,
			    struct mxdp_trust_record *out);
/* Take over what an earlier run knew: a trust record, a piece of told.h, a zone's statistics. */
void mxdp_screener_restore_trust(struct mxdp_screener *screener,
				 const struct mxdp_trust_record *record);
void mxdp_screener_restore_told(struct mxdp_screener *screener, const struct mxdp_evidence *kept);
void mxdp_screener_restore_zone(struct mxdp_screener *screener, const char *shown,
				const struct mxdp_zone_statistics *statistics);

/* Told of what is told about clients (told.h), and of each client's reverse name. */
void mxdp_screener_on_told(struct mxdp_screener *screener,
			   void (*fn)(void *context, const struct mxdp_evidence *kept),
			   void *context);
typedef void (*mxdp_named_fn)(void *context, const struct mxdp_address *client, const char *name);
void mxdp_screener_on_named(struct mxdp_screener *screener, mxdp_named_fn fn, void *context);

/* An unknown client was seen. Returns 0, -EALREADY when it is being checked, or -EBUSY. */
int mxdp_screener_announce(struct mxdp_screener *screener, const struct mxdp_address *client);

/*
 * A flood has begun. The SYNs that made it one were announced before it was, each in a name of its
 * own; checking these would keep those waiting who prove their addresses from now on. So when more
 * are being checked than DNS is asked about at once, those that have proved nothing are let go
 * unchecked. Who is real is announced anew with the next SYN. Returns how many.
 */
size_t mxdp_screener_drop_crowd(struct mxdp_screener *screener);
/*
 * The same for one of them whose event is read only now, in place of mxdp_screener_announce().
 * False: it has proved its address.
 */
bool mxdp_screener_drop_unproved(struct mxdp_screener *screener, const struct mxdp_address *client);

/*
 * Runs the checks now, whatever is known, and calls `done` once from a later turn of the loop. With
 * `store` the verdict is written to the map, else only shown. Returns 0 or -ENOMEM.
 */
typedef void (*mxdp_case_fn)(void *context, const struct mxdp_case *result);
int mxdp_screener_check(struct mxdp_screener *screener, const struct mxdp_address *client,
			bool store, mxdp_case_fn done, void *context);

/*
 * Judges a client together with what it says of itself: `subject` has HELO and sender, as a policy
 * request brings them. `done` is called once from a later turn, with all evidence, that about the
 * message (SPF) too. Evidence about the client (HELO, sender) is kept as if told; evidence about
 * the message never reaches the address. -EBUSY when the queue is full.
 */
int mxdp_screener_ask(struct mxdp_screener *screener, const struct mxdp_check_subject *subject,
		      mxdp_case_fn done, void *context);

/*
 * Takes evidence from outside the checks (told.h says which keys and how it adds up) and judges
 * the client anew by all that is known; the verdict goes to the map. Returns 0 or what told.h says.
 */
int mxdp_screener_tell(struct mxdp_screener *screener, const struct mxdp_evidence *evidence);

/* Judges a client anew, as what is known of it without a question has changed. */
void mxdp_screener_judge(struct mxdp_screener *screener, const struct mxdp_address *client);

/*
 * Takes evidence that is only to be shown: it weighs nothing, whatever its score, and no judgement
 * comes of it. Kept as if told. Returns 0 or what told.h says.
 */
int mxdp_screener_show(struct mxdp_screener *screener, const struct mxdp_evidence *evidence);

/* The latest case of a client: valid until the loop's next turn. -ENOENT when none is kept. */
int mxdp_screener_case(const struct mxdp_screener *screener, const struct mxdp_address *client,
		       struct mxdp_case *out);

/* Forgets cases and verdicts under a prefix; returns how many verdicts went, or an errno. */
int mxdp_screener_forget(struct mxdp_screener *screener, const struct mxdp_prefix *prefix);

/*
 * Takes over a case of an earlier run of the daemon: it can be explained, and its verdict goes into
 * the map unless a verdict about this client is there.
 */
void mxdp_screener_restore(struct mxdp_screener *screener, const struct mxdp_case *known);

/* Whether the queue takes more clients: goes into mxdp_daemon_state. */
bool mxdp_screener_has_room(const struct mxdp_screener *screener);

void mxdp_screener_stats(const struct mxdp_screener *screener, struct mxdp_screener_stats *stats);

#endif
