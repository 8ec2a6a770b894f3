/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries of a feed in their order, and what they say of an address. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "userspace/feeds/snapshot/entries.h"

static struct mxdp_feed_entry entry_of4(mxdp_feed_entry4 kept)
{
	return (struct mxdp_feed_entry){
		.prefix = {.address = mxdp_address_from_v4(htonl(mxdp_entry4_address(kept))),
			   .length = (uint8_t)mxdp_entry4_length(kept)},
		.excluded = kept & MXDP_SNAPSHOT_EXCLUDED4,
		.line = kept & MXDP_FEED_LINE_LAST,
		.text = "",
	};
}

static struct mxdp_feed_entry entry_of6(const struct mxdp_feed_entry6 *kept)
{
	return (struct mxdp_feed_entry){
		.prefix = {.address = mxdp_address_from_bytes(kept->address),
			   .length = kept->length},
		.excluded = kept->excluded,
		.line = kept->line,
		.text = "",
	};
}

static int compare6(const void *a, const void *b)
{
	const struct mxdp_feed_entry6 *first = a, *second = b;
	int order = memcmp(first->address, second->address, sizeof(first->address));

	if (order)
		return order;
	if (first->length != second->length)
		return first->length < second->length ? -1 : 1;
	if (first->excluded != second->excluded)
		return first->excluded ? 1 : -1;
	return (first->line > second->line) - (first->line < second->line);
}

int mxdp_feed_data_sort(struct mxdp_feed_data *data)
{
	int error = mxdp_sort4(&data->entries4, data->count4);

	if (error)
		return error;
	data->places4 = data->count4;
	if (data->count6)
		qsort(data->entries6, data->count6, sizeof(*data->entries6), compare6);
	for (size_t i = 0; i < data->count4; i++)
		data->lengths4 |= 1ull << mxdp_entry4_length(data->entries4[i]);
	for (size_t i = 0; i < data->count6; i++)
		data->lengths6[data->entries6[i].length / 64] |= 1ull
								 << data->entries6[i].length % 64;
	return 0;
}

size_t mxdp_feed_data_count(const struct mxdp_feed_data *data)
{
	return data->count4 + data->count6;
}

struct mxdp_feed_entry mxdp_feed_data_entry(const struct mxdp_feed_data *data, size_t place)
{
	return place < data->count4 ? entry_of4(data->entries4[place])
				    : entry_of6(&data->entries6[place - data->count4]);
}

int mxdp_feed_data_add(const struct mxdp_feed_data *data, struct mxdp_snapshot_builder *builder,
		       uint8_t class, uint16_t priority)
{
	int error = mxdp_snapshot_add4(builder, data->entries4, data->count4, class, priority);

	for (size_t i = 0; i < data->count6 && !error; i++) {
		struct mxdp_feed_entry entry = entry_of6(&data->entries6[i]);

		error = mxdp_snapshot_add(builder, &entry.prefix, entry.excluded ? 0 : class,
					  priority);
	}
	return error;
}

/*
 * The place of the entry for exactly this prefix, or the count. Of the same prefix listed and
 * excluded, the exclusion decides, as in the snapshot.
 */
static size_t find_prefix4(const struct mxdp_feed_data *data, uint32_t address, unsigned int length)
{
	mxdp_feed_entry4 wanted = (uint64_t)address << 32 | (uint64_t)length << 26;
	mxdp_feed_entry4 excluded = wanted | MXDP_SNAPSHOT_EXCLUDED4;
	size_t place = mxdp_entry4_find(data->entries4, data->count4, excluded);

	if (place < data->count4 && data->entries4[place] >> 25 == excluded >> 25)
		return place;
	place = mxdp_entry4_find(data->entries4, data->count4, wanted);
	if (place < data->count4 && data->entries4[place] >> 25 == wanted >> 25)
		return place;
	return data->count4;
}

static int find4(const struct mxdp_feed_data *data, uint32_t address, struct mxdp_feed_entry *entry)
{
	for (unsigned int length = 33; length-- > 0;) {
		uint32_t mask = length ? UINT32_MAX << (32 - length) : 0;
		size_t place;

		if (!(data->lengths4 >> length & 1))
			continue;
		place = find_prefix4(data, address & mask, length);
		if (place < data->count4) {
			*entry = entry_of4(data->entries4[place]);
			return 0;
		}
	}
	return -ENOENT;
}

/* The first entry that does not come before `wanted`. */
static size_t lower_bound6(const struct mxdp_feed_data *data, const struct mxdp_feed_entry6 *wanted)
{
	size_t begin = 0, end = data->count6;

	while (begin < end) {
		size_t middle = begin + (end - begin) / 2;

		if (compare6(&data->entries6[middle], wanted) < 0)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin;
}

static bool find_prefix6(const struct mxdp_feed_data *data, const struct mxdp_prefix *prefix,
			 struct mxdp_feed_entry *entry)
{
	struct mxdp_feed_entry6 wanted = {.length = prefix->length};

	memcpy(wanted.address, prefix->address.bytes, sizeof(wanted.address));
	for (int excluded = 1; excluded >= 0; excluded--) {
		const struct mxdp_feed_entry6 *found;
		size_t place;

		wanted.excluded = excluded;
		place = lower_bound6(data, &wanted);
		found = &data->entries6[place];
		if (place < data->count6 && found->length == wanted.length &&
		    found->excluded == wanted.excluded &&
		    memcmp(found->address, wanted.address, sizeof(wanted.address)) == 0) {
			*entry = entry_of6(found);
			return true;
		}
	}
	return false;
}

int mxdp_feed_data_find(const struct mxdp_feed_data *data, const struct mxdp_address *address,
			struct mxdp_feed_entry *entry)
{
	if (mxdp_address_is_v4(address))
		return find4(data, ntohl(mxdp_address_v4(address)), entry);
	for (unsigned int length = 129; length-- > 0;) {
		struct mxdp_prefix prefix;

		if (!(data->lengths6[length / 64] >> length % 64 & 1))
			continue;
		prefix = mxdp_prefix_of(address, (uint8_t)length);
		if (find_prefix6(data, &prefix, entry))
			return 0;
	}
	return -ENOENT;
}

static void range4(const struct mxdp_feed_data *data, const struct mxdp_prefix *prefix, bool within,
		   size_t *begin, size_t *end)
{
	uint64_t address = ntohl(mxdp_address_v4(&prefix->address));
	uint64_t first = address << 32 | (uint64_t)prefix->length << 26;
	uint64_t after = within ? address + (1ull << (32 - prefix->length)) : address;

	*begin = mxdp_entry4_find(data->entries4, data->count4, first);
	if (!within)
		*end = mxdp_entry4_find(data->entries4, data->count4, first + (1ull << 26));
	else if (after > UINT32_MAX)
		*end = data->count4;
	else
		*end = mxdp_entry4_find(data->entries4, data->count4, after << 32);
}

static void range6(const struct mxdp_feed_data *data, const struct mxdp_prefix *prefix, bool within,
		   size_t *begin, size_t *end)
{
	struct mxdp_feed_entry6 edge = {.length = prefix->length};

	memcpy(edge.address, prefix->address.bytes, sizeof(edge.address));
	*begin = data->count4 + lower_bound6(data, &edge);
	edge.length++; /* 129 sorts behind all */
	for (unsigned int bit = prefix->length; within && bit < 128; bit++)
		edge.address[bit / 8] |= 0x80 >> bit % 8;
	if (within)
		edge.length = UINT8_MAX;
	*end = data->count4 + lower_bound6(data, &edge);
}

void mxdp_feed_data_range(const struct mxdp_feed_data *data, const struct mxdp_prefix *prefix,
			  bool within, size_t *begin, size_t *end)
{
	if (mxdp_address_is_v4(&prefix->address))
		range4(data, prefix, within, begin, end);
	else
		range6(data, prefix, within, begin, end);
}

bool mxdp_feed_data_lists(const struct mxdp_feed_data *data, const struct mxdp_address *address)
{
	const struct mxdp_snapshot *index =
		mxdp_address_is_v4(address) ? &data->index4 : &data->index6;
	struct mxdp_snapshot_view view = {.lines = index->lines, .count = index->count};

	return index->lines && mxdp_snapshot_lookup(&view, address, NULL);
}
