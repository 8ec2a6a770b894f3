/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first line of what a client sent, and its verb (RFC 5321 4.1.1). Verbs are recognised in any
 * case; a bare LF ends a line too. Only a whole line counts.
 */
#ifndef MXDP_BPF_SMTP_H
#define MXDP_BPF_SMTP_H

#include "scratch.h"
#include "segment.h"

enum verb {
	VERB_UNKNOWN,
	VERB_HELO,
	VERB_EHLO,
	VERB_MAIL,
	VERB_RCPT,
	VERB_RCPT_CONTACT, /* to postmaster or abuse */
	VERB_DATA,
	VERB_RSET,
	VERB_NOOP,
	VERB_QUIT,
	VERB_VRFY,
	VERB_NOT_OFFERED, /* EXPN, HELP, AUTH, STARTTLS, BDAT ... */
};

#define LINE_UNFINISHED 0
#define LINE_TOO_LONG   (LINE_MAX + 1)

#define EVERY_BYTE(value) (0x0101010101010101ull * (value))

/* Where the first LF among eight bytes is, 0..7, or 8. */
static __always_inline __u32 find_newline(__u64 word)
{
	__u64 differs = word ^ EVERY_BYTE('\n');
	__u64 zero = (differs - EVERY_BYTE(1)) & ~differs & EVERY_BYTE(0x80);

	if (!zero)
		return 8;
	/* Bytes wholly below the lowest mark; a wrong mark only ever lies above a right one. */
	return ((((zero & -zero) - 1) & EVERY_BYTE(1)) * EVERY_BYTE(1) >> 56) - 1;
}

/* Bytes of the scratch's line up to its first LF, with it, or beyond `length`: there is none. */
static __always_inline __u32 line_length(const struct scratch *scratch, __u32 length)
{
	for (__u32 i = 0; i < LINE_MAX / 8 && i * 8 < length; i++) {
		__u32 byte = find_newline(((const __u64 *)scratch->line)[i]);

		if (byte < 8)
			return i * 8 + byte + 1;
	}
	return LINE_TOO_LONG;
}

/*
 * Reads the payload's first line into the scratch. Returns its length with the LF, LINE_UNFINISHED
 * or LINE_TOO_LONG.
 */
__noinline __u32 read_line(struct xdp_md *ctx, const struct segment *segment)
{
	struct scratch *scratch = get_scratch();
	__u32 length, end;

	if (!segment || !scratch)
		return LINE_UNFINISHED;
	length = segment->length;
	if (!length)
		return LINE_UNFINISHED;
	if (length > LINE_MAX)
		length = LINE_MAX;
	if (bpf_xdp_load_bytes(ctx, segment->payload, scratch->line, within(length, LINE_MAX)))
		return LINE_UNFINISHED;
	end = line_length(scratch, length);
	if (end <= length)
		return end;
	return length == LINE_MAX ? LINE_TOO_LONG : LINE_UNFINISHED;
}

#define VERB(a, b, c, d) ((__u32)(a) | (__u32)(b) << 8 | (__u32)(c) << 16 | (__u32)(d) << 24)
#define LOWER_CASE       0x20202020 /* makes letters lower case, and nothing else a letter */

static __always_inline bool ends_word(__u8 byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The verb of the line in the scratch, which is `length` bytes long. */
static __always_inline enum verb read_verb(const struct scratch *scratch, __u32 length)
{
	__u32 word = *(const __u32 *)scratch->line | LOWER_CASE;
	__u32 rest = *(const __u32 *)(scratch->line + 4) | LOWER_CASE;

	if (length >= 9 && word == VERB('s', 't', 'a', 'r') && rest == VERB('t', 't', 'l', 's') &&
	    ends_word(scratch->line[8]))
		return VERB_NOT_OFFERED;
	if (length < 5 || !ends_word(scratch->line[4]))
		return VERB_UNKNOWN;
	switch (word) {
	case VERB('h', 'e', 'l', 'o'):
		return VERB_HELO;
	case VERB('e', 'h', 'l', 'o'):
		return VERB_EHLO;
	case VERB('m', 'a', 'i', 'l'):
		return VERB_MAIL;
	case VERB('r', 'c', 'p', 't'):
		return VERB_RCPT;
	case VERB('d', 'a', 't', 'a'):
		return VERB_DATA;
	case VERB('r', 's', 'e', 't'):
		return VERB_RSET;
	case VERB('n', 'o', 'o', 'p'):
		return VERB_NOOP;
	case VERB('q', 'u', 'i', 't'):
		return VERB_QUIT;
	case VERB('v', 'r', 'f', 'y'):
		return VERB_VRFY;
	case VERB('e', 'x', 'p', 'n'):
	case VERB('h', 'e', 'l', 'p'):
	case VERB('a', 'u', 't', 'h'):
	case VERB('b', 'd', 'a', 't'):
		return VERB_NOT_OFFERED;
	default:
		return VERB_UNKNOWN;
	}
}

/* Whether `word`, which is `size` letters long, begins here, in any case. */
static __always_inline bool begins(const __u8 *here, const char *word, int size)
{
	for (int i = 0; i < size; i++)
		if ((here[i] | 0x20) != word[i])
			return false;
	return true;
}

/*
 * Whether the RCPT command in the scratch names postmaster or abuse, of whatever domain, or the
 * bare postmaster (RFC 5321 4.5.1, RFC 2142): there the daemon looks closer.
 */
__noinline int names_contact(__u32 length)
{
	struct scratch *scratch = get_scratch();
	const __u8 *path;

	if (!scratch || length < sizeof("RCPT TO:<abuse@x>\n") - 1 ||
	    !begins(scratch->line + 5, "to", 2) || scratch->line[7] != ':')
		return 0;
	path = scratch->line + (scratch->line[8] == ' ' ? 9 : 8);
	if (path[0] != '<')
		return 0;
	if (begins(path + 1, "abuse", 5))
		return path[6] == '@';
	return begins(path + 1, "postmaster", 10) && (path[11] == '@' || path[11] == '>');
}

#endif
