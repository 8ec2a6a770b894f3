/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "local_networks.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>

static const char *const always[] = {
	"10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
	"169.254.0.0/16", "fc00::/7",      "fe80::/10",
};

#define ALWAYS (sizeof(always) / sizeof(always[0]))

/* The bits of a netmask that are set, from the first on. */
static uint8_t length_of(const struct sockaddr *mask)
{
	const uint8_t *bytes;
	uint8_t length = 0, most;

	if (mask->sa_family == AF_INET) {
		bytes = (const uint8_t *)&((const struct sockaddr_in *)mask)->sin_addr;
		most = 32;
	} else {
		bytes = (const uint8_t *)&((const struct sockaddr_in6 *)mask)->sin6_addr;
		most = 128;
	}
	while (length < most && (bytes[length / 8] & 0x80 >> length % 8))
		length++;
	return length;
}

/* An address alone is no network: it is the gateway's own, which is never blocked. */
static bool network_of(const struct ifaddrs *one, struct mxdp_prefix *network)
{
	struct mxdp_address address;
	uint8_t length;

	if (!one->ifa_addr || !one->ifa_netmask || (one->ifa_flags & IFF_LOOPBACK) ||
	    mxdp_address_from_sockaddr(one->ifa_addr, &address))
		return false;
	length = length_of(one->ifa_netmask);
	*network = mxdp_prefix_of(&address, length);
	return length && !mxdp_prefix_is_host(network);
}

int mxdp_local_networks(struct mxdp_prefix **list)
{
	struct ifaddrs *all;
	size_t count = 0, places = ALWAYS;

	if (getifaddrs(&all))
		return -errno;
	for (const struct ifaddrs *one = all; one; one = one->ifa_next)
		places++;
	*list = calloc(places, sizeof(**list));
	for (size_t i = 0; *list && i < ALWAYS; i++)
		count += !mxdp_prefix_parse(always[i], &(*list)[count]);
	for (const struct ifaddrs *one = all; *list && one; one = one->ifa_next)
		count += network_of(one, &(*list)[count]);
	freeifaddrs(all);
	return *list ? (int)count : -ENOMEM;
}
