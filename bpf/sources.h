/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources that no client can have. An answer would go to nobody, to many, or back to the server,
 * and there is nobody to look up. Linux drops most of these by itself, in the host they are for: as
 * martians (RFC 1812 5.3.7) in IPv4, in ip6_rcv() in IPv6. Not 0.0.0.1 to 0.255.255.255, which it
 * takes for unicast since 5.3, and which nobody has (RFC 1122 3.2.1.3); nor the destination's own
 * address or an IPv4-mapped destination, where it forwards them.
 *
 * Loopback is left to the never-block set; a host that talks to its own address does so on `lo`.
 */
#ifndef MXDP_BPF_SOURCES_H
#define MXDP_BPF_SOURCES_H

#include "connection.h"

#define LO_IFINDEX 1 /* in each network namespace */

static __always_inline bool is_nobodys4(const struct connection *connection)
{
	const __u32 source = bpf_ntohl(connection->client[0]);

	return !(source >> 24) || source >> 28 == 14 || source == 0xffffffff ||
	       (connection->client[0] == connection->destination[0] &&
		connection->ifindex != LO_IFINDEX);
}

/* ::ffff:0:0/96: IPv4 clients have these addresses in programs, not on the wire. */
static __always_inline bool is_mapped(const __be32 address[4])
{
	return !(address[0] | address[1]) && address[2] == bpf_htonl(0xffff);
}

static __always_inline bool is_nobodys6(const struct connection *connection)
{
	const __be32 *from = connection->client, *to = connection->destination;

	return bpf_ntohl(from[0]) >> 24 == 0xff || is_mapped(from) || is_mapped(to) ||
	       !(from[0] | from[1] | from[2] | from[3]) ||
	       (from[0] == to[0] && from[1] == to[1] && from[2] == to[2] && from[3] == to[3] &&
		connection->ifindex != LO_IFINDEX);
}

/* Whether a connection attempt's source is no client's. */
static __always_inline bool is_nobodys(const struct connection *connection)
{
	return connection->version == 4 ? is_nobodys4(connection) : is_nobodys6(connection);
}

#endif
