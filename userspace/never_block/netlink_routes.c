/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netlink_routes.h"

#include <string.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "userspace/netlink/netlink.h"

typedef void (*gateway_fn)(void *context, const struct mxdp_address *gateway);

static void tell_gateway(const struct rtattr *attribute, int family, gateway_fn each, void *context)
{
	struct mxdp_address gateway;

	if (family == AF_INET && RTA_PAYLOAD(attribute) >= 4) {
		uint32_t v4;

		memcpy(&v4, RTA_DATA(attribute), sizeof(v4));
		gateway = mxdp_address_from_v4(v4);
	} else if (family == AF_INET6 && RTA_PAYLOAD(attribute) >= 16) {
		gateway = mxdp_address_from_bytes(RTA_DATA(attribute));
	} else {
		return;
	}
	each(context, &gateway);
}

/* RTA_VIA: a gateway of the other family (RFC 5549 routes). */
static void tell_via(const struct rtattr *attribute, gateway_fn each, void *context)
{
	const struct rtvia *via = RTA_DATA(attribute);
	struct mxdp_address gateway;

	if (via->rtvia_family != AF_INET6 || RTA_PAYLOAD(attribute) < sizeof(*via) + 16)
		return;
	gateway = mxdp_address_from_bytes(via->rtvia_addr);
	each(context, &gateway);
}

static void read_attributes(const struct rtattr *attribute, int size, int family, gateway_fn each,
			    void *context)
{
	for (; RTA_OK(attribute, size); attribute = RTA_NEXT(attribute, size)) {
		if (attribute->rta_type == RTA_GATEWAY)
			tell_gateway(attribute, family, each, context);
		else if (attribute->rta_type == RTA_VIA)
			tell_via(attribute, each, context);
		else if (attribute->rta_type == RTA_MULTIPATH) {
			struct rtnexthop *hop = RTA_DATA(attribute);
			int left = (int)RTA_PAYLOAD(attribute);

			for (; RTNH_OK(hop, left);
			     left -= NLMSG_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
				read_attributes(RTNH_DATA(hop), (int)(hop->rtnh_len - sizeof(*hop)),
						family, each, context);
		}
	}
}

struct asked {
	gateway_fn each;
	void *context;
};

static int read_route(void *context, const struct nlmsghdr *message)
{
	const struct asked *asked = context;
	const struct rtmsg *route = NLMSG_DATA(message);

	if (message->nlmsg_type == RTM_NEWROUTE && route->rtm_dst_len == 0 &&
	    route->rtm_type == RTN_UNICAST)
		read_attributes(RTM_RTA(route), (int)RTM_PAYLOAD(message), route->rtm_family,
				asked->each, asked->context);
	return 0;
}

static int dump_family(unsigned char family, struct asked *asked)
{
	struct {
		struct nlmsghdr header;
		struct rtmsg route;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = RTM_GETROUTE,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.route = {.rtm_family = family},
	};

	return mxdp_netlink_ask(NETLINK_ROUTE, &request.header, read_route, asked);
}

int mxdp_default_gateways(gateway_fn each, void *context)
{
	struct asked asked = {each, context};
	int error = dump_family(AF_INET, &asked);

	return error ? error : dump_family(AF_INET6, &asked);
}

int mxdp_route_changes_open(void)
{
	return mxdp_netlink_news_open(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
				      RTMGRP_IPV6_ROUTE);
}

void mxdp_route_changes_drain(int fd)
{
	/* What has changed does not matter: the caller reads the whole state anew. */
	mxdp_netlink_news_read(fd, NULL, NULL);
}
