/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's default gateways and address changes, by rtnetlink (rtnetlink(7)). */
#ifndef MXDP_NETLINK_ROUTES_H
#define MXDP_NETLINK_ROUTES_H

#include "maps/address.h"

/*
 * Calls `each` for the gateway of every default route of both families (also each next hop of a
 * multipath route). Returns 0 or a negative errno.
 */
int mxdp_default_gateways(void (*each)(void *context, const struct mxdp_address *gateway),
			  void *context);

/*
 * A non-blocking socket that becomes readable when an address or route changes, or a negative
 * errno. mxdp_route_changes_drain() empties it.
 */
int mxdp_route_changes_open(void);
void mxdp_route_changes_drain(int fd);

#endif
