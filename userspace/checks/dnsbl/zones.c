/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zones of the configuration: what is known of each, and what its word is worth. */
#include "zones.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "probe.h"
#include "userspace/config/config.h"
#include "userspace/log.h"

#define TICK_MS        1000
#define HIT_PROBE      60        /* seconds: before it may name more clients unprobed */
#define GOOD_PROBE_OLD (20 * 60) /* seconds: what a good probe is worth ends */
#define CONFIRMED_MS   5000      /* for so long a zone that denied 127.0.0.1 is believed */

static void on_tick(uv_timer_t *timer)
{
	struct mxdp_zones *zones = timer->data;
	const uint64_t now = uv_now(timer->loop);

	for (size_t i = 0; i < zones->count; i++) {
		struct zone *zone = zones->list[i];

		if (zone->probed && zone->waiting == 0 && zone->due_ms <= now)
			mxdp_zone_probe(zone);
	}
}

static void zone_free(struct zone *zone)
{
	if (!zone)
		return;
	mxdp_zone_cancel(zone);
	free(zone->name);
	free(zone->shown);
	free(zone);
}

static bool probes_ipv6(const struct mxdp_dnsbl_zone *setting)
{
	return setting->ipv6 && !setting->ipv6_unprobed;
}

static struct zone *zone_new(struct mxdp_zones *zones, const struct mxdp_dnsbl_zone *setting)
{
	struct zone *zone = calloc(1, sizeof(*zone));

	if (!zone)
		return NULL;
	zone->zones = zones;
	zone->name = strdup(setting->zone);
	zone->shown = strdup(setting->shown);
	zone->ipv6 = probes_ipv6(setting);
	zone->gone = setting->gone;
	zone->probed = setting->probe && !setting->gone;
	zone->since = time(NULL);
	if (!zone->name || !zone->shown) {
		zone_free(zone);
		return NULL;
	}
	return zone;
}

/* What is known of a zone that was configured alike; it leaves the old list then. */
static struct zone *take_over(struct mxdp_zones *zones, const struct mxdp_dnsbl_zone *setting)
{
	for (size_t i = 0; i < zones->count; i++) {
		struct zone *zone = zones->list[i];

		if (zone && !strcmp(zone->name, setting->zone) &&
		    zone->ipv6 == probes_ipv6(setting) && zone->gone == setting->gone &&
		    zone->probed == (setting->probe && !setting->gone) &&
		    !strcmp(zone->shown, setting->shown)) {
			zones->list[i] = NULL;
			return zone;
		}
	}
	return NULL;
}

static void list_free(struct zone **list, size_t count)
{
	for (size_t i = 0; list && i < count; i++)
		zone_free(list[i]);
	free(list);
}

int mxdp_zones_configure(struct mxdp_zones *zones, const struct mxdp_config *config)
{
	const size_t count = config->dnsbl_count;
	struct zone **list = calloc(count ? count : 1, sizeof(struct zone *));
	struct zone **made = calloc(count ? count : 1, sizeof(struct zone *));
	bool complete = list && made;

	/* All new ones first, so that a failure leaves everything as it was. */
	for (size_t i = 0; complete && i < count; i++) {
		made[i] = zone_new(zones, &config->dnsbls[i]);
		complete = made[i] != NULL;
	}
	if (!complete) {
		list_free(made, count);
		free(list);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		list[i] = take_over(zones, &config->dnsbls[i]);
		if (!list[i]) {
			list[i] = made[i];
			made[i] = NULL;
		}
	}
	list_free(made, count);
	list_free(zones->list, zones->count);
	zones->list = list;
	zones->count = count;
	return 0;
}

int mxdp_zones_new(uv_loop_t *loop, struct mxdp_resolver *resolver,
		   const struct mxdp_config *config, struct mxdp_zones **out)
{
	struct mxdp_zones *zones = calloc(1, sizeof(*zones));

	if (!zones)
		return -ENOMEM;
	zones->resolver = resolver;
	if (mxdp_zones_configure(zones, config) != 0) {
		free(zones);
		return -ENOMEM;
	}
	uv_timer_init(loop, &zones->timer);
	zones->timer.data = zones;
	uv_timer_start(&zones->timer, on_tick, 0, TICK_MS);
	*out = zones;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void mxdp_zones_free(struct mxdp_zones *zones)
{
	if (!zones)
		return;
	list_free(zones->list, zones->count);
	zones->list = NULL;
	zones->count = 0;
	uv_close((uv_handle_t *)&zones->timer, on_closed);
}

void mxdp_zones_on_suspend(struct mxdp_zones *zones, mxdp_zone_suspended_fn fn, void *context)
{
	zones->on_suspend = fn;
	zones->on_suspend_context = context;
}

void mxdp_zones_restore(struct mxdp_zones *zones, const char *shown,
			const struct mxdp_zone_statistics *statistics)
{
	for (size_t i = 0; i < zones->count; i++)
		if (!strcmp(zones->list[i]->shown, shown))
			zones->list[i]->statistics = *statistics;
}

void mxdp_zones_probe_now(struct mxdp_zones *zones)
{
	for (size_t i = 0; i < zones->count; i++)
		zones->list[i]->due_ms = 0;
	uv_timer_start(&zones->timer, on_tick, 0, TICK_MS);
}

static struct zone *find(const struct mxdp_zones *zones, const char *name)
{
	for (size_t i = 0; zones && i < zones->count; i++)
		if (!strcmp(zones->list[i]->name, name))
			return zones->list[i];
	return NULL;
}

static enum mxdp_evidence_doubt find_odd(const struct zone *zone, int64_t now)
{
	if (mxdp_zone_statistics_names_trusted(&zone->statistics, now))
		return MXDP_DOUBT_TRUSTED;
	return mxdp_zone_statistics_jumped(&zone->statistics, zone->odd == MXDP_DOUBT_JUMP)
		       ? MXDP_DOUBT_JUMP
		       : MXDP_DOUBT_NONE;
}

/* Said once when it begins and once when it ends; a probe may know more. */
static void watch_odd(struct zone *zone, int64_t now)
{
	const enum mxdp_evidence_doubt odd = find_odd(zone, now);

	if (odd == zone->odd)
		return;
	zone->odd = odd;
	if (odd == MXDP_DOUBT_NONE) {
		mxdp_log(MXDP_LOG_NOTICE, "dnsbl %s: its answers are as usual again", zone->shown);
		return;
	}
	mxdp_log(MXDP_LOG_ERROR,
		 "dnsbl %s: %s: it refuses nobody for good meanwhile; look at `mxdp zones` and at "
		 "the list's own news, and remove the zone if it is wrong",
		 zone->shown, mxdp_evidence_doubt_text(odd));
	zone->due_ms = 0;
}

void mxdp_zones_count(struct mxdp_zones *zones, const char *name,
		      const struct mxdp_zone_outcome *outcome)
{
	struct zone *zone = find(zones, name);
	const int64_t now = time(NULL);

	if (!zone)
		return;
	mxdp_zone_statistics_count(&zone->statistics, outcome, now);
	if (outcome->hit && now - zone->last >= HIT_PROBE)
		zone->due_ms = 0;
	watch_odd(zone, now);
}

const char *mxdp_zones_suspended(const struct mxdp_zones *zones, const char *name)
{
	const struct zone *zone = find(zones, name);

	return zone && zone->suspended ? zone->fault : NULL;
}

static enum mxdp_dnsbl_entry denied_entry(const struct zone *zone, bool v4)
{
	return !v4 && zone->ipv6 ? MXDP_DNSBL_DENIED6 : MXDP_DNSBL_DENIED4;
}

bool mxdp_zones_unconfirmed(const struct mxdp_zones *zones, const char *name, bool v4,
			    char question[MXDP_DNS_NAME])
{
	const struct zone *zone = find(zones, name);
	enum mxdp_dnsbl_entry entry;
	uint64_t right_ms;

	if (!zone || !zone->probed || zone->suspended)
		return false;
	entry = denied_entry(zone, v4);
	right_ms = zone->right_ms[entry];
	if (right_ms != 0 && uv_now(zones->timer.loop) - right_ms < CONFIRMED_MS)
		return false;
	return mxdp_dnsbl_entry_question(entry, zone->name, question) == 0;
}

int mxdp_zones_confirm(struct mxdp_zones *zones, const char *name, bool v4,
		       const struct mxdp_dns_answer *answer)
{
	struct zone *zone = find(zones, name);
	char fault[MXDP_ZONE_FAULT];
	int error;

	if (!zone) /* no longer configured */
		return -EAGAIN;
	error = mxdp_zone_judge(zone, denied_entry(zone, v4), answer, fault);
	if (error != -EINVAL)
		return error;
	mxdp_zone_suspend(zone, fault);
	zone->due_ms = 0; /* a whole probe, which may bring it back */
	return -EINVAL;
}

static enum mxdp_evidence_doubt doubt_of(const struct zone *zone, int64_t now)
{
	if (zone->suspended)
		return MXDP_DOUBT_SUSPENDED;
	if (zone->probed && zone->last_good == 0)
		return MXDP_DOUBT_UNPROBED;
	if (zone->probed && now - zone->last_good > GOOD_PROBE_OLD)
		return MXDP_DOUBT_OLD;
	return find_odd(zone, now);
}

enum mxdp_evidence_doubt mxdp_zones_doubt(const struct mxdp_zones *zones, const char *name,
					  int64_t now)
{
	const struct zone *zone = find(zones, name);

	return zone ? doubt_of(zone, now) : MXDP_DOUBT_NONE;
}

int mxdp_zones_health(const struct mxdp_zones *zones, size_t index, struct mxdp_zone_health *health)
{
	const struct zone *zone;

	if (index >= zones->count)
		return -ENOENT;
	zone = zones->list[index];
	*health = (struct mxdp_zone_health){
		.shown = zone->shown,
		.gone = zone->gone,
		.probed = zone->probed,
		.probing = zone->probed && (zone->waiting > 0 || zone->due_ms == 0),
		.suspended = zone->suspended,
		.fault = zone->fault,
		.since = zone->since,
		.last = zone->last,
		.result = zone->result,
		.doubt = zone->gone ? MXDP_DOUBT_NONE : doubt_of(zone, time(NULL)),
		.statistics = zone->statistics,
	};
	return 0;
}
