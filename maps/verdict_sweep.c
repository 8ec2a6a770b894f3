/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verdict_sweep.h"

#include <errno.h>

#include <bpf/bpf.h>

#define BATCH 512

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

/*
 * Reads the next entries by one system call, not two for each. Returns 0 while there may be more, 1
 * at the end, or a negative errno.
 */
static int read_batch(int map, struct mxdp_verdict_sweep *sweep, void *keys,
		      struct mxdp_verdict *verdicts, uint32_t *count)
{
	uint32_t next = 0;
	int error = bpf_map_lookup_batch(map, sweep->started ? &sweep->bucket : NULL, &next, keys,
					 verdicts, count, NULL);

	if (error && error != -ENOENT) {
		*count = 0;
		return error;
	}
	sweep->bucket = next;
	sweep->started = true;
	return error ? 1 : 0;
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

		end = read_batch(map, sweep, keys, verdicts, &count);
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
