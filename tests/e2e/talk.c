/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * talk FROM TO PORT [bytes] [half] [turns]: standard input to a TCP server, from an address of
 * one's own, and what it says to standard output. With `bytes` each byte is a segment; with `half`
 * the end of the input closes our half of the connection, else the server's end is waited for; with
 * `turns` each line waits for a whole reply, as SMTP wants it. At most 20 s of silence.
 */
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SILENCE_MS 20000
#define PAUSE_US   2000

static struct addrinfo *find(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;

	return getaddrinfo(host, port, &hints, &found) ? NULL : found;
}

static int open_connection(const char *from, const char *to, const char *port)
{
	struct addrinfo *here = find(from, "0"), *there = find(to, port);
	int one = 1, fd = here && there ? socket(there->ai_family, SOCK_STREAM, 0) : -1;

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	    bind(fd, here->ai_addr, here->ai_addrlen) ||
	    connect(fd, there->ai_addr, there->ai_addrlen))
		fd = -1;
	freeaddrinfo(here);
	freeaddrinfo(there);
	return fd;
}

static bool send_all(int fd, const char *bytes, ssize_t count, bool one_by_one)
{
	for (ssize_t at = 0; at < count;) {
		ssize_t sent =
			send(fd, bytes + at, one_by_one ? 1 : (size_t)(count - at), MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		if (one_by_one)
			usleep(PAUSE_US);
	}
	return true;
}

/* Whether what has come ends in the last line of a reply (RFC 5321 4.2). */
static bool is_whole_reply(const char *text, size_t length)
{
	const char *line;

	if (!length || text[length - 1] != '\n')
		return false;
	line = memrchr(text, '\n', length - 1);
	line = line ? line + 1 : text;
	return text + length - line > 4 && line[3] == ' ';
}

/* A line of standard input for each reply. */
static int take_turns(int fd, bool one_by_one)
{
	struct pollfd end = {.fd = fd, .events = POLLIN};
	char line[1024], reply[4096];
	size_t length = 0;

	while (poll(&end, 1, SILENCE_MS) > 0) {
		ssize_t count = read(fd, reply + length, sizeof(reply) - length);

		if (count <= 0)
			return count < 0;
		if (write(STDOUT_FILENO, reply + length, (size_t)count) < 0)
			return 1;
		length += (size_t)count;
		if (!is_whole_reply(reply, length))
			continue;
		length = 0;
		if (fgets(line, sizeof(line), stdin) &&
		    !send_all(fd, line, (ssize_t)strlen(line), one_by_one))
			return 1;
	}
	return 1;
}

static int talk(int fd, bool one_by_one, bool half)
{
	struct pollfd ends[2] = {{.fd = fd, .events = POLLIN},
				 {.fd = STDIN_FILENO, .events = POLLIN}};
	char buffer[16384];

	while (poll(ends, 2, SILENCE_MS) > 0) {
		ssize_t count;

		if (ends[0].revents) {
			count = read(fd, buffer, sizeof(buffer));
			if (count <= 0)
				return count < 0;
			if (write(STDOUT_FILENO, buffer, (size_t)count) < 0)
				return 1;
			continue;
		}
		count = read(STDIN_FILENO, buffer, sizeof(buffer));
		if (count > 0 && !send_all(fd, buffer, count, one_by_one))
			return 1;
		if (count <= 0) {
			ends[1].fd = -1;
			if (half)
				shutdown(fd, SHUT_WR);
		}
	}
	return 1;
}

int main(int argc, char **argv)
{
	bool one_by_one = false, half = false, turns = false;
	int fd = argc > 3 ? open_connection(argv[1], argv[2], argv[3]) : -1;

	if (fd < 0) {
		fprintf(stderr, "talk: no connection\n");
		return 2;
	}
	for (int i = 4; i < argc; i++) {
		one_by_one |= !strcmp(argv[i], "bytes");
		half |= !strcmp(argv[i], "half");
		turns |= !strcmp(argv[i], "turns");
	}
	return turns ? take_turns(fd, one_by_one) : talk(fd, one_by_one, half);
}
