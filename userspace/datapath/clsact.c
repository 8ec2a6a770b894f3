/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asked of the kernel by rtnetlink(7): RTM_GETTFILTER, a dump for each direction. */
#include "clsact.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#define ANSWER_MAX 32768
#define WAIT_S     1

static bool ask(int fd, int ifindex, uint32_t direction)
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

	return send(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request);
}

/* One packet of the dump: 1 it names a filter, 0 it is the end, -1 it goes on or is an error. */
static int read_answer(int fd, bool *failed)
{
	static _Thread_local union {
		struct nlmsghdr header;
		char bytes[ANSWER_MAX];
	} answer;
	ssize_t received = recv(fd, &answer, sizeof(answer), 0);
	unsigned int left = received < 0 ? 0 : (unsigned int)received;

	*failed = received <= 0;
	for (struct nlmsghdr *message = &answer.header; NLMSG_OK(message, left);
	     message = NLMSG_NEXT(message, left)) {
		if (message->nlmsg_type == RTM_NEWTFILTER)
			return 1;
		if (message->nlmsg_type == NLMSG_DONE)
			return 0;
		*failed |= message->nlmsg_type == NLMSG_ERROR;
	}
	return -1;
}

static bool direction_is_empty(int ifindex, uint32_t direction)
{
	const struct timeval wait = {.tv_sec = WAIT_S};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	bool failed = fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) ||
		      !ask(fd, ifindex, direction);
	int found = -1;

	while (!failed && found < 0)
		found = read_answer(fd, &failed);
	if (fd >= 0)
		close(fd);
	return found == 0;
}

bool mxdp_clsact_is_empty(int ifindex)
{
	return direction_is_empty(ifindex, TC_H_MIN_INGRESS) &&
	       direction_is_empty(ifindex, TC_H_MIN_EGRESS);
}
