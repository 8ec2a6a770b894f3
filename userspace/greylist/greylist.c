/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "greylist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"
#include "returned.h"
#include "triplets.h"
#include "userspace/log.h"

#define UPKEEP_MS  5000
#define SECOND_NS  1000000000LL
#define SAVE_EVERY 3600 /* seconds between two records that a client is still heard of */

struct mxdp_greylist {
	const struct mxdp_maps *maps;
	struct mxdp_greylist_settings settings;
	struct mxdp_returned *returned;
	struct mxdp_triplets *triplets;
	struct mxdp_greylist_file *file;
	uv_timer_t upkeep;
	uint64_t saved_ns; /* networks tried since are not in the file yet */
	uint64_t not_stored;
	size_t networks;
	struct mxdp_greylist_stats stats;
};

/* ---- times and keys ---- */

/* The maps' clock, also for times before the machine was started: these wrap around. */
static uint64_t to_boottime(int64_t unix_seconds)
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

static struct mxdp_prefix network_of(const struct mxdp_greylist *greylist,
				     const struct mxdp_address *client)
{
	bool v4 = mxdp_address_is_v4(client);

	return mxdp_prefix_of(
		client, (uint8_t)(v4 ? greylist->settings.prefix4 : greylist->settings.prefix6));
}

/* For whom a client earns trust: in IPv6 a network may be a hoster's, with many of them. */
static struct mxdp_prefix trusted_with(const struct mxdp_greylist *greylist,
				       const struct mxdp_address *client)
{
	return mxdp_address_is_v4(client) ? network_of(greylist, client) : mxdp_prefix_host(client);
}

static struct mxdp_greylist_row row_of_network(const struct mxdp_prefix *network,
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

/* ---- the packet path's map ---- */

static uint64_t age_ns(const struct mxdp_greylisting *entry)
{
	return mxdp_boottime_ns() - entry->first_seen_ns;
}

static bool is_over(const struct mxdp_greylist *greylist, const struct mxdp_greylisting *entry)
{
	return age_ns(entry) >= (uint64_t)greylist->settings.window * SECOND_NS;
}

static bool is_early(const struct mxdp_greylist *greylist, const struct mxdp_greylisting *entry)
{
	return age_ns(entry) < (uint64_t)greylist->settings.delay * SECOND_NS;
}

/* Prefixes gathered under a walk over the map: deleting there would skip others. */
struct prefixes {
	struct mxdp_prefix *all;
	size_t count, places;
};

static void gather(struct prefixes *prefixes, const struct mxdp_prefix *prefix)
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
	struct prefixes over;
	size_t alive;
};

static int look_at_network(void *context, const struct mxdp_prefix *network,
			   const struct mxdp_greylisting *entry)
{
	struct upkeep *upkeep = context;
	struct mxdp_greylist *greylist = upkeep->greylist;

	if (is_over(greylist, entry)) {
		gather(&upkeep->over, network);
		return 0;
	}
	upkeep->alive++;
	if ((int64_t)(entry->last_try_ns - greylist->saved_ns) >= 0) {
		struct mxdp_greylist_row row = row_of_network(network, entry);

		mxdp_greylist_file_save(greylist->file, &row, false);
	}
	return 0;
}

/* Deletes what is over, unless a try came in between, and saves what is new. */
static void keep_networks(struct mxdp_greylist *greylist)
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
		    is_over(greylist, &entry))
			mxdp_greylist_delete(greylist->maps, &upkeep.over.all[i]);
	free(upkeep.over.all);
	greylist->networks = upkeep.alive;
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

/* ---- who came back ---- */

static void forget_unheard(struct mxdp_greylist *greylist, int64_t now)
{
	const struct mxdp_greylist_row *oldest;

	while ((oldest = mxdp_returned_oldest(greylist->returned)) &&
	       now - oldest->last >= greylist->settings.trust)
		mxdp_returned_drop(greylist->returned, &oldest->prefix);
}

/* Notes a client that has come back, or that came back before and is heard of again. */
static void keep_returned(struct mxdp_greylist *greylist, const struct mxdp_address *client)
{
	struct mxdp_prefix prefix = trusted_with(greylist, client);
	const struct mxdp_greylist_row *known = mxdp_returned_find(greylist->returned, &prefix);
	int64_t now = (int64_t)time(NULL);
	struct mxdp_greylist_row row = {
		.kind = MXDP_GREYLIST_RETURNED,
		.prefix = prefix,
		.first = now,
		.passed = now,
		.sender = "",
		.recipient = "",
	};
	bool save = !known || now - known->last >= SAVE_EVERY;

	if (known)
		row = *known;
	row.client = *client;
	row.last = now;
	row.tries++;
	if (mxdp_returned_keep(greylist->returned, &row) == 0 && save)
		mxdp_greylist_file_save(greylist->file, &row, false);
}

static bool is_greylisted(const struct mxdp_greylist *greylist, const struct mxdp_address *client)
{
	struct mxdp_verdict verdict;
	struct mxdp_prefix key;

	return mxdp_verdict_match(greylist->maps, client, &key, &verdict) == 0 &&
	       verdict.action == MXDP_ACTION_GREYLIST;
}

bool mxdp_greylist_came_back(struct mxdp_greylist *greylist, const struct mxdp_address *client)
{
	struct mxdp_prefix network, trusted;
	struct mxdp_greylisting entry;
	char text[MXDP_ADDRESS_TEXT];

	if (!greylist)
		return false;
	forget_unheard(greylist, (int64_t)time(NULL));
	trusted = trusted_with(greylist, client);
	if (mxdp_returned_find(greylist->returned, &trusted)) {
		keep_returned(greylist, client);
		return is_greylisted(greylist, client);
	}
	network = network_of(greylist, client);
	if (mxdp_greylist_get(greylist->maps, &network, &entry) || is_over(greylist, &entry) ||
	    is_early(greylist, &entry) || !is_greylisted(greylist, client))
		return false;
	entry.passed_ns = entry.last_try_ns = mxdp_boottime_ns();
	mxdp_greylist_set(greylist->maps, &network, &entry, false);
	keep_returned(greylist, client);
	greylist->stats.passed++;
	mxdp_log_limited(MXDP_LOG_INFO, "greylist: %s came back in time",
			 mxdp_address_format(client, text));
	return true;
}

bool mxdp_greylist_evidence(const struct mxdp_greylist *greylist, const struct mxdp_address *client,
			    int64_t now, struct mxdp_evidence *out)
{
	const struct mxdp_greylist_row *known;
	struct mxdp_prefix prefix;
	char date[32] = "";
	struct tm tm;

	if (!greylist)
		return false;
	prefix = trusted_with(greylist, client);
	known = mxdp_returned_find(greylist->returned, &prefix);
	if (!known || now - known->last >= greylist->settings.trust)
		return false;
	*out = (struct mxdp_evidence){
		.class = MXDP_EVIDENCE_RETURNED,
		.state = MXDP_EVIDENCE_ANSWERED,
		.key = prefix,
		.score = greylist->settings.score,
		.observed = known->first,
		.expires = known->last + greylist->settings.trust,
	};
	mxdp_evidence_set_source(out, "greylist");
	if (localtime_r(&(time_t){known->first}, &tm))
		strftime(date, sizeof(date), " on %Y-%m-%d", &tm);
	mxdp_evidence_set_reason(out, "told to come back, it did so in time%s", date);
	return true;
}

/* ---- triplets ---- */

unsigned int mxdp_greylist_triplet(struct mxdp_greylist *greylist,
				   const struct mxdp_address *client, const char *sender,
				   const char *recipient)
{
	struct mxdp_greylist_row row = {.sender = sender, .recipient = recipient};
	int64_t now = (int64_t)time(NULL);
	int error;

	if (!greylist)
		return 0;
	row.prefix = network_of(greylist, client);
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
	keep_returned(greylist, client);
	return 0;
}

/* ---- the list ---- */

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

	if (is_over(listing->greylist, entry))
		return 0;
	row = row_of_network(network, entry);
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
	struct prefixes networks, returned;
	int count;
};

static void forget_row(void *context, const struct mxdp_greylist_row *row)
{
	struct forgetting *forgetting = context;

	forgetting->count++;
	mxdp_greylist_file_save(forgetting->greylist->file, row, true);
	if (row->kind == MXDP_GREYLIST_NETWORK)
		gather(&forgetting->networks, &row->prefix);
	else if (row->kind == MXDP_GREYLIST_RETURNED)
		gather(&forgetting->returned, &row->prefix);
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
}

/* ---- start and end ---- */

static void restore_network(struct mxdp_greylist *greylist, const struct mxdp_greylist_row *row)
{
	struct mxdp_greylisting entry = {
		.first_seen_ns = to_boottime(row->first),
		.last_try_ns = to_boottime(row->last),
		.passed_ns = row->passed ? to_boottime(row->passed) : 0,
		.tries = row->tries,
	};

	memcpy(entry.client, row->client.bytes, sizeof(entry.client));
	if (!is_over(greylist, &entry))
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

	keep_networks(greylist);
	forget_unheard(greylist, now);
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
	greylist->upkeep.data = greylist;
	uv_timer_start(&greylist->upkeep, on_upkeep, UPKEEP_MS, UPKEEP_MS);
	*out = greylist;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free_all(handle->data);
}

void mxdp_greylist_free(struct mxdp_greylist *greylist)
{
	if (!greylist)
		return;
	keep_networks(greylist);
	mxdp_greylist_file_close(greylist->file);
	greylist->file = NULL;
	uv_close((uv_handle_t *)&greylist->upkeep, on_closed);
}

void mxdp_greylist_configure(struct mxdp_greylist *greylist, const struct mxdp_config *config)
{
	if (greylist)
		greylist->settings = config->greylist;
}
