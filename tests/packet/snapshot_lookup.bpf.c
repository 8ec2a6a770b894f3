// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's side of the comparison: looks up the addresses in a packet and writes the classes.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/maps.h"
#include "bpf/recent.h"
#include "maps/snapshot4.h"
#include "maps/snapshot6.h"
#include "snapshot_lookup.h"

char program_license[] SEC("license")
= "GPL";

__noinline __u32 class4(__u32 address)
{
	struct mxdp_snapshot_view view;
	__u32 class;
	int recent;

	if (!mxdp_snapshot_view(&view, &feeds4))
		return 0;
	recent = recall(&view, address);
	if (recent >= 0)
		return recent;
	class = mxdp_snapshot4_find(&view, address);
	remember(&view, address, class, address); /* at once */
	return class;
}

__noinline __u32 class6(__u64 high, __u64 low)
{
	struct mxdp_snapshot_key6 key = {.high = high, .low = low};
	struct mxdp_snapshot_view view;

	if (!mxdp_snapshot_view(&view, &feeds6))
		return 0;
	return mxdp_snapshot6_find(&view, key);
}

SEC("xdp")
int look_up(struct xdp_md *ctx)
{
	struct lookup_packet *packet = (void *)(long)ctx->data;

	if ((void *)(packet + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	for (__u32 i = 0; i < LOOKUPS && i < packet->count; i++)
		packet->class[i] = packet->family == 4 ? class4(packet->low[i])
						       : class6(packet->high[i], packet->low[i]);
	return XDP_PASS;
}
