/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `ipset save` writes: "add SET ADDRESS [timeout N] [comment TEXT] [nomatch]". Sets with more
 * than an address in their entries (ports, interfaces) say less than "listed" and are faults.
 */
#include "format_private.h"

#include <string.h>

static void take(struct mxdp_feed_parser *parser, char *line, char end)
{
	char *rest = mxdp_format_trim(line), *command, *address, *word;
	bool excluded = false;

	(void)end;
	if (*rest == '#')
		return;
	command = mxdp_format_word(&rest);
	if (strcmp(command, "add") != 0) {
		if (*command && strcmp(command, "create") != 0 && strcmp(command, "flush") != 0 &&
		    strcmp(command, "COMMIT") != 0)
			mxdp_format_fault(parser, "not a line of ipset save", command);
		return;
	}
	mxdp_format_word(&rest); /* the set */
	address = mxdp_format_word(&rest);
	for (word = mxdp_format_word(&rest); *word; word = mxdp_format_word(&rest)) {
		if (strcmp(word, "comment") == 0)
			rest[rest[0] == '"' ? strcspn(rest + 1, "\"") + 1 : 0] = ' ';
		excluded |= strcmp(word, "nomatch") == 0;
	}
	mxdp_format_take(parser, address, excluded, "");
}

const struct mxdp_format mxdp_format_ipset = {.piece = take};
