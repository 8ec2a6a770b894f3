/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages by the network of their client, their sender and their recipient: which of them were
 * told to come back. Bounded; the time is an argument.
 */
#ifndef MXDP_GREYLIST_TRIPLETS_H
#define MXDP_GREYLIST_TRIPLETS_H

#include "greylist.h"

struct mxdp_triplets;

/* Has places for `max` messages. NULL when memory is out. */
struct mxdp_triplets *mxdp_triplets_new(size_t max);
void mxdp_triplets_free(struct mxdp_triplets *triplets);

/*
 * A try at `now` of the message that `row` names by prefix, sender and recipient. `row` leaves with
 * all that is known of it (passed: now, when this try is in time); its texts are then owned by the
 * triplets, and valid until the next call that changes them. Returns 0, -ENOSPC when there is no
 * place, or -ENOMEM. Where the clock was set back, a message waits for its delay once more at most.
 */
int mxdp_triplets_try(struct mxdp_triplets *triplets, const struct mxdp_greylist_settings *settings,
		      int64_t now, struct mxdp_greylist_row *row);
/* Takes over a row of an earlier run; what finds no place is left out. */
void mxdp_triplets_restore(struct mxdp_triplets *triplets, const struct mxdp_greylist_row *row);
/* Drops those whose window is over at `now`; returns how many. */
size_t mxdp_triplets_expire(struct mxdp_triplets *triplets, unsigned int window, int64_t now);
/* Drops a row; its texts may be the triplets' own. */
void mxdp_triplets_drop(struct mxdp_triplets *triplets, const struct mxdp_greylist_row *row);
size_t mxdp_triplets_count(const struct mxdp_triplets *triplets);
/* `each` may drop the row that it is given. */
void mxdp_triplets_each(const struct mxdp_triplets *triplets,
			void (*each)(void *context, const struct mxdp_greylist_row *row),
			void *context);

#endif
