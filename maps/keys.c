/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

/*
 * Entries a system call brings. A hash is walked bucket by bucket; a trie is continued from the
 * last key brought, which must still be there, so it comes as a whole.
 */
#define HASH_BATCH 4096

void mxdp_key_of_prefix(const struct mxdp_prefix *prefix, union mxdp_key *key)
{
	memset(key, 0, sizeof(*key));
	if (mxdp_address_is_v4(&prefix->address)) {
		key->prefix4.length = prefix->length;
		memcpy(key->prefix4.address, prefix->address.bytes + 12, 4);
	} else {
		key->prefix6.length = prefix->length;
		memcpy(key->prefix6.address, prefix->address.bytes, 16);
	}
}

void mxdp_key_of_client(const struct mxdp_prefix *client, union mxdp_key *key)
{
	memset(key, 0, sizeof(*key));
	if (mxdp_address_is_v4(&client->address)) {
		memcpy(key->client4.address, client->address.bytes + 12, 4);
	} else {
		key->client6.length = client->length;
		memcpy(key->client6.address, client->address.bytes, 16);
	}
}

static struct mxdp_prefix prefix_from(const uint8_t *address, uint32_t length, bool v4)
{
	struct mxdp_address whole;
	uint32_t network_order;

	if (v4) {
		memcpy(&network_order, address, sizeof(network_order));
		whole = mxdp_address_from_v4(network_order);
	} else {
		whole = mxdp_address_from_bytes(address);
	}
	return mxdp_prefix_of(&whole, (uint8_t)length);
}

struct mxdp_prefix mxdp_key_to_prefix(const union mxdp_key *key, bool v4)
{
	return v4 ? prefix_from(key->prefix4.address, key->prefix4.length, true)
		  : prefix_from(key->prefix6.address, key->prefix6.length, false);
}

struct mxdp_prefix mxdp_key_to_client(const union mxdp_key *key, bool v4)
{
	return v4 ? prefix_from(key->client4.address, 32, true)
		  : prefix_from(key->client6.address, key->client6.length, false);
}

static int map_info(int map, struct bpf_map_info *info)
{
	__u32 size = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(map, info, &size);
}

int mxdp_map_places(int map, uint32_t *places)
{
	struct bpf_map_info info;
	int error = map_info(map, &info);

	if (!error)
		*places = info.max_entries;
	return error;
}

int mxdp_map_read(int map, struct mxdp_map_place *place, void *keys, void *values, uint32_t *count)
{
	struct mxdp_map_place next = {.started = true};
	int error = bpf_map_lookup_batch(map, place->started ? place->at : NULL, next.at, keys,
					 values, count, NULL);

	_Static_assert(sizeof(next.at) >= sizeof(union mxdp_key), "room for any key");

	if (error && error != -ENOENT) {
		*count = 0;
		return error;
	}
	*place = next;
	return error ? 1 : 0;
}

struct walk {
	int map;
	size_t key_size, value_size;
	uint32_t batch;
	uint8_t *keys, *values;
};

static int run_walk(const struct walk *walk,
		    int (*each)(void *context, const void *key, const void *value), void *context)
{
	struct mxdp_map_place place = {0};
	int end, stop;

	do {
		uint32_t count = walk->batch;

		end = mxdp_map_read(walk->map, &place, walk->keys, walk->values, &count);
		for (uint32_t i = 0; i < count; i++) {
			stop = each(context, walk->keys + i * walk->key_size,
				    walk->values + i * walk->value_size);
			if (stop)
				return stop;
		}
	} while (!end);
	return end < 0 ? end : 0;
}

int mxdp_map_walk(int map, size_t key_size, size_t value_size,
		  int (*each)(void *context, const void *key, const void *value), void *context)
{
	struct walk walk = {.map = map, .key_size = key_size, .value_size = value_size};
	struct bpf_map_info info;
	int error = map_info(map, &info);

	if (error)
		return error;
	if (info.key_size != key_size || info.value_size != value_size)
		return -EPROTO;
	walk.batch = info.max_entries;
	if (info.type != BPF_MAP_TYPE_LPM_TRIE && walk.batch > HASH_BATCH)
		walk.batch = HASH_BATCH;
	walk.keys = calloc(walk.batch, key_size);
	walk.values = calloc(walk.batch, value_size);
	error = walk.keys && walk.values ? run_walk(&walk, each, context) : -ENOMEM;
	free(walk.keys);
	free(walk.values);
	return error;
}
