/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of a flood from listed sources, and of what is not for us. Nearly all packets are plain:
 * TCP over IPv4 in one piece, without a VLAN tag and without options of IP, all headers in the
 * frame's first buffer. These are read here in one go, without a word being kept in memory. Any
 * other packet is read by parse_*.h, which would say the same of a plain one.
 */
#ifndef MXDP_BPF_SHORT_WAY_H
#define MXDP_BPF_SHORT_WAY_H

#include "events.h"
#include "feed.h"
#include "parse_ip.h"
#include "parse_tcp.h"

#define IPV4_PLAIN    0x45 /* version 4, a header of five words */
#define PLAIN_HEADERS (sizeof(struct iphdr) + sizeof(struct tcphdr))

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

#define TCP_FLAGS_AT 13
#define TCP_FIN      0x01
#define TCP_SYN      0x02
#define TCP_RST      0x04
#define TCP_ACK      0x10

static __always_inline __u8 tcp_flags(const struct tcphdr *tcp)
{
	return ((const __u8 *)tcp)[TCP_FLAGS_AT];
}

/* A packet to a protected port that parse_tcp() would let go on. */
static __always_inline bool is_sane(const struct tcphdr *tcp, __u32 left)
{
	return tcp->doff >= TCP_HEADER_LENGTH / 4 && tcp->doff * 4U <= left &&
	       (!tcp->syn || !(tcp_flags(tcp) & (TCP_FIN | TCP_RST)));
}

/* The packet's IP header, or NULL when it is not plain. */
static __always_inline const struct iphdr *plain_header(const struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	const struct ethhdr *ethernet = (void *)(long)ctx->data;
	const struct iphdr *ip = (void *)(ethernet + 1);
	__u64 total;

	if ((void *)ip + PLAIN_HEADERS > end || ethernet->h_proto != bpf_htons(ETH_P_IP) ||
	    *(const __u8 *)ip != IPV4_PLAIN || ip->protocol != IPPROTO_TCP ||
	    ip->frag_off & bpf_htons(IPV4_OFFSET_MASK | IPV4_MORE))
		return NULL;
	total = bpf_ntohs(ip->tot_len);
	asm volatile("%0 &= 0xffff" : "+r"(total)); /* Linux 6.1 loses the bounds in the swap */
	return total < PLAIN_HEADERS || (void *)ip + total > end ? NULL : ip;
}

/* Writes down what the parsing would. */
static __always_inline void keep_plain(struct packet *packet, const struct iphdr *ip,
				       enum mxdp_port_class port_class)
{
	packet->version = 4;
	packet->ip4 = ip;
	packet->tcp = (void *)(ip + 1);
	packet->left = bpf_ntohs(ip->tot_len) - sizeof(*ip);
	packet->offset = sizeof(struct ethhdr);
	packet->transport = sizeof(struct ethhdr) + sizeof(*ip);
	packet->port_class = port_class;
	packet->first_fragment = false;
}

/* Where nothing outranks a feed that drops, nothing else is looked up for it. */
static __always_inline bool feeds_are_first(const struct mxdp_settings *settings)
{
	return settings->feeds_first && settings->mode != MXDP_MODE_SOFT;
}

/* Whether what the feeds say may be asked before anything else: of an attempt that is for us. */
static __always_inline bool asks_feeds(const struct mxdp_settings *settings,
				       const struct tcphdr *tcp, enum mxdp_port_class port_class)
{
	return port_class == MXDP_PORT_MX && !settings->filter_destinations &&
	       (tcp_flags(tcp) & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/*
 * UNDECIDED: a packet for the long way. Of a plain one the headers were read, and perhaps the feeds
 * were asked.
 */
static __always_inline enum mxdp_counter
short_way(struct packet *packet, const struct mxdp_settings *settings, struct mxdp_cpu *cpu)
{
	const struct iphdr *ip = plain_header(packet->ctx);
	const struct tcphdr *tcp = (void *)(ip + 1);
	enum mxdp_port_class class;
	__u64 listing = NOT_ASKED;

	if (!ip)
		return UNDECIDED;
	class = port_class(settings, tcp->dest);
	if (class == MXDP_PORT_NONE)
		return MXDP_COUNT_other;
	if (!is_sane(tcp, bpf_ntohs(ip->tot_len) - sizeof(*ip)))
		return UNDECIDED;
	if (LIKELY(asks_feeds(settings, tcp, class))) {
		listing = listing4(cpu, bpf_ntohl(ip->saddr));
		count_hit(unpack_listing(listing).class);
		if (LIKELY(unpack_listing(listing).action == MXDP_ACTION_DROP) &&
		    feeds_are_first(settings) &&
		    !sample_is_due(settings, cpu, coarse_time_ns(&cpu->clock))) {
			count_on(cpu, MXDP_COUNT_samples_skipped);
			return MXDP_COUNT_feed_drop;
		}
	}
	keep_plain(packet, ip, class);
	packet->listing = listing;
	return UNDECIDED;
}

#endif
