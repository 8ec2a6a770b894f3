/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was asked lately, and what SPF said: the same client with the same HELO and sender is not
 * asked about again. Bounded: the oldest goes first. Internal to this folder.
 */
#ifndef MXDP_SAID_ASKED_H
#define MXDP_SAID_ASKED_H

#include <uthash.h>

#include "said.h"

struct mxdp_said_asked_key {
	struct mxdp_address client;
	uint64_t words; /* a hash of HELO and the sender's domain */
};

struct mxdp_said_asked {
	struct mxdp_said_asked_key key;
	uint64_t asked_ms; /* the loop's clock */
	const char *spf;   /* NULL until it is answered */
	UT_hash_handle hh; /* in the order of insertion: the head is the oldest */
};

/* What was asked about such a message, or NULL. `all` is the head, NULL while there is none. */
struct mxdp_said_asked *mxdp_said_asked_find(struct mxdp_said_asked *all,
					     const struct mxdp_said_message *message);
/* Notes that it is asked about now. Out of memory: it will be asked again. */
void mxdp_said_asked_note(struct mxdp_said_asked **all, const struct mxdp_said_message *message,
			  uint64_t now_ms);
void mxdp_said_asked_drop(struct mxdp_said_asked **all, const struct mxdp_said_message *message);
void mxdp_said_asked_end(struct mxdp_said_asked **all);

#endif
