/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refused clients who say nothing. The last packet of a handshake and our greeting have nothing
 * behind them that the client's TCP would send again: if either is lost, both sides wait for
 * minutes. So whoever is silent for three seconds is answered once more, by letting the packet path
 * see the client's last frame again; with its address proved, also after 6, 12 and 24. Bounded in
 * clients and in tries.
 */
#ifndef MXDP_REPLIES_OPENED_H
#define MXDP_REPLIES_OPENED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "maps/replies.h"

#define MXDP_OPENED_MAX 4096 /* dialogues; beyond them, none is answered again */

struct mxdp_opened;

/* Lets the packet path answer a frame again. Returns 0 or a negative errno. */
typedef int (*mxdp_again_fn)(void *context, uint32_t ifindex, const void *frame, size_t length);

/* NULL when memory is out. */
struct mxdp_opened *mxdp_opened_new(mxdp_again_fn again, void *context);
void mxdp_opened_free(struct mxdp_opened *opened);

/* A record of the ring. True: it tells no more than that a dialogue has opened. */
bool mxdp_opened_hear(struct mxdp_opened *opened, const struct mxdp_dialogue *said);

/* Answers again whom it is time for; to be called several times a second. CLOCK_BOOTTIME. */
void mxdp_opened_look(struct mxdp_opened *opened, uint64_t now_ns);

/* Answers sent again so far; 0 for NULL. */
uint64_t mxdp_opened_again(const struct mxdp_opened *opened);

#endif
