// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where packets to the invented addresses of bench/attack's spoofed SYNs end: the hosts that would
 * have them are elsewhere, so this machine's stack should not spend its time on each. Put onto the
 * outside host's interface, which also has a veth pair send XDP's replies (tools/lab/senders.sh).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* 64.0.0.0/3, of which no sender or bot has an address. */
#define INVENTED 2

char program_license[] SEC("license")
= "GPL";

SEC("xdp")
int nobody(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct ethhdr *ethernet = data;
	const struct iphdr *ip = (const void *)(ethernet + 1);

	if ((const void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	return bpf_ntohl(ip->daddr) >> 29 == INVENTED ? XDP_DROP : XDP_PASS;
}
