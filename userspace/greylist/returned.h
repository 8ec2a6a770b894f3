/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who came back in time: a bounded set of prefixes, the one heard of longest ago goes first. */
#ifndef MXDP_GREYLIST_RETURNED_H
#define MXDP_GREYLIST_RETURNED_H

#include "greylist.h"

struct mxdp_returned;

/* Has places for `max` prefixes. NULL when memory is out. */
struct mxdp_returned *mxdp_returned_new(size_t max);
void mxdp_returned_free(struct mxdp_returned *returned);

/* NULL when it is not known. Valid until the next call that changes the set. */
const struct mxdp_greylist_row *mxdp_returned_find(const struct mxdp_returned *returned,
						   const struct mxdp_prefix *prefix);
/* Puts a row in, or in the place of the one with its prefix. 0 or -ENOMEM. */
int mxdp_returned_keep(struct mxdp_returned *returned, const struct mxdp_greylist_row *row);
void mxdp_returned_drop(struct mxdp_returned *returned, const struct mxdp_prefix *prefix);
/* The one heard of longest ago, or NULL. */
const struct mxdp_greylist_row *mxdp_returned_oldest(const struct mxdp_returned *returned);
size_t mxdp_returned_count(const struct mxdp_returned *returned);
void mxdp_returned_each(const struct mxdp_returned *returned,
			void (*each)(void *context, const struct mxdp_greylist_row *row),
			void *context);

#endif
