/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TCP header (RFC 9293 3.1): is the port ours, and is the header whole and sane? */
#ifndef MXDP_BPF_PARSE_TCP_H
#define MXDP_BPF_PARSE_TCP_H

#include "count.h"
#include "packet.h"
#include "ports.h"

#define TCP_PORTS_LENGTH  4
#define TCP_HEADER_LENGTH 20

/* The IP packet ends inside the TCP header. */
static __always_inline enum mxdp_counter tcp_cut(const struct packet *packet)
{
	return packet->first_fragment ? MXDP_COUNT_fragment_first : MXDP_COUNT_tcp_truncated;
}

static __always_inline enum mxdp_counter parse_tcp(struct packet *packet,
						   const struct mxdp_settings *settings)
{
	struct tcphdr *tcp = packet->position;

	if (packet->left < TCP_PORTS_LENGTH)
		return tcp_cut(packet);
	if (packet->position + TCP_PORTS_LENGTH > packet->end)
		return MXDP_COUNT_headers_split;
	packet->port_class = port_class(settings, tcp->dest);
	if (packet->port_class == MXDP_PORT_NONE)
		return MXDP_COUNT_other;

	if (packet->left < TCP_HEADER_LENGTH)
		return tcp_cut(packet);
	if ((void *)(tcp + 1) > packet->end)
		return MXDP_COUNT_headers_split;
	if (tcp->doff < TCP_HEADER_LENGTH / 4)
		return MXDP_COUNT_tcp_malformed;
	if (packet->left < tcp->doff * 4U)
		return tcp_cut(packet);
	if (packet->first_fragment && tcp->syn)
		return MXDP_COUNT_fragment_first;
	if (tcp->syn && (tcp->fin || tcp->rst))
		return MXDP_COUNT_tcp_flags;
	packet->tcp = tcp;
	return UNDECIDED;
}

static __always_inline bool has_payload(const struct packet *packet)
{
	return packet->left > packet->tcp->doff * 4U;
}

static __always_inline bool is_attempt(const struct packet *packet)
{
	return packet->tcp->syn && !packet->tcp->ack;
}

#endif
