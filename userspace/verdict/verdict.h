/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heart: evidence adds up to a score, the score is a verdict. mxdp_decide() is a pure function
 * of its arguments, tested by a table.
 */
#ifndef MXDP_VERDICT_H
#define MXDP_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/actions.h"
#include "evidence.h"

/* The operator's rules of judgement, from the configuration's `screen` section. */
struct mxdp_policy {
	double threshold;        /* refuse at this score */
	enum mxdp_action action; /* what a refusal is; GREYLIST: nobody is refused */
	double grey_threshold;   /* greylist from this score on, below `threshold`; 0: never */
	double heuristics_max;   /* what rdns, helo, sender and spf may add together */
	unsigned int ttl_min;    /* seconds: clamps of a verdict's life */
	unsigned int ttl_max;
	unsigned int refuse_ttl_max; /* seconds: a refusal lives no longer than this */
	unsigned int pass_ttl;       /* seconds: a pass lives this long */
	unsigned int fail_open_ttl;  /* seconds: pass written when no check answered */
};

#define MXDP_VERDICT_TEXT 320

struct mxdp_decision {
	enum mxdp_action action;
	enum mxdp_reason reason;
	bool certain; /* of a refusal: it may be one for good (5xx) */
	double score;
	struct mxdp_prefix key;       /* host, or /64 for a penalty in IPv6 */
	int64_t expires;              /* Unix seconds */
	char text[MXDP_VERDICT_TEXT]; /* the sum in words */
};

/*
 * Judges `client` by `count` pieces of evidence at `now` (Unix seconds). Evidence that has expired,
 * failed or does not cover the client weighs nothing; an exemption takes the weight from
 * heuristics, never from lists and reports. Never fails: without evidence the client
 * passes.
 *
 * A refusal for good needs certainty: every list that might speak for the client has answered, and
 * without evidence in doubt the sum still refuses it. Else a reject becomes a tempfail.
 *
 * A client that is not refused is greylisted from `grey_threshold` on, unless it came back in time
 * before, has earned trust or an exemption, or is spoken for by a list, or one that might speak for
 * it gave no answer. Where the action itself is to greylist, so is who would else be refused.
 */
void mxdp_decide(const struct mxdp_address *client, const struct mxdp_evidence *evidence,
		 size_t count, const struct mxdp_policy *policy, int64_t now,
		 struct mxdp_decision *decision);
/* The same without its text, for who only wants to know what it would be. */
void mxdp_decide_untold(const struct mxdp_address *client, const struct mxdp_evidence *evidence,
			size_t count, const struct mxdp_policy *policy, int64_t now,
			struct mxdp_decision *decision);

#endif
