/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv4 half of the builder: sorts the prefixes, sweeps over them once with a stack of those
 * that are open (at most one a length), and hands each /12 as runs of equal class to the encoder.
 */
#include <errno.h>
#include <stdlib.h>

#include "maps/snapshot4.h"
#include "snapshot_build.h"

struct open_prefix {
	uint64_t end; /* first address after it */
	uint8_t class;
	bool subtracted;
};

struct sweep {
	struct mxdp_region4 *region;
	struct mxdp_lines *lines;
	struct open_prefix open[34];
	unsigned int depth;
	uint64_t position; /* everything below has been written */
	uint64_t entries;
};

static int end_region(struct sweep *sweep)
{
	struct mxdp_region4 *region = sweep->region;
	uint32_t number = (uint32_t)((sweep->position - 1) >> MXDP_SNAPSHOT4_REGION_BITS);
	struct mxdp_snapshot_slot4 slot;
	int error;

	region->start[region->count] = MXDP_SNAPSHOT4_REGION;
	error = mxdp_encode4(region, sweep->lines, &slot);
	if (error)
		return error;
	sweep->lines->lines[MXDP_SNAPSHOT_BODY_AT + number / 8].slot[number % 8] = slot;
	region->count = 0;
	return 0;
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

static int sweep_prefix(struct sweep *sweep, mxdp_entry4 entry)
{
	uint64_t address = mxdp_entry4_address(entry);
	bool inside_subtracted;
	int error = close_until(sweep, address);

	if (error)
		return error;
	sweep->entries++;
	inside_subtracted = sweep->depth && sweep->open[sweep->depth - 1].subtracted;
	if (inside_subtracted)
		return 0;
	sweep->open[sweep->depth++] = (struct open_prefix){
		.end = address + (1ull << (32 - mxdp_entry4_length(entry))),
		.class = mxdp_entry_class(entry),
		.subtracted = entry & MXDP_ENTRY_SUBTRACTED,
	};
	return 0;
}

static int sweep_all(struct sweep *sweep, const mxdp_entry4 *entries, size_t count)
{
	int error;
	size_t i;

	for (i = 0; i < count; i++) {
		/* Of several entries for one prefix the last decides. */
		if (i + 1 < count && entries[i] >> 26 == entries[i + 1] >> 26)
			continue;
		error = sweep_prefix(sweep, entries[i]);
		if (error)
			return error;
	}
	return close_until(sweep, 1ull << 32);
}

int mxdp_snapshot_build4(struct mxdp_snapshot_builder *builder, uint64_t generation,
			 struct mxdp_snapshot *out)
{
	struct mxdp_lines lines = {0};
	struct sweep sweep = {.lines = &lines};
	int64_t first;
	int error;

	first = mxdp_lines_append(&lines, MXDP_SNAPSHOT4_DATA_AT);
	if (first < 0)
		return first;
	sweep.region = malloc(sizeof(*sweep.region));
	if (!sweep.region) {
		free(lines.lines);
		return -ENOMEM;
	}
	sweep.region->count = 0;
	error = mxdp_sort4(builder->entries4, builder->count4);
	if (!error)
		error = sweep_all(&sweep, builder->entries4, builder->count4);
	free(sweep.region);
	if (error) {
		free(lines.lines);
		return error;
	}
	mxdp_snapshot_begin(builder, generation, 4, sweep.entries, &lines);
	out->lines = lines.lines;
	out->count = lines.count;
	return 0;
}
