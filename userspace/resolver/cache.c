/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

/*
 * Most names that are looked for are not here, so that a full chain of entries would be read, each
 * of them somewhere in memory. With this many buckets (256 KiB) from the beginning chains stay
 * short.
 */
#undef HASH_INITIAL_NUM_BUCKETS
#undef HASH_INITIAL_NUM_BUCKETS_LOG2
#define HASH_INITIAL_NUM_BUCKETS      16384U
#define HASH_INITIAL_NUM_BUCKETS_LOG2 14U

#define LABEL_MAX     63
#define NAME_MAX_WIRE 253 /* characters of a name without its final dot (RFC 1035 3.1) */

struct entry {
	UT_hash_handle hh;
	TAILQ_ENTRY(entry) use; /* least recently used first */
	struct mxdp_shared_answer *answer;
	uint64_t expires_ms;
	char key[]; /* the meaningful bytes of its struct mxdp_dns_key */
};

struct mxdp_resolver_cache {
	struct entry *entries;
	TAILQ_HEAD(use_order, entry) uses;
	size_t places;
	uint64_t evicted;
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int mxdp_dns_key_make(const char *name, enum mxdp_dns_type type, struct mxdp_dns_key *key)
{
	size_t length = strnlen(name, MXDP_DNS_NAME + 1);
	size_t label = 0;

	if (length > 0 && name[length - 1] == '.')
		length--;
	if (length == 0 || length > NAME_MAX_WIRE)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		key->name[i] = lower(name[i]);
		label = name[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MAX)
			return -EINVAL;
		if (name[i] == '.' && (i == 0 || name[i - 1] == '.'))
			return -EINVAL;
	}
	if (label == 0)
		return -EINVAL;
	key->name[length] = '\0';
	key->type = (uint16_t)type;
	return 0;
}

size_t mxdp_dns_key_length(const struct mxdp_dns_key *key)
{
	return offsetof(struct mxdp_dns_key, name) + strlen(key->name);
}

struct mxdp_resolver_cache *mxdp_resolver_cache_new(size_t places)
{
	struct mxdp_resolver_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	TAILQ_INIT(&cache->uses);
	cache->places = places;
	return cache;
}

static void forget(struct mxdp_resolver_cache *cache, struct entry *entry)
{
	HASH_DEL(cache->entries, entry);
	TAILQ_REMOVE(&cache->uses, entry, use);
	mxdp_answer_unref(entry->answer);
	free(entry);
}

void mxdp_resolver_cache_free(struct mxdp_resolver_cache *cache)
{
	if (cache == NULL)
		return;
	while (!TAILQ_EMPTY(&cache->uses))
		forget(cache, TAILQ_FIRST(&cache->uses));
	free(cache);
}

static struct entry *find(struct mxdp_resolver_cache *cache, const struct mxdp_dns_key *key)
{
	struct entry *entry;

	HASH_FIND(hh, cache->entries, key, mxdp_dns_key_length(key), entry);
	return entry;
}

static void make_room(struct mxdp_resolver_cache *cache, uint64_t now_ms)
{
	struct entry *oldest = TAILQ_FIRST(&cache->uses);

	if (HASH_COUNT(cache->entries) < cache->places)
		return;
	if (oldest->expires_ms > now_ms)
		cache->evicted++;
	forget(cache, oldest);
}

int mxdp_resolver_cache_put(struct mxdp_resolver_cache *cache, const struct mxdp_dns_key *key,
			    struct mxdp_shared_answer *answer, uint32_t ttl, uint64_t now_ms)
{
	size_t key_length = mxdp_dns_key_length(key);
	struct entry *entry = find(cache, key);

	if (entry != NULL)
		forget(cache, entry);
	if (cache->places == 0 || ttl == 0)
		return 0;
	make_room(cache, now_ms);
	entry = malloc(sizeof(*entry) + key_length);
	if (entry == NULL)
		return -ENOMEM;
	memcpy(entry->key, key, key_length);
	entry->answer = mxdp_answer_ref(answer);
	entry->expires_ms = now_ms + (uint64_t)ttl * 1000;
	HASH_ADD_KEYPTR(hh, cache->entries, entry->key, key_length, entry);
	TAILQ_INSERT_TAIL(&cache->uses, entry, use);
	return 0;
}

struct mxdp_shared_answer *mxdp_resolver_cache_get(struct mxdp_resolver_cache *cache,
						   const struct mxdp_dns_key *key, uint64_t now_ms,
						   uint32_t *ttl_left)
{
	struct entry *entry = find(cache, key);

	if (entry == NULL)
		return NULL;
	if (entry->expires_ms <= now_ms) {
		forget(cache, entry);
		return NULL;
	}
	TAILQ_REMOVE(&cache->uses, entry, use);
	TAILQ_INSERT_TAIL(&cache->uses, entry, use);
	*ttl_left = (uint32_t)((entry->expires_ms - now_ms + 999) / 1000);
	return mxdp_answer_ref(entry->answer);
}

void mxdp_resolver_cache_drop(struct mxdp_resolver_cache *cache, const struct mxdp_dns_key *key)
{
	struct entry *entry = find(cache, key);

	if (entry != NULL)
		forget(cache, entry);
}

size_t mxdp_resolver_cache_count(const struct mxdp_resolver_cache *cache)
{
	return HASH_COUNT(cache->entries);
}

uint64_t mxdp_resolver_cache_evicted(const struct mxdp_resolver_cache *cache)
{
	return cache->evicted;
}
