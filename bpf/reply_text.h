/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a reply: what the daemon wrote into reply_texts, around the client's address, then
 * spaces up to the length that the dialogue needs, then CRLF.
 */
#ifndef MXDP_BPF_REPLY_TEXT_H
#define MXDP_BPF_REPLY_TEXT_H

#include "connection.h"
#include "scratch.h"

#define NOTHING_ZERO 0xff /* no run of zero groups */

static __always_inline __u32 put_byte(struct scratch *scratch, __u32 at, __u8 byte)
{
	scratch->address[at % ADDRESS_ROOM] = byte;
	return at + 1;
}

static __always_inline __u32 put_decimal(struct scratch *scratch, __u32 at, __u32 byte)
{
	if (byte >= 100)
		at = put_byte(scratch, at, '0' + byte / 100);
	if (byte >= 10)
		at = put_byte(scratch, at, '0' + byte / 10 % 10);
	return put_byte(scratch, at, '0' + byte % 10);
}

static __always_inline __u32 put_digit(struct scratch *scratch, __u32 at, __u32 digit)
{
	digit &= 15;
	return put_byte(scratch, at, digit < 10 ? '0' + digit : 'a' - 10 + digit);
}

__noinline __u32 put_group(__u32 at, __u32 group)
{
	struct scratch *scratch = get_scratch();

	if (!scratch)
		return at;
	if (group >= 0x1000)
		at = put_digit(scratch, at, group >> 12);
	if (group >= 0x100)
		at = put_digit(scratch, at, group >> 8);
	if (group >= 0x10)
		at = put_digit(scratch, at, group >> 4);
	return put_digit(scratch, at, group);
}

static __always_inline __u32 group_of(const struct connection *connection, __u32 index)
{
	__u32 word = bpf_ntohl(connection->client[index / 2 & 3]);

	return index % 2 ? word & 0xffff : word >> 16;
}

/* The first of the longest runs of zero groups, at least two (RFC 5952 4.2). */
static __always_inline __u32 longest_run(const struct connection *connection, __u32 *length)
{
	__u32 best = NOTHING_ZERO, best_length = 1, run = 0;

	for (__u32 i = 0; i < 8; i++) {
		run = group_of(connection, i) ? 0 : run + 1;
		if (run > best_length) {
			best_length = run;
			best = i + 1 - run;
		}
	}
	*length = best_length;
	return best;
}

static __always_inline __u32 put_ipv6(struct scratch *scratch, const struct connection *connection)
{
	__u32 length, at = 0, run = longest_run(connection, &length);

	for (__u32 i = 0; i < 8; i++) {
		if (run != NOTHING_ZERO && i >= run && i < run + length) {
			if (i == run)
				at = put_byte(scratch, at, ':');
			if (i == 7)
				at = put_byte(scratch, at, ':');
			continue;
		}
		if (i)
			at = put_byte(scratch, at, ':');
		at = put_group(at, group_of(connection, i));
	}
	return at;
}

/* Writes the client's address, in words, into the scratch. */
__noinline int format_client(const struct connection *connection)
{
	struct scratch *scratch = get_scratch();
	__u32 at = 0;

	if (!connection || !scratch)
		return 0;
	if (connection->version == 4) {
		__u32 client = bpf_ntohl(connection->client[0]);

		at = put_decimal(scratch, at, client >> 24);
		at = put_byte(scratch, at, '.');
		at = put_decimal(scratch, at, client >> 16 & 0xff);
		at = put_byte(scratch, at, '.');
		at = put_decimal(scratch, at, client >> 8 & 0xff);
		at = put_byte(scratch, at, '.');
		at = put_decimal(scratch, at, client & 0xff);
	} else {
		at = put_ipv6(scratch, connection);
	}
	scratch->address_length = at;
	return 0;
}

static __always_inline const struct mxdp_reply_text *find_text(__u32 index)
{
	return bpf_map_lookup_elem(&reply_texts, &index);
}

/*
 * Length of a reply without its padding, or 0 when the daemon has not written it. The client's
 * address must have been formatted.
 */
static __always_inline __u32 text_length(const struct mxdp_reply_text *text)
{
	const struct scratch *scratch = get_scratch();

	if (!text || !scratch || !text->before_length)
		return 0;
	return text->before_length + (text->address ? scratch->address_length : 0) +
	       text->after_length + 2;
}

static __always_inline long put_part(struct xdp_md *ctx, __u32 *at, const __u8 *bytes, __u32 length,
				     __u32 most)
{
	if (!length)
		return 0;
	if (length > most || bpf_xdp_store_bytes(ctx, *at, (void *)bytes, within(length, most)))
		return -1;
	*at += length;
	return 0;
}

/* Writes spaces and CRLF, so that the text ends at `end`. */
static __always_inline long put_padding(struct xdp_md *ctx, struct scratch *scratch, __u32 at,
					__u32 end)
{
	__u64 length = end - at, offset;

	if (length < 2 || length > PADDING_MAX + 1)
		return -1;
	offset = PADDING_MAX + 2 - length;
	asm volatile("%0 &= %1" : "+r"(offset) : "i"(2 * PADDING_MAX - 1));
	__builtin_memset(scratch->padding, ' ', PADDING_MAX);
	scratch->padding[PADDING_MAX] = '\r';
	scratch->padding[PADDING_MAX + 1] = '\n';
	return bpf_xdp_store_bytes(ctx, at, scratch->padding + offset,
				   within(length, 2 * PADDING_MAX));
}

/* The sum of the frame's `length` bytes at `at` for the checksum, folded to 16 bits, or -1. */
static __always_inline int sum_text(struct xdp_md *ctx, struct scratch *scratch, __u32 at,
				    __u32 length)
{
	__u64 last = length;
	__u32 sum;

	/* Four bytes are added at a time: what is beyond the text in the last four is 0. */
	asm volatile("%0 &= %1" : "+r"(last) : "i"(TEXT_MAX - 4));
	*(__u32 *)(scratch->text + last) = 0;
	if (bpf_xdp_load_bytes(ctx, at, scratch->text, within(length, TEXT_MAX)))
		return -1;
	sum = bpf_csum_diff(NULL, 0, (__be32 *)scratch->text, within((length + 3) & ~3U, TEXT_MAX),
			    0);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/*
 * Writes the text into the frame, from `at` on, `length` bytes in all. Returns its sum for the
 * checksum, folded to 16 bits, or -1.
 */
__noinline int write_text(struct xdp_md *ctx, __u32 index, __u32 at, __u32 length)
{
	const struct mxdp_reply_text *text = find_text(index);
	struct scratch *scratch = get_scratch();
	__u32 begin = at;

	if (!text || !scratch || !length || length > TEXT_MAX)
		return -1;
	if (put_part(ctx, &at, text->before, text->before_length, MXDP_REPLY_HALF_MAX) ||
	    (text->address &&
	     put_part(ctx, &at, scratch->address, scratch->address_length, ADDRESS_ROOM)) ||
	    put_part(ctx, &at, text->after, text->after_length, MXDP_REPLY_HALF_MAX) ||
	    put_padding(ctx, scratch, at, begin + length))
		return -1;
	return sum_text(ctx, scratch, begin, length);
}

#endif
