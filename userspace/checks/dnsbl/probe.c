/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "userspace/log.h"

#define GOOD_PROBE_MS (10 * 60 * 1000) /* a zone in order is probed anew after this */
#define BAD_PROBE_MS  (60 * 1000)      /* one with a fault after this */
#define FAILURES_MAX  2                /* unanswered probes in a row that are borne */

void mxdp_zone_suspend(struct zone *zone, const char *fault)
{
	const struct mxdp_zones *zones = zone->zones;
	const bool begins = !zone->suspended;

	if (!zone->suspended || strcmp(zone->fault, fault) != 0)
		mxdp_log(MXDP_LOG_ERROR,
			 "dnsbl %s: suspended: %s; it is probed every minute and comes back by "
			 "itself, probe = no in its section switches this off",
			 zone->shown, fault);
	if (begins)
		zone->since = time(NULL);
	zone->suspended = true;
	snprintf(zone->fault, sizeof(zone->fault), "%s", fault);
	if (begins && zones->on_suspend)
		zones->on_suspend(zones->on_suspend_context, zone->shown);
}

static void resume(struct zone *zone)
{
	if (zone->suspended) {
		mxdp_log(MXDP_LOG_NOTICE, "dnsbl %s: in order again: counted from now on",
			 zone->shown);
		zone->since = time(NULL);
	}
	zone->suspended = false;
	zone->fault[0] = '\0';
}

static void conclude(struct zone *zone)
{
	const char *fault = zone->found[0] ? zone->found : zone->silent;
	const bool good = !*fault;

	snprintf(zone->result, sizeof(zone->result), "%s", good ? "in order" : fault);
	zone->last = time(NULL);
	zone->due_ms = uv_now(zone->zones->timer.loop) + (good ? GOOD_PROBE_MS : BAD_PROBE_MS);
	if (good) {
		zone->failures = 0;
		zone->last_good = zone->last;
		resume(zone);
	} else if (zone->found[0]) {
		mxdp_zone_suspend(zone, zone->found);
	} else if (++zone->failures >= FAILURES_MAX) {
		mxdp_zone_suspend(zone, zone->silent);
	}
}

int mxdp_zone_judge(struct zone *zone, enum mxdp_dnsbl_entry entry,
		    const struct mxdp_dns_answer *answer, char fault[MXDP_ZONE_FAULT])
{
	int error = mxdp_dnsbl_entry_judge(entry, answer, fault);

	if (error == 0)
		zone->right_ms[entry] = uv_now(zone->zones->timer.loop);
	return error;
}

static void on_answer(void *context, const struct mxdp_dns_answer *answer)
{
	struct probe *probe = context;
	struct zone *zone = probe->zone;
	char fault[MXDP_ZONE_FAULT];
	int error =
		mxdp_zone_judge(zone, (enum mxdp_dnsbl_entry)(probe - zone->probes), answer, fault);

	probe->query = NULL;
	if (error == -EAGAIN)
		snprintf(zone->silent, sizeof(zone->silent), "%s", fault);
	else if (error && !zone->found[0]) /* the first says most */
		snprintf(zone->found, sizeof(zone->found), "%s", fault);
	if (--zone->waiting == 0)
		conclude(zone);
}

void mxdp_zone_probe(struct zone *zone)
{
	struct mxdp_resolver *resolver = zone->zones->resolver;

	zone->found[0] = zone->silent[0] = '\0';
	for (size_t i = 0; i < (zone->ipv6 ? MXDP_DNSBL_ENTRIES : MXDP_DNSBL_ENTRIES4); i++) {
		struct probe *probe = &zone->probes[i];
		char name[MXDP_DNS_NAME];

		if (mxdp_dnsbl_entry_question((enum mxdp_dnsbl_entry)i, zone->name, name) != 0)
			continue;
		/*
		 * The world's answer is wanted, not the cache's; and no crowd of clients may make a
		 * zone look dead.
		 */
		mxdp_resolver_forget(resolver, name, MXDP_DNS_A);
		probe->zone = zone;
		probe->query =
			mxdp_resolver_query_first(resolver, name, MXDP_DNS_A, on_answer, probe);
		if (probe->query)
			zone->waiting++;
	}
	if (zone->waiting == 0)
		zone->due_ms = uv_now(zone->zones->timer.loop) + BAD_PROBE_MS;
}

void mxdp_zone_cancel(struct zone *zone)
{
	for (size_t i = 0; i < MXDP_DNSBL_ENTRIES; i++)
		mxdp_query_cancel(zone->probes[i].query);
}
