/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "swarm_wire.h"

#define RECEIVE_BYTES (32 << 20)
#define HEADERS       (sizeof(struct swarm_frame) - SWARM_TEXT_MAX)

/* TCP from this port, without fragments and IP options. */
static int filter_port(int socket, uint16_t port)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x45, 0, 5),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 34),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SWARM_FRAME_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno
											   : 0;
}

static int open_socket(struct swarm_wire *wire, const char *interface, uint16_t port)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	socklen_t size = sizeof(address);
	int one = 1, bytes = RECEIVE_BYTES, error;

	wire->socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (wire->socket < 0)
		return -errno;
	error = filter_port(wire->socket, port);
	if (error)
		return error;
	if (!address.sll_ifindex ||
	    setsockopt(wire->socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ||
	    setsockopt(wire->socket, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) ||
	    bind(wire->socket, (struct sockaddr *)&address, sizeof(address)) ||
	    getsockname(wire->socket, (struct sockaddr *)&address, &size))
		return errno ? -errno : -ENODEV;
	memcpy(wire->model.ethernet.h_source, address.sll_addr, ETH_ALEN);
	return 0;
}

static void make_model(struct swarm_wire *wire, uint32_t server, uint16_t port)
{
	struct swarm_frame *model = &wire->model;

	model->ethernet.h_proto = htons(ETH_P_IP);
	model->ip.version = 4;
	model->ip.ihl = 5;
	model->ip.ttl = 64;
	model->ip.protocol = IPPROTO_TCP;
	model->ip.daddr = htonl(server);
	model->tcp.dest = htons(port);
	model->tcp.window = htons(64240);
	for (int i = 0; i < SWARM_BATCH; i++) {
		wire->vectors[i].iov_base = &wire->frames[i];
		wire->messages[i].msg_hdr.msg_iov = &wire->vectors[i];
		wire->messages[i].msg_hdr.msg_iovlen = 1;
		wire->arrived_vectors[i] =
			(struct iovec){wire->arrived[i], sizeof(wire->arrived[i])};
		wire->arrived_messages[i].msg_hdr.msg_iov = &wire->arrived_vectors[i];
		wire->arrived_messages[i].msg_hdr.msg_iovlen = 1;
	}
}

int swarm_open(struct swarm_wire *wire, const char *interface, const char *gateway, uint32_t server,
	       uint16_t port)
{
	uint8_t *mac = wire->model.ethernet.h_dest;

	if (sscanf(gateway, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
		   &mac[4], &mac[5]) != ETH_ALEN)
		return -EINVAL;
	make_model(wire, server, port);
	return open_socket(wire, interface, port);
}

static uint16_t checksum(const void *bytes, size_t length, uint32_t sum)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)byte[i] << 8 | byte[i + 1];
	if (length % 2)
		sum += (uint32_t)byte[length - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

void swarm_send(struct swarm_wire *wire, const struct swarm_segment *segment)
{
	static const uint8_t mss[SWARM_SYN_OPTION] = {2, 4, 0x05, 0xb4};
	struct swarm_frame *frame = &wire->frames[wire->queued];
	const bool syn = segment->flags & TH_SYN;
	const size_t text = syn ? sizeof(mss) : segment->length;
	const size_t length = sizeof(frame->tcp) + text;
	const uint32_t server = ntohl(wire->model.ip.daddr);

	memcpy(frame, &wire->model, HEADERS);
	memcpy(frame->text, syn ? (const void *)mss : segment->text, text);
	frame->ip.tot_len = htons((uint16_t)(sizeof(frame->ip) + length));
	frame->ip.saddr = htonl(segment->client);
	frame->ip.check = checksum(&frame->ip, sizeof(frame->ip), 0);
	frame->tcp.source = htons(segment->port);
	frame->tcp.seq = htonl(segment->sequence);
	frame->tcp.ack_seq = htonl(segment->acknowledged);
	frame->tcp.doff = syn ? 6 : 5;
	frame->tcp.th_flags = segment->flags;
	frame->tcp.check =
		checksum(&frame->tcp, length,
			 (segment->client >> 16) + (segment->client & 0xffff) + (server >> 16) +
				 (server & 0xffff) + IPPROTO_TCP + (uint32_t)length);
	wire->vectors[wire->queued].iov_len = HEADERS + text;
	if (++wire->queued == SWARM_BATCH)
		swarm_flush(wire);
}

void swarm_flush(struct swarm_wire *wire)
{
	unsigned int done = 0;

	while (done < wire->queued) {
		int sent = sendmmsg(wire->socket, wire->messages + done, wire->queued - done, 0);

		if (sent > 0)
			wire->sent += (unsigned int)sent;
		done += sent > 0 ? (unsigned int)sent : 1; /* one that does not go is lost */
	}
	wire->queued = 0;
}

static bool read_segment(const uint8_t *bytes, size_t length, struct swarm_segment *segment)
{
	const struct swarm_frame *frame = (const void *)bytes;
	size_t whole, headers;

	if (length < HEADERS)
		return false;
	whole = ntohs(frame->ip.tot_len);
	headers = sizeof(frame->ip) + (size_t)frame->tcp.doff * 4;
	if (frame->tcp.doff < 5 || whole < headers || whole + sizeof(frame->ethernet) > length)
		return false;
	*segment = (struct swarm_segment){
		.client = ntohl(frame->ip.daddr),
		.port = ntohs(frame->tcp.dest),
		.sequence = ntohl(frame->tcp.seq),
		.acknowledged = ntohl(frame->tcp.ack_seq),
		.flags = frame->tcp.th_flags,
		.text = (const char *)bytes + sizeof(frame->ethernet) + headers,
		.length = whole - headers,
	};
	return true;
}

bool swarm_receive(struct swarm_wire *wire, struct swarm_segment *segment)
{
	for (;;) {
		int at = wire->next++;

		if (at >= wire->received) {
			bool drained = wire->received > 0 && wire->received < SWARM_BATCH;

			wire->next = 0;
			wire->received = drained ? 0
						 : recvmmsg(wire->socket, wire->arrived_messages,
							    SWARM_BATCH, MSG_DONTWAIT, NULL);
			if (wire->received <= 0)
				return false;
			continue;
		}
		if (read_segment(wire->arrived[at], wire->arrived_messages[at].msg_len, segment))
			return true;
	}
}
