/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP segments of clients that are not this host's, written to an interface and read from it (a
 * packet socket). For one server and port; IPv4. What the interface's ring has no room for is lost,
 * as on a wire.
 */
#ifndef MXDP_BENCH_SWARM_WIRE_H
#define MXDP_BENCH_SWARM_WIRE_H

#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define SWARM_BATCH      64
#define SWARM_FRAME_MAX  1514
#define SWARM_TEXT_MAX   64 /* that a client says */
#define SWARM_SYN_OPTION 4  /* bytes: the MSS */

struct swarm_frame {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t text[SWARM_TEXT_MAX];
} __attribute__((packed));

struct swarm_wire {
	int socket;
	struct swarm_frame model;
	unsigned int queued; /* frames to send */
	struct swarm_frame frames[SWARM_BATCH];
	struct iovec vectors[SWARM_BATCH];
	struct mmsghdr messages[SWARM_BATCH];
	int received, next; /* of what came at once */
	uint8_t arrived[SWARM_BATCH][SWARM_FRAME_MAX];
	struct iovec arrived_vectors[SWARM_BATCH];
	struct mmsghdr arrived_messages[SWARM_BATCH];
	unsigned long sent;
};

/* A segment between a client and the server; all numbers in host order. */
struct swarm_segment {
	uint32_t client, sequence, acknowledged;
	uint16_t port; /* the client's */
	uint8_t flags; /* TH_SYN ... */
	const char *text;
	size_t length;
};

/* `gateway`: the hardware address that frames go to. Returns 0 or a negative errno. */
int swarm_open(struct swarm_wire *wire, const char *interface, const char *gateway, uint32_t server,
	       uint16_t port);
/* Queues a segment of a client's, of at most SWARM_TEXT_MAX bytes; sends when a batch is full. */
void swarm_send(struct swarm_wire *wire, const struct swarm_segment *segment);
void swarm_flush(struct swarm_wire *wire);
/* The next segment of the server's, valid until the next call. False: none came. */
bool swarm_receive(struct swarm_wire *wire, struct swarm_segment *segment);

#endif
