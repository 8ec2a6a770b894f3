/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Room for what is too big for the stack: one for each CPU, good for one packet. */
#ifndef MXDP_BPF_SCRATCH_H
#define MXDP_BPF_SCRATCH_H

#include "maps.h"
#include "packet.h"

#define LINE_MAX 1024 /* of a command: RFC 5321 4.5.3.1.4 asks for 512 and some for parameters */
#define TEXT_MAX 256  /* of a reply with its padding */

#define LINK_MAX (ETH_HLEN + MXDP_VLAN_TAGS_MAX * 4)

/* What an answer needs of a TCP segment, copied out of the packet; numbers in host order. */
struct segment {
	__u32 link;    /* bytes before the IP header */
	__u32 options; /* where they begin in the frame */
	__u32 options_length;
	__u32 payload; /* where it begins in the frame */
	__u32 length;  /* of the payload */
	__u32 sequence;
	__u32 acknowledged;
	__u32 fin;
	__u32 has_mss;
	__u32 has_timestamp;
	__u32 timestamp; /* theirs */
	__u32 echo;      /* of ours */
};

struct reply_tcp {
	struct tcphdr header;
	__be32 options[4];
};

struct scratch {
	__u8 line[LINE_MAX];
	__u8 text[TEXT_MAX + 8]; /* the checksum takes four bytes at a time */
	__u8 options[64];
	__u8 address[64];
	__u32 address_length;
	struct reply_tcp tcp;
	struct iphdr ip4;
	struct ipv6hdr ip6;
	__u8 link[LINK_MAX];
	struct segment segment;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} reply_scratch SEC(".maps");

static __always_inline struct scratch *get_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&reply_scratch, &zero);
}

#endif
