/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to maps/: from addresses to the keys of both families' maps and back, and the walk over
 * a whole map.
 */
#ifndef MXDP_KEYS_H
#define MXDP_KEYS_H

#include "abi.h"
#include "address.h"
#include "map_place.h"

/* Room for a key of any map; which member counts follows from the family. */
union mxdp_key {
	struct mxdp_prefix4 prefix4;
	struct mxdp_prefix6 prefix6;
	struct mxdp_client4 client4;
	struct mxdp_client6 client6;
};

void mxdp_key_of_prefix(const struct mxdp_prefix *prefix, union mxdp_key *key);
void mxdp_key_of_client(const struct mxdp_prefix *client, union mxdp_key *key);
struct mxdp_prefix mxdp_key_to_prefix(const union mxdp_key *key, bool v4);
struct mxdp_prefix mxdp_key_to_client(const union mxdp_key *key, bool v4);

/* How many entries a map has places for; a negative errno where it can't be told. */
int mxdp_map_places(int map, uint32_t *places);

/*
 * Reads the next entries, `count` at most and at least as many as a hash map's fullest bucket
 * holds, by one system call. `count` becomes how many they were. Returns 0 while there may be more,
 * 1 at the end, or a negative errno.
 */
int mxdp_map_read(int map, struct mxdp_map_place *place, void *keys, void *values, uint32_t *count);

/*
 * Calls `each` with every entry until it returns non-zero, which is then returned. `each` may
 * change the map.
 */
int mxdp_map_walk(int map, size_t key_size, size_t value_size,
		  int (*each)(void *context, const void *key, const void *value), void *context);

#endif
