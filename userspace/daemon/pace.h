/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often the event loop turns. Each turn costs a wake-up; when packets and answers arrive all
 * the time, one turn for several of them is a fraction of the work. So turns that follow one
 * another for long come MXDP_PACE_MS apart, or, where something waits for what the next one brings,
 * MXDP_PACE_HURRY_MS. A loop with little to do is not slowed: some turns are in store.
 */
#ifndef MXDP_DAEMON_PACE_H
#define MXDP_DAEMON_PACE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define MXDP_PACE_MS       20 /* a client is held for a second and more while it is checked */
#define MXDP_PACE_HURRY_MS 5

/* Whether something waits for the next turn. */
typedef bool (*daemon_pace_hurries)(const void *context);

struct daemon_pace {
	uv_prepare_t prepare;
	uint64_t due_ns; /* the next turn's, of CLOCK_MONOTONIC */
	daemon_pace_hurries hurries;
	const void *context; /* of `hurries` */
};

/* Begins; ends when its handle is closed with the loop. */
void daemon_pace_start(struct daemon_pace *pace, uv_loop_t *loop, daemon_pace_hurries hurries,
		       const void *context);

#endif
