/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets that a channel of c-ares asks through. c-ares closes one whenever nothing is under
 * way, which under load is many times a second, and a new one costs as much as several questions.
 * So the last UDP socket that it closed is kept and given to it again, for MXDP_SOCKET_LIVES_MS
 * since it was opened: then questions go out from a new port, which is part of what a forger must
 * guess. Whoever watches the kept socket may go on: it is told before the socket is really closed.
 */
#ifndef MXDP_RESOLVER_SOCKETS_H
#define MXDP_RESOLVER_SOCKETS_H

#include <ares.h>
#include <stdbool.h>

#define MXDP_SOCKET_LIVES_MS 1000

struct mxdp_sockets;

/* Called before a kept socket is closed. */
typedef void (*mxdp_sockets_closing)(void *context, ares_socket_t fd);

/* NULL when memory is out. */
struct mxdp_sockets *mxdp_sockets_new(mxdp_sockets_closing closing, void *context);
/* After ares_destroy() of the channel. */
void mxdp_sockets_free(struct mxdp_sockets *sockets);

/* From now on the channel's sockets come from here. */
void mxdp_sockets_use(struct mxdp_sockets *sockets, ares_channel channel);

/* Whether this socket, which c-ares is about to close, is kept. */
bool mxdp_sockets_keeps(const struct mxdp_sockets *sockets, ares_socket_t fd);
/* Throws away what has arrived. */
void mxdp_sockets_drain(ares_socket_t fd);

#endif
