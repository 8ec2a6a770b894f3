/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by screener.c (the queue), run.c (one client's checks) and judge.c (decisions) alone. */
#ifndef MXDP_SCREENER_PRIVATE_H
#define MXDP_SCREENER_PRIVATE_H

#include <uthash.h>

#include "cases.h"
#include "screener.h"
#include "texts.h"
#include "standing.h"
#include "told.h"
#include "userspace/checks/dnsbl/zones.h"

#define MXDP_CHECKS_MAX 8
#define MXDP_LATENCIES  1024

#define MXDP_EVIDENCE_PIECES_MAX 128 /* of one client: more says nothing new */

struct mxdp_run;

/* Somebody who asked for this client's case. */
struct mxdp_waiter {
	mxdp_case_fn done;
	void *context;
	struct mxdp_waiter *next;
};

/* A check's way back to its run. */
struct mxdp_run_slot {
	struct mxdp_run *run;
	struct mxdp_check_run *check; /* NULL: not started, or done */
};

/* One client's checks under way. */
struct mxdp_run {
	struct mxdp_screener *screener;
	struct mxdp_config *config; /* referenced: a reload changes later runs only */
	struct mxdp_address client;
	char *helo, *sender; /* what the client says of itself, or NULL */
	bool asked;          /* by mxdp_screener_ask(): nobody may join it */
	struct mxdp_run_slot slots[MXDP_CHECKS_MAX];
	unsigned int outstanding;
	struct mxdp_evidence *evidence;
	size_t count, places;
	size_t told; /* of the evidence, the first so many pieces: known before the run */
	uint64_t started_ms;
	bool store; /* the decision goes to the map and the cases, not only to the waiters */
	bool ready; /* in the ready list: decided in the loop's next turn */
	bool over;  /* nothing more is waited for */
	bool early; /* decided already; what still comes in only completes the case */
	struct mxdp_decision early_decision;
	unsigned int early_ms;
	struct mxdp_waiter *waiters;
	struct mxdp_run *prev, *next; /* by age */
	struct mxdp_run *next_ready;
	UT_hash_handle hh;
};

struct mxdp_screener {
	uv_loop_t *loop;
	struct mxdp_resolver *resolver;
	const struct mxdp_maps *maps;
	struct mxdp_config *config;
	struct mxdp_cases *cases;
	struct mxdp_zones *zones;
	struct mxdp_told *told;
	struct mxdp_texts *texts;
	const struct mxdp_exempt *exempt;
	const struct mxdp_greylist *greylist;
	struct mxdp_trust *trust;
	struct mxdp_run *runs;   /* that can be joined, by client */
	struct mxdp_run *oldest; /* all, by age */
	size_t running;
	struct mxdp_run *ready;
	uv_idle_t idle; /* runs while there are ready ones */
	uv_timer_t deadlines;
	unsigned int open_handles;
	mxdp_decision_fn on_decision;
	void *on_decision_context;
	mxdp_known_fn on_start;
	void *on_start_context;
	mxdp_named_fn on_named;
	void *on_named_context;
	struct mxdp_screener_stats stats;
	uint16_t latencies[MXDP_LATENCIES]; /* ms, a ring */
	uint64_t latency_count;
};

/* Starts a client's checks; NULL when memory is out. A run that was not asked can be joined. */
struct mxdp_run *mxdp_run_start(struct mxdp_screener *screener,
				const struct mxdp_check_subject *subject, bool asked);
/*
 * Decides by what has come in and writes the verdict. When nothing more is waited for, it tells
 * everybody who waits and frees the run; else the run goes on, to complete what `explain` shows.
 */
void mxdp_run_finish(struct mxdp_run *run);
/* The time limit has come: what is missing becomes failed evidence, and the run is ready. */
void mxdp_run_time_out(struct mxdp_run *run);
/* Ends a run without a decision. */
void mxdp_run_drop(struct mxdp_run *run);

/* A zone was suspended: an mxdp_zone_suspended_fn, its context the screener. */
void mxdp_screener_withdraw(void *context, const char *source);

/* Judges a client by its latest case and what was told since. */
void mxdp_run_judge_anew(struct mxdp_screener *screener, const struct mxdp_address *client);
/* Puts what was told since into the latest case, which is decided as it was. */
void mxdp_run_show_anew(struct mxdp_screener *screener, const struct mxdp_address *client);
/* Writes a verdict into the map; a failure is counted and logged. */
void mxdp_screener_write(struct mxdp_screener *screener, const struct mxdp_case *decided,
			 uint64_t decided_ns);

/* The decision goes into the map, the cases, and to whoever follows decisions. */
void mxdp_screener_put_in_force(struct mxdp_screener *screener, const struct mxdp_case *decided);

/* Called by a run when it can be decided: outside the checks' callbacks, in the next turn. */
void mxdp_screener_make_ready(struct mxdp_run *run);

#endif
