/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /counters: what became of all packets. */
#include <string.h>

#include "maps/maps.h"
#include "routes.h"

static const char become_PASS[] = "pass", become_DROP[] = "drop", become_REPLY[] = "reply";

#define OUTCOME(name, becomes, what)                                                          \
	json_object_set_new(outcomes, #name,                                                  \
			    json_pack("{s:I, s:s, s:s}", "count", (json_int_t)counters->name, \
				      "becomes", become_##becomes, "meaning", what));
#define NOTE(name, what)      \
	json_object_set_new(  \
		notes, #name, \
		json_pack("{s:I, s:s}", "count", (json_int_t)counters->name, "meaning", what));

static json_t *show_counters(const struct mxdp_counters *counters)
{
	json_t *outcomes = json_object();
	json_t *notes = json_object();

	MXDP_OUTCOMES(OUTCOME)
	MXDP_NOTES(NOTE)
	return json_pack("{s:o, s:o}", "outcomes", outcomes, "notes", notes);
}

void mxdp_api_get_counters(struct mxdp_api_request *request)
{
	struct mxdp_counters counters;
	int error = mxdp_counters_read(mxdp_datapath_maps(request->world->datapath), &counters);

	if (error < 0)
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
				"cannot read the map \"counters\": %s", strerror(-error));
	else
		mxdp_api_give(request, show_counters(&counters));
}
