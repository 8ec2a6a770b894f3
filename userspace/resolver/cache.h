/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resolver's memory: answers by question, for as long as they hold, in a bounded number of
 * places; the question that was used least recently goes first. It knows no clock: the caller says
 * what time it is.
 */
#ifndef MXDP_RESOLVER_CACHE_H
#define MXDP_RESOLVER_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "answer.h"

/* A question in the one form in which questions are compared: lower case, no final dot. */
struct mxdp_dns_key {
	uint16_t type;
	char name[MXDP_DNS_NAME];
};

/* Returns 0, or -EINVAL when `name` is empty or has an empty or too long label. */
int mxdp_dns_key_make(const char *name, enum mxdp_dns_type type, struct mxdp_dns_key *key);
/* How many bytes from the start of a key tell it from others. */
size_t mxdp_dns_key_length(const struct mxdp_dns_key *key);

struct mxdp_resolver_cache;

/* With 0 places it remembers nothing. NULL when memory is out. */
struct mxdp_resolver_cache *mxdp_resolver_cache_new(size_t places);
void mxdp_resolver_cache_free(struct mxdp_resolver_cache *cache);

/*
 * Remembers an answer (takes a reference of its own) for `ttl` seconds from `now_ms`, in place of
 * an earlier one. Returns 0 or -ENOMEM.
 */
int mxdp_resolver_cache_put(struct mxdp_resolver_cache *cache, const struct mxdp_dns_key *key,
			    struct mxdp_shared_answer *answer, uint32_t ttl, uint64_t now_ms);

/* The answer with a reference for the caller and its seconds left (at least 1), or NULL. */
struct mxdp_shared_answer *mxdp_resolver_cache_get(struct mxdp_resolver_cache *cache,
						   const struct mxdp_dns_key *key, uint64_t now_ms,
						   uint32_t *ttl_left);

/* Forgets one question's answer. */
void mxdp_resolver_cache_drop(struct mxdp_resolver_cache *cache, const struct mxdp_dns_key *key);

size_t mxdp_resolver_cache_count(const struct mxdp_resolver_cache *cache);
/* Answers that had to go before their time. */
uint64_t mxdp_resolver_cache_evicted(const struct mxdp_resolver_cache *cache);

#endif
