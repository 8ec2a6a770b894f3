/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the packet path found in the IPv4 snapshot lately. A flood comes again and again from the
 * same sources, whose lines lie scattered over all of the snapshot; here they lie close together
 * and stay in the processor's cache.
 *
 * The places are a part of the generation, so they know nothing of another one. A place belongs to
 * the addresses whose halves mix to its number; it holds the upper half, the class and a 1, in one
 * word that is read and written at once, or 0.
 */
#ifndef MXDP_BPF_RECENT_H
#define MXDP_BPF_RECENT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps/snapshot4.h"

#define RECENT_UPPER 0xffff0000

/*
 * An address is remembered in one of so many ticks of the clock: a flood from more sources than
 * there are places must not write, and several CPUs not at the same places, all the time.
 */
#define RECENT_TICKS 16

/* The place of an address. */
static __always_inline volatile __u32 *recent_place(const struct mxdp_snapshot_view *view,
						    __u32 address)
{
	__u64 offset = (__u64)(address ^ address >> 16) * sizeof(__u32);

	/* The bounds are plain to Linux 6.1 only where they are made right before their use. */
	asm volatile("" : "+r"(offset));
	offset &= (MXDP_SNAPSHOT4_RECENT - 1) * sizeof(__u32);
	return (void *)&view->first[MXDP_SNAPSHOT4_RECENT_AT] + offset;
}

/* The class that was found lately, or -1. */
static __always_inline int recall(const struct mxdp_snapshot_view *view, __u32 address)
{
	__u32 known = *recent_place(view, address);

	if ((known & (RECENT_UPPER | 1)) != ((address & RECENT_UPPER) | 1))
		return -1;
	return known >> 8 & 0xff;
}

/* `ticks`: the clock's, as of now. */
static __always_inline void remember(const struct mxdp_snapshot_view *view, __u32 address,
				     __u32 class, __u64 ticks)
{
	if ((address ^ ticks) % RECENT_TICKS == 0)
		*recent_place(view, address) = (address & RECENT_UPPER) | class << 8 | 1;
}

#endif
