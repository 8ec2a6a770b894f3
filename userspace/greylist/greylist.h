/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory behind greylisting: the networks that the packet path has told to come back (its map),
 * the triplets that the policy server has, and the clients that came back in time, which is
 * evidence in their favour for as long as they are heard of. Kept in greylist.sqlite under the
 * state directory, written behind, and put back at the start, so that a restart or a reboot between
 * a client's two tries costs it nothing. Times are Unix seconds. Every function takes a NULL
 * greylist and does nothing.
 */
#ifndef MXDP_GREYLIST_H
#define MXDP_GREYLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "maps/maps.h"
#include "userspace/config/config.h"
#include "userspace/verdict/evidence.h"

#define MXDP_RETURNED_MAX 100000 /* clients that came back */
#define MXDP_TRIPLETS_MAX 65536

struct mxdp_greylist;

/* What a row is about. X(name, text as stored and shown) */
#define MXDP_GREYLIST_KINDS(X) \
	X(NETWORK, "network")  \
	X(TRIPLET, "triplet")  \
	X(RETURNED, "returned")

#define MXDP_GREYLIST_ENUM(name, text) MXDP_GREYLIST_##name,
enum mxdp_greylist_kind { MXDP_GREYLIST_KINDS(MXDP_GREYLIST_ENUM) MXDP_GREYLIST_KIND_COUNT };
const char *mxdp_greylist_kind_name(enum mxdp_greylist_kind kind);

/* One row, of any kind. */
struct mxdp_greylist_row {
	enum mxdp_greylist_kind kind;
	struct mxdp_prefix prefix; /* the network; of RETURNED the clients that it holds good for */
	struct mxdp_address client;     /* of the latest try or use */
	int64_t first, last;            /* try, or use */
	int64_t passed;                 /* 0: not yet */
	unsigned int tries;             /* or uses */
	const char *sender, *recipient; /* of TRIPLET, else "" */
};

struct mxdp_greylist_stats {
	size_t networks, triplets, returned;
	uint64_t passed;     /* clients that came back in time, since the daemon's start */
	uint64_t refused;    /* triplets that found no place: their messages passed */
	uint64_t not_stored; /* networks that found none, as the packet path counted */
};

/*
 * Opens the file, puts what it knows into the maps and reads who came back. A file that cannot be
 * used is logged; greylisting goes on without it. Returns 0 or -ENOMEM.
 */
int mxdp_greylist_new(uv_loop_t *loop, const struct mxdp_maps *maps,
		      const struct mxdp_config *config, struct mxdp_greylist **out);
/* Writes what is left; handles close in the loop's next turns. */
void mxdp_greylist_free(struct mxdp_greylist *greylist);
void mxdp_greylist_configure(struct mxdp_greylist *greylist, const struct mxdp_config *config);

/*
 * A greylisted client was let through at `time_ns` of the maps' clock (the event `returned`). Once
 * the maps show that it then proved its address, it has come back and `fn` of
 * mxdp_greylist_on_return() is called.
 */
void mxdp_greylist_let_through(struct mxdp_greylist *greylist, const struct mxdp_address *client,
			       uint64_t time_ns);
void mxdp_greylist_on_return(struct mxdp_greylist *greylist,
			     void (*fn)(void *context, const struct mxdp_address *client),
			     void *context);

/*
 * A client has proved its address on a connection that reached the mail server. True: it was
 * greylisted and came back in time, so it is to be judged anew. One that came back before is
 * remembered for longer.
 */
bool mxdp_greylist_came_back(struct mxdp_greylist *greylist, const struct mxdp_address *client);

/* The evidence for a client that came back, or false. */
bool mxdp_greylist_evidence(const struct mxdp_greylist *greylist, const struct mxdp_address *client,
			    int64_t now, struct mxdp_evidence *out);

/*
 * A message of a client in the grey band, for the policy server. Returns 0 when it passes (then the
 * client came back), else the seconds after which it may come again.
 */
unsigned int mxdp_greylist_triplet(struct mxdp_greylist *greylist,
				   const struct mxdp_address *client, const char *sender,
				   const char *recipient);

/* Calls `each` for every row whose clients lie in the prefix, or that holds it; NULL: all. */
void mxdp_greylist_list(const struct mxdp_greylist *greylist, const struct mxdp_prefix *prefix,
			void (*each)(void *context, const struct mxdp_greylist_row *row),
			void *context);
/* Forgets these rows; returns how many. */
int mxdp_greylist_forget(struct mxdp_greylist *greylist, const struct mxdp_prefix *prefix);

void mxdp_greylist_stats(const struct mxdp_greylist *greylist, struct mxdp_greylist_stats *stats);

#endif
