/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who wants to talk to whom: what the decision needs of a packet, copied out of it. Plain memory
 * can be handed to global functions, which the verifier checks once instead of once for each way
 * that leads there.
 */
#ifndef MXDP_BPF_CONNECTION_H
#define MXDP_BPF_CONNECTION_H

#include "packet.h"

/* What the feeds say about an address; NONE for most. */
struct listing {
	enum mxdp_action action;
	__u32 class; /* of the snapshot */
	__u32 text;  /* number of the reply text */
};

struct connection {
	__u64 now_ns;  /* of a segment that is no SYN at first by the clock of clock.h */
	__u32 version; /* 4 or 6 */
	__u32 ifindex;
	__be32 client[4];      /* IPv4: the first alone */
	__be32 destination[4]; /* likewise */
	__be16 client_port;
	__be16 port;
	enum mxdp_port_class port_class;
	__u32 sequence;         /* host order */
	struct listing listing; /* of a connection attempt's client */
};

static __always_inline void read_connection(const struct packet *packet, __u64 now_ns,
					    struct connection *connection)
{
	__builtin_memset(connection, 0, sizeof(*connection));
	connection->now_ns = now_ns;
	connection->version = packet->version;
	connection->ifindex = packet->ctx->ingress_ifindex;
	if (packet->version == 4) {
		connection->client[0] = packet->ip4->saddr;
		connection->destination[0] = packet->ip4->daddr;
	} else {
		__builtin_memcpy(connection->client, &packet->ip6->saddr, 16);
		__builtin_memcpy(connection->destination, &packet->ip6->daddr, 16);
	}
	connection->client_port = packet->tcp->source;
	connection->port = packet->tcp->dest;
	connection->port_class = packet->port_class;
	connection->sequence = bpf_ntohl(packet->tcp->seq);
}

#endif
