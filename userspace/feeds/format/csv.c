/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comma-separated values, fields in quotes or not: one column holds addresses, CIDRs or ranges. A
 * first line without one is the heading. Comments begin with '#'.
 */
#include "private.h"

#include <string.h>

/* Cuts the next field off the front; NULL when there is none. Its quotes are taken away. */
static char *next_field(char **line)
{
	char *field = *line, *from, *to;
	bool quoted = false;

	if (!field)
		return NULL;
	for (from = to = field; *from && (quoted || *from != ','); from++) {
		if (*from != '"')
			*to++ = *from;
		else if (quoted && from[1] == '"')
			*to++ = *from++;
		else
			quoted = !quoted;
	}
	*line = *from ? from + 1 : NULL;
	*to = '\0';
	return mxdp_format_trim(field);
}

static void take(struct mxdp_feed_parser *parser, char *line, char end)
{
	char *field = NULL, *rest;
	bool heading;

	(void)end;
	rest = line = mxdp_format_trim(line);
	if (!*line || *line == '#')
		return;
	for (unsigned int i = 0; i < parser->column; i++)
		field = next_field(&rest);
	heading = !parser->begun && field && *field && !strpbrk(field, ".:");
	parser->begun = true;
	if (heading)
		return;
	if (!field || !*field)
		mxdp_format_fault(parser, "the line has no such column", line);
	else
		mxdp_format_take(parser, field, false, "");
}

const struct mxdp_format mxdp_format_csv = {.piece = take};
