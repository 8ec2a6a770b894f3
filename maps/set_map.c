/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets never_block4/6, exempt4/6 and destinations4/6, each replaced as a whole (maps.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "keys.h"
#include "maps.h"

/* A sorted list of prefixes of one family, each once. */
struct list {
	struct mxdp_prefix *prefixes;
	size_t count, places;
	bool v4;
};

static int map_of(const struct mxdp_maps *maps, enum mxdp_set set, bool v4)
{
	if (set == MXDP_SET_NEVER_BLOCK)
		return v4 ? maps->never_block4 : maps->never_block6;
	if (set == MXDP_SET_EXEMPT)
		return v4 ? maps->exempt4 : maps->exempt6;
	return v4 ? maps->destinations4 : maps->destinations6;
}

static size_t key_size(bool v4)
{
	return v4 ? sizeof(struct mxdp_prefix4) : sizeof(struct mxdp_prefix6);
}

static int compare(const void *a, const void *b)
{
	const struct mxdp_prefix *left = a, *right = b;
	int order = memcmp(left->address.bytes, right->address.bytes, sizeof(left->address.bytes));

	return order ? order : (int)left->length - (int)right->length;
}

static bool has(const struct list *list, const struct mxdp_prefix *prefix)
{
	return list->count &&
	       bsearch(prefix, list->prefixes, list->count, sizeof(*prefix), compare);
}

static int list_new(struct list *list, size_t places, bool v4)
{
	*list = (struct list){.places = places, .v4 = v4};
	list->prefixes = calloc(places ? places : 1, sizeof(*list->prefixes));
	return list->prefixes ? 0 : -ENOMEM;
}

static void list_sort(struct list *list)
{
	size_t kept = 0;

	qsort(list->prefixes, list->count, sizeof(*list->prefixes), compare);
	for (size_t i = 0; i < list->count; i++)
		if (!kept || compare(&list->prefixes[kept - 1], &list->prefixes[i]))
			list->prefixes[kept++] = list->prefixes[i];
	list->count = kept;
}

static int collect(void *context, const void *key, const void *value)
{
	struct list *list = context;

	(void)value;
	if (list->count < list->places)
		list->prefixes[list->count++] = mxdp_key_to_prefix(key, list->v4);
	return 0;
}

/* Adds the wanted that are missing; where there is no place, unwanted members make it. */
static int add_missing(int map, const struct list *wanted, const struct list *members,
		       const struct list *unwanted, size_t *removed)
{
	for (size_t i = 0; i < wanted->count; i++) {
		struct mxdp_member member = {0};
		union mxdp_key key;
		int error;

		if (has(members, &wanted->prefixes[i]))
			continue;
		mxdp_key_of_prefix(&wanted->prefixes[i], &key);
		error = bpf_map_update_elem(map, &key, &member, BPF_ANY);
		if (error == -ENOSPC && *removed < unwanted->count) {
			union mxdp_key old;

			mxdp_key_of_prefix(&unwanted->prefixes[(*removed)++], &old);
			bpf_map_delete_elem(map, &old);
			error = bpf_map_update_elem(map, &key, &member, BPF_ANY);
		}
		if (error)
			return error;
	}
	return 0;
}

static int make_exactly(int map, const struct list *wanted, const struct list *members,
			struct list *unwanted)
{
	size_t removed = 0;
	int error;

	for (size_t i = 0; i < members->count; i++)
		if (!has(wanted, &members->prefixes[i]))
			unwanted->prefixes[unwanted->count++] = members->prefixes[i];
	error = add_missing(map, wanted, members, unwanted, &removed);
	if (error)
		return error;
	for (; removed < unwanted->count; removed++) {
		union mxdp_key key;

		mxdp_key_of_prefix(&unwanted->prefixes[removed], &key);
		error = bpf_map_delete_elem(map, &key);
		if (error && error != -ENOENT)
			return error;
	}
	return 0;
}

static int replace_family(int map, const struct list *wanted, uint32_t places)
{
	struct list members = {0}, unwanted = {0};
	int error = list_new(&members, places, wanted->v4);

	if (!error)
		error = list_new(&unwanted, places, wanted->v4);
	if (!error)
		error = mxdp_map_walk(map, key_size(wanted->v4), sizeof(struct mxdp_member),
				      collect, &members);
	if (!error) {
		list_sort(&members);
		error = make_exactly(map, wanted, &members, &unwanted);
	}
	free(members.prefixes);
	free(unwanted.prefixes);
	return error;
}

/* The prefixes of one family. -E2BIG when its map, of `places`, cannot hold them. */
static int choose_family(int map, const struct mxdp_prefix *prefixes, size_t count, bool v4,
			 struct list *wanted, uint32_t *places)
{
	int error = mxdp_map_places(map, places);

	if (!error)
		error = list_new(wanted, count, v4);
	if (error)
		return error;
	for (size_t i = 0; i < count; i++)
		if (mxdp_address_is_v4(&prefixes[i].address) == v4)
			wanted->prefixes[wanted->count++] = prefixes[i];
	list_sort(wanted);
	return wanted->count > *places ? -E2BIG : 0;
}

int mxdp_set_replace(const struct mxdp_maps *maps, enum mxdp_set set,
		     const struct mxdp_prefix *prefixes, size_t count)
{
	int map4 = map_of(maps, set, true), map6 = map_of(maps, set, false);
	struct list wanted4 = {0}, wanted6 = {0};
	uint32_t places4, places6;
	int error;

	error = choose_family(map4, prefixes, count, true, &wanted4, &places4);
	if (!error)
		error = choose_family(map6, prefixes, count, false, &wanted6, &places6);
	if (!error)
		error = replace_family(map4, &wanted4, places4);
	if (!error)
		error = replace_family(map6, &wanted6, places6);
	free(wanted4.prefixes);
	free(wanted6.prefixes);
	return error;
}
