/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netlink_routes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

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

/* Returns 1 at the end of the dump, 0 for more, or a negative errno. */
static int read_messages(struct nlmsghdr *message, int size, gateway_fn each, void *context)
{
	for (; NLMSG_OK(message, (unsigned int)size); message = NLMSG_NEXT(message, size)) {
		const struct rtmsg *route = NLMSG_DATA(message);

		if (message->nlmsg_type == NLMSG_DONE)
			return 1;
		if (message->nlmsg_type == NLMSG_ERROR)
			return ((struct nlmsgerr *)NLMSG_DATA(message))->error ?: 1;
		if (message->nlmsg_type == RTM_NEWROUTE && route->rtm_dst_len == 0 &&
		    route->rtm_type == RTN_UNICAST)
			read_attributes(RTM_RTA(route), (int)RTM_PAYLOAD(message),
					route->rtm_family, each, context);
	}
	return 0;
}

static int dump_family(int fd, unsigned char family, gateway_fn each, void *context)
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
	_Alignas(struct nlmsghdr) char answer[32768];
	int done = 0;

	if (send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	while (!done) {
		ssize_t size = recv(fd, answer, sizeof(answer), 0);

		if (size < 0)
			return -errno;
		done = read_messages((struct nlmsghdr *)answer, (int)size, each, context);
	}
	return done < 0 ? done : 0;
}

int mxdp_default_gateways(gateway_fn each, void *context)
{
	struct timeval patience = {.tv_sec = 2};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int error;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	error = dump_family(fd, AF_INET, each, context);
	if (!error)
		error = dump_family(fd, AF_INET6, each, context);
	close(fd);
	return error;
}

int mxdp_route_changes_open(void)
{
	struct sockaddr_nl groups = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
			     RTMGRP_IPV6_ROUTE,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&groups, sizeof(groups))) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

void mxdp_route_changes_drain(int fd)
{
	char ignored[8192];

	/* An overrun (ENOBUFS) loses details only: the caller reads the whole state anew. */
	while (recv(fd, ignored, sizeof(ignored), 0) > 0 || errno == ENOBUFS)
		;
}
