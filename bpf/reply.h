/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the answer: the frame that came in is cut or grown to size, written anew from the first
 * byte to the last and sent back where it came from. Nothing of the packet is kept but its link
 * header, turned round. Checksums are computed in full, whatever the NIC would do.
 */
#ifndef MXDP_BPF_REPLY_H
#define MXDP_BPF_REPLY_H

#include "connection.h"
#include "reply_text.h"
#include "scratch.h"
#include "segment.h"

#define OUR_WINDOW 4096 /* a few commands */
#define OUR_MSS    1220 /* fits where anything fits; a command is shorter */
#define OUR_TTL    64

#define FLAG_FIN 0x01
#define FLAG_SYN 0x02
#define FLAG_PSH 0x08
#define FLAG_ACK 0x10

struct reply {
	__u32 sequence;
	__u32 acknowledged;
	__u32 flags;
	__u32 timestamp;   /* ours */
	__u32 text;        /* index in reply_texts; read where text_length is not 0 */
	__u32 text_length; /* with the padding */
};

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

typedef __be32 __attribute__((may_alias)) word_of_header;

/* The sum of `size` bytes, a multiple of 4 and no variable: a helper's call costs more. */
static __always_inline __u64 sum_words(const void *bytes, int size)
{
	const word_of_header *words = bytes;
	__u64 sum = 0;

	for (int i = 0; i < size / 4; i++)
		sum += words[i];
	return sum;
}

/* Writes the TCP header, but for its checksum, and returns its length. */
static __always_inline __u32 fill_tcp(struct reply_tcp *tcp, const struct connection *connection,
				      const struct segment *segment, const struct reply *reply)
{
	bool syn = reply->flags & FLAG_SYN;
	__u32 words = 0;

	__builtin_memset(tcp, 0, sizeof(*tcp));
	if (segment->has_timestamp) {
		tcp->options[0] = bpf_htonl(USUAL_TIMESTAMP);
		tcp->options[1] = bpf_htonl(reply->timestamp);
		tcp->options[2] = bpf_htonl(segment->timestamp);
		words = 3;
	}
	/* No option that the SYN did not have: the answer is never larger. */
	if (syn && segment->has_mss) {
		__be32 mss = bpf_htonl(OPTION_MSS << 24 | OPTION_MSS_SIZE << 16 | OUR_MSS);

		if (words)
			tcp->options[3] = mss;
		else
			tcp->options[0] = mss;
		words++;
	}
	tcp->header.source = connection->port;
	tcp->header.dest = connection->client_port;
	tcp->header.seq = bpf_htonl(reply->sequence);
	tcp->header.ack_seq = bpf_htonl(reply->acknowledged);
	tcp->header.doff = sizeof(tcp->header) / 4 + words;
	((__u8 *)&tcp->header)[13] = reply->flags;
	tcp->header.window = bpf_htons(OUR_WINDOW);
	return sizeof(tcp->header) + words * 4;
}

/*
 * The pseudo-header's sum: with the unused words of an IPv4 address 0, both families add up alike
 * (RFC 9293 3.1, RFC 8200 8.1).
 */
static __always_inline __u64 sum_pseudo(const struct connection *connection, __u32 length)
{
	return bpf_htons(IPPROTO_TCP) + bpf_htons(length) + sum_words(connection->client, 16) +
	       sum_words(connection->destination, 16);
}

/* Makes the frame `length` bytes long. */
static __always_inline long resize(struct xdp_md *ctx, __u32 length)
{
	int more = (int)length - (int)bpf_xdp_get_buff_len(ctx);

	if (more < 0)
		return bpf_xdp_adjust_tail(ctx, more);
	/* Short frames cannot grow at their tail in many drivers. */
	return more ? bpf_xdp_adjust_head(ctx, -more) : 0;
}

/* Where a link header of `length` bytes begins: 14, 18 or 22. */
static __always_inline __u8 *link_begin(struct scratch *scratch, __u64 length)
{
	__u64 offset = LINK_ROOM - length;

	asm volatile("%0 &= 15" : "+r"(offset));
	return scratch->headers.link + offset;
}

/* Keeps the link header, turned round. */
static __always_inline long keep_link(struct xdp_md *ctx, struct scratch *scratch, __u32 length)
{
	__u16 *link = (__u16 *)link_begin(scratch, length), kept;

	if (bpf_xdp_load_bytes(ctx, 0, link, within(length, HEADERS_ROOM)))
		return -1;
	for (int i = 0; i < ETH_ALEN / 2; i++) {
		kept = link[i];
		link[i] = link[i + ETH_ALEN / 2];
		link[i + ETH_ALEN / 2] = kept;
	}
	return 0;
}

static __always_inline void fill_ipv4(struct iphdr *ip, const struct connection *connection,
				      __u32 length)
{
	__builtin_memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tot_len = bpf_htons(sizeof(*ip) + length);
	ip->frag_off = bpf_htons(0x4000); /* don't fragment */
	ip->ttl = OUR_TTL;
	ip->protocol = IPPROTO_TCP;
	ip->saddr = connection->destination[0];
	ip->daddr = connection->client[0];
	ip->check = fold(sum_words(ip, sizeof(*ip)));
}

static __always_inline void fill_ipv6(struct ipv6hdr *ip, const struct connection *connection,
				      __u32 length)
{
	__builtin_memset(ip, 0, sizeof(*ip));
	ip->version = 6;
	ip->payload_len = bpf_htons(length);
	ip->nexthdr = IPPROTO_TCP;
	ip->hop_limit = OUR_TTL;
	__builtin_memcpy(&ip->saddr, connection->destination, 16);
	__builtin_memcpy(&ip->daddr, connection->client, 16);
}

/* Writes all headers, the link's as it was kept; `sum` is that of the text. */
__noinline int write_headers(struct xdp_md *ctx, const struct connection *connection,
			     const struct segment *segment, const struct reply *reply, __u32 sum)
{
	struct scratch *scratch = get_scratch();
	__u32 length, headers;
	struct reply_tcp *tcp;

	if (!connection || !segment || !reply || !scratch)
		return -1;
	tcp = connection->version == 4 ? &scratch->headers.v4.tcp : &scratch->headers.v6.tcp;
	length = fill_tcp(tcp, connection, segment, reply);
	headers = segment->link + length;
	length += reply->text_length;
	tcp->header.check =
		fold(sum + sum_pseudo(connection, length) + sum_words(tcp, sizeof(*tcp)));
	if (connection->version == 4) {
		fill_ipv4(&scratch->headers.v4.ip, connection, length);
		headers += sizeof(struct iphdr);
	} else {
		fill_ipv6(&scratch->headers.v6.ip, connection, length);
		headers += sizeof(struct ipv6hdr);
	}
	return bpf_xdp_store_bytes(ctx, 0, link_begin(scratch, segment->link),
				   within(headers, HEADERS_ROOM))
		       ? -1
		       : 0;
}

/* Bytes of the IP and TCP headers. */
static __always_inline __u32 headers_length(const struct connection *connection,
					    const struct segment *segment,
					    const struct reply *reply)
{
	__u32 length = sizeof(struct tcphdr);

	length += connection->version == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	if (segment->has_timestamp)
		length += 12;
	if (reply->flags & FLAG_SYN && segment->has_mss)
		length += OPTION_MSS_SIZE;
	return length;
}

/* Turns the frame into the reply. Returns 0, or -1 when it has no room: drop it then. */
__noinline int make_reply(struct xdp_md *ctx, const struct connection *connection,
			  const struct segment *segment, const struct reply *reply)
{
	struct scratch *scratch = get_scratch();
	__u32 link, length;
	int sum = 0;

	if (!connection || !segment || !reply || !scratch)
		return -1;
	link = segment->link;
	if (link < ETH_HLEN || link > LINK_MAX || keep_link(ctx, scratch, link))
		return -1;
	length = link + headers_length(connection, segment, reply);
	if (resize(ctx, length + reply->text_length))
		return -1;
	if (reply->text_length)
		sum = write_text(ctx, reply->text, length, reply->text_length);
	return sum < 0 ? -1 : write_headers(ctx, connection, segment, reply, sum);
}

#endif
