/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asked of the kernel by rtnetlink(7): RTM_GETTFILTER, a dump for each direction. */
#include "clsact.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "userspace/netlink/netlink.h"

#define HAS_FILTER 1

static int look_for_filter(void *context, const struct nlmsghdr *message)
{
	(void)context;
	return message->nlmsg_type == RTM_NEWTFILTER ? HAS_FILTER : 0;
}

static bool direction_is_empty(int ifindex, uint32_t direction)
{
	struct {
		struct nlmsghdr header;
		struct tcmsg question;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = RTM_GETTFILTER,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.question = {.tcm_family = AF_UNSPEC,
			     .tcm_ifindex = ifindex,
			     .tcm_parent = TC_H_MAKE(TC_H_CLSACT, direction)},
	};

	return mxdp_netlink_ask(NETLINK_ROUTE, &request.header, look_for_filter, NULL) == 0;
}

bool mxdp_clsact_is_empty(int ifindex)
{
	return direction_is_empty(ifindex, TC_H_MIN_INGRESS) &&
	       direction_is_empty(ifindex, TC_H_MIN_EGRESS);
}
