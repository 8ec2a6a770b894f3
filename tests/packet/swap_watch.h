/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests/packet/test_snapshot_swap.c and swap_watch.bpf.c agree on: the hosts that are listed
 * in every generation, and the class they all have in one.
 */
#ifndef MXDP_TEST_SWAP_WATCH_H
#define MXDP_TEST_SWAP_WATCH_H

#include <linux/types.h>

#define SWAP_HOSTS  700000u /* more than one chunk */
#define SWAP_STRIDE 6007u

/* Class of all hosts in a generation; the generation is stamped into its header. */
#define SWAP_CLASS(generation) (1 + (generation) % 200)

/* Packets by how they were judged; `generations` by the generation that judged them, modulo 256. */
struct swap_count {
	__u64 listed, clean;           /* as they should be */
	__u64 nothing;                 /* no generation was in force */
	__u64 missing, mixed, wrongly; /* a host not found, of another class; a clean one found */
	__u64 generations[256];
};

#endif
