/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps verdicts4/6 and pending4/6 (maps.h). */
#include <errno.h>

#include <bpf/bpf.h>

#include "keys.h"
#include "maps.h"

#define NETWORK6_BITS 64

static int map_of(const struct mxdp_maps *maps, const struct mxdp_address *address)
{
	return mxdp_address_is_v4(address) ? maps->verdicts4 : maps->verdicts6;
}

static bool is_key(const struct mxdp_prefix *prefix)
{
	return mxdp_prefix_is_host(prefix) ||
	       (!mxdp_address_is_v4(&prefix->address) && prefix->length == NETWORK6_BITS);
}

int mxdp_verdict_set(const struct mxdp_maps *maps, const struct mxdp_prefix *key,
		     const struct mxdp_verdict *verdict)
{
	int map = map_of(maps, &key->address), error;
	struct mxdp_verdict stored = *verdict, old;
	union mxdp_key map_key;

	if (!is_key(key))
		return -EINVAL;
	mxdp_key_of_client(key, &map_key);
	/* Most clients are new: the first call is the only one. */
	error = bpf_map_update_elem(map, &map_key, &stored, BPF_NOEXIST);
	if (error == -EEXIST) {
		if (!bpf_map_lookup_elem(map, &map_key, &old)) {
			stored.hits = old.hits;
			stored.last_seen_ns = old.last_seen_ns;
		}
		error = bpf_map_update_elem(map, &map_key, &stored, BPF_ANY);
	}
	return error == -E2BIG ? -ENOSPC : error;
}

int mxdp_verdict_delete(const struct mxdp_maps *maps, const struct mxdp_prefix *key)
{
	union mxdp_key map_key;

	if (!is_key(key))
		return -EINVAL;
	mxdp_key_of_client(key, &map_key);
	return bpf_map_delete_elem(map_of(maps, &key->address), &map_key);
}

/* The unexpired verdict of exactly this key. */
static int lookup(const struct mxdp_maps *maps, const struct mxdp_prefix *key,
		  struct mxdp_verdict *verdict)
{
	union mxdp_key map_key;
	int error;

	mxdp_key_of_client(key, &map_key);
	error = bpf_map_lookup_elem(map_of(maps, &key->address), &map_key, verdict);
	if (error)
		return error;
	return verdict->expires_ns && mxdp_boottime_ns() >= verdict->expires_ns ? -ENOENT : 0;
}

int mxdp_verdict_match(const struct mxdp_maps *maps, const struct mxdp_address *client,
		       struct mxdp_prefix *key, struct mxdp_verdict *verdict)
{
	int error;

	*key = mxdp_prefix_host(client);
	error = lookup(maps, key, verdict);
	if (error != -ENOENT || mxdp_address_is_v4(client))
		return error;
	*key = mxdp_prefix_of(client, NETWORK6_BITS);
	return lookup(maps, key, verdict);
}

struct verdict_walk {
	bool v4;
	int (*each)(void *context, const struct mxdp_prefix *key,
		    const struct mxdp_verdict *verdict);
	void *context;
};

static int visit(void *context, const void *key, const void *value)
{
	const struct verdict_walk *walk = context;
	struct mxdp_prefix client = mxdp_key_to_client(key, walk->v4);

	return walk->each(walk->context, &client, value);
}

int mxdp_verdict_each(const struct mxdp_maps *maps,
		      int (*each)(void *context, const struct mxdp_prefix *key,
				  const struct mxdp_verdict *verdict),
		      void *context)
{
	struct verdict_walk walk = {.v4 = true, .each = each, .context = context};
	int result = mxdp_map_walk(maps->verdicts4, sizeof(struct mxdp_client4),
				   sizeof(struct mxdp_verdict), visit, &walk);

	if (result)
		return result;
	walk.v4 = false;
	return mxdp_map_walk(maps->verdicts6, sizeof(struct mxdp_client6),
			     sizeof(struct mxdp_verdict), visit, &walk);
}

int mxdp_verdict_capacity(const struct mxdp_maps *maps, uint32_t *v4, uint32_t *v6)
{
	int error = mxdp_map_places(maps->verdicts4, v4);

	return error ? error : mxdp_map_places(maps->verdicts6, v6);
}

int mxdp_pending_delete(const struct mxdp_maps *maps, const struct mxdp_address *client)
{
	struct mxdp_prefix host = mxdp_prefix_host(client);
	union mxdp_key key;

	mxdp_key_of_client(&host, &key);
	return bpf_map_delete_elem(mxdp_address_is_v4(client) ? maps->pending4 : maps->pending6,
				   &key);
}
