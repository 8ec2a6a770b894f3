/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /search: the journal's lines. */
#include <string.h>

#include "maps/maps.h"
#include "parse.h"
#include "routes.h"
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

static json_t *show_journal(struct mxdp_history *history, const struct mxdp_journal_query *query,
			    int *error)
{
	json_t *list = json_array();
	bool cut = false;

	*error = mxdp_history_search(history, query, add_line, list, &cut);
	return json_pack("{s:o, s:b}", "lines", list, "cut", (int)cut);
}

void mxdp_api_get_search(struct mxdp_api_request *request)
{
	const char *prefix_text = request->arguments[0], *domain = request->arguments[1];
	struct mxdp_journal_query query = {.domain = domain};
	char fault[MXDP_API_FAULT];
	struct mxdp_prefix prefix;
	json_t *answer;
	int error;

	if (!prefix_text == !domain) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "give either prefix or domain");
		return;
	}
	if (prefix_text)
		query.prefix = &prefix;
	if ((prefix_text ? mxdp_api_parse_prefix(prefix_text, &prefix, fault)
			 : mxdp_api_parse_domain(domain, fault)) < 0 ||
	    mxdp_api_parse_since(request->arguments[2], &query.since, fault) < 0 ||
	    mxdp_api_parse_limit(request->arguments[3], &query.most, fault) < 0) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
		return;
	}
	answer = show_journal(request->world->history, &query, &error);
	if (error < 0) {
		json_decref(answer);
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
				"the journal cannot be read: %s; the daemon's log says why",
				strerror(-error));
		return;
	}
	mxdp_api_give(request, answer);
}
