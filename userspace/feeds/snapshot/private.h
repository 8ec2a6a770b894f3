/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the snapshot builder share. Used by the files beside it alone. */
#ifndef MXDP_FEEDS_SNAPSHOT_PRIVATE_H
#define MXDP_FEEDS_SNAPSHOT_PRIVATE_H

#include "entries.h"
#include "maps/snapshot4.h"
#include "snapshot.h"

struct mxdp_entry6 {
	uint64_t high, low;
	uint32_t rank; /* subtracted, priority and class as above */
	uint8_t length;
};

struct mxdp_snapshot_builder {
	mxdp_entry4 *entries4;
	size_t count4, places4;
	struct mxdp_entry6 *entries6;
	size_t count6, places6;
	struct mxdp_snapshot_class classes[MXDP_SNAPSHOT_CLASS_COUNT];
};

#define MXDP_ENTRY_SUBTRACTED (1u << 25)

/* The /12 in which it begins. */
static inline uint32_t mxdp_entry4_region(mxdp_entry4 entry)
{
	return entry >> (32 + MXDP_SNAPSHOT4_REGION_BITS);
}

static inline uint8_t mxdp_entry_class(uint32_t rank)
{
	return 255 - (rank & 255);
}

/* Lines that grow while they are written; `lines` is NULL after a failure to grow. */
struct mxdp_lines {
	union mxdp_snapshot_line *lines;
	uint32_t count;
	uint32_t places;
};

/* A little over what the formats can address: they check. */
#define MXDP_LINES_MAX ((1u << 24) + 1024)

/* Appends `count` zeroed lines and returns the number of the first. -ENOMEM, -E2BIG. */
int64_t mxdp_lines_append(struct mxdp_lines *lines, uint32_t count);

/* Writes the header's common part and the classes. */
void mxdp_snapshot_begin(const struct mxdp_snapshot_builder *builder, uint64_t generation,
			 uint8_t family, uint64_t entries, struct mxdp_lines *lines);

/* The runs of equal class in one /12: run i is [start[i], start[i + 1]). */
struct mxdp_region4 {
	uint32_t count;
	uint32_t start[MXDP_SNAPSHOT4_REGION + 1]; /* within the region; the last is its end */
	uint8_t class[MXDP_SNAPSHOT4_REGION];
};

/* Writes the lines of a region and returns its directory slot in `slot`. 0, -ENOMEM, -E2BIG. */
int mxdp_encode4(const struct mxdp_region4 *region, struct mxdp_lines *lines,
		 struct mxdp_snapshot_slot4 *slot);

#endif
