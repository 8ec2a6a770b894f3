/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S      2
#define PACKET_BYTES    32768 /* the kernel makes no larger ones */
#define PACKETS_OF_NEWS 64

/* Whether `end` was reached is told apart: a dump may need many packets. */
static int read_answer(const struct nlmsghdr *message, unsigned int size, bool *end,
		       mxdp_netlink_fn each, void *context)
{
	int error = NLMSG_OK(message, size) ? 0 : -EBADMSG;

	for (; !error && !*end && NLMSG_OK(message, size); message = NLMSG_NEXT(message, size)) {
		*end = message->nlmsg_type == NLMSG_DONE || !(message->nlmsg_flags & NLM_F_MULTI);
		if (message->nlmsg_type == NLMSG_ERROR)
			error = ((const struct nlmsgerr *)NLMSG_DATA(message))->error ?: -EBADMSG;
		else if (message->nlmsg_type != NLMSG_DONE)
			error = each(context, message);
	}
	return error;
}

static int converse(int fd, const struct nlmsghdr *request, mxdp_netlink_fn each, void *context)
{
	_Alignas(struct nlmsghdr) char packet[PACKET_BYTES];
	bool end = false;
	int error = 0;

	if (send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	while (!error && !end) {
		ssize_t size = recv(fd, packet, sizeof(packet), 0);

		if (size < 0)
			return -errno;
		error = read_answer((struct nlmsghdr *)packet, (unsigned int)size, &end, each,
				    context);
	}
	return error;
}

int mxdp_netlink_ask(int protocol, const struct nlmsghdr *request, mxdp_netlink_fn each,
		     void *context)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	int error;

	if (fd < 0)
		return -errno;
	error = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ? -errno : 0;
	if (!error)
		error = converse(fd, request, each, context);
	close(fd);
	return error;
}

int mxdp_netlink_news_open(unsigned int groups)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

void mxdp_netlink_news_read(int fd, mxdp_netlink_fn each, void *context)
{
	_Alignas(struct nlmsghdr) char packet[PACKET_BYTES];

	for (int i = 0; i < PACKETS_OF_NEWS; i++) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)packet;
		ssize_t size = recv(fd, packet, sizeof(packet), 0);
		unsigned int left = size < 0 ? 0 : (unsigned int)size;

		if (size < 0 && errno == ENOBUFS)
			continue; /* some are lost; what came before is still there */
		if (size <= 0)
			return;
		for (; each && NLMSG_OK(message, left); message = NLMSG_NEXT(message, left))
			if (each(context, message))
				return;
	}
}
