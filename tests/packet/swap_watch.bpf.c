// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet path that knows what every lookup must find: half of its packets are from listed hosts,
 * half from their neighbours, and each is counted by the generation that judged it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/maps.h"
#include "maps/snapshot4.h"
#include "swap_watch.h"

char program_license[] SEC("license")
= "GPL";

struct swap_count swap_count;
__u32 next_host;

static __always_inline void judge(const struct mxdp_snapshot_view *view, __u32 host, __u32 clean)
{
	__u64 generation = view->first->header.generation;
	__u32 class = mxdp_snapshot4_find(view, host * SWAP_STRIDE + clean);

	swap_count.generations[generation & 255]++;
	if (clean && !class)
		swap_count.clean++;
	else if (clean)
		swap_count.wrongly++;
	else if (!class)
		swap_count.missing++;
	else if (class != SWAP_CLASS(generation))
		swap_count.mixed++;
	else
		swap_count.listed++;
}

SEC("xdp")
int watch(struct xdp_md *ctx)
{
	struct mxdp_snapshot_view view;
	__u32 host = (next_host++ * 2654435761u >> 8) % SWAP_HOSTS;

	(void)ctx;
	if (!mxdp_snapshot_view(&view, &feeds4))
		swap_count.nothing++;
	else
		judge(&view, host, next_host & 1);
	return XDP_DROP;
}
