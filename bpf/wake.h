/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that the daemon shall read soon, without an interrupt for each: waking a process costs
 * more than all the rest of a packet's way. While clients come all the time, the daemon looks by
 * itself and says until when. Else a CPU wakes it once in MXDP_WAKE_INTERVAL_NS; what comes in
 * between is found by the daemon, which reads again a while after each waking.
 */
#ifndef MXDP_BPF_WAKE_H
#define MXDP_BPF_WAKE_H

#include "clock.h"
#include "maps.h"

static __always_inline bool looks_by_itself(__u64 now_ns)
{
	__u32 zero = 0;
	const struct mxdp_daemon_state *state = bpf_map_lookup_elem(&daemon_state, &zero);

	return state && (__s64)(state->looks_until_ns - now_ns) > 0;
}

/* The flags to submit a record of now (CLOCK_BOOTTIME) with. */
static __always_inline __u64 wake_flags(__u64 now_ns)
{
	struct mxdp_cpu *cpu = this_cpu();

	if (looks_by_itself(now_ns))
		return BPF_RB_NO_WAKEUP;
	if (!cpu)
		return 0;
	if (cpu->clock.woken_ns &&
	    (__s64)(now_ns - cpu->clock.woken_ns) < (__s64)MXDP_WAKE_INTERVAL_NS)
		return BPF_RB_NO_WAKEUP;
	cpu->clock.woken_ns = now_ns;
	return 0;
}

#endif
