/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

struct mxdp_resolver_settings mxdp_resolver_defaults(void)
{
	return (struct mxdp_resolver_settings){
		/* Two tries end within the time for which a client is held. */
		.timeout_ms = 800,        .tries = 2,
		.in_flight_max = 2000,    .queue_max = 65536,
		.cache_entries = 131072,  .ttl_min = 60,
		.ttl_max = 3600,          .negative_ttl_min = 60,
		.negative_ttl_max = 3600, .failure_ttl = 10,
	};
}

static uint32_t clamp(uint32_t value, uint32_t least, uint32_t most)
{
	if (value < least)
		value = least;
	return value > most ? most : value;
}

uint32_t mxdp_resolver_ttl(const struct mxdp_resolver_settings *settings,
			   const struct mxdp_dns_answer *answer)
{
	switch (answer->status) {
	case MXDP_DNS_OK:
		return clamp(answer->ttl, settings->ttl_min, settings->ttl_max);
	case MXDP_DNS_NODATA:
	case MXDP_DNS_NXDOMAIN:
		return clamp(answer->ttl, settings->negative_ttl_min, settings->negative_ttl_max);
	case MXDP_DNS_TIMEOUT:
	case MXDP_DNS_SERVFAIL:
		return settings->failure_ttl;
	case MXDP_DNS_BADNAME:
	case MXDP_DNS_BUSY:
		break;
	}
	return 0;
}

bool mxdp_resolver_settings_equal(const struct mxdp_resolver_settings *one,
				  const struct mxdp_resolver_settings *other)
{
	return one->timeout_ms == other->timeout_ms && one->tries == other->tries &&
	       one->in_flight_max == other->in_flight_max && one->queue_max == other->queue_max &&
	       one->cache_entries == other->cache_entries && one->ttl_min == other->ttl_min &&
	       one->ttl_max == other->ttl_max && one->negative_ttl_min == other->negative_ttl_min &&
	       one->negative_ttl_max == other->negative_ttl_max &&
	       one->failure_ttl == other->failure_ttl;
}
