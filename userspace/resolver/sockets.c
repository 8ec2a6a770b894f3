/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sockets.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <uv.h>

#define NS_PER_MS 1000000ULL
#define BUFFER    (4 * 1024 * 1024)
#define NONE      (-1)

/* Of a UDP socket that is open. */
struct udp {
	int fd; /* or NONE */
	int family;
	uint64_t opened_ns;
	struct sockaddr_storage server;
	socklen_t server_length; /* 0: not connected */
};

struct mxdp_sockets {
	struct udp used;   /* the one that c-ares has opened last */
	struct udp parked; /* the one that it has closed */
	mxdp_sockets_closing closing;
	void *context;
};

struct mxdp_sockets *mxdp_sockets_new(mxdp_sockets_closing closing, void *context)
{
	struct mxdp_sockets *sockets = calloc(1, sizeof(*sockets));

	if (!sockets)
		return NULL;
	sockets->used.fd = sockets->parked.fd = NONE;
	sockets->closing = closing;
	sockets->context = context;
	return sockets;
}

static void close_parked(struct mxdp_sockets *sockets)
{
	const int fd = sockets->parked.fd;

	if (fd == NONE)
		return;
	sockets->closing(sockets->context, fd);
	close(fd);
	sockets->parked.fd = NONE;
}

void mxdp_sockets_free(struct mxdp_sockets *sockets)
{
	if (!sockets)
		return;
	close_parked(sockets);
	free(sockets);
}

/* What arrived while nothing was asked answers no question. */
void mxdp_sockets_drain(ares_socket_t fd)
{
	char byte;

	while (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) >= 0)
		;
}

static bool is_fresh(const struct udp *udp)
{
	return udp->fd != NONE && uv_hrtime() - udp->opened_ns < MXDP_SOCKET_LIVES_MS * NS_PER_MS;
}

/* Many answers may arrive while the loop is busy. Beyond the sysctl's limit if we may. */
static void widen(int fd)
{
	const int size = BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static ares_socket_t on_open(int family, int type, int protocol, void *context)
{
	struct mxdp_sockets *sockets = context;
	int fd;

	if (type == SOCK_DGRAM && is_fresh(&sockets->parked) && sockets->parked.family == family) {
		sockets->used = sockets->parked;
		sockets->parked.fd = NONE;
		mxdp_sockets_drain(sockets->used.fd);
		return sockets->used.fd;
	}
	fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return ARES_SOCKET_BAD;
	widen(fd);
	if (type == SOCK_DGRAM)
		sockets->used = (struct udp){.fd = fd, .family = family, .opened_ns = uv_hrtime()};
	return fd;
}

static int on_connect(ares_socket_t fd, const struct sockaddr *server, ares_socklen_t length,
		      void *context)
{
	struct udp *udp = &((struct mxdp_sockets *)context)->used;
	int error;

	if (udp->fd == fd && udp->server_length == length &&
	    memcmp(&udp->server, server, length) == 0)
		return 0;
	error = connect(fd, server, length);
	if (!error && udp->fd == fd && length <= sizeof(udp->server)) {
		memcpy(&udp->server, server, length);
		udp->server_length = length;
	}
	return error;
}

bool mxdp_sockets_keeps(const struct mxdp_sockets *sockets, ares_socket_t fd)
{
	return fd == sockets->used.fd;
}

static int on_close(ares_socket_t fd, void *context)
{
	struct mxdp_sockets *sockets = context;

	if (!mxdp_sockets_keeps(sockets, fd))
		return close(fd);
	close_parked(sockets);
	sockets->parked = sockets->used;
	sockets->used.fd = NONE;
	return 0;
}

static ares_ssize_t on_receive(ares_socket_t fd, void *bytes, size_t size, int flags,
			       struct sockaddr *from, ares_socklen_t *from_length, void *context)
{
	(void)context;
	return recvfrom(fd, bytes, size, flags, from, from_length);
}

/* A server that closed its connection must not cost us a signal. */
static ares_ssize_t on_send(ares_socket_t fd, const struct iovec *parts, int count, void *context)
{
	const struct msghdr message = {.msg_iov = (struct iovec *)parts,
				       .msg_iovlen = (size_t)count};

	(void)context;
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

void mxdp_sockets_use(struct mxdp_sockets *sockets, ares_channel channel)
{
	static const struct ares_socket_functions functions = {
		.asocket = on_open,
		.aclose = on_close,
		.aconnect = on_connect,
		.arecvfrom = on_receive,
		.asendv = on_send,
	};

	ares_set_socket_functions(channel, &functions, sockets);
}
