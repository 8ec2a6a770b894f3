/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map flood: what each CPU sees of unknown clients, put together (maps.h). */
#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "maps.h"

static void add_cpu(const struct mxdp_flood *cpu, uint64_t now_ns, uint64_t calm_ns,
		    struct mxdp_flood_view *view)
{
	view->floods += cpu->floods;
	if (!cpu->high_ns || (now_ns > cpu->high_ns && now_ns - cpu->high_ns >= calm_ns))
		return;
	if (!view->cpus++ || cpu->since_ns < view->since_ns)
		view->since_ns = cpu->since_ns;
	if (cpu->since_ns > view->last_ns)
		view->last_ns = cpu->since_ns;
}

int mxdp_flood_read(const struct mxdp_maps *maps, struct mxdp_flood_view *view)
{
	int cpus = libbpf_num_possible_cpus(), error;
	struct mxdp_settings settings;
	struct mxdp_flood *values;
	const __u32 zero = 0;

	*view = (struct mxdp_flood_view){0};
	if (cpus < 0)
		return cpus;
	error = mxdp_settings_read(maps, &settings);
	if (error)
		return error;
	values = calloc((size_t)cpus, sizeof(*values));
	if (!values)
		return -ENOMEM;
	error = bpf_map_lookup_elem(maps->flood, &zero, values);
	for (int i = 0; !error && i < cpus; i++)
		add_cpu(&values[i], mxdp_boottime_ns(),
			settings.flood_enter ? settings.flood_calm_ns : 0, view);
	free(values);
	return error;
}
