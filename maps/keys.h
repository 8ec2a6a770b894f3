/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to maps/: from addresses to the keys of both families' maps and back, and the walk over
 * a whole map.
 */
#ifndef MXDP_KEYS_H
#define MXDP_KEYS_H

#include "abi.h"
#include "address.h"

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
 * Calls `each` with every entry until it returns non-zero, which is then returned. `each` may
 * change the map.
 */
int mxdp_map_walk(int map, size_t key_size, size_t value_size,
		  int (*each)(void *context, const void *key, const void *value), void *context);

#endif
