/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many clients at once: opens COUNT connections, each from an address of its own (FIRST, FIRST + 1,
 * ...), and tells how many were answered (accepted or reset) within SECONDS and when.
 *
 * Usage: syn_burst SERVER PORT FIRST COUNT SECONDS
 * Prints "opened N answered N silent N failed N last_ms N". IPv4 only; the addresses must be local.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 256

struct burst {
	struct sockaddr_in server;
	uint32_t first; /* host order */
	unsigned int count;
	int64_t seconds;
	int epoll;
	unsigned int opened, answered, failed;
	int64_t last_ms; /* when the last answer came, from the start */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int raise_file_limit(unsigned int count)
{
	struct rlimit limit = {.rlim_cur = count + 64, .rlim_max = count + 64};

	return setrlimit(RLIMIT_NOFILE, &limit);
}

/* Starts one connection; the answer is an event of the socket. */
static int open_one(struct burst *burst, uint32_t client)
{
	struct sockaddr_in source = {.sin_family = AF_INET};
	struct epoll_event event = {.events = EPOLLOUT};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	int error;

	if (fd < 0)
		return -errno;
	source.sin_addr.s_addr = htonl(client);
	event.data.fd = fd;
	if (bind(fd, (struct sockaddr *)&source, sizeof(source)) < 0)
		goto fail;
	if (connect(fd, (struct sockaddr *)&burst->server, sizeof(burst->server)) < 0 &&
	    errno != EINPROGRESS)
		goto fail;
	if (epoll_ctl(burst->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		goto fail;
	return 0;

fail:
	error = -errno;
	close(fd);
	return error;
}

/* Accepted and reset are answers; an error of this host's own is none. */
static bool is_answer(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
	       (error == 0 || error == ECONNREFUSED);
}

/* The sockets that were not answered stay open until the process ends. */
static void collect(struct burst *burst, int64_t start)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int64_t left = burst->seconds * 1000;
	int ready;

	while (burst->answered + burst->failed < burst->count && left > 0) {
		ready = epoll_wait(burst->epoll, events, EVENTS_AT_ONCE, (int)left);
		for (int i = 0; i < ready; i++) {
			if (is_answer(events[i].data.fd)) {
				burst->answered++;
				burst->last_ms = now_ms() - start;
			} else {
				burst->failed++;
			}
			close(events[i].data.fd);
		}
		left = burst->seconds * 1000 - (now_ms() - start);
	}
}

static int read_arguments(char **argument, struct burst *burst)
{
	struct in_addr first;

	burst->server.sin_family = AF_INET;
	burst->server.sin_port = htons((uint16_t)strtoul(argument[2], NULL, 10));
	burst->count = (unsigned int)strtoul(argument[4], NULL, 10);
	burst->seconds = strtol(argument[5], NULL, 10);
	if (inet_pton(AF_INET, argument[1], &burst->server.sin_addr) != 1 ||
	    inet_pton(AF_INET, argument[3], &first) != 1 || burst->count == 0 ||
	    burst->seconds <= 0)
		return -EINVAL;
	burst->first = ntohl(first.s_addr);
	return 0;
}

int main(int argc, char **argv)
{
	struct burst burst = {0};
	int64_t start;

	if (argc != 6 || read_arguments(argv, &burst) < 0) {
		fprintf(stderr, "usage: syn_burst SERVER PORT FIRST COUNT SECONDS\n");
		return 2;
	}
	burst.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (burst.epoll < 0 || raise_file_limit(burst.count) < 0) {
		perror("syn_burst: can't prepare");
		return 1;
	}
	start = now_ms();
	for (unsigned int i = 0; i < burst.count; i++) {
		if (open_one(&burst, burst.first + i) < 0)
			burst.failed++;
		else
			burst.opened++;
	}
	collect(&burst, start);
	printf("opened %u answered %u silent %u failed %u last_ms %lld\n", burst.opened,
	       burst.answered, burst.count - burst.answered - burst.failed, burst.failed,
	       (long long)burst.last_ms);
	close(burst.epoll);
	return burst.failed == 0 ? 0 : 1;
}
