/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of feeds that name what is never blocked. The snapshot leaves these addresses out; the
 * operator should know that the feed names them.
 */

#include "private.h"

#define AROUND_MAX 256 /* networks around protected addresses that are told apart */

struct search {
	struct mxdp_build_part *part;
	size_t around[AROUND_MAX]; /* places of those that were counted */
	size_t around_count;
};

static void count_entry(struct search *search, size_t place)
{
	struct mxdp_build_part *part = search->part;
	struct mxdp_feed_entry entry = mxdp_feed_data_entry(part->data, place);

	if (entry.excluded)
		return;
	if (!part->protected ++)
		part->protected_first = entry;
}

/* An entry that lies around several protected addresses counts once. */
static void count_around(struct search *search, size_t place)
{
	for (size_t i = 0; i < search->around_count; i++)
		if (search->around[i] == place)
			return;
	if (search->around_count < AROUND_MAX)
		search->around[search->around_count++] = place;
	count_entry(search, place);
}

static void search_prefix(struct search *search, const struct mxdp_prefix *prefix)
{
	const struct mxdp_feed_data *data = search->part->data;
	size_t begin, end;

	for (uint8_t length = 0; length < prefix->length; length++) {
		struct mxdp_prefix around = mxdp_prefix_of(&prefix->address, length);

		mxdp_feed_data_range(data, &around, false, &begin, &end);
		if (begin < end)
			count_around(search, begin);
	}
	mxdp_feed_data_range(data, prefix, true, &begin, &end);
	for (; begin < end; begin++)
		count_entry(search, begin);
}

/* Whether another member holds all of this one: its entries are counted there. */
static bool is_nested(const struct mxdp_build *build, size_t index)
{
	const struct mxdp_prefix *prefix = &build->subtracted[index];

	for (size_t i = 0; i < build->never_block_count; i++) {
		const struct mxdp_prefix *other = &build->subtracted[i];

		if (i != index && mxdp_prefix_contains(other, &prefix->address) &&
		    (other->length < prefix->length ||
		     (other->length == prefix->length && i < index)))
			return true;
	}
	return false;
}

void mxdp_build_find_protected(struct mxdp_build *build)
{
	for (size_t i = 0; i < build->count; i++) {
		struct search search = {.part = &build->parts[i]};

		if (!search.part->data)
			continue;
		for (size_t j = 0; j < build->never_block_count; j++)
			if (!is_nested(build, j))
				search_prefix(&search, &build->subtracted[j]);
	}
}
