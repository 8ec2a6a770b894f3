/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others told of clients: reports of other programs, and what a client said of itself in a
 * policy request. Kept until it expires and counted in every judgement of that client. What one
 * source says repeatedly adds up, fades with a half-life, and is capped, so that no single source
 * weighs more than the operator grants it. Bounded: the client told of longest ago goes first.
 */
#ifndef MXDP_TOLD_H
#define MXDP_TOLD_H

#include <stddef.h>

#include "userspace/verdict/evidence.h"

#define MXDP_TOLD_CLIENTS_MAX 50000
#define MXDP_TOLD_SOURCES_MAX 16 /* pieces of evidence about one client */

struct mxdp_told;

/* Has places for `clients_max` clients. NULL when memory is out. */
struct mxdp_told *mxdp_told_new(size_t clients_max);
void mxdp_told_free(struct mxdp_told *told);

/*
 * Keeps a piece of evidence. A report adds to what its source said before; other classes replace
 * it. Returns 0, -EINVAL when the key is neither a host nor an IPv6 /64, -ENOSPC when the client
 * has evidence of too many sources, or -ENOMEM.
 */
int mxdp_told_add(struct mxdp_told *told, const struct mxdp_evidence *evidence,
		  const struct mxdp_report_limits *limits, int64_t now);

/* Told of each piece as it is kept now, added up; what was told before is in it. */
typedef void (*mxdp_told_fn)(void *context, const struct mxdp_evidence *kept);
void mxdp_told_on_keep(struct mxdp_told *told, mxdp_told_fn fn, void *context);

/* Takes over a piece of an earlier run, as it was kept. Returns as mxdp_told_add(). */
int mxdp_told_restore(struct mxdp_told *told, const struct mxdp_evidence *kept);

/* Copies what is known of a client at `now`, faded, into `out`; returns how much. */
size_t mxdp_told_find(const struct mxdp_told *told, const struct mxdp_address *client,
		      const struct mxdp_report_limits *limits, int64_t now,
		      struct mxdp_evidence out[2 * MXDP_TOLD_SOURCES_MAX]);

/* Forgets all that was told of the clients of a prefix. */
void mxdp_told_forget(struct mxdp_told *told, const struct mxdp_prefix *prefix);

#endif
