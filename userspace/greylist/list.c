/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The greylist as the operator sees it: listed, counted, forgotten. */
#include <stdlib.h>

#include "private.h"

struct listing {
	const struct mxdp_greylist *greylist;
	const struct mxdp_prefix *prefix;
	void (*each)(void *context, const struct mxdp_greylist_row *row);
	void *context;
};

static bool is_asked_for(const struct listing *listing, const struct mxdp_prefix *prefix)
{
	return !listing->prefix || mxdp_prefix_contains(listing->prefix, &prefix->address) ||
	       mxdp_prefix_contains(prefix, &listing->prefix->address);
}

static void list_row(void *context, const struct mxdp_greylist_row *row)
{
	const struct listing *listing = context;

	if (is_asked_for(listing, &row->prefix))
		listing->each(listing->context, row);
}

static int list_network(void *context, const struct mxdp_prefix *network,
			const struct mxdp_greylisting *entry)
{
	const struct listing *listing = context;
	struct mxdp_greylist_row row;

	if (mxdp_greylist_is_over(listing->greylist, entry))
		return 0;
	row = mxdp_greylist_row_of_network(network, entry);
	list_row(context, &row);
	return 0;
}

void mxdp_greylist_list(const struct mxdp_greylist *greylist, const struct mxdp_prefix *prefix,
			void (*each)(void *context, const struct mxdp_greylist_row *row),
			void *context)
{
	struct listing listing = {
		.greylist = greylist, .prefix = prefix, .each = each, .context = context};

	if (!greylist)
		return;
	mxdp_greylist_each(greylist->maps, list_network, &listing);
	mxdp_triplets_each(greylist->triplets, list_row, &listing);
	mxdp_returned_each(greylist->returned, list_row, &listing);
}

struct forgetting {
	struct mxdp_greylist *greylist;
	struct mxdp_greylist_prefixes networks, returned;
	int count;
};

static void forget_row(void *context, const struct mxdp_greylist_row *row)
{
	struct forgetting *forgetting = context;

	forgetting->count++;
	mxdp_greylist_file_save(forgetting->greylist->file, row, true);
	if (row->kind == MXDP_GREYLIST_NETWORK)
		mxdp_greylist_gather(&forgetting->networks, &row->prefix);
	else if (row->kind == MXDP_GREYLIST_RETURNED)
		mxdp_greylist_gather(&forgetting->returned, &row->prefix);
	else
		mxdp_triplets_drop(forgetting->greylist->triplets, row);
}

int mxdp_greylist_forget(struct mxdp_greylist *greylist, const struct mxdp_prefix *prefix)
{
	struct forgetting forgetting = {.greylist = greylist};

	mxdp_greylist_list(greylist, prefix, forget_row, &forgetting);
	for (size_t i = 0; i < forgetting.networks.count; i++)
		mxdp_greylist_delete(greylist->maps, &forgetting.networks.all[i]);
	for (size_t i = 0; i < forgetting.returned.count; i++)
		mxdp_returned_drop(greylist->returned, &forgetting.returned.all[i]);
	free(forgetting.networks.all);
	free(forgetting.returned.all);
	return forgetting.count;
}

void mxdp_greylist_stats(const struct mxdp_greylist *greylist, struct mxdp_greylist_stats *stats)
{
	*stats = greylist ? greylist->stats : (struct mxdp_greylist_stats){0};
	if (!greylist)
		return;
	stats->networks = greylist->networks;
	stats->triplets = mxdp_triplets_count(greylist->triplets);
	stats->returned = mxdp_returned_count(greylist->returned);
	stats->not_stored = greylist->not_stored;
}
