/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting, and the way out: every packet leaves through finish(). */
#ifndef MXDP_BPF_COUNT_H
#define MXDP_BPF_COUNT_H

#include <stdbool.h>

#include "maps_shared.h"

/* Returned by a step that has not decided: the next one goes on. */
#define UNDECIDED MXDP_OUTCOMES_END

static __always_inline void count(enum mxdp_counter which)
{
	__u32 zero = 0;
	__u64 *fields = bpf_map_lookup_elem(&counters, &zero);

	if (fields && which < MXDP_COUNTERS_END)
		fields[which]++;
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
static __always_inline int finish(const struct mxdp_settings *settings, enum mxdp_counter outcome)
{
	count(outcome);
	if (!is_drop(outcome) && !is_reply(outcome))
		return XDP_PASS;
	if (settings->mode == MXDP_MODE_OBSERVE) {
		count(MXDP_COUNT_observed);
		return XDP_PASS;
	}
	return is_reply(outcome) ? XDP_TX : XDP_DROP;
}

#endif
