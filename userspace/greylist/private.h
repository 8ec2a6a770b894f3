/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this folder share: greylist.c begins, ends and restores, networks.c keeps the
 * packet path's map, returns.c knows who came back, list.c shows and forgets.
 */
#ifndef MXDP_GREYLIST_PRIVATE_H
#define MXDP_GREYLIST_PRIVATE_H

#include "file.h"
#include "greylist.h"
#include "returned.h"
#include "triplets.h"

/* Clients that were let through and have not proved their address. */
#define MXDP_PASSING_MAX 1024

/* A client that was let through; time 0: a free place. */
struct passing {
	struct mxdp_address client;
	uint64_t time_ns;
};

struct mxdp_greylist {
	const struct mxdp_maps *maps;
	struct mxdp_greylist_settings settings;
	struct mxdp_returned *returned;
	struct mxdp_triplets *triplets;
	struct mxdp_greylist_file *file;
	uv_timer_t upkeep, proofs;
	unsigned int open_handles;
	struct passing passing[MXDP_PASSING_MAX]; /* a ring */
	size_t passings;
	void (*on_return)(void *context, const struct mxdp_address *client);
	void *on_return_context;
	uint64_t saved_ns; /* networks tried since are not in the file yet */
	uint64_t not_stored;
	size_t networks;
	struct mxdp_greylist_stats stats;
};

/* A time of the maps' clock, also one before the machine was started: these wrap around. */
uint64_t mxdp_greylist_to_boottime(int64_t unix_seconds);

/* The network of a client, as wide as the settings say; and a network's row for the file. */
struct mxdp_prefix mxdp_greylist_network_of(const struct mxdp_greylist *greylist,
					    const struct mxdp_address *client);
struct mxdp_greylist_row mxdp_greylist_row_of_network(const struct mxdp_prefix *network,
						      const struct mxdp_greylisting *entry);
/* Whether an entry's window is over, or its delay is not. */
bool mxdp_greylist_is_over(const struct mxdp_greylist *greylist,
			   const struct mxdp_greylisting *entry);
bool mxdp_greylist_is_early(const struct mxdp_greylist *greylist,
			    const struct mxdp_greylisting *entry);
/* Deletes networks whose window is over, saves those that were tried since it was last called. */
void mxdp_greylist_keep_networks(struct mxdp_greylist *greylist);

/* Notes a client that has come back, or that came back before and is heard of again. */
void mxdp_greylist_keep_returned(struct mxdp_greylist *greylist, const struct mxdp_address *client);
/* Forgets those of whom nothing was heard for too long. */
void mxdp_greylist_forget_unheard(struct mxdp_greylist *greylist, int64_t now);

/* Prefixes gathered under a walk over a map: deleting there would skip others. */
struct mxdp_greylist_prefixes {
	struct mxdp_prefix *all;
	size_t count, places;
};
void mxdp_greylist_gather(struct mxdp_greylist_prefixes *prefixes,
			  const struct mxdp_prefix *prefix);

#endif
