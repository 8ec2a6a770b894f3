/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syn_stream SERVER PORT FIRST RATE SECONDS: so many SYNs a second, each from the next address
 * (FIRST, FIRST + 1, ...), over a raw socket: nobody sends them again, and nobody waits for an
 * answer. Prints "sent N in N ms". IPv4 only.
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define STEP_NS 1000000 /* a millisecond's SYNs are sent at once */

struct frame {
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

/* What the TCP checksum covers beside the segment (RFC 9293 3.1). */
struct pseudo {
	uint32_t from, to;
	uint8_t zero, protocol;
	uint16_t length;
	struct tcphdr tcp;
} __attribute__((packed));

static uint16_t checksum(const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static struct frame make_syn(struct in_addr to, uint16_t port, uint32_t client)
{
	struct pseudo pseudo;
	struct frame frame;

	memset(&frame, 0, sizeof(frame));
	frame.ip.version = 4;
	frame.ip.ihl = 5;
	frame.ip.tot_len = htons(sizeof(frame));
	frame.ip.ttl = 64;
	frame.ip.protocol = IPPROTO_TCP;
	frame.ip.saddr = htonl(client);
	frame.ip.daddr = to.s_addr;
	frame.tcp.source = htons((uint16_t)(1024 + client % 60000));
	frame.tcp.dest = htons(port);
	frame.tcp.seq = htonl(client * 2654435761U);
	frame.tcp.doff = 5;
	frame.tcp.syn = 1;
	frame.tcp.window = htons(64240);
	memset(&pseudo, 0, sizeof(pseudo));
	pseudo.from = frame.ip.saddr;
	pseudo.to = frame.ip.daddr;
	pseudo.protocol = IPPROTO_TCP;
	pseudo.length = htons(sizeof(frame.tcp));
	memcpy(&pseudo.tcp, &frame.tcp, sizeof(pseudo.tcp));
	frame.tcp.check = checksum(&pseudo, sizeof(pseudo));
	return frame;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct in_addr first;
	const int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	const int64_t start = now_ns();
	int64_t rate, total, sent = 0, failed = 0;

	if (argc != 6 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[3], &first) != 1 || fd < 0) {
		fprintf(stderr, "usage: syn_stream SERVER PORT FIRST RATE SECONDS\n");
		return 2;
	}
	rate = strtol(argv[4], NULL, 10);
	total = rate * strtol(argv[5], NULL, 10);
	while (sent < total) {
		const int64_t due = (now_ns() - start) * rate / 1000000000;
		const struct timespec step = {.tv_nsec = STEP_NS};

		for (; sent < due && sent < total; sent++) {
			const struct frame frame =
				make_syn(to.sin_addr, (uint16_t)strtoul(argv[2], NULL, 10),
					 ntohl(first.s_addr) + (uint32_t)sent);

			failed += sendto(fd, &frame, sizeof(frame), 0, (struct sockaddr *)&to,
					 sizeof(to)) < 0;
		}
		nanosleep(&step, NULL);
	}
	printf("sent %lld in %lld ms, %lld failed\n", (long long)sent,
	       (long long)((now_ns() - start) / 1000000), (long long)failed);
	return failed > 0;
}
