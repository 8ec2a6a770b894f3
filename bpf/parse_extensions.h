/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The extension headers between IPv6 and TCP (RFC 8200 4, RFC 7045). */
#ifndef MXDP_BPF_PARSE_EXTENSIONS_H
#define MXDP_BPF_PARSE_EXTENSIONS_H

#include "count.h"
#include "packet.h"

#define IPV6_OFFSET_MASK 0xfff8
#define IPV6_MORE        0x0001

/* Eight headers of at most 2048 bytes behind the fixed ones end below this. */
#define EXTENSIONS_OFFSET_MASK 0x7fff

#define NEXT_HEADER_HIP   139 /* RFC 7401 */
#define NEXT_HEADER_SHIM6 140 /* RFC 5533 */

struct ipv6_extension {
	__u8 next;
	__u8 length;
	__be16 fragment; /* of a fragment header: offset and flag */
	__be32 rest;
};

/* Where the walk over the headers is, and what it met. */
struct extension_walk {
	__u32 offset; /* of the next header in the frame */
	__u32 left;   /* bytes of the IP packet from there on */
	__u32 next;   /* that header's type */
	__u32 first_fragment;
};

static __always_inline bool is_extension(__u32 type)
{
	switch (type) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
	case IPPROTO_MH:
	case NEXT_HEADER_HIP:
	case NEXT_HEADER_SHIM6:
		return true;
	default:
		return false;
	}
}

static __always_inline __u32 extension_length(__u32 type, const struct ipv6_extension *extension)
{
	if (type == IPPROTO_FRAGMENT)
		return sizeof(*extension);
	if (type == IPPROTO_AH) /* counts in 4 bytes, less two (RFC 4302 2.2) */
		return (extension->length + 2) * 4;
	return (extension->length + 1) * 8;
}

/* The IP packet ends inside the chain: in a first fragment that hides what follows (RFC 7112). */
static __always_inline enum mxdp_counter chain_cut(const struct extension_walk *walk)
{
	return walk->first_fragment ? MXDP_COUNT_fragment_first : MXDP_COUNT_ipv6_malformed;
}

/* Steps over one header. */
static __always_inline enum mxdp_counter step_extension(struct xdp_md *ctx,
							struct extension_walk *walk)
{
	struct ipv6_extension *extension =
		(void *)(long)ctx->data + (walk->offset & EXTENSIONS_OFFSET_MASK);
	__u32 length;

	if (walk->left < sizeof(*extension))
		return chain_cut(walk);
	if ((void *)(extension + 1) > (void *)(long)ctx->data_end)
		return MXDP_COUNT_headers_split;
	length = extension_length(walk->next, extension);
	if (walk->left < length)
		return chain_cut(walk);
	if (walk->next == IPPROTO_FRAGMENT) {
		if (extension->fragment & bpf_htons(IPV6_OFFSET_MASK))
			return MXDP_COUNT_fragment_later;
		if (extension->fragment & bpf_htons(IPV6_MORE))
			walk->first_fragment = 1;
	}
	walk->offset += length;
	walk->left -= length;
	walk->next = extension->next;
	return UNDECIDED;
}

/*
 * Walks to the TCP header: UNDECIDED once `walk` stands there. A global function, so that the
 * verifier looks at its loop once.
 */
__noinline enum mxdp_counter walk_extensions(struct xdp_md *ctx, struct extension_walk *walk)
{
	if (!walk)
		return MXDP_COUNT_other;
	for (int i = 0; i < MXDP_IPV6_HEADERS_MAX; i++) {
		enum mxdp_counter outcome = step_extension(ctx, walk);

		if (outcome != UNDECIDED)
			return outcome;
		if (walk->next == IPPROTO_TCP)
			return UNDECIDED;
		if (!is_extension(walk->next))
			return MXDP_COUNT_other;
	}
	return MXDP_COUNT_ipv6_too_many_headers;
}

#endif
