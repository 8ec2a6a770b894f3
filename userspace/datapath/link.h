/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of a network interface, by netlink: all of it that sending replies needs. */
#ifndef MXDP_DATAPATH_LINK_H
#define MXDP_DATAPATH_LINK_H

#include <stdbool.h>
#include <stdint.h>

#define MXDP_NETNS_OWN (-1)

struct mxdp_link {
	char kind[16];  /* "veth", "bond" ...; "" for hardware */
	int peer;       /* index of the interface at the other end or below, or 0 */
	int peer_netns; /* id of its network namespace, or MXDP_NETNS_OWN */
	bool in_driver; /* it has an XDP program in native mode */
	bool ethernet;  /* its frames begin with an Ethernet header */
};

/*
 * Reads an interface of the namespace with that id. Returns 0 or a negative errno: -EPERM where the
 * other namespace does not let us.
 */
int mxdp_link_read(int ifindex, int netns, struct mxdp_link *link);

/* NETDEV_XDP_ACT_BASIC of linux/netdev.h: the driver drops, passes and sends back. */
#define MXDP_XDP_BASIC 1

/* What its driver can do in XDP. Returns 0, or a negative errno: -ENOENT before Linux 6.3. */
int mxdp_link_xdp_features(int ifindex, uint64_t *features);

#endif
