/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verdict_sweep.h"

#include <bpf/bpf.h>

#include "keys.h"

#define BATCH 512

/* The walk over one family is through: the other one is next. */
static void change_family(struct mxdp_verdict_sweep *sweep)
{
	if (sweep->v6)
		sweep->alive6 = sweep->counting;
	else
		sweep->alive4 = sweep->counting;
	sweep->v6 = !sweep->v6;
	sweep->place = (struct mxdp_map_place){0};
	sweep->counting = 0;
}

unsigned int mxdp_verdict_sweep_step(const struct mxdp_maps *maps, struct mxdp_verdict_sweep *sweep,
				     unsigned int budget)
{
	int map = sweep->v6 ? maps->verdicts6 : maps->verdicts4;
	size_t key_size = sweep->v6 ? sizeof(struct mxdp_client6) : sizeof(struct mxdp_client4);
	uint8_t keys[BATCH * sizeof(struct mxdp_client6)];
	struct mxdp_verdict verdicts[BATCH];
	uint64_t now = mxdp_boottime_ns();
	unsigned int deleted = 0, looked_at = 0;
	int end = 0;

	while (looked_at < budget && !end) {
		uint32_t count = BATCH; /* no less: the kernel wants room for a whole bucket */

		end = mxdp_map_read(map, &sweep->place, keys, verdicts, &count);
		for (uint32_t i = 0; i < count; i++) {
			bool expired = verdicts[i].expires_ns && verdicts[i].expires_ns <= now;

			if (!expired)
				sweep->counting++;
			else if (!bpf_map_delete_elem(map, keys + i * key_size))
				deleted++;
		}
		looked_at += count;
	}
	if (end)
		change_family(sweep);
	return deleted;
}
