/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syn_sender SOURCE DESTINATION PORT: asks for one IPv4 connection after another, some thousand a
 * second, from any local port, and never waits for an answer; until its standard input ends. Then
 * prints how many were asked for. Each is one SYN: the socket is closed before the kernel would
 * repeat it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_NS 100000 /* leaves the processor to those that are tested */

static int send_syn(const struct sockaddr_in *source, const struct sockaddr_in *destination)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)source, sizeof(*source)) ||
	    (connect(fd, (const struct sockaddr *)destination, sizeof(*destination)) &&
	     errno != EINPROGRESS))
		error = -errno;
	close(fd);
	return error;
}

/* Waits a little. */
static int input_ended(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	return ppoll(&input, 1, &pause, NULL) != 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in source = {.sin_family = AF_INET};
	struct sockaddr_in destination = {.sin_family = AF_INET};
	unsigned long sent = 0;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &source.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[2], &destination.sin_addr) != 1) {
		fprintf(stderr, "usage: syn_sender SOURCE DESTINATION PORT\n");
		return 2;
	}
	destination.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
	while (!input_ended()) {
		int error = send_syn(&source, &destination);

		if (error == -EADDRINUSE || error == -EADDRNOTAVAIL)
			continue; /* that port is still taken */
		if (error && error != -ECONNREFUSED) {
			fprintf(stderr, "%s: %s\n", argv[1], strerror(-error));
			return 1;
		}
		sent += !error;
	}
	printf("%lu\n", sent);
	return 0;
}
