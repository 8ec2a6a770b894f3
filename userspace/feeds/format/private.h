/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the formats share. Used by the files beside it alone. */
#ifndef MXDP_FEEDS_FORMAT_PRIVATE_H
#define MXDP_FEEDS_FORMAT_PRIVATE_H

#include "format.h"

/* How a format is cut into pieces, and what is made of one. */
struct mxdp_format {
	const char *delimiters; /* NULL: the end of the line */
	char remark;            /* with delimiters: what follows it to the line's end is none */
	bool simple;            /* a line of an address or CIDR is an entry of just that */
	/* `text` may be changed; `end` is the delimiter after it, 0 at the end of the data. */
	void (*piece)(struct mxdp_feed_parser *parser, char *text, char end);
	/* What is wrong with the data as a whole, or NULL. May be NULL. */
	const char *(*end)(const struct mxdp_feed_parser *parser);
};

struct mxdp_feed_parser {
	const struct mxdp_format *format;
	struct mxdp_feed_sink sink;
	unsigned int column;
	uint32_t line;
	bool too_long; /* the rest of this piece is skipped */
	bool quoted;   /* inside "...", where delimiters are text */
	int error;     /* of the sink */
	size_t length;
	char buffer[MXDP_FEED_LINE_MAX + 2]; /* a format may add a byte */

	/* The state of one format or another. */
	char default_text[MXDP_FEED_TEXT];
	unsigned int marks; /* bytes of a byte order mark that were seen */
	unsigned int
		netmask; /* ipset: addresses stand for networks of this length; 0: for themselves */
	bool inside;     /* nft: among elements */
	bool comment;    /* nft: behind a '#' */
	bool narrow;     /* ip6tset: addresses stand for their /64 */
	bool begun;      /* csv: the heading is behind */
	bool ended;      /* drop: the last line was seen */
	uint64_t records; /* drop: entries so far */
};

/* Addresses as numbers: IPv4 in the low 32 bits. */
typedef unsigned __int128 mxdp_number;

struct mxdp_range {
	bool v4;
	mxdp_number first, last;
};

extern const struct mxdp_format mxdp_format_plain, mxdp_format_drop, mxdp_format_rbldnsd,
	mxdp_format_csv, mxdp_format_ipset, mxdp_format_nft;

/* Cuts spaces at both ends. */
char *mxdp_format_trim(char *text);
/* Cuts the next word, ended by spaces, off the front; "" when there is none. */
char *mxdp_format_word(char **text);

/*
 * Likewise, but text in quotes is one word, without its quotes; NULL when its end is missing.
 */
char *mxdp_format_token(char **text);

/* What is wrong with a text that is no address, CIDR or range. */
const char *mxdp_format_no_address(const char *text) __attribute__((returns_nonnull));
/* Reads ADDRESS, ADDRESS/LENGTH or ADDRESS-ADDRESS. Returns NULL, or what is wrong with it. */
const char *mxdp_format_range(char *text, struct mxdp_range *range);
/* Hands the prefixes that make up a range to the sink. */
void mxdp_format_emit(struct mxdp_feed_parser *parser, const struct mxdp_range *range,
		      bool excluded, const char *text);
/* Both in one; what is wrong becomes a fault. */
void mxdp_format_take(struct mxdp_feed_parser *parser, char *text, bool excluded,
		      const char *label);
/* Takes lines from the beginning that are IPv4 entries and nothing else. Returns their bytes. */
size_t mxdp_format_simple(struct mxdp_feed_parser *parser, const char *bytes, size_t length);
void mxdp_format_fault(struct mxdp_feed_parser *parser, const char *what, const char *text);

#endif
