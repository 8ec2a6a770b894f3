/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the answer: it is put together in the scratch; then the frame that came in is cut or grown
 * to size, overwritten from the first byte to the last and sent back where it came from. Nothing of
 * the packet is kept but its link header, turned round. Checksums are computed in full, whatever
 * the NIC would do.
 */
#ifndef MXDP_BPF_REPLY_H
#define MXDP_BPF_REPLY_H

#include "checksum.h"
#include "connection.h"
#include "reply_text.h"
#include "scratch.h"
#include "segment.h"

#define OUR_WINDOW 4096 /* a few commands */
#define OUR_MSS    1220 /* fits where anything fits; a command is shorter */
#define OUR_TTL    64

/* Of an IPv4 header. */
#define VERSION_AND_LENGTH 0x45
#define DONT_FRAGMENT      0x4000

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

/*
 * Writes the TCP header, but for its checksum, and returns its length. By words: what was
 * written in smaller pieces is slow to be added up.
 */
static __always_inline __u32 fill_tcp(struct reply_tcp *tcp, const struct connection *connection,
				      const struct segment *segment, const struct reply *reply)
{
	word_of_header *header = (word_of_header *)&tcp->header;
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
	words += sizeof(tcp->header) / 4;
	header[0] =
		bpf_htonl(bpf_ntohs(connection->port) << 16 | bpf_ntohs(connection->client_port));
	header[1] = bpf_htonl(reply->sequence);
	header[2] = bpf_htonl(reply->acknowledged);
	header[3] = bpf_htonl(words << 28 | reply->flags << 16 | OUR_WINDOW);
	return words * 4;
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
	return scratch->frame.headers.link + offset;
}

/* Puts the link header, turned round; what is copied behind it is overwritten. */
static __always_inline long put_link(const struct xdp_md *ctx, struct scratch *scratch,
				     __u32 length)
{
	const __u16 *from = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u16 *to = (__u16 *)link_begin(scratch, length);

	if (from + LINK_MAX / 2 > end)
		return -1;
	for (int i = 0; i < ETH_ALEN / 2; i++) {
		to[i] = from[i + ETH_ALEN / 2];
		to[i + ETH_ALEN / 2] = from[i];
	}
	for (int i = ETH_ALEN; i < LINK_MAX / 2; i++)
		to[i] = from[i];
	return 0;
}

static __always_inline void fill_ipv4(struct iphdr *ip, const struct connection *connection,
				      __u32 length)
{
	word_of_header *words = (word_of_header *)ip;

	words[0] = bpf_htonl(VERSION_AND_LENGTH << 24 | (sizeof(*ip) + length));
	words[1] = bpf_htonl(DONT_FRAGMENT);
	words[2] = bpf_htonl(OUR_TTL << 24 | IPPROTO_TCP << 16);
	words[3] = connection->destination[0];
	words[4] = connection->client[0];
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

/* Bytes before a reply's TCP header. */
static __always_inline __u32 network_length(const struct connection *connection)
{
	return LINK_ROOM +
	       (connection->version == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));
}

/* The sum of the TCP header and what follows it, `length` bytes in all. */
static __always_inline __u64 sum_tcp(struct reply_tcp *tcp, const struct reply *reply, __u32 length)
{
	if (!reply->text_length)
		return sum_words(tcp, sizeof(*tcp)); /* options that it has not are 0 */
	/* Four bytes are added at a time; behind the text there are zeros. */
	return (__u32)bpf_csum_diff(NULL, 0, (__be32 *)tcp, within((length + 3) & ~3U, REPLY_ROOM),
				    0);
}

/* Puts all but the link header together. Returns its length, or -1. */
static __always_inline int put_reply(struct scratch *scratch, const struct connection *connection,
				     const struct segment *segment, const struct reply *reply)
{
	const struct mxdp_reply_text *text;
	struct reply_tcp *tcp;
	__u32 before, length;

	if (reply->text_length > TEXT_MAX)
		return -1;
	tcp = connection->version == 4 ? &scratch->frame.headers.v4.tcp
				       : &scratch->frame.headers.v6.tcp;
	before = network_length(connection);
	length = fill_tcp(tcp, connection, segment, reply);
	if (reply->text_length) {
		text = find_text(reply->text);
		if (!text || put_text(scratch, text, before + length, reply->text_length))
			return -1;
		length += reply->text_length;
	}
	tcp->header.check = fold(sum_pseudo(connection, length) + sum_tcp(tcp, reply, length));
	if (connection->version == 4)
		fill_ipv4(&scratch->frame.headers.v4.ip, connection, length);
	else
		fill_ipv6(&scratch->frame.headers.v6.ip, connection, length);
	return before - LINK_ROOM + length;
}

/* Turns the frame into the reply. Returns 0, or -1 when it has no room: drop it then. */
__noinline int make_reply(struct xdp_md *ctx, const struct connection *connection,
			  const struct segment *segment, const struct reply *reply)
{
	struct scratch *scratch = get_scratch();
	__u32 link;
	int length;

	if (!connection || !segment || !reply || !scratch)
		return -1;
	link = segment->link;
	if (link < ETH_HLEN || link > LINK_MAX || put_link(ctx, scratch, link))
		return -1;
	length = put_reply(scratch, connection, segment, reply);
	if (length < 0)
		return -1;
	length += link;
	if (resize(ctx, length) ||
	    bpf_xdp_store_bytes(ctx, 0, link_begin(scratch, link), within(length, REPLY_ROOM)))
		return -1;
	return 0;
}

#endif
