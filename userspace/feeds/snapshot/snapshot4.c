/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv4 half of the builder: sorts the prefixes, sweeps over them once with a stack of those
 * that are open (at most one a length), and hands each /12 as runs of equal class to the encoder.
 * Sweeps begin at several places side by side; their lines are joined at the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/snapshot4.h"
#include "parallel.h"
#include "private.h"

struct open_prefix {
	uint64_t end; /* first address after it */
	uint8_t class;
	bool subtracted;
};

struct sweep {
	struct mxdp_region4 *region;
	struct mxdp_lines *lines;
	struct mxdp_snapshot_slot4 *slots; /* of all regions */
	struct open_prefix open[34];
	unsigned int depth;
	uint64_t position; /* everything below has been written */
	uint64_t entries;
};

static int end_region(struct sweep *sweep)
{
	struct mxdp_region4 *region = sweep->region;
	uint32_t number = (uint32_t)((sweep->position - 1) >> MXDP_SNAPSHOT4_REGION_BITS);
	int error;

	region->start[region->count] = MXDP_SNAPSHOT4_REGION;
	error = mxdp_encode4(region, sweep->lines, &sweep->slots[number]);
	region->count = 0;
	return error;
}

/* From the position to `end` all addresses are of this class. */
static int write_run(struct sweep *sweep, uint64_t end, uint8_t class)
{
	struct mxdp_region4 *region = sweep->region;

	while (sweep->position < end) {
		uint64_t region_end = (sweep->position | (MXDP_SNAPSHOT4_REGION - 1)) + 1;

		if (!region->count || region->class[region->count - 1] != class) {
			region->start[region->count] = sweep->position % MXDP_SNAPSHOT4_REGION;
			region->class[region->count++] = class;
		}
		sweep->position = end < region_end ? end : region_end;
		if (sweep->position == region_end) {
			int error = end_region(sweep);

			if (error)
				return error;
		}
	}
	return 0;
}

/* Writes and leaves the open prefixes that end at or before `address`. */
static int close_until(struct sweep *sweep, uint64_t address)
{
	while (sweep->depth && sweep->open[sweep->depth - 1].end <= address) {
		const struct open_prefix *last = &sweep->open[--sweep->depth];
		int error = write_run(sweep, last->end, last->class);

		if (error)
			return error;
	}
	return write_run(sweep, address, sweep->depth ? sweep->open[sweep->depth - 1].class : 0);
}

static void open_prefix(struct sweep *sweep, mxdp_entry4 entry)
{
	if (sweep->depth && sweep->open[sweep->depth - 1].subtracted)
		return;
	sweep->open[sweep->depth++] = (struct open_prefix){
		.end = mxdp_entry4_address(entry) + (1ull << (32 - mxdp_entry4_length(entry))),
		.class = mxdp_entry_class(entry),
		.subtracted = entry & MXDP_ENTRY_SUBTRACTED,
	};
}

static int sweep_prefix(struct sweep *sweep, mxdp_entry4 entry)
{
	unsigned int depth;
	int error = close_until(sweep, mxdp_entry4_address(entry));

	if (error)
		return error;
	depth = sweep->depth;
	open_prefix(sweep, entry);
	sweep->entries += sweep->depth > depth && sweep->open[depth].class;
	return 0;
}

/* Opens the prefixes that begin before the position and reach over it. */
static void open_around(struct sweep *sweep, const mxdp_entry4 *entries, size_t count)
{
	const uint64_t widths = 32 - MXDP_SNAPSHOT4_REGION_BITS;

	for (uint64_t length = 0; length < widths; length++) {
		uint64_t begin = sweep->position & ~0ull << (32 - length);
		uint64_t prefix = begin << 6 | length;
		size_t place = mxdp_entry4_find(entries, count, (prefix + 1) << 26);

		if (begin < sweep->position && place && entries[place - 1] >> 26 == prefix)
			open_prefix(sweep, entries[place - 1]);
	}
}

static int sweep_entries(struct sweep *sweep, const mxdp_entry4 *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int error;

		/* Of several entries for one prefix the last decides. */
		if (i + 1 < count && entries[i] >> 26 == entries[i + 1] >> 26)
			continue;
		error = sweep_prefix(sweep, entries[i]);
		if (error)
			return error;
	}
	return 0;
}

/* The work is cut into slices, by number of entries. */
#define SLICES_MAX    16
#define SLICE_ENTRIES 20000

struct slice {
	uint32_t begin, end; /* regions */
	struct mxdp_lines lines;
	uint32_t base; /* where its first line comes to lie */
	uint64_t entries;
	int error;
};

struct slices {
	const mxdp_entry4 *entries;
	size_t count;
	struct mxdp_snapshot_slot4 slots[MXDP_SNAPSHOT4_REGIONS];
	struct slice slice[SLICES_MAX];
	size_t used;
	union mxdp_snapshot_line *joined;
};

static void cut(struct slices *slices)
{
	uint32_t begin = 0;

	slices->used = slices->count / SLICE_ENTRIES + 1;
	if (slices->used > SLICES_MAX)
		slices->used = SLICES_MAX;
	for (size_t i = 0; i < slices->used; i++) {
		size_t end = slices->count / slices->used * (i + 1);

		slices->slice[i].begin = begin;
		if (i + 1 == slices->used)
			begin = MXDP_SNAPSHOT4_REGIONS;
		else if (mxdp_entry4_region(slices->entries[end]) > begin)
			begin = mxdp_entry4_region(slices->entries[end]);
		slices->slice[i].end = begin;
	}
}

static void sweep_slice(void *context, size_t number)
{
	struct slices *slices = context;
	struct slice *slice = &slices->slice[number];
	struct sweep sweep = {.lines = &slice->lines, .slots = slices->slots};
	const uint64_t end = (uint64_t)slice->end << MXDP_SNAPSHOT4_REGION_BITS;
	size_t first, last;

	if (slice->begin == slice->end)
		return;
	sweep.position = (uint64_t)slice->begin << MXDP_SNAPSHOT4_REGION_BITS;
	first = mxdp_entry4_find(slices->entries, slices->count, sweep.position << 32);
	last = slices->count;
	if (slice->end < MXDP_SNAPSHOT4_REGIONS)
		last = mxdp_entry4_find(slices->entries, slices->count, end << 32);
	sweep.region = malloc(sizeof(*sweep.region));
	if (!sweep.region) {
		slice->error = -ENOMEM;
		return;
	}
	sweep.region->count = 0;
	open_around(&sweep, slices->entries, slices->count);
	slice->error = sweep_entries(&sweep, slices->entries + first, last - first);
	if (!slice->error)
		slice->error = close_until(&sweep, end);
	slice->entries = sweep.entries;
	free(sweep.region);
}

/* Copies a slice to its place; what leads to lines leads to their new numbers. */
static void join_slice(void *context, size_t number)
{
	struct slices *slices = context;
	struct slice *slice = &slices->slice[number];
	union mxdp_snapshot_line *to = slices->joined + slice->base;

	for (uint32_t i = 0; i < slice->lines.count; i++) {
		to[i] = slice->lines.lines[i];
		if (to[i].node.kind == MXDP_SNAPSHOT_NODE)
			to[i].node.first += slice->base;
	}
	for (uint32_t i = slice->begin; i < slice->end; i++)
		slices->slots[i].first += slices->slots[i].parts ? slice->base : 0;
	free(slice->lines.lines);
	slice->lines.lines = NULL;
}

static int join(struct slices *slices, struct mxdp_lines *lines)
{
	uint64_t total = MXDP_SNAPSHOT4_DATA_AT;

	for (size_t i = 0; i < slices->used; i++) {
		if (slices->slice[i].error)
			return slices->slice[i].error;
		slices->slice[i].base = (uint32_t)total;
		total += slices->slice[i].lines.count;
		if (total > MXDP_LINES_MAX)
			return -E2BIG;
	}
	lines->lines = malloc(total * sizeof(*lines->lines));
	if (!lines->lines)
		return -ENOMEM;
	lines->count = lines->places = (uint32_t)total;
	memset(lines->lines, 0, MXDP_SNAPSHOT4_DATA_AT * sizeof(*lines->lines));
	slices->joined = lines->lines;
	mxdp_parallel(slices->used, join_slice, slices);
	memcpy(&lines->lines[MXDP_SNAPSHOT_BODY_AT], slices->slots, sizeof(slices->slots));
	return 0;
}

int mxdp_snapshot_build4(struct mxdp_snapshot_builder *builder, uint64_t generation,
			 struct mxdp_snapshot *out)
{
	struct slices *slices = calloc(1, sizeof(*slices));
	struct mxdp_lines lines = {0};
	uint64_t entries = 0;
	int error = slices ? mxdp_sort4(&builder->entries4, builder->count4) : -ENOMEM;

	if (!error) {
		builder->places4 = builder->count4;
		slices->entries = builder->entries4;
		slices->count = builder->count4;
		cut(slices);
		mxdp_parallel(slices->used, sweep_slice, slices);
		error = join(slices, &lines);
	}
	for (size_t i = 0; slices && i < slices->used; i++) {
		entries += slices->slice[i].entries;
		free(slices->slice[i].lines.lines);
	}
	free(slices);
	if (error)
		return error;
	mxdp_snapshot_begin(builder, generation, 4, entries, &lines);
	out->lines = lines.lines;
	out->count = lines.count;
	return 0;
}
