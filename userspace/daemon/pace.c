/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits before the loop does, when it turns too often. */
#include "pace.h"

#include <time.h>

#define NS_PER_MS   1000000ULL
#define NS_PER_SEC  1000000000ULL
#define IN_STORE_NS (100 * NS_PER_MS) /* some turns that may follow one another at once */

static void sleep_until(uint64_t due_ns)
{
	struct timespec due = {.tv_sec = (time_t)(due_ns / NS_PER_SEC),
			       .tv_nsec = (long)(due_ns % NS_PER_SEC)};

	/* Cut short by a signal, the loop turns a little early. */
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct daemon_pace *pace = prepare->data;
	bool hurries = pace->hurries(pace->context);
	uint64_t now_ns;

	/* With something to do at once, the loop doesn't wait for the world. */
	if (uv_backend_timeout(prepare->loop) == 0)
		return;
	now_ns = uv_hrtime();
	pace->due_ns += NS_PER_MS * (hurries ? MXDP_PACE_HURRY_MS : MXDP_PACE_MS);
	if (pace->due_ns + IN_STORE_NS < now_ns)
		pace->due_ns = now_ns - IN_STORE_NS;
	if (pace->due_ns <= now_ns)
		return;
	sleep_until(pace->due_ns);
	/* Else the timers that are due by now would wait for as long again. */
	uv_update_time(prepare->loop);
}

void daemon_pace_start(struct daemon_pace *pace, uv_loop_t *loop, daemon_pace_hurries hurries,
		       const void *context)
{
	pace->hurries = hurries;
	pace->context = context;
	uv_prepare_init(loop, &pace->prepare);
	pace->prepare.data = pace;
	uv_unref((uv_handle_t *)&pace->prepare);
	uv_prepare_start(&pace->prepare, on_prepare);
}
