/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting, and the way out: every packet leaves through finish(). */
#ifndef MXDP_BPF_COUNT_H
#define MXDP_BPF_COUNT_H

#include <stdbool.h>

#include "maps_shared.h"

/* Returned by a step that has not decided: the next one goes on. */
#define UNDECIDED MXDP_OUTCOMES_END

/* This CPU's counters and clock. Never NULL, though the verifier does not know. */
static __always_inline struct mxdp_cpu *this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

static __always_inline void count_on(struct mxdp_cpu *cpu, enum mxdp_counter which)
{
	__u64 index = which;

	/* One register from the comparison to the sum: Linux 6.1 knows no bounds of its copies. */
	if (!__builtin_constant_p(which))
		asm volatile("" : "+r"(index));
	if (index < MXDP_COUNTERS_END)
		((__u64 *)cpu)[index]++;
}

static __always_inline void count(enum mxdp_counter which)
{
	struct mxdp_cpu *cpu = this_cpu();

	if (cpu)
		count_on(cpu, which);
}

static __always_inline bool is_drop(enum mxdp_counter outcome)
{
	return MXDP_OUTCOMES_DROPPED >> outcome & 1;
}

static __always_inline bool is_reply(enum mxdp_counter outcome)
{
	return MXDP_OUTCOMES_REPLIED >> outcome & 1;
}

/* Observe mode passes everything. */
static __always_inline bool passes(enum mxdp_counter outcome, const struct mxdp_settings *settings)
{
	return settings->mode == MXDP_MODE_OBSERVE || (!is_drop(outcome) && !is_reply(outcome));
}

/* Counts the outcome and makes it the program's return code; observe mode passes everything. */
static __always_inline int finish(const struct mxdp_settings *settings, struct mxdp_cpu *cpu,
				  enum mxdp_counter outcome)
{
	count_on(cpu, outcome);
	if (!is_drop(outcome) && !is_reply(outcome))
		return XDP_PASS;
	if (settings->mode == MXDP_MODE_OBSERVE) {
		count_on(cpu, MXDP_COUNT_observed);
		return XDP_PASS;
	}
	return is_reply(outcome) ? XDP_TX : XDP_DROP;
}

#endif
