/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A clock for floods: CLOCK_BOOTTIME as of this CPU's last timer tick, 10 ms old at most. */
#ifndef MXDP_BPF_CLOCK_H
#define MXDP_BPF_CLOCK_H

#include "maps.h"

/* Reading the time costs more than all of a refusal; the tick is a variable in memory. */
static __always_inline __u64 coarse_now_ns(void)
{
	__u32 zero = 0;
	struct tick *tick = bpf_map_lookup_elem(&tick_clock, &zero);
	__u64 jiffies = bpf_jiffies64();

	if (!tick)
		return bpf_ktime_get_boot_ns();
	if (tick->jiffies != jiffies) {
		tick->now_ns = bpf_ktime_get_boot_ns();
		tick->jiffies = jiffies;
	}
	return tick->now_ns;
}

#endif
