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

/* Where byte `offset` of the reply is put together. */
static __always_inline __u8 *frame_at(struct scratch *scratch, __u64 offset)
{
	asm volatile("%0 &= %1" : "+r"(offset) : "i"(REPLY_ROOM - 1));
	return scratch->frame.bytes + offset;
}

typedef __u64 __attribute__((may_alias)) word_of_text;

/*
 * Copies `size` bytes, a multiple of 8 and no variable: to copy too much costs less than to call a
 * helper that knows when to stop.
 */
static __always_inline void copy_words(__u8 *to, const __u8 *from, int size)
{
	for (int i = 0; i < size / 8; i++)
		((word_of_text *)to)[i] = ((const word_of_text *)from)[i];
}

/* Puts spaces and CRLF, so that the text ends at `end`, and zeros behind for the checksum. */
static __always_inline int put_padding(struct scratch *scratch, __u32 at, __u32 end)
{
	word_of_text *spaces = (word_of_text *)frame_at(scratch, at);
	__u8 *last = frame_at(scratch, end - 2);

	if (end - at < 2 || end - at > MXDP_OFFSET_PERIOD + 1)
		return -1; /* the daemon has just written another text */
	for (int i = 0; i < MXDP_OFFSET_PERIOD / 8; i++)
		spaces[i] = 0x2020202020202020;
	*(word_of_text *)last = 0;
	last[0] = '\r';
	last[1] = '\n';
	return 0;
}

/*
 * Puts the text into the reply, from `at` on, `length` bytes in all. The client's address must have
 * been formatted. Returns 0, or -1 where the text is of another length.
 */
static __always_inline int put_text(struct scratch *scratch, const struct mxdp_reply_text *text,
				    __u32 at, __u32 length)
{
	__u32 end = at + length;

	copy_words(frame_at(scratch, at), text->before, PART_ROOM);
	at += text->before_length;
	if (text->address) {
		copy_words(frame_at(scratch, at), scratch->address, ADDRESS_ROOM);
		at += scratch->address_length;
	}
	if (text->after_length) {
		copy_words(frame_at(scratch, at), text->after, PART_ROOM);
		at += text->after_length;
	}
	return put_padding(scratch, at, end);
}

#endif
