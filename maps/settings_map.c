/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps of one element: settings, daemon_state, counters (maps.h). */
#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "maps.h"

static const __u32 only_element = 0;

int mxdp_settings_write(const struct mxdp_maps *maps, const struct mxdp_settings *settings)
{
	return bpf_map_update_elem(maps->settings, &only_element, settings, BPF_ANY);
}

int mxdp_settings_read(const struct mxdp_maps *maps, struct mxdp_settings *settings)
{
	return bpf_map_lookup_elem(maps->settings, &only_element, settings);
}

int mxdp_daemon_state_write(const struct mxdp_maps *maps, const struct mxdp_daemon_state *state)
{
	return bpf_map_update_elem(maps->daemon_state, &only_element, state, BPF_ANY);
}

int mxdp_counters_read(const struct mxdp_maps *maps, struct mxdp_counters *sum)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *total = (__u64 *)sum;
	struct mxdp_cpu *values;
	int error;

	if (cpus < 0)
		return cpus;
	values = calloc((size_t)cpus, sizeof(*values));
	if (!values)
		return -ENOMEM;
	error = bpf_map_lookup_elem(maps->counters, &only_element, values);
	for (int counter = 0; !error && counter < MXDP_COUNTERS_END; counter++) {
		total[counter] = 0;
		for (int cpu = 0; cpu < cpus; cpu++)
			total[counter] += ((const __u64 *)&values[cpu])[counter];
	}
	free(values);
	return error;
}
