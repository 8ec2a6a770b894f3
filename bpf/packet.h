/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parsing steps learn of a packet and hand on. Pointers reach into the frame's first
 * buffer and have been checked against its end.
 */
#ifndef MXDP_BPF_PACKET_H
#define MXDP_BPF_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps/abi.h"

#define NOT_ASKED (~0ULL)

/* Narrow, for the chain of frames that begins with this one is near 512 bytes. */
struct packet {
	struct xdp_md *ctx;
	void *position; /* the next header */
	void *end;      /* of the frame's first buffer */
	union {
		const struct iphdr *ip4;
		const struct ipv6hdr *ip6;
	};
	const struct tcphdr *tcp; /* NULL until the headers were read */
	__u64 listing;            /* packed (feed.h), of an attempt's source, or NOT_ASKED */
	__u64 version;   /* 4 or 6, once the IP header is known to be sane; as wide as a spilled
			    register */
	__u32 left;      /* bytes of the IP packet from `position` on, by its own length field */
	__u16 transport; /* of the TCP header in the frame */
	__be16 protocol;
	__u8 offset;     /* of the IP header in the frame */
	__u8 port_class; /* enum mxdp_port_class */
	bool first_fragment;
};

/* The frame has at least `length` bytes, of which the first buffer may hold only some. */
static __always_inline bool frame_reaches(const struct packet *packet, __u32 length)
{
	return bpf_xdp_get_buff_len(packet->ctx) >= length;
}

#endif
