/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pace.h"

#include <time.h>

#define NS_PER_MS  1000000ULL
#define PACE_NS    (MXDP_PACE_MS * NS_PER_MS)
#define IN_STORE   10 /* turns that may follow one another at once */
#define NS_PER_SEC 1000000000ULL

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
	uint64_t now_ns = uv_hrtime();

	pace->due_ns += PACE_NS;
	if (pace->due_ns + IN_STORE * PACE_NS < now_ns)
		pace->due_ns = now_ns - IN_STORE * PACE_NS;
	if (pace->due_ns <= now_ns)
		return;
	/* With something to do at once, the loop doesn't wait for the world. */
	if (uv_backend_timeout(prepare->loop) == 0)
		pace->due_ns = now_ns;
	else
		sleep_until(pace->due_ns);
}

void daemon_pace_start(struct daemon_pace *pace, uv_loop_t *loop)
{
	uv_prepare_init(loop, &pace->prepare);
	pace->prepare.data = pace;
	uv_unref((uv_handle_t *)&pace->prepare);
	uv_prepare_start(&pace->prepare, on_prepare);
}
