// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sender of bench/drop_rate.c, the baseline that drops all, and what one would write by hand: a
 * hash of addresses, asked in XDP and in tc.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

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
__u32 out_ifindex;
__u32 header_sum; /* of the header without source and checksum */

/* The number of entries is set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} dropped SEC(".maps");

/* The header's checksum (RFC 1071) is right: the kernel's stack would throw the frame away. */
static __always_inline void set_source(struct iphdr *ip, __u32 address)
{
	__u32 sum = header_sum + (address & 0xffff) + (address >> 16);

	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = ~((sum & 0xffff) + (sum >> 16));
	ip->saddr = address;
}

/* Run on made-up frames: each gets the next source and leaves through the veth pair. */
SEC("xdp")
int send_frame(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	__u32 index = source_next++ & source_mask;
	const struct sets_source *source = bpf_map_lookup_elem(&sources, &index);

	if ((void *)(ip + 1) > end || !source)
		return XDP_ABORTED;
	set_source(ip, source->address);
	return bpf_redirect(out_ifindex, 0);
}

SEC("xdp")
int drop_all(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

/* True for a SYN to port 25 from a listed address. */
static __always_inline bool is_listed_syn(void *data, void *end)
{
	const struct ethhdr *ethernet = data;
	const struct iphdr *ip = (void *)(ethernet + 1);
	const struct tcphdr *tcp;
	__u32 zero = 0;
	__u64 *count;

	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP) || ip->ihl < 5 ||
	    ip->protocol != IPPROTO_TCP)
		return false;
	tcp = (void *)ip + ip->ihl * 4;
	if ((void *)(tcp + 1) > end || tcp->dest != bpf_htons(25) || !tcp->syn)
		return false;
	if (!bpf_map_lookup_elem(&hash, &ip->saddr))
		return false;
	count = bpf_map_lookup_elem(&dropped, &zero);
	if (count)
		++*count;
	return true;
}

SEC("xdp")
int xdp_hash(struct xdp_md *ctx)
{
	return is_listed_syn((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? XDP_DROP
										   : XDP_PASS;
}

SEC("tc")
int tc_hash(struct __sk_buff *skb)
{
	return is_listed_syn((void *)(long)skb->data, (void *)(long)skb->data_end) ? TC_ACT_SHOT
										   : TC_ACT_OK;
}
