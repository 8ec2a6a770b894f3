/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small world (fake_world.h): a screener, its zones and its resolver. */
#ifndef MXDP_TEST_FAKE_SCREENER_H
#define MXDP_TEST_FAKE_SCREENER_H

#include "fake_state.h"
#include "userspace/checks/dnsbl/zones.h"

static struct mxdp_case fake_case(const struct mxdp_address *client)
{
	static struct mxdp_evidence evidence[2];
	struct mxdp_case known = {.client = *client, .decided = true, .took_ms = 12};

	evidence[0] = (struct mxdp_evidence){.class = MXDP_EVIDENCE_LIST,
					     .state = MXDP_EVIDENCE_ANSWERED,
					     .source = "bl.example",
					     .key = mxdp_prefix_host(client),
					     .score = 7,
					     .reason = "listed: 127.0.0.2"};
	evidence[1] = (struct mxdp_evidence){.state = MXDP_EVIDENCE_FAILED,
					     .source = "slow.example",
					     .key = mxdp_prefix_host(client),
					     .reason = "timeout"};
	known.decision = (struct mxdp_decision){.action = MXDP_ACTION_DROP,
						.reason = MXDP_REASON_DNSBL,
						.score = 7,
						.key = mxdp_prefix_host(client),
						.text = "listed by bl.example (7)"};
	known.decided_at = FAKE_DECIDED;
	known.evidence = evidence;
	known.evidence_count = 2;
	return known;
}

int mxdp_screener_case(const struct mxdp_screener *screener, const struct mxdp_address *client,
		       struct mxdp_case *out)
{
	(void)screener;
	*out = fake_case(client);
	return fake_is(client, "192.0.2.1") ? 0 : -ENOENT;
}

static void fake_check_done(uv_timer_t *timer)
{
	struct mxdp_case result = fake_case(&fake.checking);

	(void)timer;
	fake.check_done(fake.check_context, &result);
}

int mxdp_screener_check(struct mxdp_screener *screener, const struct mxdp_address *client,
			bool store, mxdp_case_fn done, void *context)
{
	(void)screener;
	(void)store;
	if (fake_is(client, "192.0.2.99"))
		return -EBUSY;
	fake.checking = *client;
	fake.check_done = done;
	fake.check_context = context;
	if (fake.checks_answer)
		uv_timer_start(&fake.check_timer, fake_check_done, 1, 0);
	return 0;
}

int mxdp_screener_tell(struct mxdp_screener *screener, const struct mxdp_evidence *evidence)
{
	(void)screener;
	fake.told++;
	return mxdp_prefix_contains(&evidence->key, &(struct mxdp_address){{0}}) ? -ENOSPC : 0;
}

int mxdp_screener_forget(struct mxdp_screener *screener, const struct mxdp_prefix *prefix)
{
	(void)screener;
	return prefix->length == 24 ? 3 : 0;
}

bool mxdp_screener_has_room(const struct mxdp_screener *screener)
{
	(void)screener;
	return true;
}

const struct mxdp_zones *mxdp_screener_zones(const struct mxdp_screener *screener)
{
	(void)screener;
	return NULL;
}

void mxdp_screener_probe_zones(struct mxdp_screener *screener)
{
	(void)screener;
	fake.zones_probed++;
}

int mxdp_zones_health(const struct mxdp_zones *zones, size_t index, struct mxdp_zone_health *health)
{
	(void)zones;
	if (index > 0)
		return -ENOENT;
	*health = (struct mxdp_zone_health){
		.shown = "xxxx.bl.example",
		.suspended = true,
		.fault = "it lists everybody",
		.statistics = {.unique = 17, .latency_ms = 2.5},
		.probed = true,
		.probing = fake.zones_probed > 0,
		.result = "it lists everybody",
	};
	return 0;
}

void mxdp_screener_stats(const struct mxdp_screener *screener, struct mxdp_screener_stats *stats)
{
	(void)screener;
	*stats = (struct mxdp_screener_stats){.decided = 42, .latency_ms_p99 = 250};
}

void mxdp_resolver_stats(const struct mxdp_resolver *resolver, struct mxdp_resolver_stats *stats)
{
	(void)resolver;
	*stats = (struct mxdp_resolver_stats){.asked = 99, .queued = 5};
}

void mxdp_resolver_servers(const struct mxdp_resolver *resolver, char *text, size_t size)
{
	(void)resolver;
	snprintf(text, size, "192.0.2.53:53");
}

#endif
