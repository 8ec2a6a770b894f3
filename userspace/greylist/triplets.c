/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "triplets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

struct triplet {
	struct mxdp_greylist_row row; /* its texts point into the key */
	size_t key_length;
	UT_hash_handle hh; /* by the first try: the head is the oldest */
	char key[];        /* prefix, sender, NUL, recipient, NUL */
};

struct mxdp_triplets {
	struct triplet *all;
	size_t max;
};

struct mxdp_triplets *mxdp_triplets_new(size_t max)
{
	struct mxdp_triplets *triplets = calloc(1, sizeof(*triplets));

	if (triplets)
		triplets->max = max;
	return triplets;
}

static void drop(struct mxdp_triplets *triplets, struct triplet *triplet)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list is intact */
	HASH_DEL(triplets->all, triplet);
	free(triplet);
}

void mxdp_triplets_free(struct mxdp_triplets *triplets)
{
	if (!triplets)
		return;
	while (triplets->all)
		drop(triplets, triplets->all);
	free(triplets);
}

/* A triplet of its own, not yet among the others; NULL when memory is out. */
static struct triplet *make(const struct mxdp_greylist_row *row)
{
	size_t sender = strlen(row->sender) + 1, recipient = strlen(row->recipient) + 1;
	size_t length = sizeof(row->prefix) + sender + recipient;
	struct triplet *triplet = calloc(1, sizeof(*triplet) + length);

	if (!triplet)
		return NULL;
	memcpy(triplet->key, &row->prefix, sizeof(row->prefix));
	memcpy(triplet->key + sizeof(row->prefix), row->sender, sender);
	memcpy(triplet->key + sizeof(row->prefix) + sender, row->recipient, recipient);
	triplet->key_length = length;
	triplet->row = *row;
	triplet->row.kind = MXDP_GREYLIST_TRIPLET;
	triplet->row.sender = triplet->key + sizeof(row->prefix);
	triplet->row.recipient = triplet->row.sender + sender;
	return triplet;
}

static struct triplet *find(const struct mxdp_triplets *triplets, const struct triplet *like)
{
	struct triplet *found;

	HASH_FIND(hh, triplets->all, like->key, like->key_length, found);
	return found;
}

static void add(struct mxdp_triplets *triplets, struct triplet *triplet)
{
	HASH_ADD_KEYPTR(hh, triplets->all, triplet->key, triplet->key_length, triplet);
}

/* The clock was set back: a first try that lies ahead counts as made now, lest it never grow old.
 */
static void pull_back(struct triplet *triplet, int64_t now)
{
	if (triplet->row.first > now)
		triplet->row.first = now;
}

size_t mxdp_triplets_expire(struct mxdp_triplets *triplets, unsigned int window, int64_t now)
{
	size_t gone = 0;

	if (triplets->all && triplets->all->row.first > now)
		for (struct triplet *each = triplets->all; each; each = each->hh.next)
			pull_back(each, now);
	for (; triplets->all && now - triplets->all->row.first >= window; gone++)
		drop(triplets, triplets->all);
	return gone;
}

static void begin(struct triplet *triplet, int64_t now)
{
	triplet->row.first = triplet->row.last = now;
	triplet->row.passed = 0;
	triplet->row.tries = 1;
}

/* One more try of a message whose window is not over. */
static void try_again(struct triplet *triplet, const struct mxdp_greylist_row *row,
		      unsigned int delay, int64_t now)
{
	triplet->row.client = row->client;
	triplet->row.last = now;
	triplet->row.tries++;
	if (!triplet->row.passed && now - triplet->row.first >= delay)
		triplet->row.passed = now;
}

int mxdp_triplets_try(struct mxdp_triplets *triplets, const struct mxdp_greylist_settings *settings,
		      int64_t now, struct mxdp_greylist_row *row)
{
	struct triplet *fresh = make(row), *known;

	if (!fresh)
		return -ENOMEM;
	mxdp_triplets_expire(triplets, settings->window, now);
	known = find(triplets, fresh);
	if (known) {
		free(fresh);
		pull_back(known, now);
		try_again(known, row, settings->delay, now);
		*row = known->row;
		return 0;
	}
	if (HASH_COUNT(triplets->all) >= triplets->max) {
		free(fresh);
		return -ENOSPC;
	}
	begin(fresh, now);
	add(triplets, fresh);
	*row = fresh->row;
	return 0;
}

void mxdp_triplets_restore(struct mxdp_triplets *triplets, const struct mxdp_greylist_row *row)
{
	struct triplet *fresh = make(row);

	if (fresh && HASH_COUNT(triplets->all) < triplets->max && !find(triplets, fresh))
		add(triplets, fresh);
	else
		free(fresh);
}

void mxdp_triplets_drop(struct mxdp_triplets *triplets, const struct mxdp_greylist_row *row)
{
	struct triplet *like = make(row), *known = like ? find(triplets, like) : NULL;

	free(like);
	if (known)
		drop(triplets, known);
}

size_t mxdp_triplets_count(const struct mxdp_triplets *triplets)
{
	return HASH_COUNT(triplets->all);
}

void mxdp_triplets_each(const struct mxdp_triplets *triplets,
			void (*each)(void *context, const struct mxdp_greylist_row *row),
			void *context)
{
	struct triplet *triplet, *next;

	HASH_ITER (hh, triplets->all, triplet, next)
		each(context, &triplet->row);
}
