/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the blocklist feeds say about a packet's source: the snapshots of maps/snapshot.h. Asked
 * before anything else is done for a connection attempt, so that a flood of listed sources costs
 * little more than the parsing.
 */
#ifndef MXDP_BPF_FEED_H
#define MXDP_BPF_FEED_H

#include "clock.h"
#include "connection.h"
#include "count.h"
#include "maps/snapshot4.h"
#include "maps/snapshot6.h"

/* A listing in one number: what a global function can return. */
static __always_inline __u64 pack_listing(const struct mxdp_snapshot_view *view, __u32 number)
{
	const struct mxdp_snapshot_class *class;

	class = number ? mxdp_snapshot_class(view, number) : NULL;
	if (!class)
		return MXDP_ACTION_NONE;
	if (class->valid_until_ns && coarse_now_ns() >= class->valid_until_ns) {
		count(MXDP_COUNT_feed_expired);
		return MXDP_ACTION_NONE;
	}
	return (__u64) class->text << 32 | class->action;
}

__noinline __u64 find_listing4(__u32 address)
{
	struct mxdp_snapshot_view view;
	__u32 zero = 0;

	if (!mxdp_snapshot_view(&view, bpf_map_lookup_elem(&feeds4, &zero)))
		return MXDP_ACTION_NONE;
	return pack_listing(&view, mxdp_snapshot4_find(&view, address));
}

__noinline __u64 find_listing6(__u64 high, __u64 low)
{
	struct mxdp_snapshot_key6 key = {.high = high, .low = low};
	struct mxdp_snapshot_view view;
	__u32 zero = 0;

	if (!mxdp_snapshot_view(&view, bpf_map_lookup_elem(&feeds6, &zero)))
		return MXDP_ACTION_NONE;
	return pack_listing(&view, mxdp_snapshot6_find(&view, key));
}

/* `address` is in network order: 4 or 16 bytes. Submission ports do not ask the feeds. */
static __always_inline struct listing find_listing(enum mxdp_port_class port_class, __u32 version,
						   const void *address)
{
	struct listing listing = {.action = MXDP_ACTION_NONE};
	__u64 packed;

	if (port_class != MXDP_PORT_MX)
		return listing;
	if (version == 4) {
		__be32 address4;

		__builtin_memcpy(&address4, address, sizeof(address4));
		packed = find_listing4(bpf_ntohl(address4));
	} else {
		__be64 halves[2];

		__builtin_memcpy(halves, address, sizeof(halves));
		packed = find_listing6(bpf_be64_to_cpu(halves[0]), bpf_be64_to_cpu(halves[1]));
	}
	listing.action = packed & 0xffffffff;
	listing.text = packed >> 32;
	return listing;
}

#endif
