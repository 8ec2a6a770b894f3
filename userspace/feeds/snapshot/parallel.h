/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work that falls into independent shares, done by several threads while the caller waits. */
#ifndef MXDP_FEEDS_PARALLEL_H
#define MXDP_FEEDS_PARALLEL_H

#include <stddef.h>

/*
 * Calls `work` once for each number below `count`, in any order, on as many threads as there are
 * CPUs, at most MXDP_PARALLEL_MAX; the caller's is one of them. Returns when all have returned.
 * Where no thread can be made, the caller does it all: it cannot fail.
 */
#define MXDP_PARALLEL_MAX 4
void mxdp_parallel(size_t count, void (*work)(void *context, size_t number), void *context);

#endif
