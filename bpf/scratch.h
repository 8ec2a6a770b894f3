/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Room for what is too big for the stack: one for each CPU, good for one packet. */
#ifndef MXDP_BPF_SCRATCH_H
#define MXDP_BPF_SCRATCH_H

#include "connection.h"
#include "maps.h"

#define LINE_MAX    1024 /* of a command: RFC 5321 4.5.3.1.4 asks for 512 and some for parameters */
#define TEXT_MAX    256  /* of a reply with its padding */
#define PADDING_MAX MXDP_OFFSET_PERIOD

#define LINK_MAX (ETH_HLEN + MXDP_VLAN_TAGS_MAX * 4)

/* Buffers whose use varies in length are a power of two: see within(). */
#define HEADERS_ROOM 128
#define OPTIONS_ROOM 64
#define ADDRESS_ROOM 64

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

/* All headers of a reply in a row. The link header ends where the other begins. */
#define LINK_ROOM 24

struct reply_headers {
	__u8 link[LINK_ROOM];
	union {
		struct {
			struct iphdr ip;
			struct reply_tcp tcp;
		} v4;
		struct {
			struct ipv6hdr ip;
			struct reply_tcp tcp;
		} v6;
	};
};

struct scratch {
	__u8 line[LINE_MAX];
	__u8 text[TEXT_MAX + 8]; /* the checksum takes four bytes at a time */
	__u8 options[OPTIONS_ROOM];
	__u8 address[ADDRESS_ROOM];
	__u32 address_length;
	__u8 padding[PADDING_MAX + 2];
	struct reply_headers headers;
	__u8 beyond_headers[HEADERS_ROOM];
	struct segment segment;
	struct connection connection; /* whose packet this is */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} reply_scratch SEC(".maps");

/*
 * A length for a helper, said to be 1 to `most` (a power of two) in a way that every verifier sees
 * at the call itself. It must have been checked: one that is not comes out wrong.
 */
static __always_inline __u64 within(__u64 length, __u64 most)
{
	length--;
	asm volatile("%0 &= %1" : "+r"(length) : "i"(most - 1));
	return length + 1;
}

static __always_inline struct scratch *get_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&reply_scratch, &zero);
}

#endif
