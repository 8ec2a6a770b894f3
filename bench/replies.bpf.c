// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clients of bench/replies.c: a program on the other end of the veth pair that answers each
 * packet of the server with the client's next, and the end of a connection with another client's
 * SYN. So as many go round as were put in, without a process and without a socket.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "bpf/checksum.h"
#include "replies.h"

char program_license[] SEC("license")
= "GPL";

#define WORDS_MAX  32
#define PAGE_BYTES 4096

#define FIN 0x01
#define SYN 0x02
#define PSH 0x08
#define ACK 0x10

/* Written by user space, but for what counts. */
__u32 out_ifindex;
__u32 talks; /* 0: a SYN-ACK is answered with the next SYN */
__u32 stop;
__u32 next_client;
__u64 syn_acks, dialogues, stopped, strange;
__u64 address_of_data; /* a pointer becomes a number on its way through a map */
__u32 home;            /* where the first frame began in its page */

/* A packet to the server, its link header left out of the checksums' way. */
struct segment {
	struct iphdr ip;
	struct tcphdr tcp;
	char words[WORDS_MAX];
};

struct packet {
	__u16 align;
	struct ethhdr ethernet;
	struct segment segment;
} __attribute__((packed, aligned(4)));

/* What the server said. */
struct heard {
	__be32 client;
	__be16 port;
	__u32 sequence, acknowledged, length;
	__u8 flags;
	char code[4];
};

/* Addresses, lengths and checksums; `length`: of the words. */
static __always_inline void finish(struct packet *packet, __be32 client, __u32 length)
{
	static const __u8 to[] = {0x02, 0, 0, 0, 0, 1}, from[] = {0x02, 0, 0, 0, 0, 2};
	struct segment *segment = &packet->segment;
	__u64 sum;

	__builtin_memcpy(packet->ethernet.h_dest, to, sizeof(to));
	__builtin_memcpy(packet->ethernet.h_source, from, sizeof(from));
	packet->ethernet.h_proto = bpf_htons(ETH_P_IP);
	segment->ip.version = 4;
	segment->ip.ihl = 5;
	segment->ip.ttl = 64;
	segment->ip.protocol = IPPROTO_TCP;
	segment->ip.tot_len = bpf_htons(sizeof(struct iphdr) + sizeof(struct tcphdr) + length);
	segment->ip.saddr = client;
	segment->ip.daddr = bpf_htonl(REPLIES_SERVER);
	segment->ip.check = fold(sum_words(&segment->ip, sizeof(segment->ip)));
	segment->tcp.doff = 5;
	segment->tcp.dest = bpf_htons(25);
	segment->tcp.window = bpf_htons(64240);
	sum = bpf_htons(IPPROTO_TCP) + bpf_htons(sizeof(struct tcphdr) + length);
	sum += sum_words(&segment->ip.saddr, 8);
	/* The words are followed by zeros. */
	sum += sum_words(&segment->tcp, sizeof(struct tcphdr) + WORDS_MAX);
	segment->tcp.check = fold(sum);
}

/* The SYN of a client that was not there yet. */
static __always_inline void make_syn(struct packet *packet)
{
	__u32 number = __sync_fetch_and_add(&next_client, 1);

	packet->segment.tcp.source = bpf_htons(1024 + (number / REPLIES_CLIENTS) % 60000);
	packet->segment.tcp.seq = bpf_htonl(number * 2654435761U);
	((__u8 *)&packet->segment.tcp)[13] = SYN;
	finish(packet, bpf_htonl(REPLIES_FIRST_CLIENT + number % REPLIES_CLIENTS), 0);
}

#define SAY(packet, text)                                                      \
	({                                                                     \
		__builtin_memcpy((packet)->segment.words, text, sizeof(text)); \
		sizeof(text) - 1;                                              \
	})

/* What the client says to this reply; 0: nothing. */
static __always_inline __u32 answer(struct packet *packet, const char code[4])
{
	if (code[0] == '2' && code[1] == '2' && code[2] == '0')
		return SAY(packet, "EHLO client.example\r\n");
	if (code[0] == '2' && code[1] == '5' && code[3] == '-')
		return SAY(packet, "MAIL FROM:<a@example.org>\r\n");
	if (code[0] == '2' && code[1] == '5')
		return SAY(packet, "RCPT TO:<b@example.net>\r\n");
	if (code[0] == '5')
		return SAY(packet, "QUIT\r\n");
	return 0;
}

/* The client's next packet. Returns the length of its words. */
static __always_inline __u32 make_next(struct packet *packet, const struct heard *heard)
{
	__u32 length = heard->length ? answer(packet, heard->code) : 0;
	bool ends = heard->flags & FIN;

	packet->segment.tcp.source = heard->port;
	packet->segment.tcp.seq = bpf_htonl(heard->acknowledged);
	packet->segment.tcp.ack_seq =
		bpf_htonl(heard->sequence + heard->length + !!(heard->flags & (FIN | SYN)));
	((__u8 *)&packet->segment.tcp)[13] = ACK | (length ? PSH : 0) | (ends ? FIN : 0);
	finish(packet, heard->client, length);
	return length;
}

static __always_inline long send(struct xdp_md *ctx, const struct packet *packet, __u32 words)
{
	const __u32 headers = sizeof(*packet) - sizeof(packet->align) - WORDS_MAX;
	__u64 length = headers + words;
	long less = (long)ctx->data_end - (long)ctx->data - (long)length;

	if (length > sizeof(*packet) - sizeof(packet->align))
		return -1;
	/* At the head, where the server's replies have grown. */
	if (less && bpf_xdp_adjust_head(ctx, less))
		return -1;
	return bpf_xdp_store_bytes(ctx, 0, (void *)&packet->ethernet, length);
}

static __always_inline __u32 place_in_page(const struct xdp_md *ctx)
{
	*(volatile __u64 *)&address_of_data = (__u64)(void *)(long)ctx->data;
	return *(volatile __u64 *)&address_of_data % PAGE_BYTES;
}

/*
 * The server's replies grow at the frame's head and shrink at its tail, so the frame wanders;
 * before its next connection it goes back to where it began.
 */
static __always_inline long go_home(struct xdp_md *ctx)
{
	__u32 way = home - place_in_page(ctx);

	if (!way || way >= PAGE_BYTES / 2)
		return 0;
	return bpf_xdp_adjust_tail(ctx, (int)way) || bpf_xdp_adjust_head(ctx, (int)way);
}

/* Run on made-up frames: the first clients. */
SEC("xdp")
int begin(struct xdp_md *ctx)
{
	struct packet packet = {};

	make_syn(&packet);
	if (send(ctx, &packet, 0))
		return XDP_ABORTED;
	home = place_in_page(ctx);
	return bpf_redirect(out_ifindex, 0);
}

/* False: no packet of the server's. */
static __always_inline bool hear(struct xdp_md *ctx, struct heard *heard)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct ethhdr *ethernet = data;
	const struct iphdr *ip = (void *)(ethernet + 1);
	const struct tcphdr *tcp = (void *)(ip + 1);

	if ((void *)(tcp + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_TCP || tcp->source != bpf_htons(25))
		return false;
	heard->client = ip->daddr;
	heard->port = tcp->dest;
	heard->sequence = bpf_ntohl(tcp->seq);
	heard->acknowledged = bpf_ntohl(tcp->ack_seq);
	heard->flags = ((const __u8 *)tcp)[13];
	heard->length = bpf_ntohs(ip->tot_len) - sizeof(*ip) - tcp->doff * 4;
	/* No client offers timestamps, so what is said begins right behind the header. */
	if (heard->length >= sizeof(heard->code) && (void *)(tcp + 1) + sizeof(heard->code) <= end)
		__builtin_memcpy(heard->code, tcp + 1, sizeof(heard->code));
	return true;
}

SEC("xdp")
int client(struct xdp_md *ctx)
{
	struct packet packet = {};
	struct heard heard = {};
	__u32 words = 0;

	if (!hear(ctx, &heard))
		return XDP_PASS;
	if (heard.flags & SYN)
		syn_acks++;
	else if (!heard.length)
		dialogues++; /* the end of the connection is acknowledged */
	if (stop) {
		stopped++;
		return XDP_DROP;
	}
	if (heard.flags & SYN ? talks : heard.length)
		words = make_next(&packet, &heard);
	else
		make_syn(&packet);
	if ((talks && !words && go_home(ctx)) || send(ctx, &packet, words)) {
		strange++;
		return XDP_DROP;
	}
	return XDP_TX;
}

/* What a veth needs at the server's end, so that it hears the clients at all. */
SEC("xdp")
int pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}
