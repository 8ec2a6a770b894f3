/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map feed_hits: connection attempts of listed clients, by the snapshot's class (maps.h). */
#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "maps.h"

int mxdp_feed_hits_read(const struct mxdp_maps *maps, uint64_t hits[MXDP_SNAPSHOT_CLASS_COUNT])
{
	int cpus = libbpf_num_possible_cpus(), error = 0;
	uint64_t *values;

	if (cpus < 0)
		return cpus;
	values = calloc((size_t)cpus, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (uint32_t class = 0; !error && class < MXDP_SNAPSHOT_CLASS_COUNT; class ++) {
		hits[class] = 0;
		error = bpf_map_lookup_elem(maps->feed_hits, &class, values);
		for (int cpu = 0; cpu < cpus; cpu++)
			hits[class] += values[cpu];
	}
	free(values);
	return error;
}
