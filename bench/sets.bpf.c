// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One small program for each set structure that bench/sets.c compares. All do the same work: take
 * the next source address from a list, write it into the packet, parse the packet, ask the set.
 * They differ in the set alone; `drop` and `parse` show what is not the set's.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps/abi.h"
#include "maps/snapshot4.h"
#include "sets.h"

char program_license[] SEC("license")
= "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SETS_SOURCES);
	__type(key, __u32);
	__type(value, struct sets_source);
} sources SEC(".maps");

__u32 source_mask; /* how many of the sources are used, less one */
__u32 source_next;
__u64 listed; /* packets whose source the set holds */

struct snapshot_template {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, MXDP_SNAPSHOT_CHUNK_BYTES);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, MXDP_SNAPSHOT_PLACES);
	__type(key, __u32);
	__array(values, struct snapshot_template);
} feeds4 SEC(".maps");

/* The number of entries of these is set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
} lru SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct mxdp_prefix4);
	__type(value, __u8);
} lpm SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 1);
	__uint(map_extra, 5); /* hash functions */
	__type(value, __u32);
} bloom SEC(".maps");

static __always_inline int verdict(int found)
{
	if (!found)
		return XDP_PASS;
	listed++;
	return XDP_DROP;
}

/* The IPv4 header of a SYN to port 25, or NULL. */
static __always_inline struct iphdr *smtp_attempt(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	const struct tcphdr *tcp;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->version != 4 ||
	    ip->ihl < 5 || ip->protocol != IPPROTO_TCP)
		return NULL;
	tcp = (void *)ip + ip->ihl * 4;
	if ((void *)(tcp + 1) > end || tcp->dest != bpf_htons(25) || !tcp->syn)
		return NULL;
	return ip;
}

/* The packet, from the next source. */
static __always_inline const struct iphdr *next_packet(struct xdp_md *ctx)
{
	__u32 index = source_next++ & source_mask;
	const struct sets_source *source = bpf_map_lookup_elem(&sources, &index);
	struct iphdr *ip = source ? smtp_attempt(ctx) : NULL;

	if (ip)
		ip->saddr = source->address;
	return ip;
}

SEC("xdp")
int run_drop(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

/* What every filter of port 25 does at least: nothing written, nothing asked. */
SEC("xdp")
int run_bare_parse(struct xdp_md *ctx)
{
	return smtp_attempt(ctx) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int run_parse(struct xdp_md *ctx)
{
	return verdict(!!next_packet(ctx));
}

SEC("xdp")
int run_snapshot(struct xdp_md *ctx)
{
	const struct iphdr *ip = next_packet(ctx);
	const struct mxdp_snapshot_class *class;
	struct mxdp_snapshot_view view;
	__u32 number;

	if (!ip || !mxdp_snapshot_view(&view, &feeds4))
		return XDP_PASS;
	number = mxdp_snapshot4_find(&view, bpf_ntohl(ip->saddr));
	if (!number)
		return XDP_PASS;
	class = mxdp_snapshot_class(&view, number);
	return verdict(class && class->action == MXDP_ACTION_DROP);
}

#define RUN_KEYED(name)                                             \
	SEC("xdp")                                                  \
	int run_##name(struct xdp_md *ctx)                          \
	{                                                           \
		const struct iphdr *ip = next_packet(ctx);          \
		__u32 key;                                          \
                                                                    \
		if (!ip)                                            \
			return XDP_PASS;                            \
		key = ip->saddr;                                    \
		return verdict(!!bpf_map_lookup_elem(&name, &key)); \
	}

RUN_KEYED(hash)
RUN_KEYED(lru)

SEC("xdp")
int run_lpm(struct xdp_md *ctx)
{
	const struct iphdr *ip = next_packet(ctx);
	struct mxdp_prefix4 key = {.length = 32};

	if (!ip)
		return XDP_PASS;
	__builtin_memcpy(&key.address, &ip->saddr, 4);
	return verdict(!!bpf_map_lookup_elem(&lpm, &key));
}

SEC("xdp")
int run_bloom(struct xdp_md *ctx)
{
	const struct iphdr *ip = next_packet(ctx);
	__u32 key;

	if (!ip)
		return XDP_PASS;
	key = ip->saddr;
	return verdict(bpf_map_peek_elem(&bloom, &key) == 0);
}
