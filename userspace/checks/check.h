/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one interface of every check: start it for a client, and it adds evidence until it is done.
 * A check knows the resolver and its own part of the configuration, never another check. Adding
 * one means one file and one line in checks.c.
 */
#ifndef MXDP_CHECK_H
#define MXDP_CHECK_H

#include <stdbool.h>

#include "userspace/verdict/evidence.h"

struct mxdp_config;
struct mxdp_resolver;
struct mxdp_zones;

/* What every check may use. `config` stays valid until the run is done or cancelled. */
struct mxdp_check_world {
	struct mxdp_resolver *resolver;
	const struct mxdp_config *config;
	struct mxdp_zones *zones; /* which are suspended; told what came of asking; or NULL */
};

/* The client, and what is known of it beyond its address; unknown texts are NULL. */
struct mxdp_check_subject {
	struct mxdp_address client;
	const char *helo;
	const char *sender;
	bool trusted; /* it has earned trust */
};

/* Where a run's evidence goes. The sink may cancel the run from inside neither callback. */
struct mxdp_check_sink {
	void (*add)(void *context, const struct mxdp_evidence *evidence);
	/* The client's reverse name, confirmed if any is; may be NULL. */
	void (*named)(void *context, const char *name);
	void (*done)(void *context); /* nothing more will be added; the run is freed */
	void *context;
};

struct mxdp_check_run;

struct mxdp_check {
	const char *name;
	enum mxdp_evidence_class class; /* of what is missing when time is up */
	/*
	 * Starts a run. `add` and `done` are never called from inside start(). NULL: this check has
	 * nothing to ask for this subject, or memory is out (logged); it counts as done.
	 */
	struct mxdp_check_run *(*start)(const struct mxdp_check_world *world,
					const struct mxdp_check_subject *subject,
					const struct mxdp_check_sink *sink);
	/* The least and the most that outstanding answers may still add to the score. */
	void (*outstanding)(const struct mxdp_check_run *run, double *least, double *most);
	/* True while none of its questions has been asked of the world. NULL: they always are. */
	bool (*is_waiting)(const struct mxdp_check_run *run);
	/*
	 * Adds a failed piece for each outstanding question, named by its source; before cancel().
	 * NULL: one piece in the check's name is made for it.
	 */
	void (*give_up)(const struct mxdp_check_run *run, const struct mxdp_evidence *missing);
	/* Ends the run: no callback comes after this. */
	void (*cancel)(struct mxdp_check_run *run);
};

/* All checks, ended by NULL. */
extern const struct mxdp_check *const mxdp_checks[];

#endif
