/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parallel.h"

#include <stdatomic.h>
#include <uv.h>

struct crew {
	void (*work)(void *context, size_t number);
	void *context;
	size_t count;
	atomic_size_t next;
};

static void take_shares(void *argument)
{
	struct crew *crew = argument;
	size_t number;

	while ((number = atomic_fetch_add(&crew->next, 1)) < crew->count)
		crew->work(crew->context, number);
}

void mxdp_parallel(size_t count, void (*work)(void *context, size_t number), void *context)
{
	struct crew crew = {.work = work, .context = context, .count = count};
	uv_thread_t threads[MXDP_PARALLEL_MAX - 1];
	size_t wanted = uv_available_parallelism(), made = 0;

	if (wanted > MXDP_PARALLEL_MAX)
		wanted = MXDP_PARALLEL_MAX;
	if (wanted > count)
		wanted = count;
	while (made + 1 < wanted && !uv_thread_create(&threads[made], take_shares, &crew))
		made++;
	take_shares(&crew);
	while (made)
		uv_thread_join(&threads[--made]);
}
