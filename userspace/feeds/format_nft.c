/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `nft list set` and `nft list ruleset` write, and "add element" lines: what stands between
 * the braces after "elements =" or "add element TABLE SET".
 */
#include "format_private.h"

#include <string.h>

static bool opens_elements(const char *text)
{
	size_t length = strlen(text);
	static const char mark[] = "elements =";

	if (length >= strlen(mark) && strcmp(text + length - strlen(mark), mark) == 0)
		return true;
	return strncmp(text, "add element ", strlen("add element ")) == 0;
}

static void take(struct mxdp_feed_parser *parser, char *piece, char end)
{
	char *text = mxdp_format_trim(piece);

	if (!parser->inside) {
		parser->inside = end == '{' && opens_elements(text);
		return;
	}
	if (end == '{') {
		mxdp_format_fault(parser, "a brace among the elements", text);
		return;
	}
	if (*text && *text != '#')
		mxdp_format_take(parser, mxdp_format_word(&text), false, "");
	if (end == '}')
		parser->inside = false;
}

static const char *judge_end(const struct mxdp_feed_parser *parser)
{
	return parser->inside ? "cut off: the elements are not closed" : NULL;
}

const struct mxdp_format mxdp_format_nft = {.delimiters = "\n,{}", .piece = take, .end = judge_end};
