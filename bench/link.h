/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A veth pair in a network namespace of this process alone, and frames through it: what the
 * end-to-end drivers share. The namespace goes with the process.
 */
#ifndef MXDP_BENCH_LINK_H
#define MXDP_BENCH_LINK_H

#include "addresses.h"

struct bench_link {
	struct drop_rate_bpf *skeleton;
	int out, in; /* interfaces: frames leave by `out` and arrive at `in` */
};

/* Moves this process into a new namespace and onto one CPU. 0 or a negative errno. */
int bench_link_open(struct bench_link *link);
void bench_link_close(struct bench_link *link);

/* The SYNs' sources, in turn: the first `count`, a power of two, of SETS_SOURCES places. */
int bench_link_sources(struct bench_link *link, const uint32_t *sources, uint32_t count);

/*
 * Sends `frames` frames to the XDP program `program` on the receiving side. Returns frames received
 * a second, or a negative errno; -EAGAIN when more than one in a thousand got lost on the way.
 */
double bench_link_run(struct bench_link *link, int program, uint32_t frames);

#endif
