/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Token buckets, as GCRA: a bucket is one time, that of the next packet which would be exactly on
 * schedule. A packet may come earlier by the burst; each moves the time on by an interval. One u64
 * needs no lock: compare-and-swap. A bucket of 0 is full.
 */
#ifndef MXDP_BPF_BUCKET_H
#define MXDP_BPF_BUCKET_H

#include <stdbool.h>

#include <linux/types.h>

#define SWAPS_MAX 4

/* Whether the bucket has a token at this moment; none is taken. */
static __always_inline bool has_token(__u64 arrival_ns, __u64 now_ns, __u64 burst_ns)
{
	return arrival_ns <= now_ns || arrival_ns - now_ns <= burst_ns;
}

/*
 * Takes a token. False: there was none, or as many other CPUs took one of this bucket at this very
 * moment as we try: so several CPUs together never take too many, but may refuse one too early.
 */
static __always_inline bool take_token(__u64 *arrival_ns, __u64 now_ns, __u64 interval_ns,
				       __u64 burst_ns)
{
	for (int i = 0; i < SWAPS_MAX; i++) {
		__u64 old = *(volatile __u64 *)arrival_ns;
		__u64 due = old > now_ns ? old : now_ns;

		if (!has_token(due, now_ns, burst_ns))
			return false;
		if (__sync_val_compare_and_swap(arrival_ns, old, due + interval_ns) == old)
			return true;
	}
	return false;
}

/*
 * The same for who is asked more of beyond the limit, not sent away: what is over makes debts, as
 * much as the bucket holds, so that far over it nothing at all is within until it has calmed down.
 */
static __always_inline bool take_or_owe(__u64 *arrival_ns, __u64 now_ns, __u64 interval_ns,
					__u64 burst_ns)
{
	for (int i = 0; i < SWAPS_MAX; i++) {
		__u64 old = *(volatile __u64 *)arrival_ns;
		__u64 due = old > now_ns ? old : now_ns;

		if (!has_token(due, now_ns, 2 * burst_ns))
			return false; /* nothing is written where a flood has several CPUs ask */
		if (__sync_val_compare_and_swap(arrival_ns, old, due + interval_ns) == old)
			return has_token(due, now_ns, burst_ns);
	}
	return false;
}

#endif
