/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ranges.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spf.h"

struct mxdp_spf_walk {
	char *domain;
	struct mxdp_spf_memo *memo;
	uv_timer_t timer; /* first the start, in the loop's next turn; then the end of patience */
	bool started;
	unsigned int time_ms;
	mxdp_spf_ranges_done done;
	void *context;
};

static void on_closed(uv_handle_t *handle)
{
	struct mxdp_spf_walk *walk = handle->data;

	free(walk->domain);
	free(walk);
}

void mxdp_spf_ranges_cancel(struct mxdp_spf_walk *walk)
{
	mxdp_spf_memo_free(walk->memo);
	walk->memo = NULL;
	uv_close((uv_handle_t *)&walk->timer, on_closed);
}

static void finish(struct mxdp_spf_walk *walk, struct mxdp_spf_ranges *ranges)
{
	mxdp_spf_ranges_done done = walk->done;
	void *context = walk->context;

	mxdp_spf_ranges_cancel(walk);
	done(context, ranges);
	mxdp_spf_ranges_clear(ranges);
}

static void advance(void *context)
{
	struct mxdp_spf_walk *walk = context;
	struct mxdp_spf_ranges ranges;

	do {
		if (mxdp_spf_ranges_walk(walk->domain, walk->memo, &ranges)) {
			finish(walk, &ranges);
			return;
		}
		mxdp_spf_ranges_clear(&ranges);
	} while (mxdp_spf_memo_ask(walk->memo) == 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct mxdp_spf_walk *walk = timer->data;
	struct mxdp_spf_ranges late = {.error = -EAGAIN};

	if (!walk->started) {
		walk->started = true;
		uv_timer_start(timer, on_timer, walk->time_ms, 0);
		advance(walk);
		return;
	}
	snprintf(late.fault, sizeof(late.fault), "no result within %u ms", walk->time_ms);
	finish(walk, &late);
}

struct mxdp_spf_walk *mxdp_spf_ranges_start(uv_loop_t *loop, const struct mxdp_spf_lookup *lookup,
					    const char *domain, unsigned int time_ms,
					    mxdp_spf_ranges_done done, void *context)
{
	struct mxdp_spf_walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		return NULL;
	walk->domain = strdup(domain);
	walk->memo = mxdp_spf_memo_new(lookup, advance, walk);
	if (!walk->domain || !walk->memo) {
		mxdp_spf_memo_free(walk->memo);
		free(walk->domain);
		free(walk);
		return NULL;
	}
	walk->time_ms = time_ms ? time_ms : MXDP_SPF_TIME_MS;
	walk->done = done;
	walk->context = context;
	walk->timer.data = walk;
	uv_timer_init(loop, &walk->timer);
	uv_timer_start(&walk->timer, on_timer, 0, 0);
	return walk;
}
