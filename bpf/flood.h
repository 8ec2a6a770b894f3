/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is this a flood? Each CPU counts the unknown SYNs it sees in a second. From settings.flood_enter
 * on it is one, and stays one until there were fewer than settings.flood_leave in every second for
 * settings.flood_calm_ns. Clients that are known are not counted and notice nothing.
 */
#ifndef MXDP_BPF_FLOOD_H
#define MXDP_BPF_FLOOD_H

#include "connection.h"
#include "maps.h"

#define SECOND_NS      1000000000ULL
#define HEIGHT_TOLD_NS 100000000

static __always_inline struct mxdp_flood *get_flood(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&flood, &zero);
}

/* Counts an unknown SYN. Returns whether this CPU is in a flood. */
static __always_inline bool count_unknown(const struct mxdp_settings *settings,
					  struct mxdp_flood *state, __u64 now_ns)
{
	bool on = state->high_ns && now_ns - state->high_ns < settings->flood_calm_ns;
	__u32 many = on ? settings->flood_leave : settings->flood_enter;

	if (now_ns - state->second_ns >= SECOND_NS) {
		state->seen_before = now_ns - state->second_ns < 2 * SECOND_NS ? state->seen : 0;
		state->second_ns = now_ns;
		state->seen = 0;
	}
	state->seen++;
	if (!settings->flood_enter || state->seen < many)
		return settings->flood_enter && on;
	if (!on) {
		state->since_ns = now_ns;
		state->floods++;
	}
	state->high_ns = now_ns;
	return true;
}

/*
 * As many as make a flood, in this second or the last: not only what a flood leaves behind. On any
 * CPU: the packets of one interface come now on this one, now on that.
 */
static __always_inline bool is_at_its_height(const struct mxdp_settings *settings,
					     const struct mxdp_flood *state, __u64 now_ns)
{
	__u32 zero = 0;
	volatile __u64 *height_ns = bpf_map_lookup_elem(&flood_height, &zero);
	bool own =
		state->seen >= settings->flood_enter || state->seen_before >= settings->flood_enter;

	if (!height_ns)
		return own; /* cannot be: the map has this element */
	if (!own)
		return *height_ns && (__s64)(now_ns - *height_ns) < (__s64)SECOND_NS;
	/* Seldom, as all CPUs read it. */
	if ((__s64)(now_ns - *height_ns) > HEIGHT_TOLD_NS)
		*height_ns = now_ns;
	return true;
}

#endif
