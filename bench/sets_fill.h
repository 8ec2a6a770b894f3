/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling each of the structures that bench/sets.c compares, and what they weigh. */
#ifndef MXDP_BENCH_SETS_FILL_H
#define MXDP_BENCH_SETS_FILL_H

#include "addresses.h"

/* What filling cost. A figure that does not apply to a structure, or was not measured, is < 0. */
struct sets_cost {
	double build_s;
	double publish_ms; /* new maps, copy and swap, until no packet is judged by the old ones */
	double kernel_bytes;
};

/* Each fills the map `fd` and returns 0 or a negative errno. */
int sets_fill_snapshot(int fd, const struct bench_addresses *addresses, struct sets_cost *cost);
int sets_fill_hash(int fd, const struct bench_addresses *addresses, struct sets_cost *cost);
int sets_fill_lpm(int fd, const struct bench_addresses *addresses, struct sets_cost *cost);
int sets_fill_bloom(int fd, const struct bench_addresses *addresses, struct sets_cost *cost);

/* A SYN to port 25; the programs of sets.bpf.c write its source. */
#define SETS_PACKET 64
void sets_packet(uint8_t packet[SETS_PACKET]);

double sets_now(void); /* seconds, CLOCK_MONOTONIC */

#endif
