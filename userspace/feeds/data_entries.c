/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking the entries of a feed. */
#include <arpa/inet.h>
#include <errno.h>

#include "data.h"

static struct mxdp_feed_entry entry_of4(const struct mxdp_feed_entry4 *kept)
{
	return (struct mxdp_feed_entry){
		.prefix = {.address = mxdp_address_from_v4(htonl(kept->address)),
			   .length = kept->length},
		.excluded = kept->excluded,
		.line = kept->line,
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

void mxdp_feed_data_each(const struct mxdp_feed_data *data,
			 void (*each)(void *context, const struct mxdp_feed_entry *entry),
			 void *context)
{
	for (size_t i = 0; i < data->count4; i++) {
		struct mxdp_feed_entry entry = entry_of4(&data->entries4[i]);

		each(context, &entry);
	}
	for (size_t i = 0; i < data->count6; i++) {
		struct mxdp_feed_entry entry = entry_of6(&data->entries6[i]);

		each(context, &entry);
	}
}

int mxdp_feed_data_add(const struct mxdp_feed_data *data, struct mxdp_snapshot_builder *builder,
		       uint8_t class, uint16_t priority)
{
	int error = 0;

	for (size_t i = 0; i < data->count4 && !error; i++) {
		struct mxdp_feed_entry entry = entry_of4(&data->entries4[i]);

		error = mxdp_snapshot_add(builder, &entry.prefix, entry.excluded ? 0 : class,
					  priority);
	}
	for (size_t i = 0; i < data->count6 && !error; i++) {
		struct mxdp_feed_entry entry = entry_of6(&data->entries6[i]);

		error = mxdp_snapshot_add(builder, &entry.prefix, entry.excluded ? 0 : class,
					  priority);
	}
	return error;
}

static const struct mxdp_feed_entry4 *find4(const struct mxdp_feed_data *data, uint32_t address)
{
	const struct mxdp_feed_entry4 *found = NULL;

	for (size_t i = 0; i < data->count4; i++) {
		const struct mxdp_feed_entry4 *entry = &data->entries4[i];
		uint64_t differs = entry->address ^ address;

		if (differs >> (32 - entry->length))
			continue;
		/* Of the same prefix listed and excluded, the exclusion decides, as in the
		 * snapshot. */
		if (!found || entry->length > found->length ||
		    (entry->length == found->length && entry->excluded))
			found = entry;
	}
	return found;
}

static const struct mxdp_feed_entry6 *find6(const struct mxdp_feed_data *data,
					    const struct mxdp_address *address)
{
	const struct mxdp_feed_entry6 *found = NULL;

	for (size_t i = 0; i < data->count6; i++) {
		struct mxdp_feed_entry entry = entry_of6(&data->entries6[i]);

		if (!mxdp_prefix_contains(&entry.prefix, address))
			continue;
		if (!found || entry.prefix.length > found->length ||
		    (entry.prefix.length == found->length && entry.excluded))
			found = &data->entries6[i];
	}
	return found;
}

int mxdp_feed_data_find(const struct mxdp_feed_data *data, const struct mxdp_address *address,
			struct mxdp_feed_entry *entry)
{
	if (mxdp_address_is_v4(address)) {
		const struct mxdp_feed_entry4 *found = find4(data, ntohl(mxdp_address_v4(address)));

		if (found)
			*entry = entry_of4(found);
		return found ? 0 : -ENOENT;
	}
	const struct mxdp_feed_entry6 *found = find6(data, address);

	if (found)
		*entry = entry_of6(found);
	return found ? 0 : -ENOENT;
}

bool mxdp_feed_data_lists(const struct mxdp_feed_data *data, const struct mxdp_address *address)
{
	const struct mxdp_snapshot *index =
		mxdp_address_is_v4(address) ? &data->index4 : &data->index6;
	struct mxdp_snapshot_view view = {.lines = index->lines, .count = index->count};

	return index->lines && mxdp_snapshot_lookup(&view, address, NULL);
}
