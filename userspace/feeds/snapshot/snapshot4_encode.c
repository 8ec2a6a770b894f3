/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One /12 of an IPv4 snapshot: runs of equal class become lists and bitmaps, in as many equal parts
 * of the /12 as keep them few. A part that does not fit into one line becomes a node over several.
 */
#include <stddef.h>
#include <string.h>

#include "maps/snapshot4.h"
#include "private.h"

#define CHILDREN_MAX (MXDP_SNAPSHOT_NODE_KEYS + 1)
/* So many parts are always enough: 16384 addresses fill 820 lists, two levels of nodes hold 841. */
#define PARTS_ENOUGH 64

/* A stretch of a region: the runs `first` to `last` - 1, cut to the addresses begin .. end - 1. */
struct stretch {
	const struct mxdp_region4 *region;
	uint32_t first, last;
	uint32_t begin, end;
	uint32_t parts; /* into which the region is cut */
};

static uint32_t run_begin(const struct stretch *stretch, uint32_t run)
{
	uint32_t start = stretch->region->start[run];

	return start > stretch->begin ? start : stretch->begin;
}

static uint16_t key_of(const struct stretch *stretch, uint32_t address)
{
	return (uint64_t)address * stretch->parts >> 4 & 0xffff;
}

static uint32_t run_end(const struct stretch *stretch, uint32_t run)
{
	uint32_t end = stretch->region->start[run + 1];

	return end < stretch->end ? end : stretch->end;
}

/* The class that most of a line will have: a single address at its beginning does not tell. */
static uint8_t background_of(const struct stretch *stretch)
{
	uint32_t run = stretch->first;

	if (run + 1 < stretch->last && run_end(stretch, run) - run_begin(stretch, run) == 1)
		run++;
	return stretch->region->class[run];
}

/* Writes into `out` (if any) what fits into a list; returns the first run that did not fit. */
static uint32_t fill_list(const struct stretch *stretch, struct mxdp_snapshot_list4 *out)
{
	uint16_t range_key[MXDP_SNAPSHOT_LIST_PLACES];
	uint8_t range_class[MXDP_SNAPSHOT_LIST_PLACES];
	uint8_t background = background_of(stretch);
	uint8_t current = background;
	uint32_t hosts = 0, ranges = 0;
	uint32_t run;

	for (run = stretch->first; run < stretch->last; run++) {
		uint8_t class = stretch->region->class[run];
		uint32_t begin = run_begin(stretch, run);

		if (class == current)
			continue;
		if (hosts + ranges == MXDP_SNAPSHOT_LIST_PLACES)
			break;
		if (run_end(stretch, run) - begin == 1) {
			if (out) {
				out->key[hosts] = key_of(stretch, begin);
				out->class[hosts] = class;
			}
			hosts++;
		} else {
			range_key[ranges] = key_of(stretch, begin);
			range_class[ranges++] = class;
			current = class;
		}
	}
	if (out) {
		memcpy(out->key + hosts, range_key, ranges * sizeof(*range_key));
		memcpy(out->class + hosts, range_class, ranges);
		out->background = background;
		out->hosts = hosts;
		out->ranges = ranges;
		out->kind = MXDP_SNAPSHOT_LIST;
	}
	return run;
}

static void set_bits(struct mxdp_snapshot_bitmap4 *bitmap, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		bitmap->bits[from / 64] |= 1ull << from % 64;
}

/* This many runs within the reach of a bitmap, every other of them listed, are a crowd. */
#define CROWD_RUNS 12

/* The first run that is not background and, if there is such a one, begins a crowd. */
static uint32_t find_crowd(const struct stretch *stretch, uint8_t background)
{
	const uint32_t *start = stretch->region->start;
	uint32_t none = stretch->last, hosts = 0;
	uint32_t run;

	for (run = stretch->first; run < stretch->last; run++) {
		if (stretch->region->class[run] == background)
			continue;
		if (none == stretch->last)
			none = run;
		if (run + CROWD_RUNS < stretch->last &&
		    start[run + CROWD_RUNS] - start[run] < MXDP_SNAPSHOT_BITMAP_BITS)
			return run;
		if (hosts++ == MXDP_SNAPSHOT_BITMAP_PLACES)
			break;
	}
	return none;
}

/* The same with a bitmap over the first crowd. */
static uint32_t fill_bitmap(const struct stretch *stretch, struct mxdp_snapshot_bitmap4 *out)
{
	uint8_t background = background_of(stretch);
	uint32_t crowd = find_crowd(stretch, background);
	uint32_t start, hosts = 0, run;
	uint8_t listed;

	if (crowd == stretch->last)
		return stretch->last;
	start = run_begin(stretch, crowd);
	listed = stretch->region->class[crowd];
	for (run = stretch->first; run < stretch->last; run++) {
		uint8_t class = stretch->region->class[run];
		uint32_t begin = run_begin(stretch, run);
		uint32_t end = run_end(stretch, run);

		if (class == background)
			continue;
		if (class == listed && begin >= start && end - start <= MXDP_SNAPSHOT_BITMAP_BITS) {
			if (out)
				set_bits(out, begin - start, end - start);
			continue;
		}
		if (end - begin > 1 || hosts == MXDP_SNAPSHOT_BITMAP_PLACES)
			break;
		if (out) {
			out->key[hosts] = key_of(stretch, begin);
			out->host_class[hosts] = class;
		}
		hosts++;
	}
	if (out) {
		out->start = start & 0xffff;
		out->background = background;
		out->class = listed;
		out->hosts = hosts;
		out->kind = MXDP_SNAPSHOT_BITMAP;
	}
	return run;
}

/* Fills one line, whichever way reaches further; returns the first run that did not fit. */
static uint32_t fill_leaf(const struct stretch *stretch, union mxdp_snapshot_line *out)
{
	uint32_t by_list = fill_list(stretch, NULL);
	uint32_t by_bitmap = by_list == stretch->last ? 0 : fill_bitmap(stretch, NULL);

	if (by_list >= by_bitmap)
		return out ? fill_list(stretch, &out->list) : by_list;
	return out ? fill_bitmap(stretch, &out->bitmap) : by_bitmap;
}

/* What is left of a stretch from the run `first` on. */
static struct stretch rest_of(struct stretch stretch, uint32_t first)
{
	stretch.first = first;
	if (first < stretch.last)
		stretch.begin = stretch.region->start[first];
	return stretch;
}

static uint32_t count_leaves(struct stretch stretch)
{
	uint32_t leaves = 0;

	while (stretch.first < stretch.last) {
		stretch = rest_of(stretch, fill_leaf(&stretch, NULL));
		leaves++;
	}
	return leaves;
}

/* The stretch of part `number` of `parts`; `first` is the run in which the part before ended. */
static struct stretch part_of(const struct mxdp_region4 *region, uint32_t parts, uint32_t number,
			      uint32_t first)
{
	uint64_t begin = (uint64_t)number << MXDP_SNAPSHOT4_REGION_BITS;
	struct stretch stretch = {
		.region = region,
		.begin = (begin + parts - 1) / parts,
		.end = (begin + MXDP_SNAPSHOT4_REGION + parts - 1) / parts,
		.parts = parts,
	};

	while (region->start[first + 1] <= stretch.begin)
		first++;
	stretch.first = first;
	while (first < region->count && region->start[first] < stretch.end)
		first++;
	stretch.last = first;
	return stretch;
}

/*
 * Lines that so many parts take, those behind one node counted three times and behind two four
 * times: they cost further accesses. In halves; not more than `limit` is of interest.
 */
static uint32_t cost_of(const struct mxdp_region4 *region, uint32_t parts, uint32_t limit)
{
	uint32_t cost = 0, first = 0;
	uint32_t i;

	for (i = 0; i < parts && cost < limit; i++) {
		struct stretch part = part_of(region, parts, i, first);
		uint32_t leaves = count_leaves(part);

		if (leaves > CHILDREN_MAX * CHILDREN_MAX)
			return UINT32_MAX;
		if (leaves == 1)
			cost += 2;
		else if (leaves <= CHILDREN_MAX)
			cost += 2 + 6 * leaves;
		else
			cost += 2 + 6 * (leaves / CHILDREN_MAX + 1) + 8 * leaves;
		first = part.last - 1;
	}
	return cost;
}

static uint32_t choose_parts(const struct mxdp_region4 *region)
{
	/* In quarters of the lines that would hold it all, the likeliest first; then what
	 * always does. */
	static const uint8_t quarters[] = {5, 6, 8, 12, 16, 4, 2};
	struct stretch whole = {region, 0, region->count, 0, MXDP_SNAPSHOT4_REGION, 1};
	uint32_t leaves = count_leaves(whole);
	uint32_t best = PARTS_ENOUGH;
	uint32_t best_cost = UINT32_MAX;
	size_t i;

	for (i = 0; i <= sizeof(quarters); i++) {
		uint32_t parts = PARTS_ENOUGH;
		uint32_t cost;

		if (i < sizeof(quarters))
			parts = (leaves * quarters[i] + 3) / 4;
		if (parts < MXDP_SNAPSHOT4_PARTS_MIN)
			parts = MXDP_SNAPSHOT4_PARTS_MIN;
		if (parts * 2 >= best_cost)
			continue;
		cost = cost_of(region, parts, best_cost);
		if (cost < best_cost) {
			best_cost = cost;
			best = parts;
		}
	}
	return best;
}

/* Writes `leaves` leaves behind the node in `line`; returns in `part` what is left of it. */
static int write_node(struct stretch *part, uint32_t leaves, struct mxdp_lines *lines,
		      uint32_t line)
{
	int64_t first = mxdp_lines_append(lines, leaves);
	struct mxdp_snapshot_node4 *node;
	uint32_t i;

	if (first < 0)
		return (int)first;
	node = &lines->lines[line].node;
	node->kind = MXDP_SNAPSHOT_NODE;
	node->first = (uint32_t)first;
	node->keys = leaves - 1;
	for (i = 0; i < leaves; i++) {
		if (i)
			node->key[i - 1] = key_of(part, part->begin);
		*part = rest_of(*part, fill_leaf(part, &lines->lines[first + i]));
	}
	return 0;
}

/* A node over nodes. */
static int write_tree(struct stretch *part, uint32_t leaves, struct mxdp_lines *lines,
		      uint32_t line)
{
	uint32_t nodes = (leaves + CHILDREN_MAX - 1) / CHILDREN_MAX;
	int64_t first = mxdp_lines_append(lines, nodes);
	uint32_t i;

	if (first < 0)
		return (int)first;
	lines->lines[line].node.kind = MXDP_SNAPSHOT_NODE;
	lines->lines[line].node.first = (uint32_t)first;
	lines->lines[line].node.keys = nodes - 1;
	for (i = 0; i < nodes; i++) {
		uint32_t here = leaves < CHILDREN_MAX ? leaves : CHILDREN_MAX;
		int error;

		if (i)
			lines->lines[line].node.key[i - 1] = key_of(part, part->begin);
		error = write_node(part, here, lines, (uint32_t)first + i);
		if (error)
			return error;
		leaves -= here;
	}
	return 0;
}

static int write_part(struct stretch part, struct mxdp_lines *lines, uint32_t line)
{
	uint32_t leaves = count_leaves(part);

	if (leaves == 1) {
		fill_leaf(&part, &lines->lines[line]);
		return 0;
	}
	return leaves <= CHILDREN_MAX ? write_node(&part, leaves, lines, line)
				      : write_tree(&part, leaves, lines, line);
}

int mxdp_encode4(const struct mxdp_region4 *region, struct mxdp_lines *lines,
		 struct mxdp_snapshot_slot4 *slot)
{
	uint32_t parts, i;
	uint32_t run = 0;
	int64_t first;

	if (region->count == 1) {
		*slot = (struct mxdp_snapshot_slot4){.first = region->class[0]};
		return 0;
	}
	parts = choose_parts(region);
	first = mxdp_lines_append(lines, parts);
	if (first < 0)
		return (int)first;
	for (i = 0; i < parts; i++) {
		struct stretch part = part_of(region, parts, i, run);
		int error = write_part(part, lines, (uint32_t)first + i);

		if (error)
			return error;
		run = part.last - 1;
	}
	*slot = (struct mxdp_snapshot_slot4){.first = (uint32_t)first, .parts = parts};
	return 0;
}
