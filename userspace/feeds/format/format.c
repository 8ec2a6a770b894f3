/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cutting bytes into pieces, and handing what the formats find to the sink. */
#include "private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK_BYTES 3
static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8 */

static const struct mxdp_format *const formats[] = {
	[MXDP_FEED_PLAIN] = &mxdp_format_plain,     [MXDP_FEED_DROP] = &mxdp_format_drop,
	[MXDP_FEED_RBLDNSD] = &mxdp_format_rbldnsd, [MXDP_FEED_IP6TSET] = &mxdp_format_rbldnsd,
	[MXDP_FEED_CSV] = &mxdp_format_csv,         [MXDP_FEED_IPSET] = &mxdp_format_ipset,
	[MXDP_FEED_NFT] = &mxdp_format_nft,
};

static const char *const names[] = {
#define FORMAT_NAME(name, text, what) [MXDP_FEED_##name] = text,
	MXDP_FEED_FORMATS(FORMAT_NAME)
#undef FORMAT_NAME
};

const char *mxdp_feed_format_name(enum mxdp_feed_format format)
{
	return (unsigned int)format < MXDP_FEED_FORMAT_COUNT ? names[format] : "?";
}

int mxdp_feed_format_number(const char *name)
{
	for (int i = 0; i < MXDP_FEED_FORMAT_COUNT; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return -EINVAL;
}

int mxdp_feed_parser_new(enum mxdp_feed_format format, unsigned int column,
			 const struct mxdp_feed_sink *sink, struct mxdp_feed_parser **out)
{
	struct mxdp_feed_parser *parser = calloc(1, sizeof(*parser));

	if (!parser)
		return -ENOMEM;
	parser->format = formats[format];
	parser->narrow = format == MXDP_FEED_IP6TSET;
	parser->column = column ? column : 1;
	parser->sink = *sink;
	parser->line = 1;
	*out = parser;
	return 0;
}

void mxdp_feed_parser_free(struct mxdp_feed_parser *parser)
{
	free(parser);
}

void mxdp_format_fault(struct mxdp_feed_parser *parser, const char *what, const char *text)
{
	struct mxdp_feed_fault fault = {.line = parser->line, .what = what};
	char shown[MXDP_FEED_TEXT];

	snprintf(shown, sizeof(shown), "%.60s%s", text, strlen(text) > 60 ? "..." : "");
	for (char *byte = shown; *byte; byte++) {
		if (*byte < 0x20 || *byte > 0x7e)
			*byte = '?';
	}
	fault.text = shown;
	parser->sink.fault(parser->sink.context, &fault);
}

/* A piece is whole: bounded, and without NUL. A lone CR would hide what follows it. */
static void end_piece(struct mxdp_feed_parser *parser, char end)
{
	while (parser->length && parser->buffer[parser->length - 1] == '\r')
		parser->length--;
	parser->buffer[parser->length] = '\0';
	if (parser->too_long)
		mxdp_format_fault(parser, "the line is longer than 4096 bytes", parser->buffer);
	else if (memchr(parser->buffer, '\0', parser->length))
		mxdp_format_fault(parser, "a NUL byte; the list must be ASCII or UTF-8 text",
				  parser->buffer);
	else if (memchr(parser->buffer, '\r', parser->length))
		mxdp_format_fault(parser, "a CR within the line; end lines by LF or CR LF",
				  parser->buffer);
	else
		parser->format->piece(parser, parser->buffer, end);
	parser->length = 0;
	parser->too_long = false;
	if (end == '\n')
		parser->line++;
}

static void add(struct mxdp_feed_parser *parser, const char *bytes, size_t length)
{
	size_t room = MXDP_FEED_LINE_MAX - parser->length;

	if (length > room) {
		parser->too_long = true;
		length = room;
	}
	memcpy(parser->buffer + parser->length, bytes, length);
	parser->length += length;
}

static void take_lines(struct mxdp_feed_parser *parser, const char *bytes, size_t length)
{
	while (length && !parser->error) {
		const char *stop;
		size_t size;

		if (parser->format->simple && !parser->length) {
			size = mxdp_format_simple(parser, bytes, length);
			bytes += size;
			length -= size;
			if (!length || parser->error)
				return;
		}
		stop = memchr(bytes, '\n', length);
		size = stop ? (size_t)(stop - bytes) : length;
		add(parser, bytes, size);
		if (!stop)
			return;
		end_piece(parser, '\n');
		bytes += size + 1;
		length -= size + 1;
	}
}

/* The end of the line ends a quoted text too: a stray quote spoils one line only. */
static void take_pieces(struct mxdp_feed_parser *parser, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length && !parser->error; i++) {
		if (bytes[i] == '\n')
			parser->quoted = parser->comment = false;
		if (bytes[i] == parser->format->remark && !parser->quoted)
			parser->comment = true;
		if (parser->comment)
			continue;
		if (bytes[i] == '"')
			parser->quoted = !parser->quoted;
		if (!parser->quoted && bytes[i] && strchr(parser->format->delimiters, bytes[i]))
			end_piece(parser, bytes[i]);
		else
			add(parser, &bytes[i], 1);
	}
}

static void take(struct mxdp_feed_parser *parser, const char *bytes, size_t length)
{
	if (parser->format->delimiters)
		take_pieces(parser, bytes, length);
	else
		take_lines(parser, bytes, length);
}

/* Skips a byte order mark at the very beginning. Returns the bytes of it that are here. */
static size_t skip_mark(struct mxdp_feed_parser *parser, const char *bytes, size_t length)
{
	size_t skipped = 0;

	while (skipped < length && parser->marks < MARK_BYTES &&
	       bytes[skipped] == mark[parser->marks]) {
		parser->marks++;
		skipped++;
	}
	if (skipped < length && parser->marks < MARK_BYTES) {
		take(parser, mark, parser->marks); /* it was none */
		parser->marks = MARK_BYTES;
	}
	return skipped;
}

int mxdp_feed_parser_take(struct mxdp_feed_parser *parser, const char *bytes, size_t length)
{
	size_t skipped = skip_mark(parser, bytes, length);

	take(parser, bytes + skipped, length - skipped);
	return parser->error;
}

void mxdp_feed_parser_leave_rest(struct mxdp_feed_parser *parser)
{
	parser->length = 0;
	parser->too_long = false;
}

int mxdp_feed_parser_end(struct mxdp_feed_parser *parser)
{
	const char *what;

	if (parser->marks < MARK_BYTES)
		take(parser, mark, parser->marks);
	if (parser->length && !parser->error)
		end_piece(parser, 0);
	if (parser->error)
		return parser->error;
	what = parser->format->end ? parser->format->end(parser) : NULL;
	if (what)
		mxdp_format_fault(parser, what, "");
	return what ? -EBADMSG : 0;
}
