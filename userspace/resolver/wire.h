/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions on the wire: c-ares with its sockets and time-outs in the event loop. It paces what it
 * sends: a burst would overflow a receive buffer long before anybody is slow. An ordinary one holds
 * some 270 small packets, that of rbldnsd (behind the resolver) 170; a loss costs a time-out.
 */
#ifndef MXDP_RESOLVER_WIRE_H
#define MXDP_RESOLVER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "answer.h"
#include "cache.h"

struct mxdp_wire;

/* Called when it may have room again; new questions may be sent from inside it. */
typedef void (*mxdp_wire_ready)(void *context);

/*
 * Takes over the reference to an answer (NULL: memory is out), its TTL not clamped. It may be
 * called from inside mxdp_wire_ask() and must not call back into the wire.
 */
typedef void (*mxdp_wire_done)(void *context, struct mxdp_shared_answer *answer);

/* Returns 0, -EINVAL for a bad server list, -ENOMEM or -EIO. */
int mxdp_wire_new(uv_loop_t *loop, const struct mxdp_resolver_settings *settings,
		  mxdp_wire_ready ready, void *context, struct mxdp_wire **out);
/* Ends every question without calling back; the handles close in the loop's next turns. */
void mxdp_wire_free(struct mxdp_wire *wire);

bool mxdp_wire_has_room(const struct mxdp_wire *wire);
/* Returns 0, or -ENOMEM: `done` will not be called then. */
int mxdp_wire_ask(struct mxdp_wire *wire, const struct mxdp_dns_key *key, mxdp_wire_done done,
		  void *context);

size_t mxdp_wire_in_flight(const struct mxdp_wire *wire);
void mxdp_wire_servers(const struct mxdp_wire *wire, char *text, size_t size);

#endif
