/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that the daemon shall read soon, without an interrupt for each: waking a process costs
 * more than all the rest of a packet's way. A CPU wakes the daemon once in MXDP_WAKE_INTERVAL_NS.
 * What comes in between is found by the daemon, which reads again a while after each waking.
 */
#ifndef MXDP_BPF_WAKE_H
#define MXDP_BPF_WAKE_H

#include "maps.h"

/* The flags to submit a record of now (CLOCK_BOOTTIME) with. */
static __always_inline __u64 wake_flags(__u64 now_ns)
{
	__u32 zero = 0;
	__u64 *last_ns = bpf_map_lookup_elem(&wake_clock, &zero);

	if (!last_ns)
		return 0;
	if (*last_ns && (__s64)(now_ns - *last_ns) < (__s64)MXDP_WAKE_INTERVAL_NS)
		return BPF_RB_NO_WAKEUP;
	*last_ns = now_ns;
	return 0;
}

#endif
