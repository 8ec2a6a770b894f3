/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `ipset save` writes: "add SET ADDRESS [timeout N] [comment TEXT] [nomatch]". Sets with more
 * than an address in their entries (ports, interfaces) say less than "listed" and are faults. The
 * entries of a set with a netmask are networks, which only the line that makes the set tells.
 */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "create SET TYPE [netmask N] ..."; the set's entries follow it. */
static void take_create(struct mxdp_feed_parser *parser, char *rest)
{
	char *word;

	parser->netmask = 0;
	for (word = mxdp_format_word(&rest); *word; word = mxdp_format_word(&rest)) {
		if (strcmp(word, "netmask") == 0)
			parser->netmask = (unsigned int)strtoul(mxdp_format_word(&rest), NULL, 10);
		else if (strcmp(word, "bitmask") == 0)
			mxdp_format_fault(parser, "a set with a bitmask, which is no prefix length",
					  word);
	}
}

static void take_add(struct mxdp_feed_parser *parser, char *rest)
{
	char network[MXDP_PREFIX_TEXT + 16], *address, *token;
	bool excluded = false;

	mxdp_format_word(&rest); /* the set */
	address = mxdp_format_word(&rest);
	while ((token = mxdp_format_token(&rest)) && *token) {
		if (strcmp(token, "comment") == 0)
			token = mxdp_format_token(&rest);
		if (!token)
			break;
		excluded |= strcmp(token, "nomatch") == 0;
	}
	if (!token) {
		mxdp_format_fault(parser, "a comment without its closing quote", address);
		return;
	}
	if (parser->netmask && !strpbrk(address, "/-") && strlen(address) < MXDP_PREFIX_TEXT) {
		snprintf(network, sizeof(network), "%s/%u", address, parser->netmask);
		address = network;
	}
	mxdp_format_take(parser, address, excluded, "");
}

static void take(struct mxdp_feed_parser *parser, char *line, char end)
{
	char *rest = mxdp_format_trim(line), *command;

	(void)end;
	if (*rest == '#')
		return;
	command = mxdp_format_word(&rest);
	if (strcmp(command, "add") == 0)
		take_add(parser, rest);
	else if (strcmp(command, "create") == 0)
		take_create(parser, rest);
	else if (*command && strcmp(command, "flush") != 0 && strcmp(command, "COMMIT") != 0)
		mxdp_format_fault(parser, "not a line of ipset save", command);
}

const struct mxdp_format mxdp_format_ipset = {.piece = take};
