/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spamhaus DROP (drop_v4.json, drop_v6.json): a JSON object a line with `cidr` and `sblid`; the
 * last line, of the type "metadata", says how many records there were.
 */
#include "private.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void take_metadata(struct mxdp_feed_parser *parser, const json_t *object, const char *line)
{
	const json_t *records = json_object_get(object, "records");

	if (json_is_integer(records) && json_integer_value(records) != (json_int_t)parser->records)
		mxdp_format_fault(parser, "the metadata counts another number of records", line);
	else
		parser->ended = true;
	parser->records = 0; /* another list may follow, which ends likewise */
}

static void take(struct mxdp_feed_parser *parser, char *line, char end)
{
	const char *cidr, *type, *label;
	char range[MXDP_PREFIX_TEXT];
	json_t *object;

	(void)end;
	line = mxdp_format_trim(line);
	if (!*line)
		return;
	object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	cidr = json_string_value(json_object_get(object, "cidr"));
	type = json_string_value(json_object_get(object, "type"));
	label = json_string_value(json_object_get(object, "sblid"));
	if (!json_is_object(object)) {
		mxdp_format_fault(parser, "not a JSON object", line);
	} else if (type && strcmp(type, "metadata") == 0) {
		take_metadata(parser, object, line);
	} else if (!cidr || strlen(cidr) >= sizeof(range)) {
		mxdp_format_fault(parser, "the object has no cidr", line);
	} else {
		parser->records++;
		parser->ended = false;
		snprintf(range, sizeof(range), "%s", cidr);
		mxdp_format_take(parser, range, false, label ? label : "");
	}
	json_decref(object);
}

static const char *judge_end(const struct mxdp_feed_parser *parser)
{
	return parser->ended ? NULL : "cut off: the closing metadata line is missing or wrong";
}

const struct mxdp_format mxdp_format_drop = {.piece = take, .end = judge_end};
