/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What bench/sets.bpf.c and bench/sets.c have in common. */
#ifndef MXDP_BENCH_SETS_H
#define MXDP_BENCH_SETS_H

#include <linux/types.h>

#define SETS_SOURCES (1u << 20) /* places in the list of source addresses */

/* An element of the list: as large as the array map's own steps. */
struct sets_source {
	__u32 address; /* network order */
	__u32 reserved;
};

#endif
