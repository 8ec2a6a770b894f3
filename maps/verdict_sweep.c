/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verdict_sweep.h"

#include <string.h>

#include <bpf/bpf.h>

static bool expired(int map, const void *key, uint64_t now)
{
	struct mxdp_verdict verdict;

	return !bpf_map_lookup_elem(map, key, &verdict) && verdict.expires_ns &&
	       verdict.expires_ns <= now;
}

/* The walk over one family is through: the other one is next. */
static void change_family(struct mxdp_verdict_sweep *sweep)
{
	if (sweep->v6)
		sweep->alive6 = sweep->counting;
	else
		sweep->alive4 = sweep->counting;
	sweep->v6 = !sweep->v6;
	sweep->started = false;
	sweep->counting = 0;
}

unsigned int mxdp_verdict_sweep_step(const struct mxdp_maps *maps, struct mxdp_verdict_sweep *sweep,
				     unsigned int budget)
{
	int map = sweep->v6 ? maps->verdicts6 : maps->verdicts4;
	uint64_t now = mxdp_boottime_ns();
	unsigned int deleted = 0;

	/* The key after an entry is asked for before the entry is deleted: afterwards the kernel
	 * would begin anew. */
	if (!sweep->started && bpf_map_get_next_key(map, NULL, sweep->key)) {
		change_family(sweep);
		return 0;
	}
	sweep->started = true;
	while (budget--) {
		uint8_t next[sizeof(sweep->key)];
		bool last = bpf_map_get_next_key(map, sweep->key, next) != 0;

		if (!expired(map, sweep->key, now))
			sweep->counting++;
		else if (!bpf_map_delete_elem(map, sweep->key))
			deleted++;
		if (last) {
			change_family(sweep);
			break;
		}
		memcpy(sweep->key, next, sizeof(next));
	}
	return deleted;
}
