/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The builder's entries and what both families' generations have in common; reading them. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "maps/snapshot4.h"
#include "maps/snapshot6.h"
#include "private.h"

int mxdp_snapshot_builder_new(struct mxdp_snapshot_builder **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void mxdp_snapshot_builder_free(struct mxdp_snapshot_builder *builder)
{
	if (!builder)
		return;
	free(builder->entries4);
	free(builder->entries6);
	free(builder);
}

/* Makes room for `more` elements of an array that at least doubles. */
static int make_room(void **array, size_t size, size_t count, size_t more, size_t *places)
{
	size_t wanted = *places ? *places * 2 : 1024;
	void *larger;

	if (count + more <= *places)
		return 0;
	if (wanted < count + more)
		wanted = count + more;
	larger = reallocarray(*array, wanted, size);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	*places = wanted;
	return 0;
}

static struct mxdp_snapshot_key6 key_of(const struct mxdp_address *address)
{
	uint64_t words[2];

	memcpy(words, address->bytes, sizeof(words));
	return (struct mxdp_snapshot_key6){be64toh(words[0]), be64toh(words[1])};
}

static int add(struct mxdp_snapshot_builder *builder, const struct mxdp_prefix *prefix,
	       uint32_t rank)
{
	bool v4 = mxdp_address_is_v4(&prefix->address);
	struct mxdp_snapshot_key6 key;
	int error;

	if (prefix->length > (v4 ? 32 : 128))
		return -EINVAL;
	if (v4) {
		uint32_t address = ntohl(mxdp_address_v4(&prefix->address));

		address &= prefix->length ? ~0u << (32 - prefix->length) : 0;
		error = make_room((void **)&builder->entries4, sizeof(*builder->entries4),
				  builder->count4, 1, &builder->places4);
		if (!error)
			builder->entries4[builder->count4++] =
				(uint64_t)address << 32 | (uint64_t)prefix->length << 26 | rank;
		return error;
	}
	error = make_room((void **)&builder->entries6, sizeof(*builder->entries6), builder->count6,
			  1, &builder->places6);
	if (error)
		return error;
	key = mxdp_snapshot6_mask(key_of(&prefix->address), prefix->length);
	builder->entries6[builder->count6++] =
		(struct mxdp_entry6){key.high, key.low, rank, prefix->length};
	return 0;
}

int mxdp_snapshot_add(struct mxdp_snapshot_builder *builder, const struct mxdp_prefix *prefix,
		      uint8_t class, uint16_t priority)
{
	return add(builder, prefix, (uint32_t)priority << 8 | (255u - class));
}

int mxdp_snapshot_add4(struct mxdp_snapshot_builder *builder, const uint64_t *entries, size_t count,
		       uint8_t class, uint16_t priority)
{
	const uint32_t listed = (uint32_t)priority << 8 | (255u - class);
	const uint32_t excluded = (uint32_t)priority << 8 | 255u;
	int error = make_room((void **)&builder->entries4, sizeof(*builder->entries4),
			      builder->count4, count, &builder->places4);
	mxdp_entry4 *to;

	if (error)
		return error;
	to = builder->entries4 + builder->count4;
	for (size_t i = 0; i < count; i++)
		to[i] = (entries[i] & ~0ull << 26) |
			(entries[i] & MXDP_SNAPSHOT_EXCLUDED4 ? excluded : listed);
	builder->count4 += count;
	return 0;
}

int mxdp_snapshot_subtract(struct mxdp_snapshot_builder *builder, const struct mxdp_prefix *prefix)
{
	return add(builder, prefix, MXDP_ENTRY_SUBTRACTED | 255);
}

int mxdp_snapshot_define(struct mxdp_snapshot_builder *builder, uint8_t class,
			 const struct mxdp_snapshot_class *meaning)
{
	if (!class)
		return -EINVAL;
	builder->classes[class] = *meaning;
	return 0;
}

int64_t mxdp_lines_append(struct mxdp_lines *lines, uint32_t count)
{
	uint32_t first = lines->count;

	if (count > MXDP_LINES_MAX - first)
		return -E2BIG;
	if (first + count > lines->places) {
		uint32_t places = first + count + first / 4 + 1024;
		void *larger = reallocarray(lines->lines, places, sizeof(*lines->lines));

		if (!larger)
			return -ENOMEM;
		lines->lines = larger;
		lines->places = places;
	}
	memset(lines->lines + first, 0, (size_t)count * sizeof(*lines->lines));
	lines->count += count;
	return first;
}

static uint64_t boottime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void mxdp_snapshot_begin(const struct mxdp_snapshot_builder *builder, uint64_t generation,
			 uint8_t family, uint64_t entries, struct mxdp_lines *lines)
{
	struct mxdp_snapshot_header *header = &lines->lines[0].header;

	header->magic = MXDP_SNAPSHOT_MAGIC;
	header->version = MXDP_SNAPSHOT_VERSION;
	header->family = family;
	header->generation = generation;
	header->built_ns = boottime_ns();
	header->entries = entries;
	header->lines = lines->count;
	memcpy(&lines->lines[MXDP_SNAPSHOT_CLASS_AT], builder->classes, sizeof(builder->classes));
}

void mxdp_snapshot_free(struct mxdp_snapshot *snapshot)
{
	free(snapshot->lines);
	snapshot->lines = NULL;
	snapshot->count = 0;
}

int mxdp_snapshot_info(const struct mxdp_snapshot_view *view, struct mxdp_snapshot_info *info)
{
	const struct mxdp_snapshot_header *header;
	unsigned int i;

	if (view->count < MXDP_SNAPSHOT_BODY_AT)
		return -EPROTO;
	header = &view->lines[0].header;
	if (header->magic != MXDP_SNAPSHOT_MAGIC || header->version != MXDP_SNAPSHOT_VERSION ||
	    (header->family != 4 && header->family != 6))
		return -EPROTO;
	*info = (struct mxdp_snapshot_info){
		.family = header->family,
		.generation = header->generation,
		.entries = header->entries,
		.built_ns = header->built_ns,
		.bytes = (size_t)view->count * sizeof(*view->lines),
	};
	for (i = 1; i < MXDP_SNAPSHOT_CLASS_COUNT; i++)
		info->classes += mxdp_snapshot_class(view, i)->action != MXDP_ACTION_NONE;
	return 0;
}

uint8_t mxdp_snapshot_lookup(const struct mxdp_snapshot_view *view,
			     const struct mxdp_address *address,
			     struct mxdp_snapshot_class *meaning)
{
	bool v4 = mxdp_address_is_v4(address);
	const struct mxdp_snapshot_class *found;
	uint32_t class;

	if (!view->count || view->lines[0].header.family != (v4 ? 4 : 6))
		return 0;
	class = v4 ? mxdp_snapshot4_find(view, ntohl(mxdp_address_v4(address)))
		   : mxdp_snapshot6_find(view, key_of(address));
	found = mxdp_snapshot_class(view, class);
	if (meaning)
		*meaning = found ? *found : (struct mxdp_snapshot_class){0};
	return class;
}
