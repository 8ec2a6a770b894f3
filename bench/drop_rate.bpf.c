// SPDX-License-Identifier: GPL-2.0-or-later
/* The sender of bench/drop_rate.c, and the baseline: a program that drops all. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>

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
	ip->saddr = source->address;
	return bpf_redirect(out_ifindex, 0);
}

SEC("xdp")
int drop_all(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}
