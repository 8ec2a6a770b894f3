/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain lists: an address, a CIDR or a range (192.0.2.1 - 192.0.2.9) a line, what follows it is
 * text. Comments begin with '#' or ';'.
 */
#include "private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ADDRESS - ADDRESS, with spaces or without behind the hyphen; `text` begins with it. */
static bool take_range(struct mxdp_feed_parser *parser, const char *first, const char *text)
{
	char range[2 * MXDP_ADDRESS_TEXT + 2], *last, *rest;
	char copy[MXDP_FEED_LINE_MAX + 1];

	snprintf(copy, sizeof(copy), "%s", text + 1);
	rest = copy;
	last = mxdp_format_word(&rest);
	/* "192.0.2.1 - a spammer" is none. */
	if (!strpbrk(last, ".:") || !strchr("0123456789abcdefABCDEF:", *last))
		return false;
	if (strlen(first) >= MXDP_ADDRESS_TEXT || strlen(last) >= MXDP_ADDRESS_TEXT)
		return false;
	snprintf(range, sizeof(range), "%s-%s", first, last);
	mxdp_format_take(parser, range, false, mxdp_format_trim(rest));
	return true;
}

/* Whether one of the first words is another address, which would go unheard. */
static bool holds_address(const char *text)
{
	char copy[MXDP_FEED_LINE_MAX + 1], *rest = copy;
	struct mxdp_prefix prefix;

	snprintf(copy, sizeof(copy), "%s", text);
	for (int i = 0; i < 2; i++) {
		int error = mxdp_prefix_parse(mxdp_format_word(&rest), &prefix);

		if (!error || error == -EDOM)
			return true;
	}
	return false;
}

static void take(struct mxdp_feed_parser *parser, char *line, char end)
{
	char *text, *word;

	(void)end;
	line[strcspn(line, "#;")] = '\0';
	text = mxdp_format_trim(line);
	word = mxdp_format_word(&text);
	text = mxdp_format_trim(text);
	if (!*word)
		return;
	if (*text == '-' && take_range(parser, word, text))
		return;
	if (holds_address(text))
		mxdp_format_fault(parser, "more than one address; one a line, a range with \"-\"",
				  word);
	else
		mxdp_format_take(parser, word, false, text);
}

const struct mxdp_format mxdp_format_plain = {.piece = take, .simple = true};
