/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 (RFC 791) and IPv6 (RFC 8200) up to the TCP header. What belongs to the packet is told by
 * the IP length alone: Ethernet pads short frames. Nonsense that Linux throws away itself passes;
 * what could become a connection is dropped.
 */
#ifndef MXDP_BPF_PARSE_IP_H
#define MXDP_BPF_PARSE_IP_H

#include "count.h"
#include "packet.h"
#include "parse_extensions.h"
#include "parse_link.h"

#define IPV4_OFFSET_MASK 0x1fff
#define IPV4_MORE        0x2000

static __always_inline enum mxdp_counter parse_ipv4_fragment(struct packet *packet)
{
	__u16 fragment = bpf_ntohs(packet->ip4->frag_off);

	if (!(fragment & IPV4_OFFSET_MASK)) {
		packet->first_fragment = true;
		return UNDECIDED;
	}
	/* Offset 1 is byte 8 of the TCP header: it would write the flags anew (RFC 1858 3.2). */
	return (fragment & IPV4_OFFSET_MASK) == 1 ? MXDP_COUNT_fragment_overlap
						  : MXDP_COUNT_fragment_later;
}

static __always_inline enum mxdp_counter parse_ipv4(struct packet *packet)
{
	struct iphdr *ip = packet->position;
	__u32 header, total;

	if ((void *)(ip + 1) > packet->end)
		return missing_header(packet, packet->offset + sizeof(*ip),
				      MXDP_COUNT_ipv4_truncated);
	if (ip->version != 4 || ip->ihl < 5)
		return MXDP_COUNT_ipv4_malformed;
	if (ip->protocol != IPPROTO_TCP)
		return MXDP_COUNT_other;

	header = ip->ihl * 4;
	total = bpf_ntohs(ip->tot_len);
	if (total < header)
		return MXDP_COUNT_ipv4_malformed;
	if (packet->position + total > packet->end &&
	    !frame_reaches(packet, packet->offset + total))
		return MXDP_COUNT_ipv4_truncated;

	packet->version = 4;
	packet->ip4 = ip;
	packet->position += header;
	packet->left = total - header;
	packet->transport = packet->offset + header;
	if (ip->frag_off & bpf_htons(IPV4_OFFSET_MASK | IPV4_MORE))
		return parse_ipv4_fragment(packet);
	return UNDECIDED;
}

static __always_inline enum mxdp_counter parse_extensions(struct packet *packet)
{
	struct extension_walk walk = {
		.offset = packet->offset + sizeof(struct ipv6hdr),
		.left = packet->left,
		.next = packet->ip6->nexthdr,
	};
	enum mxdp_counter outcome = walk_extensions(packet->ctx, &walk);

	if (outcome != UNDECIDED)
		return outcome;
	packet->position = (void *)(long)packet->ctx->data + (walk.offset & EXTENSIONS_OFFSET_MASK);
	packet->left = walk.left;
	packet->transport = walk.offset;
	packet->first_fragment = walk.first_fragment;
	return UNDECIDED;
}

static __always_inline enum mxdp_counter parse_ipv6(struct packet *packet)
{
	struct ipv6hdr *ip = packet->position;

	if ((void *)(ip + 1) > packet->end)
		return missing_header(packet, packet->offset + sizeof(*ip),
				      MXDP_COUNT_ipv6_truncated);
	if (ip->version != 6)
		return MXDP_COUNT_ipv6_malformed;
	if (ip->nexthdr != IPPROTO_TCP && !is_extension(ip->nexthdr))
		return MXDP_COUNT_other;

	packet->left = bpf_ntohs(ip->payload_len);
	packet->version = 6;
	packet->ip6 = ip;
	packet->position = ip + 1;
	packet->transport = packet->offset + sizeof(*ip);
	if (!packet->left) {
		/* Linux takes the whole frame behind a hop-by-hop header (jumbogram) only. */
		if (ip->nexthdr != IPPROTO_HOPOPTS)
			return MXDP_COUNT_ipv6_malformed;
		packet->left = bpf_xdp_get_buff_len(packet->ctx) - packet->offset - sizeof(*ip);
	}
	if (packet->position + packet->left > packet->end &&
	    !frame_reaches(packet, packet->offset + sizeof(*ip) + packet->left))
		return MXDP_COUNT_ipv6_truncated;
	if (ip->nexthdr == IPPROTO_TCP)
		return UNDECIDED;
	return parse_extensions(packet);
}

static __always_inline enum mxdp_counter parse_ip(struct packet *packet)
{
	if (packet->protocol == bpf_htons(ETH_P_IP))
		return parse_ipv4(packet);
	if (packet->protocol == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(packet);
	return MXDP_COUNT_other;
}

#endif
