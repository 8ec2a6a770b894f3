/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program that watches this machine's own sockets (bpf/socket.bpf.c): where the mail server
 * runs beside mxdp, each handshake that it completes proves the client's address. Watched as long
 * as the daemon runs; it needs a kernel with BTF, and CAP_PERFMON for the moment of attaching.
 */
#ifndef MXDP_DATAPATH_SOCKETS_H
#define MXDP_DATAPATH_SOCKETS_H

#include <stdbool.h>

struct mxdp_datapath;

/*
 * Begins to watch, or ends it. What cannot be is logged once; screening does not depend on it.
 * mxdp_datapath_not_watched() tells how it stands.
 */
void mxdp_sockets_watch(struct mxdp_datapath *datapath, bool watch);

/* Ends it without a word: the daemon stops. */
void mxdp_sockets_unload(struct mxdp_datapath *datapath);

#endif
