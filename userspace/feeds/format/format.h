/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading blocklist feeds: bytes in, in pieces of any size, entries out. What is no entry becomes a
 * fault with its line; nothing is guessed. Feeds are hostile: lines are bounded, a parser takes a
 * fixed amount of memory, and what it says of a line is printable ASCII.
 */
#ifndef MXDP_FEEDS_FORMAT_H
#define MXDP_FEEDS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "maps/address.h"

/* X(name, text, what it is) */
#define MXDP_FEED_FORMATS(X)                                                        \
	X(PLAIN, "plain", "addresses, CIDRs and ranges, one a line, with comments") \
	X(DROP, "drop", "the JSON lines of Spamhaus DROP")                          \
	X(RBLDNSD, "rbldnsd", "ip4set, ip4tset, ip4trie and ip6trie of rbldnsd")    \
	X(IP6TSET, "rbldnsd-ip6tset", "ip6tset of rbldnsd: each entry is a /64")    \
	X(CSV, "csv", "a column of comma-separated values")                         \
	X(IPSET, "ipset", "what `ipset save` writes")                               \
	X(NFT, "nft", "what `nft list set` writes")

#define MXDP_FEED_FORMAT_ENUM(name, text, what) MXDP_FEED_##name,
enum mxdp_feed_format { MXDP_FEED_FORMATS(MXDP_FEED_FORMAT_ENUM) MXDP_FEED_FORMAT_COUNT };

#define MXDP_FEED_LINE_MAX 4096 /* bytes; a longer line is a fault */
#define MXDP_FEED_TEXT     96

struct mxdp_feed_entry {
	struct mxdp_prefix prefix;
	bool excluded;    /* not listed, though a shorter prefix is */
	uint32_t line;    /* from 1 */
	const char *text; /* what the feed says of it, or ""; not printable in general */
};

struct mxdp_feed_fault {
	uint32_t line;
	const char *what; /* what is wrong, in words */
	const char *text; /* the line's beginning, printable */
};

/* `entry` returns 0, or a negative errno that ends the parsing. A range is several entries. */
struct mxdp_feed_sink {
	int (*entry)(void *context, const struct mxdp_feed_entry *entry);
	void (*fault)(void *context, const struct mxdp_feed_fault *fault);
	void *context;
};

struct mxdp_feed_parser;

/* `column` counts from 1 and is for CSV. Returns 0 or -ENOMEM. */
int mxdp_feed_parser_new(enum mxdp_feed_format format, unsigned int column,
			 const struct mxdp_feed_sink *sink, struct mxdp_feed_parser **out);
void mxdp_feed_parser_free(struct mxdp_feed_parser *parser);

/* Returns 0 or what the sink returned. */
int mxdp_feed_parser_take(struct mxdp_feed_parser *parser, const char *bytes, size_t length);
/* Leaves a last line without its end aside: it is still being written. */
void mxdp_feed_parser_leave_rest(struct mxdp_feed_parser *parser);
/* After the last byte. -EBADMSG, after a fault, when the data is evidently cut off. */
int mxdp_feed_parser_end(struct mxdp_feed_parser *parser);

const char *mxdp_feed_format_name(enum mxdp_feed_format format);
/* The number of a name, or -EINVAL. */
int mxdp_feed_format_number(const char *name);

#endif
