/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ethernet and its VLAN tags (802.1Q, 802.1ad). */
#ifndef MXDP_BPF_PARSE_LINK_H
#define MXDP_BPF_PARSE_LINK_H

#include "count.h"
#include "packet.h"

struct vlan_tag {
	__be16 control;
	__be16 protocol;
};

static __always_inline bool is_vlan(__be16 protocol)
{
	return protocol == bpf_htons(ETH_P_8021Q) || protocol == bpf_htons(ETH_P_8021AD);
}

/* A header that is not in the first buffer: the frame is too short, or the driver splits it. */
static __always_inline enum mxdp_counter missing_header(const struct packet *packet, __u32 length,
							enum mxdp_counter truncated)
{
	return frame_reaches(packet, length) ? MXDP_COUNT_frame_split : truncated;
}

static __always_inline enum mxdp_counter parse_link(struct packet *packet)
{
	struct ethhdr *ethernet = packet->position;

	packet->offset = sizeof(*ethernet);
	if ((void *)(ethernet + 1) > packet->end)
		return missing_header(packet, packet->offset, MXDP_COUNT_eth_truncated);
	packet->position = ethernet + 1;
	packet->protocol = ethernet->h_proto;

	for (int i = 0; i < MXDP_VLAN_TAGS_MAX && is_vlan(packet->protocol); i++) {
		struct vlan_tag *tag = packet->position;

		packet->offset += sizeof(*tag);
		if ((void *)(tag + 1) > packet->end)
			return missing_header(packet, packet->offset, MXDP_COUNT_eth_truncated);
		packet->position = tag + 1;
		packet->protocol = tag->protocol;
	}
	return is_vlan(packet->protocol) ? MXDP_COUNT_vlan_too_deep : UNDECIDED;
}

#endif
