/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fresh_maps.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <bpf/bpf.h>

#define KEY_MAX 64

static bool is_plain_array(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_ARRAY && !bpf_map__is_internal(map);
}

void fresh_maps_prepare(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		if (is_plain_array(map))
			bpf_map__set_map_flags(map, bpf_map__map_flags(map) | BPF_F_MMAPABLE);
	}
}

static size_t rounded_value(const struct bpf_map *map)
{
	return ((size_t)bpf_map__value_size(map) + 7) / 8 * 8;
}

static void zero_array(const struct bpf_map *map)
{
	size_t bytes = rounded_value(map) * bpf_map__max_entries(map);
	void *values = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	ck_assert_msg(values != MAP_FAILED, "%s cannot be mapped", bpf_map__name(map));
	memset(values, 0, bytes);
	munmap(values, bytes);
}

static void zero_per_cpu(const struct bpf_map *map)
{
	void *values = calloc((size_t)libbpf_num_possible_cpus(), rounded_value(map));

	ck_assert_ptr_nonnull(values);
	for (uint32_t i = 0; i < bpf_map__max_entries(map); i++)
		ck_assert_int_eq(bpf_map_update_elem(bpf_map__fd(map), &i, values, BPF_ANY), 0);
	free(values);
}

static void delete_all(const struct bpf_map *map)
{
	uint8_t key[KEY_MAX];

	ck_assert_uint_le(bpf_map__key_size(map), sizeof(key));
	while (!bpf_map_get_next_key(bpf_map__fd(map), NULL, key))
		ck_assert_int_eq(bpf_map_delete_elem(bpf_map__fd(map), key), 0);
}

/*
 * A snapshot's chunks. Older kernels wait for all packets after each look at such a map, so that
 * not every place is looked at where the first says that nothing was published.
 */
static void delete_inner_maps(const struct bpf_map *map)
{
	uint32_t place = 0, number;

	if (bpf_map_lookup_elem(bpf_map__fd(map), &place, &number))
		return;
	for (; place < bpf_map__max_entries(map); place++)
		if (!bpf_map_lookup_elem(bpf_map__fd(map), &place, &number))
			ck_assert_int_eq(bpf_map_delete_elem(bpf_map__fd(map), &place), 0);
}

static int skip_record(void *context, void *data, size_t size)
{
	(void)context, (void)data, (void)size;
	return 0;
}

static void drain(const struct bpf_map *map)
{
	struct ring_buffer *ring = ring_buffer__new(bpf_map__fd(map), skip_record, NULL, NULL);

	ck_assert_ptr_nonnull(ring);
	ck_assert_int_ge(ring_buffer__consume(ring), 0);
	ring_buffer__free(ring);
}

static void empty(const struct bpf_map *map)
{
	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_ARRAY:
		zero_array(map);
		break;
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		zero_per_cpu(map);
		break;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		delete_inner_maps(map);
		break;
	case BPF_MAP_TYPE_RINGBUF:
		drain(map);
		break;
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
		delete_all(map);
		break;
	default:
		ck_abort_msg("%s is of a kind that is not emptied here", bpf_map__name(map));
	}
}

void fresh_maps(const struct bpf_object *object)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		if (!bpf_map__is_internal(map))
			empty(map);
	}
}
