/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A veth pair in a network namespace of this process alone, and frames through it: what the
 * end-to-end drivers share. The namespace goes with the process.
 */
#ifndef MXDP_BENCH_LINK_H
#define MXDP_BENCH_LINK_H

#include <stdint.h>

#define BENCH_LINK_IN "in" /* name of the interface that frames arrive at */

struct bench_link {
	struct drop_rate_bpf *skeleton;
	int out, in; /* interfaces: frames leave by `out` and arrive at `in` */
};

/*
 * Moves this process into namespaces of its own (network and mounts, with a BPF file system) and
 * onto one CPU. `hash_entries`: how many addresses the hash of the skeleton takes. 0 or a negative
 * errno.
 */
int bench_link_open(struct bench_link *link, uint32_t hash_entries);
void bench_link_close(struct bench_link *link);

/* The SYNs' sources, in turn: the first `count`, a power of two, of SETS_SOURCES places. */
int bench_link_sources(struct bench_link *link, const uint32_t *sources, uint32_t count);

/*
 * Sends `frames` frames to the receiving side. Returns frames received a second, or a negative
 * errno; -EAGAIN when more than one in a thousand got lost on the way.
 */
double bench_link_run(struct bench_link *link, uint32_t frames);

/* Packets that the IP stack of the namespace took so far: those that nobody dropped. */
long long bench_link_delivered(void);

#endif
