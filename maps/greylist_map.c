/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps greylist4/6: networks that were told to come back (maps.h). */
#include <errno.h>

#include <bpf/bpf.h>

#include "keys.h"
#include "maps.h"

static int map_of(const struct mxdp_maps *maps, const struct mxdp_prefix *network)
{
	return mxdp_address_is_v4(&network->address) ? maps->greylist4 : maps->greylist6;
}

int mxdp_greylist_get(const struct mxdp_maps *maps, const struct mxdp_prefix *network,
		      struct mxdp_greylisting *greylisting)
{
	union mxdp_key key;

	mxdp_key_of_prefix(network, &key);
	return bpf_map_lookup_elem(map_of(maps, network), &key, greylisting);
}

int mxdp_greylist_set(const struct mxdp_maps *maps, const struct mxdp_prefix *network,
		      const struct mxdp_greylisting *greylisting, bool only_new)
{
	union mxdp_key key;
	int error;

	mxdp_key_of_prefix(network, &key);
	error = bpf_map_update_elem(map_of(maps, network), &key, greylisting,
				    only_new ? BPF_NOEXIST : BPF_EXIST);
	return error == -E2BIG ? -ENOSPC : error;
}

int mxdp_greylist_delete(const struct mxdp_maps *maps, const struct mxdp_prefix *network)
{
	union mxdp_key key;

	mxdp_key_of_prefix(network, &key);
	return bpf_map_delete_elem(map_of(maps, network), &key);
}

struct greylist_walk {
	bool v4;
	int (*each)(void *context, const struct mxdp_prefix *network,
		    const struct mxdp_greylisting *greylisting);
	void *context;
};

static int visit(void *context, const void *key, const void *value)
{
	const struct greylist_walk *walk = context;
	struct mxdp_prefix network = mxdp_key_to_prefix(key, walk->v4);

	return walk->each(walk->context, &network, value);
}

int mxdp_greylist_each(const struct mxdp_maps *maps,
		       int (*each)(void *context, const struct mxdp_prefix *network,
				   const struct mxdp_greylisting *greylisting),
		       void *context)
{
	struct greylist_walk walk = {.v4 = true, .each = each, .context = context};
	int result = mxdp_map_walk(maps->greylist4, sizeof(struct mxdp_prefix4),
				   sizeof(struct mxdp_greylisting), visit, &walk);

	if (result)
		return result;
	walk.v4 = false;
	return mxdp_map_walk(maps->greylist6, sizeof(struct mxdp_prefix6),
			     sizeof(struct mxdp_greylisting), visit, &walk);
}
