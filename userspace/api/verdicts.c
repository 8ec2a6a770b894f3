/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /verdicts: the newest of the map. */
#include <stdlib.h>

#include "maps/maps.h"
#include "parse.h"
#include "routes.h"

/* The newest verdicts met so far. The array has twice the places asked for: full, it is sorted and
 * its older half dropped, so memory is bounded whatever the map holds. */
struct newest {
	struct verdict_entry {
		struct mxdp_prefix key;
		struct mxdp_verdict verdict;
	} * entries;
	size_t count, limit, total;
	unsigned int action;
	uint64_t now_ns;
};

static int newer_first(const void *a, const void *b)
{
	const struct verdict_entry *x = a, *y = b;

	return (x->verdict.decided_ns < y->verdict.decided_ns) -
	       (x->verdict.decided_ns > y->verdict.decided_ns);
}

static void keep_newest(struct newest *newest)
{
	qsort(newest->entries, newest->count, sizeof(*newest->entries), newer_first);
	if (newest->count > newest->limit)
		newest->count = newest->limit;
}

static int add_verdict(void *context, const struct mxdp_prefix *key,
		       const struct mxdp_verdict *verdict)
{
	struct newest *newest = context;

	if (newest->action != MXDP_ACTION_COUNT && verdict->action != newest->action)
		return 0;
	if (verdict->expires_ns && verdict->expires_ns <= newest->now_ns)
		return 0;
	newest->total++;
	if (newest->count == 2 * newest->limit)
		keep_newest(newest);
	newest->entries[newest->count++] = (struct verdict_entry){*key, *verdict};
	return 0;
}

static json_t *show_verdict(const struct verdict_entry *entry)
{
	const struct mxdp_verdict *verdict = &entry->verdict;
	char client[MXDP_PREFIX_TEXT];

	return json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:I, s:I}", "client",
			 mxdp_prefix_format(&entry->key, client), "action",
			 mxdp_action_name(verdict->action), "reason",
			 mxdp_reason_name(verdict->reason), "score", (int)verdict->score, "decided",
			 (json_int_t)mxdp_boottime_to_unix(verdict->decided_ns), "expires",
			 (json_int_t)mxdp_boottime_to_unix(verdict->expires_ns), "hits",
			 (json_int_t)verdict->hits, "last_seen",
			 (json_int_t)mxdp_boottime_to_unix(verdict->last_seen_ns));
}

/* The `limit` newest verdicts of an action (MXDP_ACTION_COUNT: of any), newest first. */
static json_t *show_verdicts(const struct mxdp_maps *maps, unsigned int action, size_t limit)
{
	struct newest newest = {
		.entries = calloc(2 * limit, sizeof(*newest.entries)),
		.limit = limit,
		.action = action,
		.now_ns = mxdp_boottime_ns(),
	};
	json_t *list = json_array();

	if (!newest.entries || !list) {
		free(newest.entries);
		json_decref(list);
		return NULL;
	}
	mxdp_verdict_each(maps, add_verdict, &newest);
	keep_newest(&newest);
	for (size_t i = 0; i < newest.count; i++)
		json_array_append_new(list, show_verdict(&newest.entries[i]));
	free(newest.entries);
	return json_pack("{s:o, s:I}", "verdicts", list, "total", (json_int_t)newest.total);
}

void mxdp_api_get_verdicts(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT];
	unsigned int action;
	size_t limit;

	if (mxdp_api_parse_action(request->arguments[0], &action, fault) < 0 ||
	    mxdp_api_parse_limit(request->arguments[1], &limit, fault) < 0)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
	else
		mxdp_api_give(request, show_verdicts(mxdp_datapath_maps(request->world->datapath),
						     action, limit));
}
