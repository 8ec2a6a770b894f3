/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The latest case of each client, kept to be explained: bounded, the oldest goes first, and of
 * clients that are refused after those of others.
 */
#ifndef MXDP_CASES_H
#define MXDP_CASES_H

#include "screener.h"

#define MXDP_CASES_MAX 20000

struct mxdp_cases;

/* Keeps `max` cases. NULL when memory is out. */
struct mxdp_cases *mxdp_cases_new(size_t max);
void mxdp_cases_free(struct mxdp_cases *cases);

/* Keeps a copy, in place of an earlier case of the same client. Out of memory: keeps nothing. */
void mxdp_cases_keep(struct mxdp_cases *cases, const struct mxdp_case *decided);
/* NULL when none is kept; valid until the next keep or forget. */
const struct mxdp_case *mxdp_cases_find(struct mxdp_cases *cases,
					const struct mxdp_address *client);
/* Gives the evidence of `source` whose reason is `reason` another one; without it, does nothing. */
void mxdp_cases_amend(struct mxdp_cases *cases, const struct mxdp_address *client,
		      const char *source, const char *reason, const char *amended);
/* Calls `each` for every case that is kept; it may not keep or forget. */
void mxdp_cases_each(const struct mxdp_cases *cases,
		     void (*each)(void *context, const struct mxdp_case *known), void *context);
/* Forgets the cases of all clients of a prefix. */
void mxdp_cases_forget(struct mxdp_cases *cases, const struct mxdp_prefix *prefix);

/* How many are kept now; and how many had to go for others so far. */
size_t mxdp_cases_count(const struct mxdp_cases *cases);
uint64_t mxdp_cases_evicted(const struct mxdp_cases *cases);

#endif
