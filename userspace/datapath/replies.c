/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the packet path can answer. A reply is the frame that came in, rewritten and sent back: in
 * native mode a VLAN tag that the NIC took off before is not in it, and the reply would leave
 * without. In generic mode the kernel keeps the tag beside the frame.
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
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
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

const char *mxdp_datapath_no_replies(const char *interface, bool native)
{
	if (native && has_vlans(interface) && strips_tags(interface))
		return "the NIC strips VLAN tags: `ethtool -K INTERFACE rxvlan off`, then reload";
	return NULL;
}
