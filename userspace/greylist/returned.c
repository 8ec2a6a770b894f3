/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "returned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

struct known {
	struct mxdp_greylist_row row;
	UT_hash_handle hh; /* by the latest use */
};

_Static_assert(sizeof(struct mxdp_prefix) == 17, "a key has no padding");

struct mxdp_returned {
	struct known *all;
	size_t max;
};

struct mxdp_returned *mxdp_returned_new(size_t max)
{
	struct mxdp_returned *returned = calloc(1, sizeof(*returned));

	if (returned)
		returned->max = max;
	return returned;
}

static void drop(struct mxdp_returned *returned, struct known *known)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list is intact */
	HASH_DEL(returned->all, known);
	free(known);
}

void mxdp_returned_free(struct mxdp_returned *returned)
{
	if (!returned)
		return;
	while (returned->all)
		drop(returned, returned->all); /* NOLINT(clang-analyzer-unix.Malloc): as above */
	free(returned);
}

static struct known *find(const struct mxdp_returned *returned, const struct mxdp_prefix *prefix)
{
	struct known *known;

	HASH_FIND(hh, returned->all, prefix, sizeof(*prefix), known);
	return known;
}

const struct mxdp_greylist_row *mxdp_returned_find(const struct mxdp_returned *returned,
						   const struct mxdp_prefix *prefix)
{
	const struct known *known = find(returned, prefix);

	return known ? &known->row : NULL;
}

int mxdp_returned_keep(struct mxdp_returned *returned, const struct mxdp_greylist_row *row)
{
	struct known *known = find(returned, &row->prefix);

	if (known) {
		HASH_DEL(returned->all, known);
	} else {
		known = calloc(1, sizeof(*known));
		if (!known)
			return -ENOMEM;
		if (HASH_COUNT(returned->all) >= returned->max)
			drop(returned, returned->all);
	}
	known->row = *row;
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as above */
	HASH_ADD(hh, returned->all, row.prefix, sizeof(known->row.prefix), known);
	return 0;
}

void mxdp_returned_drop(struct mxdp_returned *returned, const struct mxdp_prefix *prefix)
{
	struct known *known = find(returned, prefix);

	if (known)
		drop(returned, known);
}

const struct mxdp_greylist_row *mxdp_returned_oldest(const struct mxdp_returned *returned)
{
	return returned->all ? &returned->all->row : NULL;
}

size_t mxdp_returned_count(const struct mxdp_returned *returned)
{
	return HASH_COUNT(returned->all);
}

void mxdp_returned_each(const struct mxdp_returned *returned,
			void (*each)(void *context, const struct mxdp_greylist_row *row),
			void *context)
{
	const struct known *known;

	for (known = returned->all; known; known = known->hh.next)
		each(context, &known->row);
}
