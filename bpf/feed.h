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
#include "maps.h"
#include "recent.h"
#include "maps/snapshot4.h"
#include "maps/snapshot6.h"

/* A listing in one number: what a global function can return. */
static __always_inline __u64 pack_listing(const struct mxdp_snapshot_view *view,
					  struct mxdp_cpu *cpu, __u32 number)
{
	const struct mxdp_snapshot_class *class;

	class = number ? mxdp_snapshot_class(view, number) : NULL;
	if (!class)
		return MXDP_ACTION_NONE;
	if (class->valid_until_ns && coarse_time_ns(&cpu->clock) >= class->valid_until_ns) {
		count_on(cpu, MXDP_COUNT_feed_expired);
		return MXDP_ACTION_NONE;
	}
	return (__u64) class->text << 32 | number << 8 | class->action;
}

/* The class of an address that is not remembered. */
__noinline __u32 find_class4(__u32 address)
{
	struct mxdp_snapshot_view view;
	__u32 class;

	if (!mxdp_snapshot_view(&view, &feeds4))
		return 0;
	class = mxdp_snapshot4_find(&view, address);
	remember(&view, address, class, bpf_jiffies64());
	return class;
}

static __always_inline __u64 listing4(struct mxdp_cpu *cpu, __u32 address)
{
	struct mxdp_snapshot_view view;
	int class;

	if (!mxdp_snapshot_view(&view, &feeds4))
		return MXDP_ACTION_NONE;
	class = recall(&view, address);
	return pack_listing(&view, cpu, class < 0 ? find_class4(address) : (__u32) class);
}

/* The same, verified once for all but the path of a flood, which spares the call. */
__noinline __u64 find_listing4(__u32 address)
{
	struct mxdp_cpu *cpu = this_cpu();

	return cpu ? listing4(cpu, address) : MXDP_ACTION_NONE;
}

__noinline __u64 find_listing6(__u64 high, __u64 low)
{
	struct mxdp_snapshot_key6 key = {.high = high, .low = low};
	struct mxdp_cpu *cpu = this_cpu();
	struct mxdp_snapshot_view view;

	if (!cpu || !mxdp_snapshot_view(&view, &feeds6))
		return MXDP_ACTION_NONE;
	return pack_listing(&view, cpu, mxdp_snapshot6_find(&view, key));
}

static __always_inline struct listing unpack_listing(__u64 packed)
{
	struct listing listing = {
		.action = packed & 0xff, .class = packed >> 8 & 0xff, .text = packed >> 32};

	return listing;
}

/* `halves` is an IPv6 address. */
static __always_inline struct listing listing6(const __be64 *halves)
{
	return unpack_listing(
		find_listing6(bpf_be64_to_cpu(halves[0]), bpf_be64_to_cpu(halves[1])));
}

static __always_inline void count_hit(__u32 class)
{
	__u64 *hits = class ? bpf_map_lookup_elem(&feed_hits, &class) : NULL;

	if (hits)
		(*hits)++;
}

/* What the feeds say about an attempt's source. Submission ports do not ask them. */
static __always_inline struct listing listing_of_packet(const struct packet *packet)
{
	struct listing listing;
	__be64 halves[2];

	if (packet->port_class != MXDP_PORT_MX)
		return unpack_listing(MXDP_ACTION_NONE);
	if (packet->listing != NOT_ASKED)
		return unpack_listing(packet->listing);
	if (packet->version == 4) {
		listing = unpack_listing(find_listing4(bpf_ntohl(packet->ip4->saddr)));
	} else {
		__builtin_memcpy(halves, &packet->ip6->saddr, sizeof(halves));
		listing = listing6(halves);
	}
	count_hit(listing.class);
	return listing;
}

/* The same about a connection's client. */
static __always_inline struct listing listing_of_client(const struct connection *connection)
{
	__be64 halves[2];

	if (connection->port_class != MXDP_PORT_MX)
		return unpack_listing(MXDP_ACTION_NONE);
	if (connection->version == 4)
		return unpack_listing(find_listing4(bpf_ntohl(connection->client[0])));
	__builtin_memcpy(halves, connection->client, sizeof(halves));
	return listing6(halves);
}

#endif
