/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Networks that a list from outside has no business with: private ones, and those that this machine
 * is on. Unlike never-block addresses they may be blocked; whoever lists them should be told of.
 */
#ifndef MXDP_LOCAL_NETWORKS_H
#define MXDP_LOCAL_NETWORKS_H

#include <stddef.h>

#include "maps/address.h"

/*
 * What is private or local to a link (RFC 1918, 3927, 6598, 4193, 4291), and the networks of this
 * machine's interfaces now. `*list` is to be freed. Returns how many, or a negative errno.
 */
int mxdp_local_networks(struct mxdp_prefix **list);

#endif
