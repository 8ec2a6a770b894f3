/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv6 half of the builder: sorts the prefixes, drops what a later entry or a subtraction
 * overrules, and fills the hash table and the filter of lengths. Where too many prefixes meet in
 * one place, it starts again with another seed and a larger table.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "maps/snapshot6.h"
#include "private.h"

#define TRIES_MAX        12
#define LINES_MAX        (1u << 24)
#define FILTER_LINES_MAX 65536 /* 4 MiB */

struct table {
	struct mxdp_lines lines;
	uint64_t seed;
	uint64_t short_lengths;
	uint8_t default_class;
	uint32_t filter_lines;
	uint32_t bucket_lines;
};

static int compare(const void *a, const void *b)
{
	const struct mxdp_entry6 *first = a, *second = b;

	if (first->high != second->high)
		return first->high < second->high ? -1 : 1;
	if (first->low != second->low)
		return first->low < second->low ? -1 : 1;
	if (first->length != second->length)
		return first->length < second->length ? -1 : 1;
	return (first->rank > second->rank) - (first->rank < second->rank);
}

static bool covers(const struct mxdp_entry6 *outer, const struct mxdp_entry6 *inner)
{
	struct mxdp_snapshot_key6 key = {inner->high, inner->low};

	key = mxdp_snapshot6_mask(key, outer->length);
	return key.high == outer->high && key.low == outer->low;
}

/* Sorts, and keeps of each prefix the entry that decides, none inside a subtracted one. */
static size_t settle(struct mxdp_entry6 *entries, size_t count)
{
	size_t subtracted = SIZE_MAX; /* the last one kept */
	size_t kept = 0;
	size_t i;

	for (i = 1; i < count && compare(&entries[i - 1], &entries[i]) <= 0; i++)
		;
	if (i < count)
		qsort(entries, count, sizeof(*entries), compare);
	for (i = 0; i < count; i++) {
		const struct mxdp_entry6 *entry = &entries[i];

		if (i + 1 < count && entry->high == entry[1].high && entry->low == entry[1].low &&
		    entry->length == entry[1].length)
			continue;
		if (subtracted != SIZE_MAX && covers(&entries[subtracted], entry))
			continue;
		if (entry->rank & MXDP_ENTRY_SUBTRACTED)
			subtracted = kept;
		entries[kept++] = *entry;
	}
	return kept;
}

static void add_to_filter(struct table *table, const struct mxdp_entry6 *entry)
{
	uint32_t place = mxdp_snapshot6_filter_place(entry->high, table->seed, table->filter_lines);
	struct mxdp_snapshot_filter6 *filter =
		&table->lines.lines[MXDP_SNAPSHOT6_FILTER_AT + place / 4].filter[place % 4];

	if (!entry->length)
		table->default_class = mxdp_entry_class(entry->rank);
	else if (entry->length < 32)
		table->short_lengths |= 1ull << (64 - entry->length);
	else if (entry->length <= 64)
		filter->narrow |= 1ull << (64 - entry->length);
	else
		filter->wide |= 1ull << (128 - entry->length);
}

/* Puts an entry into its bucket or one of the next. -ENOSPC when all are full. */
static int add_to_bucket(struct table *table, const struct mxdp_entry6 *entry)
{
	struct mxdp_snapshot_key6 key = {entry->high, entry->low};
	uint32_t words = entry->length > 64 ? 2 : 1;
	uint32_t hash = mxdp_snapshot6_hash(key, entry->length, table->seed);
	uint32_t line = MXDP_SNAPSHOT6_FILTER_AT + table->filter_lines +
			mxdp_snapshot6_place(hash, table->bucket_lines);
	uint32_t i;

	for (i = 0; i < MXDP_SNAPSHOT6_CHAIN; i++) {
		struct mxdp_snapshot_bucket6 *bucket = &table->lines.lines[line + i].bucket;

		if (bucket->used + words > MXDP_SNAPSHOT_BUCKET_WORDS) {
			bucket->spilled = 1;
			continue;
		}
		bucket->word[bucket->used] = entry->high;
		if (words == 2)
			bucket->word[bucket->used + 1] = entry->low;
		bucket->length[bucket->used] = entry->length;
		bucket->class[bucket->used] = mxdp_entry_class(entry->rank);
		bucket->used += words;
		return 0;
	}
	return -ENOSPC;
}

static int fill(struct table *table, const struct mxdp_entry6 *entries, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		int error;

		add_to_filter(table, &entries[i]);
		if (!entries[i].length)
			continue;
		error = add_to_bucket(table, &entries[i]);
		if (error)
			return error;
	}
	return 0;
}

/* One try with a new seed: -ENOSPC when the table was too small for it. */
static int try(struct table *table, const struct mxdp_entry6 *entries, size_t count,
	       uint64_t lines_wanted)
{
	int64_t first;

	memset(table, 0, sizeof(*table));
	if (getrandom(&table->seed, sizeof(table->seed), 0) != sizeof(table->seed))
		return -EIO;
	if (lines_wanted > LINES_MAX)
		return -E2BIG;
	table->bucket_lines = lines_wanted;
	table->filter_lines = count / 16 + 1 < FILTER_LINES_MAX ? count / 16 + 1 : FILTER_LINES_MAX;
	/* The last bucket may spill too. */
	first = mxdp_lines_append(&table->lines, MXDP_SNAPSHOT6_FILTER_AT + table->filter_lines +
							 table->bucket_lines +
							 MXDP_SNAPSHOT6_CHAIN - 1);
	if (first < 0)
		return first;
	return fill(table, entries, count);
}

int mxdp_snapshot_build6(struct mxdp_snapshot_builder *builder, uint64_t generation,
			 struct mxdp_snapshot *out)
{
	struct mxdp_snapshot_header *header;
	uint64_t words = 0, listed = 0, lines_wanted;
	struct table table;
	unsigned int tries = 0;
	int error;
	size_t i;

	builder->count6 = settle(builder->entries6, builder->count6);
	for (i = 0; i < builder->count6; i++) {
		words += builder->entries6[i].length > 64 ? 2 : 1;
		listed += mxdp_entry_class(builder->entries6[i].rank) != 0;
	}
	/* Three quarters full, and a little more at each further try. */
	lines_wanted = words * 4 / (3 * MXDP_SNAPSHOT_BUCKET_WORDS) + 1;
	do {
		error = try(&table, builder->entries6, builder->count6, lines_wanted);
		if (error)
			free(table.lines.lines);
		lines_wanted += lines_wanted / 8 + 1;
	} while (error == -ENOSPC && ++tries < TRIES_MAX);
	if (error)
		return error == -ENOSPC ? -E2BIG : error;
	mxdp_snapshot_begin(builder, generation, 6, listed, &table.lines);
	header = &table.lines.lines[0].header;
	header->seed = table.seed;
	header->short_lengths = table.short_lengths;
	header->default_class = table.default_class;
	header->filter_lines = table.filter_lines;
	header->bucket_lines = table.bucket_lines;
	out->lines = table.lines.lines;
	out->count = table.lines.count;
	return 0;
}
