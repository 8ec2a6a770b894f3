/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask_policy WHERE COUNT whole|half|drip|endless|garbage: so many mail servers at once, each with a
 * connection of its own and a request about a client of its own (198.18.0.0/15), at a unix socket's
 * path or ADDRESS:PORT; drip: half of it, then a byte a second. Prints "ANSWERED answered, HUNG-UP
 * hung up, SILENT silent", and before it the first answer.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define COUNT_MAX 4096
#define PATIENCE  45 /* seconds */
#define ENDLESS   (1024 * 1024)

enum fate { WAITING, ANSWERED, HUNG_UP, FATES };

static int open_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	return -1;
}

static int open_tcp(const char *where)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	const char *colon = strchr(where, ':');
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char host[64] = "";

	if (!colon || (size_t)(colon - where) >= sizeof(host))
		return -1;
	memcpy(host, where, (size_t)(colon - where));
	address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &address.sin_addr) == 1 && fd >= 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	return -1;
}

static void say(int fd, unsigned int number, const char *what)
{
	static char endless[ENDLESS];
	char request[512];
	int length = snprintf(request, sizeof(request),
			      "request=smtpd_access_policy\nprotocol_state=RCPT\n"
			      "client_address=198.18.%u.%u\nhelo_name=mail.example.org\n"
			      "sender=u@example.org\ninstance=%u\n\n",
			      number >> 8, number & 255, number);

	if (!strcmp(what, "endless")) {
		memset(endless, 'a', sizeof(endless));
		send(fd, endless, sizeof(endless), MSG_NOSIGNAL | MSG_DONTWAIT);
		return;
	}
	if (!strcmp(what, "half") || !strcmp(what, "drip"))
		length /= 2;
	if (!strcmp(what, "garbage"))
		length = snprintf(request, sizeof(request), "\x16\x03\x01GET / HTTP/1.1\r\n\r\n");
	send(fd, request, (size_t)length, MSG_NOSIGNAL);
}

/* One of them has something to say, or has gone. */
static enum fate hear(int fd, bool first)
{
	char answer[4096];
	ssize_t length = recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT);

	if (length <= 0)
		return HUNG_UP;
	answer[length] = '\0';
	if (first)
		printf("%s", answer);
	return !strncmp(answer, "action=", 7) ? ANSWERED : HUNG_UP;
}

/* Once a second. */
static void drip(const struct pollfd *all, unsigned int count)
{
	static time_t last;

	if (time(NULL) == last)
		return;
	last = time(NULL);
	for (unsigned int i = 0; i < count; i++)
		if (all[i].fd >= 0)
			send(all[i].fd, "x", 1, MSG_NOSIGNAL);
}

int main(int argc, char **argv)
{
	static struct pollfd all[COUNT_MAX];
	const unsigned int count = argc == 4 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0;
	const time_t end = time(NULL) + PATIENCE;
	unsigned int fates[FATES] = {count, 0, 0};
	struct rlimit files = {COUNT_MAX + 64, COUNT_MAX + 64};

	if (count == 0 || count > COUNT_MAX || setrlimit(RLIMIT_NOFILE, &files))
		return 2;
	for (unsigned int i = 0; i < count; i++) {
		all[i].fd = *argv[1] == '/' ? open_unix(argv[1]) : open_tcp(argv[1]);
		all[i].events = POLLIN;
		if (all[i].fd < 0)
			return perror(argv[1]), 1;
	}
	for (unsigned int i = 0; i < count; i++)
		say(all[i].fd, i, argv[3]);
	while (fates[WAITING] > 0 && time(NULL) < end && poll(all, count, 1000) >= 0) {
		for (unsigned int i = 0; i < count; i++) {
			if (all[i].fd < 0 || !all[i].revents)
				continue;
			fates[hear(all[i].fd, fates[ANSWERED] == 0)]++;
			fates[WAITING]--;
			all[i].fd = -1; /* stays open, as Postfix's does */
		}
		if (!strcmp(argv[3], "drip"))
			drip(all, count);
	}
	printf("%u answered, %u hung up, %u silent\n", fates[ANSWERED], fates[HUNG_UP],
	       fates[WAITING]);
	return 0;
}
