/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `nft list set` and `nft list ruleset` write, and "add element" lines: what stands between
 * the braces after "elements =" or "add element TABLE SET".
 */
#include "private.h"

#include <string.h>

/* "elements =", also without the space; "add element TABLE SET", also behind "nft". */
static bool opens_elements(const char *text)
{
	static const char word[] = "elements";
	size_t length = strlen(text);

	if (strstr(text, "add element ") || strstr(text, "create element "))
		return true;
	if (!length || text[--length] != '=')
		return false;
	while (length && strchr(" \t", text[length - 1]))
		length--;
	return length >= strlen(word) &&
	       strncmp(text + length - strlen(word), word, strlen(word)) == 0;
}

/* What makes an element more than an address in a set, or NULL. `rest` follows the address. */
static const char *find_more(char *rest)
{
	const char *token;

	while ((token = mxdp_format_token(&rest)) && *token) {
		if (strcmp(token, ".") == 0)
			return "an address with something more, which is not simply listed";
		if (strcmp(token, ":") == 0)
			return "an element of a map: what it is mapped to may be \"accept\"";
		if (strcmp(token, "comment") == 0 && !mxdp_format_token(&rest))
			token = NULL;
		if (!token)
			break;
	}
	return token ? NULL : "a comment without its closing quote";
}

static void take(struct mxdp_feed_parser *parser, char *piece, char end)
{
	char *text = mxdp_format_trim(piece), *word;
	const char *more;

	if (!parser->inside) {
		parser->inside = end == '{' && opens_elements(text);
		return;
	}
	if (end == '{') {
		mxdp_format_fault(parser, "a brace among the elements", text);
		return;
	}
	if (end == '}')
		parser->inside = false;
	word = mxdp_format_word(&text);
	if (!*word)
		return;
	more = find_more(text);
	if (more)
		mxdp_format_fault(parser, more, word);
	else
		mxdp_format_take(parser, word, false, "");
}

static const char *judge_end(const struct mxdp_feed_parser *parser)
{
	return parser->inside ? "cut off: the elements are not closed" : NULL;
}

const struct mxdp_format mxdp_format_nft = {
	.delimiters = "\n,{}", .remark = '#', .piece = take, .end = judge_end};
