/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps rules4/6: the operator's word (maps.h). */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "keys.h"
#include "maps.h"

static int map_of(const struct mxdp_maps *maps, const struct mxdp_address *address)
{
	return mxdp_address_is_v4(address) ? maps->rules4 : maps->rules6;
}

int mxdp_rule_set(const struct mxdp_maps *maps, const struct mxdp_prefix *prefix,
		  const struct mxdp_rule *rule)
{
	struct mxdp_rule stored = *rule;
	union mxdp_key key;

	stored.length = prefix->length;
	mxdp_key_of_prefix(prefix, &key);
	return bpf_map_update_elem(map_of(maps, &prefix->address), &key, &stored, BPF_ANY);
}

int mxdp_rule_delete(const struct mxdp_maps *maps, const struct mxdp_prefix *prefix)
{
	union mxdp_key key;

	mxdp_key_of_prefix(prefix, &key);
	return bpf_map_delete_elem(map_of(maps, &prefix->address), &key);
}

/* A trie finds the longest rule of at most `prefix->length` bits; rule->length says which. */
static int longest(const struct mxdp_maps *maps, const struct mxdp_prefix *prefix,
		   struct mxdp_rule *rule)
{
	union mxdp_key key;

	mxdp_key_of_prefix(prefix, &key);
	return bpf_map_lookup_elem(map_of(maps, &prefix->address), &key, rule);
}

int mxdp_rule_get(const struct mxdp_maps *maps, const struct mxdp_prefix *prefix,
		  struct mxdp_rule *rule)
{
	struct mxdp_rule found;
	int error = longest(maps, prefix, &found);

	if (error)
		return error;
	if (found.length != prefix->length)
		return -ENOENT;
	*rule = found;
	return 0;
}

int mxdp_rule_match(const struct mxdp_maps *maps, const struct mxdp_address *address,
		    struct mxdp_prefix *prefix, struct mxdp_rule *rule)
{
	struct mxdp_prefix around = mxdp_prefix_host(address);
	uint64_t now = mxdp_boottime_ns();
	struct mxdp_rule found;
	int error;

	for (;;) {
		error = longest(maps, &around, &found);
		if (error)
			return error;
		if (!found.expires_ns || now < found.expires_ns)
			break;
		if (!found.length || found.length > around.length)
			return -ENOENT;
		around = mxdp_prefix_of(address, (uint8_t)(found.length - 1));
	}
	*prefix = mxdp_prefix_of(address, (uint8_t)found.length);
	*rule = found;
	return 0;
}

struct rule_walk {
	bool v4;
	int (*each)(void *context, const struct mxdp_prefix *prefix, const struct mxdp_rule *rule);
	void *context;
};

static int visit(void *context, const void *key, const void *value)
{
	const struct rule_walk *walk = context;
	struct mxdp_prefix prefix = mxdp_key_to_prefix(key, walk->v4);

	return walk->each(walk->context, &prefix, value);
}

int mxdp_rule_each(const struct mxdp_maps *maps,
		   int (*each)(void *context, const struct mxdp_prefix *prefix,
			       const struct mxdp_rule *rule),
		   void *context)
{
	struct rule_walk walk = {.v4 = true, .each = each, .context = context};
	int result = mxdp_map_walk(maps->rules4, sizeof(struct mxdp_prefix4),
				   sizeof(struct mxdp_rule), visit, &walk);

	if (result)
		return result;
	walk.v4 = false;
	return mxdp_map_walk(maps->rules6, sizeof(struct mxdp_prefix6), sizeof(struct mxdp_rule),
			     visit, &walk);
}
