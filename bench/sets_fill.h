/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling each of the structures that bench/sets.c compares, and what they weigh. */
#ifndef MXDP_BENCH_SETS_FILL_H
#define MXDP_BENCH_SETS_FILL_H

#include "addresses.h"

/* What filling cost. A figure that does not apply to a structure, or was not measured, is < 0. */
struct sets_cost {
	double build_s;
	double publish_ms; /* new map, copy and swap */
	double swap_ms;    /* the one update alone */
	double kernel_bytes;
};

/* Each fills the map `fd` and returns 0 or a negative errno. */
int sets_fill_snapshot(int fd, const struct bench_addresses *addresses, struct sets_cost *cost);
int sets_fill_hash(int fd, const struct bench_addresses *addresses, struct sets_cost *cost);
int sets_fill_lpm(int fd, const struct bench_addresses *addresses, struct sets_cost *cost);
int sets_fill_bloom(int fd, const struct bench_addresses *addresses, struct sets_cost *cost);

double sets_now(void); /* seconds */

#endif
