/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was said in the name of clients whose address nobody has proved. It can be anybody's word:
 * nobody is asked about it, it is not scored, not written down, and kept only to be shown, the
 * latest message of each client. Bounded: the client heard longest ago goes first, so that a flood
 * of false sources costs nothing but this table's memory. Internal to this folder.
 */
#ifndef MXDP_SAID_UNPROVED_H
#define MXDP_SAID_UNPROVED_H

#include "said.h"

/* Of one client: the head of the table is NULL while there is none. */
struct mxdp_said_unproved;

/*
 * Takes a line's argument, HELO or MAIL; lines with the same `connection` belong together. `now`:
 * Unix seconds. Returns the message as far as it is known then, owned by the table, or NULL when
 * memory is out.
 */
const struct mxdp_said_message *mxdp_said_unproved_add(struct mxdp_said_unproved **all,
						       const struct mxdp_address *client,
						       uint32_t connection,
						       enum mxdp_utterance kind,
						       const char *argument, int64_t now);
/* The client's latest message, if it is not too old; else NULL. */
const struct mxdp_said_message *mxdp_said_unproved_find(const struct mxdp_said_unproved *all,
							const struct mxdp_address *client,
							int64_t now);
void mxdp_said_unproved_end(struct mxdp_said_unproved **all);

#endif
