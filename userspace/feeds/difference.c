/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "difference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One family of a feed's data. */
struct side {
	const struct mxdp_feed_data *data;
	size_t place, count;
	bool v6;
};

static int order(const struct side *a, size_t first, const struct side *b, size_t second)
{
	const struct mxdp_feed_entry6 *one, *other;
	int result;

	if (!a->v6) {
		uint64_t left = a->data->entries4[first] >> 25;
		uint64_t right = b->data->entries4[second] >> 25;

		return (left > right) - (left < right);
	}
	one = &a->data->entries6[first];
	other = &b->data->entries6[second];
	result = memcmp(one->address, other->address, sizeof(one->address));
	if (!result)
		result = (one->length > other->length) - (one->length < other->length);
	return result ? result : one->excluded - other->excluded;
}

/* Goes on to the next entry that is not the same again. */
static void step(struct side *side)
{
	size_t place = side->place++;

	while (side->place < side->count && order(side, place, side, side->place) == 0)
		side->place++;
}

static int keep(struct mxdp_feed_changes *changes, const struct side *side)
{
	size_t base = side->v6 ? side->data->count4 : 0;

	changes->count++;
	if (changes->kept == MXDP_FEED_CHANGES_KEPT)
		return 0;
	if (!changes->first)
		changes->first = calloc(MXDP_FEED_CHANGES_KEPT, sizeof(*changes->first));
	if (!changes->first)
		return -ENOMEM;
	changes->first[changes->kept++] = mxdp_feed_data_entry(side->data, base + side->place);
	return 0;
}

static int compare(struct side *before, struct side *after, struct mxdp_feed_difference *difference)
{
	int error = 0;

	while (!error && (before->place < before->count || after->place < after->count)) {
		int which;

		if (before->place == before->count)
			which = 1;
		else if (after->place == after->count)
			which = -1;
		else
			which = order(before, before->place, after, after->place);
		if (which < 0)
			error = keep(&difference->removed, before);
		if (which > 0)
			error = keep(&difference->added, after);
		if (which <= 0)
			step(before);
		if (which >= 0)
			step(after);
	}
	return error;
}

static struct side side_of(const struct mxdp_feed_data *data, bool v6)
{
	return (struct side){
		.data = data, .count = data ? v6 ? data->count6 : data->count4 : 0, .v6 = v6};
}

int mxdp_feed_difference(const struct mxdp_feed_data *before, const struct mxdp_feed_data *after,
			 struct mxdp_feed_difference *difference)
{
	int error = 0;

	memset(difference, 0, sizeof(*difference));
	for (int v6 = 0; v6 < 2 && !error; v6++) {
		struct side old = side_of(before, v6), new = side_of(after, v6);

		error = compare(&old, &new, difference);
	}
	return error;
}

void mxdp_feed_difference_free(struct mxdp_feed_difference *difference)
{
	free(difference->added.first);
	free(difference->removed.first);
	memset(difference, 0, sizeof(*difference));
}
