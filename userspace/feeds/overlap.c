/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each feed brings that no other does. All feeds are walked together in the order of the
 * build; of the networks that are open at a place, the widest and the widest of another feed tell
 * whether an entry lies within one of another feed's.
 */
#include <stdlib.h>

#include "private.h"

typedef unsigned __int128 number;

/* The next entry of a feed. */
struct cursor {
	struct mxdp_build_part *part;
	size_t place, count; /* in mxdp_feed_data_entry()'s numbering */
	bool ended;
	number begin;
	unsigned int length;
};

/* A network that reaches to `last`, of feed `part`; NULL: none. */
struct open_network {
	const struct mxdp_build_part *part;
	number last;
};

struct walk {
	struct cursor *cursors;
	size_t count;
	struct open_network widest, other;
	unsigned int width; /* of the family's addresses */
};

static void read_cursor(struct cursor *cursor, bool *excluded)
{
	const struct mxdp_feed_data *data = cursor->part->data;

	if (cursor->place < data->count4) {
		mxdp_feed_entry4 entry = data->entries4[cursor->place];

		cursor->begin = entry >> 32;
		cursor->length = entry >> 26 & 63;
		*excluded = entry & MXDP_SNAPSHOT_EXCLUDED4;
	} else {
		const struct mxdp_feed_entry6 *entry =
			&data->entries6[cursor->place - data->count4];

		cursor->begin = 0;
		for (size_t i = 0; i < sizeof(entry->address); i++)
			cursor->begin = cursor->begin << 8 | entry->address[i];
		cursor->length = entry->length;
		*excluded = entry->excluded;
	}
}

/* Goes on to the next entry that lists something new. */
static void step(struct cursor *cursor)
{
	bool first = !cursor->length && !cursor->begin && cursor->ended;
	number begin = cursor->begin;
	unsigned int length = cursor->length;
	bool excluded;

	cursor->ended = false;
	for (; cursor->place < cursor->count; cursor->place++) {
		read_cursor(cursor, &excluded);
		if (!excluded && (first || cursor->begin != begin || cursor->length != length)) {
			cursor->place++;
			cursor->part->distinct++;
			return;
		}
	}
	cursor->ended = true;
}

static const struct cursor *lowest(const struct walk *walk)
{
	const struct cursor *best = NULL;

	for (size_t i = 0; i < walk->count; i++) {
		const struct cursor *cursor = &walk->cursors[i];

		if (cursor->ended)
			continue;
		if (!best || cursor->begin < best->begin ||
		    (cursor->begin == best->begin && cursor->length < best->length))
			best = cursor;
	}
	return best;
}

static bool is_covered(const struct walk *walk, const struct cursor *cursor)
{
	const struct open_network *widest = &walk->widest, *other = &walk->other;

	if (widest->part && widest->last >= cursor->begin && widest->part != cursor->part)
		return true;
	return other->part && other->last >= cursor->begin && other->part != cursor->part;
}

static void open_network(struct walk *walk, const struct cursor *cursor)
{
	unsigned int host_bits = walk->width - cursor->length;
	number last =
		host_bits == 128 ? ~(number)0 : cursor->begin | (((number)1 << host_bits) - 1);
	struct open_network network = {cursor->part, last};

	if (!walk->widest.part || walk->widest.last < cursor->begin) {
		walk->widest = network;
		walk->other.part = NULL;
	} else if (walk->widest.part != cursor->part &&
		   (!walk->other.part || walk->other.last < cursor->begin)) {
		walk->other = network;
	}
}

/* All feeds' entries for one prefix. */
static void take_prefix(struct walk *walk, number begin, unsigned int length)
{
	size_t same = 0;
	struct cursor *one = NULL;

	for (size_t i = 0; i < walk->count; i++) {
		struct cursor *cursor = &walk->cursors[i];

		if (cursor->ended || cursor->begin != begin || cursor->length != length)
			continue;
		same++;
		one = cursor;
	}
	if (same == 1) {
		one->part->unique += !is_covered(walk, one);
		open_network(walk, one);
		step(one);
		return;
	}
	for (size_t i = 0; i < walk->count; i++) {
		struct cursor *cursor = &walk->cursors[i];

		if (cursor->ended || cursor->begin != begin || cursor->length != length)
			continue;
		open_network(walk, cursor);
		step(cursor);
	}
}

static void walk_family(struct walk *walk, struct mxdp_build *build, bool v6)
{
	const struct cursor *next;

	walk->count = 0;
	walk->widest.part = walk->other.part = NULL;
	walk->width = v6 ? 128 : 32;
	for (size_t i = 0; i < build->count; i++) {
		struct mxdp_build_part *part = &build->parts[i];
		struct cursor *cursor = &walk->cursors[walk->count];

		if (!part->data)
			continue;
		*cursor = (struct cursor){
			.part = part,
			.place = v6 ? part->data->count4 : 0,
			.count = v6 ? mxdp_feed_data_count(part->data) : part->data->count4,
			.ended = true,
		};
		walk->count++;
		step(cursor);
	}
	while ((next = lowest(walk)))
		take_prefix(walk, next->begin, next->length);
}

void mxdp_build_overlap(struct mxdp_build *build)
{
	struct walk walk = {.cursors = calloc(build->count + 1, sizeof(*walk.cursors))};

	if (!walk.cursors)
		return;
	walk_family(&walk, build, false);
	walk_family(&walk, build, true);
	free(walk.cursors);
}
