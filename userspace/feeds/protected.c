/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of feeds that name what is never blocked, which the snapshot leaves out, or what no list
 * from outside should: private networks and this machine's own. The operator should know of both.
 */
#include "left_out.h"
#include "private.h"

#define AROUND_MAX 256 /* networks around what is searched for that are told apart */

struct search {
	const struct mxdp_feed_data *data;
	const struct mxdp_left_out *left_out; /* entries therein do not count */
	struct mxdp_feed_finding *finding;
	size_t around[AROUND_MAX]; /* places of those that were counted */
	size_t around_count;
};

static void count_entry(struct search *search, size_t place)
{
	struct mxdp_feed_finding *finding = search->finding;
	struct mxdp_feed_entry entry = mxdp_feed_data_entry(search->data, place);

	if (entry.excluded || mxdp_left_out_holds(search->left_out, &entry.prefix))
		return;
	if (finding->count < MXDP_FEED_EXAMPLES)
		finding->examples[finding->count] = entry;
	finding->count++;
}

/* An entry that lies around several members counts once. */
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
	const struct mxdp_feed_data *data = search->data;
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
static bool is_nested(const struct mxdp_prefix *members, size_t count, size_t index)
{
	const struct mxdp_prefix *prefix = &members[index];

	for (size_t i = 0; i < count; i++) {
		const struct mxdp_prefix *other = &members[i];

		if (i != index && mxdp_prefix_contains(other, &prefix->address) &&
		    (other->length < prefix->length ||
		     (other->length == prefix->length && i < index)))
			return true;
	}
	return false;
}

static void search_members(const struct mxdp_feed_data *data, const struct mxdp_prefix *members,
			   size_t count, const struct mxdp_left_out *left_out,
			   struct mxdp_feed_finding *finding)
{
	struct search search = {.data = data, .left_out = left_out, .finding = finding};

	for (size_t i = 0; i < count; i++)
		if (!is_nested(members, count, i))
			search_prefix(&search, &members[i]);
}

void mxdp_build_find_protected(struct mxdp_build *build)
{
	const struct mxdp_left_out nothing = {NULL, 0};
	struct mxdp_left_out left_out;

	/* Without memory all that is local counts. */
	mxdp_left_out_make(build->subtracted, build->subtracted_count, &left_out);
	for (size_t i = 0; i < build->count; i++) {
		struct mxdp_build_part *part = &build->parts[i];

		if (!part->data)
			continue;
		search_members(part->data, build->subtracted, build->never_block_count, &nothing,
			       &part->protected);
		search_members(part->data, build->local, build->local_count, &left_out,
			       &part->local);
	}
	mxdp_left_out_free(&left_out);
}
