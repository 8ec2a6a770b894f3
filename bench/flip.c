/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flip.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <time.h>

#include "sets_fill.h"

#define PATIENCE_SECONDS 10

/* One run's answer, or a negative errno. */
static int ask(const struct bench_flip *flip)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = flip->packet,
		    .data_size_in = (uint32_t)flip->bytes, .repeat = 1);

	return bpf_prog_test_run_opts(flip->program, &options) ? -errno : (int)options.retval;
}

static void *keep_asking(void *context)
{
	struct bench_flip *flip = context;
	const double end = flip->after + PATIENCE_SECONDS;
	int answer;

	do {
		flip->before = flip->after;
		answer = ask(flip);
		flip->after = sets_now();
		if (answer == XDP_PASS)
			__atomic_store_n(&flip->started, true, __ATOMIC_RELEASE);
	} while (answer == XDP_PASS && flip->after < end);
	if (answer != XDP_DROP)
		flip->error = answer < 0 ? answer : -ETIMEDOUT;
	return NULL;
}

int bench_flip_start(struct bench_flip *flip)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	int tries = 1000, error;

	flip->started = false;
	flip->error = 0;
	flip->before = flip->after = sets_now();
	error = pthread_create(&flip->thread, NULL, keep_asking, flip);
	if (error)
		return -error;
	while (!__atomic_load_n(&flip->started, __ATOMIC_ACQUIRE) && tries--)
		nanosleep(&pause, NULL);
	if (__atomic_load_n(&flip->started, __ATOMIC_ACQUIRE))
		return 0;
	error = bench_flip_end(flip); /* it said XDP_DROP at once, or nothing */
	return error ? error : -EPROTO;
}

int bench_flip_end(struct bench_flip *flip)
{
	pthread_join(flip->thread, NULL);
	return flip->error;
}
