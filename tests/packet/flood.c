/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flood.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>

#include "rings.h"

void flood_begin(struct harness *harness, uint64_t leave)
{
	ck_assert_int_eq(move_to_cpu(sched_getcpu()), 0);
	harness->settings.flood_enter = 1;
	harness->settings.flood_leave = leave;
	harness->settings.flood_calm_ns = 3600 * SECOND;
	harness_replies(harness);
}

uint64_t flood_counted(const struct harness *harness, size_t offset)
{
	struct mxdp_counters counters;

	ck_assert_int_eq(mxdp_counters_read(&harness->maps, &counters), 0);
	return *(const __u64 *)((const char *)&counters + offset);
}

bool flood_proved(const struct harness *harness, const char *client)
{
	const struct mxdp_address parsed = address(client);
	struct mxdp_proof proof;
	const int error = mxdp_proof_get(&harness->maps, &parsed, &proof);

	ck_assert(!error || error == -ENOENT);
	if (!error) {
		ck_assert_uint_ne(proof.reset_ns, 0);
		ck_assert_uint_eq(proof.handshake_ns, 0);
	}
	return !error;
}

void flood_left_nothing(const struct harness *harness)
{
	const struct mxdp_maps *maps = &harness->maps;
	const int kept[] = {maps->verdicts4, maps->verdicts6, maps->pending4, maps->pending6,
			    maps->limits4,   maps->limits6,   maps->rates4,   maps->rates6,
			    maps->proofs4,   maps->proofs6};
	struct mxdp_event event;
	char key[64];

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		ck_assert_int_eq(bpf_map_get_next_key(kept[i], NULL, key), -ENOENT);
	ck_assert(!take_event(maps->events, &event));
	ck_assert(!take_event(maps->samples, &event));
}
