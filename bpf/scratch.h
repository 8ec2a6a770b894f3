/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Room for what is too big for the stack: one for each CPU, good for one packet. */
#ifndef MXDP_BPF_SCRATCH_H
#define MXDP_BPF_SCRATCH_H

#include "connection.h"
#include "maps.h"

#define LINE_MAX 1024 /* of a command: RFC 5321 4.5.3.1.4 asks for 512 and some for parameters */
#define TEXT_MAX 256  /* of a reply with its padding */

#define LINK_MAX (ETH_HLEN + MXDP_VLAN_TAGS_MAX * 4)

/* Buffers whose use varies in length are a power of two: see within(). */
#define REPLY_ROOM   512 /* a whole reply is shorter */
#define OPTIONS_ROOM 64
#define ADDRESS_ROOM 64

/* What is copied of a part of a text, however long it is. */
#define PART_ROOM 152
_Static_assert(PART_ROOM >= MXDP_REPLY_TEXT_MAX && PART_ROOM % 8 == 0, "a part has its room");

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

/* A reply as it is put together. The link header ends where the next begins. */
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

union reply_frame {
	struct reply_headers headers;
	/* The text follows them; its parts are copied with more than there is of them. */
	__u8 bytes[REPLY_ROOM + PART_ROOM];
};

struct scratch {
	__u8 line[LINE_MAX];
	__u8 options[OPTIONS_ROOM];
	__u8 address[ADDRESS_ROOM];
	__u32 address_length;
	union reply_frame frame __attribute__((aligned(8)));
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
