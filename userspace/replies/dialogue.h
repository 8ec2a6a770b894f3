/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is learnt from the dialogues that the packet path holds. A client that leaves after EHLO
 * without MAIL, as one that insists on TLS does, would never read a refusal at RCPT: from then on
 * it is refused in answer to EHLO. Bounded: a table of clients in which newer ones take the places
 * of older.
 */
#ifndef MXDP_REPLIES_DIALOGUE_H
#define MXDP_REPLIES_DIALOGUE_H

#include <stdbool.h>

#include "maps/maps.h"

struct mxdp_dialogues;

/* `maps` must outlive it. NULL when memory is out. */
struct mxdp_dialogues *mxdp_dialogues_new(const struct mxdp_maps *maps);
void mxdp_dialogues_free(struct mxdp_dialogues *dialogues);

/* A record of the ring. */
void mxdp_dialogues_hear(struct mxdp_dialogues *dialogues, const struct mxdp_dialogue *said);

/* Whether this client has said HELO and MAIL in the connection of this record. */
bool mxdp_dialogues_in_transaction(struct mxdp_dialogues *dialogues,
				   const struct mxdp_dialogue *said);

/* The client has a new verdict: what was learnt of it holds on. */
void mxdp_dialogues_decided(struct mxdp_dialogues *dialogues, const struct mxdp_address *client);

#endif
