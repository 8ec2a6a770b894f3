/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A clock for floods: CLOCK_BOOTTIME as of this CPU's last timer tick, 10 ms old at most. */
#ifndef MXDP_BPF_CLOCK_H
#define MXDP_BPF_CLOCK_H

#include "maps.h"

static __always_inline struct cpu_clock *get_cpu_clock(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cpu_clock, &zero);
}

/* Reading the time costs more than all of a refusal; the tick is a variable in memory. */
static __always_inline __u64 coarse_now_ns(void)
{
	struct cpu_clock *clock = get_cpu_clock();
	__u64 jiffies = bpf_jiffies64();

	if (!clock)
		return bpf_ktime_get_boot_ns();
	if (clock->jiffies != jiffies) {
		clock->now_ns = bpf_ktime_get_boot_ns();
		clock->jiffies = jiffies;
	}
	return clock->now_ns;
}

#endif
