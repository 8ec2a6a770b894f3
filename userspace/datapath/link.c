/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/genetlink.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "userspace/netlink/netlink.h"

/* linux/netdev.h, which Debian 12 does not have. */
#define NETDEV_FAMILY         "netdev"
#define NETDEV_DEV_GET        1
#define NETDEV_A_IFINDEX      1
#define NETDEV_A_XDP_FEATURES 3

struct request {
	struct nlmsghdr header;
	char body[128];
};

/* The attributes of an answer, behind its fixed part. */
struct attributes {
	const struct rtattr *first;
	int size;
};

static void begin(struct request *request, uint16_t type, const void *fixed, size_t size)
{
	*request = (struct request){.header = {.nlmsg_len = NLMSG_LENGTH(size),
					       .nlmsg_type = type,
					       .nlmsg_flags = NLM_F_REQUEST}};
	memcpy(NLMSG_DATA(&request->header), fixed, size);
}

static void add(struct request *request, unsigned short type, const void *data, size_t size)
{
	struct rtattr *attribute =
		(struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), data, size);
	request->header.nlmsg_len =
		NLMSG_ALIGN(request->header.nlmsg_len) + (uint32_t)RTA_ALIGN(attribute->rta_len);
}

/* The attributes behind a message's fixed part of so many bytes; none when it is shorter. */
static struct attributes attributes_of(const struct nlmsghdr *message, size_t fixed)
{
	if (message->nlmsg_len < NLMSG_SPACE(fixed))
		return (struct attributes){NULL, 0};
	return (struct attributes){
		(const struct rtattr *)((const char *)NLMSG_DATA(message) + NLMSG_ALIGN(fixed)),
		(int)(message->nlmsg_len - NLMSG_SPACE(fixed)),
	};
}

/* The attribute of a type, at least `size` bytes of data long, or NULL. */
static const struct rtattr *find(struct attributes in, unsigned short type, size_t size)
{
	for (; RTA_OK(in.first, in.size); in.first = RTA_NEXT(in.first, in.size))
		if ((in.first->rta_type & NLA_TYPE_MASK) == type && RTA_PAYLOAD(in.first) >= size)
			return in.first;
	return NULL;
}

static struct attributes inside(const struct rtattr *nest)
{
	return (struct attributes){RTA_DATA(nest), (int)RTA_PAYLOAD(nest)};
}

static int read_int(struct attributes in, unsigned short type, int otherwise)
{
	const struct rtattr *attribute = find(in, type, sizeof(int));
	int value;

	if (!attribute)
		return otherwise;
	memcpy(&value, RTA_DATA(attribute), sizeof(value));
	return value;
}

static void read_kind(struct attributes in, struct mxdp_link *link)
{
	const struct rtattr *info = find(in, IFLA_LINKINFO, 0);
	const struct rtattr *kind = info ? find(inside(info), IFLA_INFO_KIND, 1) : NULL;

	if (kind)
		snprintf(link->kind, sizeof(link->kind), "%.*s", (int)RTA_PAYLOAD(kind),
			 (const char *)RTA_DATA(kind));
}

static void read_program(struct attributes in, struct mxdp_link *link)
{
	const struct rtattr *xdp = find(in, IFLA_XDP, 0);
	const struct rtattr *how = xdp ? find(inside(xdp), IFLA_XDP_ATTACHED, 1) : NULL;
	unsigned char attached = how ? *(const unsigned char *)RTA_DATA(how) : XDP_ATTACHED_NONE;

	link->in_driver =
		attached == XDP_ATTACHED_DRV ||
		(attached == XDP_ATTACHED_MULTI && read_int(inside(xdp), IFLA_XDP_DRV_PROG_ID, 0));
}

static int on_link(void *context, const struct nlmsghdr *message)
{
	const struct attributes attributes = attributes_of(message, sizeof(struct ifinfomsg));
	const struct ifinfomsg *fixed = NLMSG_DATA(message);
	struct mxdp_link *link = context;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*fixed)))
		return -EBADMSG;
	*link = (struct mxdp_link){
		/* The loopback's header is one of Ethernet, too. */
		.ethernet = fixed->ifi_type == ARPHRD_ETHER || fixed->ifi_type == ARPHRD_LOOPBACK,
		.peer = read_int(attributes, IFLA_LINK, 0),
		.peer_netns = read_int(attributes, IFLA_LINK_NETNSID, MXDP_NETNS_OWN),
	};
	read_kind(attributes, link);
	read_program(attributes, link);
	return 0;
}

int mxdp_link_read(int ifindex, int netns, struct mxdp_link *link)
{
	const struct ifinfomsg fixed = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct request request;

	begin(&request, RTM_GETLINK, &fixed, sizeof(fixed));
	if (netns != MXDP_NETNS_OWN)
		add(&request, IFLA_TARGET_NETNSID, &netns, sizeof(netns));
	return mxdp_netlink_ask(NETLINK_ROUTE, &request.header, on_link, link);
}

/* One attribute of a generic answer: its type, and where its value goes. */
struct wanted {
	unsigned short type;
	void *value;
	size_t size;
};

static int on_generic(void *context, const struct nlmsghdr *message)
{
	const struct wanted *wanted = context;
	const struct rtattr *found =
		find(attributes_of(message, sizeof(struct genlmsghdr)), wanted->type, wanted->size);

	if (!found)
		return -EBADMSG;
	memcpy(wanted->value, RTA_DATA(found), wanted->size);
	return 0;
}

static int find_family(const char *name, uint16_t *family)
{
	const struct genlmsghdr fixed = {.cmd = CTRL_CMD_GETFAMILY, .version = 1};
	struct wanted wanted = {CTRL_ATTR_FAMILY_ID, family, sizeof(*family)};
	struct request request;

	begin(&request, GENL_ID_CTRL, &fixed, sizeof(fixed));
	add(&request, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	return mxdp_netlink_ask(NETLINK_GENERIC, &request.header, on_generic, &wanted);
}

int mxdp_link_xdp_features(int ifindex, uint64_t *features)
{
	const struct genlmsghdr fixed = {.cmd = NETDEV_DEV_GET, .version = 1};
	struct wanted wanted = {NETDEV_A_XDP_FEATURES, features, sizeof(*features)};
	struct request request;
	uint16_t family;
	int error = find_family(NETDEV_FAMILY, &family);

	if (error)
		return error;
	begin(&request, family, &fixed, sizeof(fixed));
	add(&request, NETDEV_A_IFINDEX, &ifindex, sizeof(ifindex));
	return mxdp_netlink_ask(NETLINK_GENERIC, &request.header, on_generic, &wanted);
}
