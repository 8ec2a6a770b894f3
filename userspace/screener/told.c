/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "told.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#define NETWORK_LENGTH 64

/* All that was told of one host or network. Score and observed are of the latest addition. */
struct told_client {
	struct mxdp_prefix key;
	size_t count;
	struct mxdp_evidence evidence[MXDP_TOLD_SOURCES_MAX];
	UT_hash_handle hh; /* in the order of insertion: the head is the oldest */
};

struct mxdp_told {
	struct told_client *clients;
	size_t clients_max;
};

struct mxdp_told *mxdp_told_new(size_t clients_max)
{
	struct mxdp_told *told = calloc(1, sizeof(*told));

	if (told)
		told->clients_max = clients_max;
	return told;
}

static void drop(struct mxdp_told *told, struct told_client *client)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list is intact */
	HASH_DEL(told->clients, client);
	free(client);
}

void mxdp_told_free(struct mxdp_told *told)
{
	if (!told)
		return;
	while (told->clients)
		drop(told, told->clients);
	free(told);
}

static struct told_client *find(const struct mxdp_told *told, const struct mxdp_prefix *key)
{
	struct told_client *client;

	HASH_FIND(hh, told->clients, key, sizeof(*key), client);
	return client;
}

static struct told_client *find_or_add(struct mxdp_told *told, const struct mxdp_prefix *key)
{
	struct told_client *client = find(told, key);

	if (client)
		return client;
	client = calloc(1, sizeof(*client));
	if (!client)
		return NULL;
	if (HASH_COUNT(told->clients) >= told->clients_max)
		drop(told, told->clients);
	memcpy(&client->key, key, sizeof(client->key));
	HASH_ADD(hh, told->clients, key, sizeof(client->key), client);
	return client;
}

static double faded(const struct mxdp_evidence *evidence, const struct mxdp_report_limits *limits,
		    int64_t now)
{
	if (evidence->class != MXDP_EVIDENCE_REPORT || !limits->half_life ||
	    now <= evidence->observed)
		return evidence->score;
	return evidence->score * exp2(-(double)(now - evidence->observed) / limits->half_life);
}

static void forget_expired(struct told_client *client, int64_t now)
{
	for (size_t i = 0; i < client->count;)
		if (client->evidence[i].expires <= now)
			client->evidence[i] = client->evidence[--client->count];
		else
			i++;
}

static struct mxdp_evidence *same_source(struct told_client *client,
					 const struct mxdp_evidence *evidence)
{
	for (size_t i = 0; i < client->count; i++)
		if (client->evidence[i].class == evidence->class &&
		    !strcmp(client->evidence[i].source, evidence->source))
			return &client->evidence[i];
	return NULL;
}

/* Padding in the key would make equal prefixes unequal. */
static struct mxdp_prefix clean_key(const struct mxdp_prefix *prefix)
{
	struct mxdp_prefix key;

	memset(&key, 0, sizeof(key));
	key.address = prefix->address;
	key.length = prefix->length;
	return key;
}

int mxdp_told_add(struct mxdp_told *told, const struct mxdp_evidence *evidence,
		  const struct mxdp_report_limits *limits, int64_t now)
{
	bool v4 = mxdp_address_is_v4(&evidence->key.address);
	struct mxdp_prefix key = clean_key(&evidence->key);
	struct mxdp_evidence *kept;
	struct told_client *client;
	double before = 0;

	if (!mxdp_prefix_is_host(&key) && (v4 || key.length != NETWORK_LENGTH))
		return -EINVAL;
	client = find_or_add(told, &key);
	if (!client)
		return -ENOMEM;
	forget_expired(client, now);
	kept = same_source(client, evidence);
	if (!kept) {
		if (client->count == MXDP_TOLD_SOURCES_MAX)
			return -ENOSPC;
		kept = &client->evidence[client->count++];
	} else if (evidence->class == MXDP_EVIDENCE_REPORT) {
		before = faded(kept, limits, now);
	}
	*kept = *evidence;
	kept->observed = now;
	kept->score += before;
	if (evidence->class == MXDP_EVIDENCE_REPORT)
		kept->score = fmax(-limits->cap, fmin(limits->cap, kept->score));
	return 0;
}

static size_t copy_living(const struct told_client *client, const struct mxdp_report_limits *limits,
			  int64_t now, struct mxdp_evidence *out)
{
	size_t count = 0;

	for (size_t i = 0; client && i < client->count; i++) {
		if (client->evidence[i].expires <= now)
			continue;
		out[count] = client->evidence[i];
		out[count++].score = faded(&client->evidence[i], limits, now);
	}
	return count;
}

size_t mxdp_told_find(const struct mxdp_told *told, const struct mxdp_address *client,
		      const struct mxdp_report_limits *limits, int64_t now,
		      struct mxdp_evidence out[2 * MXDP_TOLD_SOURCES_MAX])
{
	struct mxdp_prefix prefix = mxdp_prefix_host(client), key = clean_key(&prefix);
	size_t count = copy_living(find(told, &key), limits, now, out);

	if (mxdp_address_is_v4(client))
		return count;
	prefix = mxdp_prefix_of(client, NETWORK_LENGTH);
	key = clean_key(&prefix);
	return count + copy_living(find(told, &key), limits, now, out + count);
}

void mxdp_told_forget(struct mxdp_told *told, const struct mxdp_prefix *prefix)
{
	struct told_client *client, *next;

	HASH_ITER (hh, told->clients, client, next)
		if (mxdp_prefix_contains(prefix, &client->key.address))
			drop(told, client);
}
