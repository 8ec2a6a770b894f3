/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A feed's text through the parser of its format, and what the parser said of it as text. */
#ifndef MXDP_TESTS_FEED_FORMAT_STAND_H
#define MXDP_TESTS_FEED_FORMAT_STAND_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "userspace/feeds/format/format.h"

/* What a parser said, one line each: "LINE [!]PREFIX [TEXT]" and "LINE ? WHAT". */
struct told {
	char text[8192];
	size_t length;
	size_t entries, faults;
	size_t fail_at; /* the entry that the sink refuses, 0: none */
};

static inline int on_entry(void *context, const struct mxdp_feed_entry *entry)
{
	struct told *told = context;
	char prefix[MXDP_PREFIX_TEXT];

	if (++told->entries == told->fail_at)
		return -ENOMEM;
	told->length += (size_t)snprintf(
		told->text + told->length, sizeof(told->text) - told->length, "%u %s%s%s%s\n",
		entry->line, entry->excluded ? "!" : "", mxdp_prefix_format(&entry->prefix, prefix),
		*entry->text ? " " : "", entry->text);
	ck_assert_uint_lt(told->length, sizeof(told->text));
	return 0;
}

static inline void on_fault(void *context, const struct mxdp_feed_fault *fault)
{
	struct told *told = context;

	told->faults++;
	for (const char *byte = fault->text; *byte; byte++)
		ck_assert(*byte >= 0x20 && *byte <= 0x7e);
	told->length +=
		(size_t)snprintf(told->text + told->length, sizeof(told->text) - told->length,
				 "%u ? %s\n", fault->line, fault->what);
	ck_assert_uint_lt(told->length, sizeof(told->text));
}

/* Parses in pieces of `step` bytes. */
static inline int parse(enum mxdp_feed_format format, unsigned int column, const char *bytes,
			size_t length, size_t step, struct told *told)
{
	struct mxdp_feed_sink sink = {.entry = on_entry, .fault = on_fault, .context = told};
	struct mxdp_feed_parser *parser;
	int error = 0;

	ck_assert_int_eq(mxdp_feed_parser_new(format, column, &sink, &parser), 0);
	for (size_t at = 0; at < length && !error; at += step)
		error = mxdp_feed_parser_take(parser, bytes + at,
					      length - at < step ? length - at : step);
	if (!error)
		error = mxdp_feed_parser_end(parser);
	mxdp_feed_parser_free(parser);
	return error;
}

#endif
