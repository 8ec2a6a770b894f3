/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The networks in the maps greylist4/6: their times, and their upkeep. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "private.h"
#include "userspace/log.h"

#define SECOND_NS 1000000000LL

/* The maps' clock, also for times before the machine was started: these wrap around. */
uint64_t mxdp_greylist_to_boottime(int64_t unix_seconds)
{
	int64_t ago = (int64_t)time(NULL) - unix_seconds;
	uint64_t boottime = mxdp_boottime_ns() - (uint64_t)(ago * SECOND_NS);

	return boottime ? boottime : 1; /* 0 is never */
}

static int64_t to_unix(uint64_t boottime_ns)
{
	int64_t ago = (int64_t)(mxdp_boottime_ns() - boottime_ns);

	return boottime_ns ? (int64_t)time(NULL) - (ago + SECOND_NS / 2) / SECOND_NS : 0;
}

struct mxdp_prefix mxdp_greylist_network_of(const struct mxdp_greylist *greylist,
					    const struct mxdp_address *client)
{
	bool v4 = mxdp_address_is_v4(client);

	return mxdp_prefix_of(
		client, (uint8_t)(v4 ? greylist->settings.prefix4 : greylist->settings.prefix6));
}

struct mxdp_greylist_row mxdp_greylist_row_of_network(const struct mxdp_prefix *network,
						      const struct mxdp_greylisting *entry)
{
	return (struct mxdp_greylist_row){
		.kind = MXDP_GREYLIST_NETWORK,
		.prefix = *network,
		.client = mxdp_address_from_bytes(entry->client),
		.first = to_unix(entry->first_seen_ns),
		.last = to_unix(entry->last_try_ns),
		.passed = to_unix(entry->passed_ns),
		.tries = entry->tries,
		.sender = "",
		.recipient = "",
	};
}

static uint64_t age_ns(const struct mxdp_greylisting *entry)
{
	return mxdp_boottime_ns() - entry->first_seen_ns;
}

bool mxdp_greylist_is_over(const struct mxdp_greylist *greylist,
			   const struct mxdp_greylisting *entry)
{
	return age_ns(entry) >= (uint64_t)greylist->settings.window * SECOND_NS;
}

bool mxdp_greylist_is_early(const struct mxdp_greylist *greylist,
			    const struct mxdp_greylisting *entry)
{
	return age_ns(entry) < (uint64_t)greylist->settings.delay * SECOND_NS;
}

void mxdp_greylist_gather(struct mxdp_greylist_prefixes *prefixes, const struct mxdp_prefix *prefix)
{
	if (prefixes->count == prefixes->places) {
		size_t places = prefixes->places ? prefixes->places * 2 : 64;
		void *all = reallocarray(prefixes->all, places, sizeof(*prefixes->all));

		if (!all)
			return; /* the next walk meets it again */
		prefixes->all = all;
		prefixes->places = places;
	}
	prefixes->all[prefixes->count++] = *prefix;
}

struct upkeep {
	struct mxdp_greylist *greylist;
	struct mxdp_greylist_prefixes over;
	size_t alive;
};

static int look_at_network(void *context, const struct mxdp_prefix *network,
			   const struct mxdp_greylisting *entry)
{
	struct upkeep *upkeep = context;
	struct mxdp_greylist *greylist = upkeep->greylist;

	if (mxdp_greylist_is_over(greylist, entry)) {
		mxdp_greylist_gather(&upkeep->over, network);
		return 0;
	}
	upkeep->alive++;
	if ((int64_t)(entry->last_try_ns - greylist->saved_ns) >= 0) {
		struct mxdp_greylist_row row = mxdp_greylist_row_of_network(network, entry);

		mxdp_greylist_file_save(greylist->file, &row, false);
	}
	return 0;
}

/* Deletes what is over, unless a try came in between, and saves what is new. */
void mxdp_greylist_keep_networks(struct mxdp_greylist *greylist)
{
	struct upkeep upkeep = {.greylist = greylist};
	uint64_t now_ns = mxdp_boottime_ns();
	struct mxdp_greylisting entry;
	int error;

	error = mxdp_greylist_each(greylist->maps, look_at_network, &upkeep);
	if (error)
		mxdp_log_limited(MXDP_LOG_ERROR, "the greylist's map cannot be read: %s",
				 strerror(-error));
	else
		greylist->saved_ns = now_ns;
	for (size_t i = 0; i < upkeep.over.count; i++)
		if (!mxdp_greylist_get(greylist->maps, &upkeep.over.all[i], &entry) &&
		    mxdp_greylist_is_over(greylist, &entry))
			mxdp_greylist_delete(greylist->maps, &upkeep.over.all[i]);
	free(upkeep.over.all);
	greylist->networks = upkeep.alive;
}
