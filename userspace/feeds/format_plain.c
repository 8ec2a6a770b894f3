/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain lists: an address, a CIDR or a range (192.0.2.1 - 192.0.2.9) a line, what follows it is
 * text. Comments begin with '#' or ';'.
 */
#include "format_private.h"

#include <stdio.h>
#include <string.h>

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
	if (text[0] == '-' && (text[1] == ' ' || text[1] == '\t')) {
		char range[2 * MXDP_ADDRESS_TEXT + 2];
		char *last;

		text++;
		last = mxdp_format_word(&text);
		if (strlen(word) < MXDP_ADDRESS_TEXT && strlen(last) < MXDP_ADDRESS_TEXT) {
			snprintf(range, sizeof(range), "%s-%s", word, last);
			mxdp_format_take(parser, range, false, mxdp_format_trim(text));
			return;
		}
	}
	mxdp_format_take(parser, word, false, text);
}

const struct mxdp_format mxdp_format_plain = {.piece = take, .simple = true};
