/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The moment at which an XDP program's answer to one packet changes from XDP_PASS to XDP_DROP: a
 * thread asks it again and again by BPF_PROG_TEST_RUN.
 */
#ifndef MXDP_BENCH_FLIP_H
#define MXDP_BENCH_FLIP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct bench_flip {
	int program;
	const void *packet;
	size_t bytes;
	pthread_t thread;
	bool started; /* the first answer, XDP_PASS, is there */
	int error;
	/* By sets_now(): when the first run that answered XDP_DROP had ended, and the one before.
	 */
	double after, before;
};

/* Starts asking and returns when the first answer is there; 0 or a negative errno. */
int bench_flip_start(struct bench_flip *flip);
/* Waits until the answer has changed, or for ten seconds in all (-ETIMEDOUT). */
int bench_flip_end(struct bench_flip *flip);

#endif
