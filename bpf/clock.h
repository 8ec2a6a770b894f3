/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A clock for floods: CLOCK_BOOTTIME as of this CPU's last timer tick, 10 ms old at most. */
#ifndef MXDP_BPF_CLOCK_H
#define MXDP_BPF_CLOCK_H

#include "count.h"

/* By so much it may lag behind, however late a tick comes. */
#define COARSE_LAG_NS 100000000

/* Reading the time costs more than all of a refusal; the tick is a variable in memory. */
static __always_inline __u64 coarse_time_ns(struct mxdp_cpu_clock *clock)
{
	__u64 jiffies = bpf_jiffies64();

	if (clock->jiffies != jiffies) {
		clock->now_ns = bpf_ktime_get_boot_ns();
		clock->jiffies = jiffies;
	}
	return clock->now_ns;
}

static __always_inline __u64 coarse_now_ns(void)
{
	struct mxdp_cpu *cpu = this_cpu();

	return cpu ? coarse_time_ns(&cpu->clock) : bpf_ktime_get_boot_ns();
}

#endif
