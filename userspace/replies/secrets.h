/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The secrets behind the packet path's cookies: random, and replaced while they rest. */
#ifndef MXDP_REPLIES_SECRETS_H
#define MXDP_REPLIES_SECRETS_H

#include "maps/maps.h"

/*
 * Makes what is missing and replaces what is due; to be called at start and every minute. Those
 * that are pinned from an earlier run stay in use. Returns 0 or a negative errno.
 */
int mxdp_secrets_refresh(const struct mxdp_maps *maps, uint64_t now_ns);

#endif
