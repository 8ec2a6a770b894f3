/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Letting go of whom a flood has announced before it was known to be one. */
#include "private.h"

#include <errno.h>

#include <utlist.h>

/* Out of the packet path's memory too, so that its next SYN announces it. */
bool mxdp_screener_drop_unproved(struct mxdp_screener *screener, const struct mxdp_address *client)
{
	struct mxdp_proof proof;

	if (!screener->maps || mxdp_proof_get(screener->maps, client, &proof) != -ENOENT)
		return false;
	mxdp_pending_delete(screener->maps, client);
	screener->stats.dropped++;
	return true;
}

/* Nobody but the packet path has asked, and there is no decision yet. */
static bool may_be_dropped(const struct mxdp_run *run)
{
	return run->store && !run->asked && !run->waiters && !run->ready && !run->early;
}

size_t mxdp_screener_drop_crowd(struct mxdp_screener *screener)
{
	struct mxdp_run *run, *next;
	size_t dropped = 0;

	if (screener->running <= screener->config->resolver.in_flight_max)
		return 0;
	DL_FOREACH_SAFE(screener->oldest, run, next)
	{
		/* cppcheck-suppress uninitvar ; DL_FOREACH_SAFE sets it */
		if (!may_be_dropped(run) || !mxdp_screener_drop_unproved(screener, &run->client))
			continue;
		mxdp_run_drop(run);
		dropped++;
	}
	return dropped;
}
