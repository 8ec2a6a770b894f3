/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the packet path can answer. A reply is the frame that came in, rewritten and sent back: in
 * native mode a VLAN tag that the NIC took off before is not in it, and the reply would leave
 * without; and it is the driver that sends. In generic mode the kernel keeps the tag beside the
 * frame and sends by itself.
 */
#include "private.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "link.h"
#include "userspace/log.h"

#define VLAN_TABLE "/proc/net/vlan/config" /* NAME | id | interface */

/* The NIC takes VLAN tags off. One that does not know the question has no such offload. */
static bool strips_tags(const char *interface)
{
	struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};
	struct ifreq request = {.ifr_data = (char *)&flags};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool strips = false;

	if (fd < 0)
		return false;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%.*s", IFNAMSIZ - 1, interface);
	if (!ioctl(fd, SIOCETHTOOL, &request))
		strips = flags.data & ETH_FLAG_RXVLAN;
	close(fd);
	return strips;
}

static bool has_vlans(const char *interface)
{
	FILE *table = fopen(VLAN_TABLE, "re");
	char line[256];
	bool found = false;

	if (!table)
		return false; /* the kernel has no VLANs at all */
	while (!found && fgets(line, sizeof(line), table)) {
		char *below = strrchr(line, '|');

		if (!below)
			continue;
		below += 1 + strspn(below + 1, " ");
		below[strcspn(below, " \n")] = '\0';
		found = !strcmp(below, interface);
	}
	fclose(table);
	return found;
}

/* What is known of a driver: before Linux 6.3 nothing, and it is believed to send. */
static bool sends_back(int ifindex)
{
	uint64_t features;

	return mxdp_link_xdp_features(ifindex, &features) || features & MXDP_XDP_BASIC;
}

/* A veth hands over what XDP sends only to an end that has a program in native mode, too. */
static enum { HEARD, NOT_HEARD, HIDDEN } ask_veth(int ifindex)
{
	struct mxdp_link link, peer;

	if (mxdp_link_read(ifindex, MXDP_NETNS_OWN, &link) || strcmp(link.kind, "veth") != 0)
		return HEARD;
	if (mxdp_link_read(link.peer, link.peer_netns, &peer))
		return HIDDEN;
	return peer.in_driver ? HEARD : NOT_HEARD;
}

static const char *why_no_replies(const struct mxdp_attachment *attachment)
{
	if (attachment->read_only)
		return "beside other XDP programs this kernel takes only one of ours that changes "
		       "no packet (libxdp 1.5.5 is said to help)";
	if (!attachment->native)
		return NULL;
	if (has_vlans(attachment->interface) && strips_tags(attachment->interface))
		return "the NIC strips VLAN tags: `ethtool -K INTERFACE rxvlan off`, then reload";
	if (!sends_back(attachment->ifindex))
		return "its driver cannot send packets back: attach_mode = generic can";
	switch (ask_veth(attachment->ifindex)) {
	case NOT_HEARD:
		return "the other end of this veth pair has no XDP program in native mode, so "
		       "the kernel drops what is sent back: attach one there that passes "
		       "everything";
	case HIDDEN: /* in a namespace that is not shown to us: what was found before holds */
		return attachment->no_replies;
	default:
		return NULL;
	}
}

bool mxdp_datapath_look_for_replies(struct mxdp_attachment *attachment)
{
	const char *before = attachment->no_replies;

	attachment->no_replies = why_no_replies(attachment);
	if (!attachment->no_replies == !before)
		return false;
	if (attachment->no_replies)
		mxdp_log(MXDP_LOG_WARNING, "%s: refused clients get no answer: %s",
			 attachment->interface, attachment->no_replies);
	else
		mxdp_log(MXDP_LOG_NOTICE, "%s: refused clients are answered from now on",
			 attachment->interface);
	return true;
}

int mxdp_datapath_watch_replies(struct mxdp_datapath *datapath)
{
	bool changed = false;

	for (size_t i = 0; i < datapath->attachment_count; i++)
		changed |= mxdp_datapath_look_for_replies(&datapath->attachments[i]);
	return changed ? mxdp_datapath_tell_replies(datapath) : 0;
}
