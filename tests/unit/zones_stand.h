/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DNSBL zones over a server that plays the lists as they are and as they go wrong. */
#ifndef MXDP_TEST_ZONES_STAND_H
#define MXDP_TEST_ZONES_STAND_H

#include <check.h>
#include <string.h>

#include "check_stand.h"
#include "userspace/checks/dnsbl/dnsbl.h"
#include "tests/suite.h"

static struct mxdp_dnsbl_zone zone;
static bool mute; /* the server keeps silent */
static bool deaf; /* ... about 127.0.0.1 and ::ffff:7f00:1 */
static bool names_everybody;

static inline void respond(void *context, const struct dns_request *request,
			   struct dns_reply *reply)
{
	const char *name = request->name;
	const bool two = !strncmp(name, "2.", 2), v6 = strstr(name, "f.7.f.f.f.f") != NULL;

	(void)context;
	if (mute || strstr(name, "silent.example") || (deaf && !strncmp(name, "1.", 2)))
		reply->silent = true;
	else if (names_everybody)
		dns_reply_a(reply, NULL, 300, "127.0.0.2");
	else if (strstr(name, "refused.example"))
		dns_reply_a(reply, NULL, 300, "127.255.255.254");
	else if (strstr(name, "parked.example"))
		dns_reply_a(reply, NULL, 300, "203.0.113.80");
	else if (strstr(name, "world.example") || (two && strstr(name, "good.example")) ||
		 (two && !v6 && strstr(name, "only4.example")) ||
		 !strcmp(name, "3.2.0.192.both.good.example"))
		dns_reply_a(reply, NULL, 300, "127.0.0.2");
	else
		dns_reply_rcode(reply, DNS_NXDOMAIN);
}

static inline void setup(void)
{
	stand_up(respond);
	stand.config.dnsbls = &zone;
	stand.config.dnsbl_count = 1;
	mute = deaf = names_everybody = false;
}

static inline void use_zone(const char *name, bool ipv6, bool probe)
{
	zone = (struct mxdp_dnsbl_zone){
		.zone = (char *)name, .shown = (char *)name, .ipv6 = ipv6, .probe = probe};
	if (stand.zones)
		ck_assert_int_eq(mxdp_zones_configure(stand.zones, &stand.config), 0);
	else
		ck_assert_int_eq(
			mxdp_zones_new(&stand.loop, stand.resolver, &stand.config, &stand.zones),
			0);
}

static inline struct mxdp_zone_health probe(const char *name, bool ipv6)
{
	struct mxdp_zone_health health;

	use_zone(name, ipv6, true);
	do {
		uv_run(&stand.loop, UV_RUN_ONCE);
		ck_assert_int_eq(mxdp_zones_health(stand.zones, 0, &health), 0);
	} while (health.last == 0);
	ck_assert(!health.probing);
	return health;
}

static inline void probe_again(void)
{
	struct mxdp_resolver_stats before, stats;

	mxdp_resolver_stats(stand.resolver, &before);
	mxdp_zones_probe_now(stand.zones);
	do {
		uv_run(&stand.loop, UV_RUN_ONCE);
		mxdp_resolver_stats(stand.resolver, &stats);
	} while (stats.asked == before.asked || stats.in_flight > 0);
	uv_run(&stand.loop, UV_RUN_NOWAIT);
	uv_run(&stand.loop, UV_RUN_NOWAIT);
}

#endif
