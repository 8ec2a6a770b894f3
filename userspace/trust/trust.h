/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trust that clients earn: one that delivered cleanly, often and for long enough, has evidence in
 * its favour. It fades from the last message on and is gone after `lives`; a refusal ends it.
 * Only proved addresses are counted: those of policy requests. Pure but for its memory: the time
 * is an argument. Bounded: the client that was silent longest goes first.
 */
#ifndef MXDP_TRUST_H
#define MXDP_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "userspace/verdict/evidence.h"

#define MXDP_TRUST_CLIENTS_MAX 100000

/* Section `trust` of the configuration. */
struct mxdp_trust_limits {
	unsigned int after;    /* seconds between the first message and the latest */
	unsigned int messages; /* at least so many */
	double score;          /* what it weighs, 0 or negative; 0: there is no trust */
	unsigned int lives;    /* seconds from the latest message */
};

/* What is counted of a client; times are Unix seconds. */
struct mxdp_trust_record {
	struct mxdp_address client;
	int64_t first, last;
	unsigned int messages;
};

struct mxdp_trust;

/* Has places for `clients_max` clients. NULL when memory is out. */
struct mxdp_trust *mxdp_trust_new(size_t clients_max);
void mxdp_trust_free(struct mxdp_trust *trust);

/* A message came and was not refused; `out` is the client's record now. 0 or -ENOMEM. */
int mxdp_trust_delivered(struct mxdp_trust *trust, const struct mxdp_address *client,
			 const struct mxdp_trust_limits *limits, int64_t now,
			 struct mxdp_trust_record *out);
/* Takes over a record of an earlier run; the oldest must come first. */
void mxdp_trust_restore(struct mxdp_trust *trust, const struct mxdp_trust_record *record);
/* Ends what the clients of a prefix earned. */
void mxdp_trust_end(struct mxdp_trust *trust, const struct mxdp_prefix *prefix);

/* The evidence for a client that has earned trust at `now`, or false. */
bool mxdp_trust_find(const struct mxdp_trust *trust, const struct mxdp_address *client,
		     const struct mxdp_trust_limits *limits, int64_t now,
		     struct mxdp_evidence *out);

#endif
