/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /zones: the DNSBLs as the probes and the clients' questions found them. */
#include <stdio.h>

#include "routes.h"
#include "show.h"
#include "userspace/checks/dnsbl/zones.h"

static json_t *show_zone(const struct mxdp_zone_health *zone)
{
	const struct mxdp_zone_statistics *counted = &zone->statistics;
	const char *state = zone->gone                       ? "off"
			    : zone->suspended                ? "suspended"
			    : zone->doubt != MXDP_DOUBT_NONE ? "in doubt"
							     : "in use";
	char because[MXDP_ZONE_FAULT];

	if (zone->gone)
		snprintf(because, sizeof(because), "the list shut down in %s; remove its section",
			 zone->gone);
	else
		snprintf(because, sizeof(because), "%s", zone->fault);
	if (!zone->gone && !zone->suspended)
		snprintf(because, sizeof(because), "%s", mxdp_evidence_doubt_text(zone->doubt));
	return json_pack("{s:o, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:f, s:b, s:b, s:I, s:o, s:I}",
			 "zone", mxdp_show_text(zone->shown), "state", state, "because",
			 mxdp_show_text(because), "since", (json_int_t)zone->since, "asked",
			 (json_int_t)counted->asked, "hits", (json_int_t)counted->hits, "unique",
			 (json_int_t)counted->unique, "errors", (json_int_t)counted->errors,
			 "latency_ms", counted->latency_ms, "probed", zone->probed, "probing",
			 zone->probing, "last_probe", (json_int_t)zone->last, "result",
			 mxdp_show_text(zone->result), "counted_since", (json_int_t)counted->since);
}

static json_t *show_zones(const struct mxdp_zones *zones)
{
	struct mxdp_zone_health health;
	json_t *list = json_array();

	for (size_t i = 0; mxdp_zones_health(zones, i, &health) == 0; i++)
		json_array_append_new(list, show_zone(&health));
	return json_pack("{s:o}", "zones", list);
}

void mxdp_api_get_zones(struct mxdp_api_request *request)
{
	mxdp_api_give(request, show_zones(mxdp_screener_zones(request->world->screener)));
}

/* The answer comes before the results: whoever waits for them asks again while one is probing. */
void mxdp_api_post_zones_probe(struct mxdp_api_request *request)
{
	mxdp_screener_probe_zones(request->world->screener);
	mxdp_api_get_zones(request);
}
