/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal's lines, for GET /search. */
#include "maps/maps.h"
#include "show.h"

static void add_line(void *list, const struct mxdp_journal_line *line)
{
	char client[MXDP_ADDRESS_TEXT];

	json_array_append_new(
		list,
		json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:f, s:o, s:o, s:o, s:o}", "time",
			  (json_int_t)line->time, "client",
			  mxdp_address_format(&line->client, client), "event",
			  mxdp_journal_event_name(line->event), "action",
			  mxdp_action_name(line->action), "reason", mxdp_reason_name(line->reason),
			  "count", (json_int_t)line->count, "score", line->score, "text",
			  mxdp_show_text(line->text), "helo", mxdp_show_text(line->helo), "sender",
			  mxdp_show_text(line->sender), "name", mxdp_show_text(line->name)));
}

json_t *mxdp_show_journal(struct mxdp_history *history, const struct mxdp_journal_query *query,
			  int *error)
{
	json_t *list = json_array();
	bool cut = false;

	*error = mxdp_history_search(history, query, add_line, list, &cut);
	return json_pack("{s:o, s:b}", "lines", list, "cut", (int)cut);
}
