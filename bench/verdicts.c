/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills a daemon's pinned map with verdicts that drop, as so many clients would have left there:
 * looking up a million takes minutes, and what is of interest is how the daemon lives with them.
 * usage: verdicts PINNED-MAP FIRST-ADDRESS COUNT
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maps/abi.h"
#include "maps/maps.h"

#define AN_HOUR_NS 3600000000000ULL

static int fill(const struct mxdp_maps *maps, uint32_t first, uint32_t count)
{
	const uint64_t now = mxdp_boottime_ns();
	const struct mxdp_verdict drop = {
		.action = MXDP_ACTION_DROP,
		.reason = MXDP_REASON_DNSBL,
		.score = 5,
		.decided_ns = now,
		.expires_ns = now + AN_HOUR_NS,
	};
	int error = 0;

	for (uint32_t i = 0; i < count && !error; i++) {
		const struct mxdp_prefix key = {mxdp_address_from_v4(htonl(first + i)), 32};

		error = mxdp_verdict_set(maps, &key, &drop);
	}
	return error;
}

int main(int argc, char **argv)
{
	struct mxdp_maps maps = {.verdicts6 = -1};
	struct in_addr first;
	int error;

	if (argc != 4 || inet_pton(AF_INET, argv[2], &first) != 1) {
		fprintf(stderr, "usage: verdicts PINNED-MAP FIRST-ADDRESS COUNT\n");
		return 2;
	}
	maps.verdicts4 = bpf_obj_get(argv[1]);
	error = maps.verdicts4 < 0
			? -errno
			: fill(&maps, ntohl(first.s_addr), (uint32_t)strtoul(argv[3], NULL, 10));
	if (error)
		fprintf(stderr, "verdicts: %s: %s\n", argv[1], strerror(-error));
	return error ? 1 : 0;
}
