/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "private.h"
#include "userspace/log.h"

#define UPKEEP_MS 5000

unsigned int mxdp_greylist_triplet(struct mxdp_greylist *greylist,
				   const struct mxdp_address *client, const char *sender,
				   const char *recipient)
{
	struct mxdp_greylist_row row = {.sender = sender, .recipient = recipient};
	int64_t now = (int64_t)time(NULL);
	int error;

	if (!greylist)
		return 0;
	row.prefix = mxdp_greylist_network_of(greylist, client);
	row.client = *client;
	error = mxdp_triplets_try(greylist->triplets, &greylist->settings, now, &row);
	if (error) {
		greylist->stats.refused++;
		mxdp_log_limited(MXDP_LOG_WARNING,
				 "greylist: a message in the grey band passes: %s",
				 error == -ENOSPC ? "there are too many triplets already"
						  : strerror(-error));
		return 0;
	}
	mxdp_greylist_file_save(greylist->file, &row, false);
	if (!row.passed)
		return (unsigned int)(row.first + greylist->settings.delay - now > 0
					      ? row.first + greylist->settings.delay - now
					      : 1);
	if (row.passed == now)
		greylist->stats.passed++;
	mxdp_greylist_keep_returned(greylist, client);
	return 0;
}

static void warn_when_full(struct mxdp_greylist *greylist)
{
	struct mxdp_counters counters;

	if (mxdp_counters_read(greylist->maps, &counters))
		return;
	if (counters.greylist_not_stored > greylist->not_stored)
		mxdp_log_limited(MXDP_LOG_WARNING,
				 "the greylist is full (%zu networks): clients in the grey band "
				 "pass; a shorter window or a higher threshold (section greylist) "
				 "makes room",
				 greylist->networks);
	greylist->not_stored = counters.greylist_not_stored;
}

static void restore_network(struct mxdp_greylist *greylist, const struct mxdp_greylist_row *row)
{
	struct mxdp_greylisting entry = {
		.first_seen_ns = mxdp_greylist_to_boottime(row->first),
		.last_try_ns = mxdp_greylist_to_boottime(row->last),
		.passed_ns = row->passed ? mxdp_greylist_to_boottime(row->passed) : 0,
		.tries = row->tries,
	};

	memcpy(entry.client, row->client.bytes, sizeof(entry.client));
	if (!mxdp_greylist_is_over(greylist, &entry))
		mxdp_greylist_set(greylist->maps, &row->prefix, &entry, true);
}

static void restore(void *context, const struct mxdp_greylist_row *row)
{
	struct mxdp_greylist *greylist = context;
	struct mxdp_greylist_row copy = *row;
	int64_t now = (int64_t)time(NULL);

	copy.sender = copy.recipient = "";
	if (row->kind == MXDP_GREYLIST_NETWORK)
		restore_network(greylist, row);
	else if (row->kind == MXDP_GREYLIST_TRIPLET && now - row->first < greylist->settings.window)
		mxdp_triplets_restore(greylist->triplets, row);
	else if (row->kind == MXDP_GREYLIST_RETURNED && now - row->last < greylist->settings.trust)
		mxdp_returned_keep(greylist->returned, &copy);
}

static void on_upkeep(uv_timer_t *timer)
{
	struct mxdp_greylist *greylist = timer->data;
	int64_t now = (int64_t)time(NULL);

	mxdp_greylist_keep_networks(greylist);
	mxdp_greylist_forget_unheard(greylist, now);
	mxdp_triplets_expire(greylist->triplets, greylist->settings.window, now);
	mxdp_greylist_file_prune(greylist->file, now - greylist->settings.window,
				 now - greylist->settings.trust);
	warn_when_full(greylist);
}

static void free_all(struct mxdp_greylist *greylist)
{
	mxdp_returned_free(greylist->returned);
	mxdp_triplets_free(greylist->triplets);
	free(greylist);
}

int mxdp_greylist_new(uv_loop_t *loop, const struct mxdp_maps *maps,
		      const struct mxdp_config *config, struct mxdp_greylist **out)
{
	struct mxdp_greylist *greylist = calloc(1, sizeof(*greylist));
	struct mxdp_counters counters;

	if (!greylist)
		return -ENOMEM;
	greylist->maps = maps;
	greylist->settings = config->greylist;
	greylist->returned = mxdp_returned_new(MXDP_RETURNED_MAX);
	greylist->triplets = mxdp_triplets_new(MXDP_TRIPLETS_MAX);
	if (!greylist->returned || !greylist->triplets) {
		free_all(greylist);
		return -ENOMEM;
	}
	if (mxdp_greylist_file_open(loop, config->state_directory, &greylist->file))
		greylist->file = NULL; /* logged */
	mxdp_greylist_file_load(greylist->file, restore, greylist);
	if (!mxdp_counters_read(maps, &counters))
		greylist->not_stored = counters.greylist_not_stored;
	uv_timer_init(loop, &greylist->upkeep);
	uv_timer_init(loop, &greylist->proofs);
	greylist->open_handles = 2;
	greylist->upkeep.data = greylist->proofs.data = greylist;
	uv_timer_start(&greylist->upkeep, on_upkeep, UPKEEP_MS, UPKEEP_MS);
	*out = greylist;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct mxdp_greylist *greylist = handle->data;

	if (--greylist->open_handles == 0)
		free_all(greylist);
}

void mxdp_greylist_free(struct mxdp_greylist *greylist)
{
	if (!greylist)
		return;
	mxdp_greylist_keep_networks(greylist);
	mxdp_greylist_file_close(greylist->file);
	greylist->file = NULL;
	uv_close((uv_handle_t *)&greylist->upkeep, on_closed);
	uv_close((uv_handle_t *)&greylist->proofs, on_closed);
}

void mxdp_greylist_configure(struct mxdp_greylist *greylist, const struct mxdp_config *config)
{
	if (greylist)
		greylist->settings = config->greylist;
}
