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
	size_t count, places;
	struct mxdp_evidence *evidence; /* owned */
	UT_hash_handle hh;              /* in the order of insertion: the head is the oldest */
};

struct mxdp_told {
	struct told_client *clients;
	size_t clients_max;
	mxdp_told_fn on_keep;
	void *on_keep_context;
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
	free(client->evidence);
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

void mxdp_told_on_keep(struct mxdp_told *told, mxdp_told_fn fn, void *context)
{
	told->on_keep = fn;
	told->on_keep_context = context;
}

/* Most clients have one or two. */
static struct mxdp_evidence *add_place(struct told_client *client)
{
	if (client->count == client->places) {
		const size_t places = client->places ? client->places * 2 : 2;
		struct mxdp_evidence *more =
			reallocarray(client->evidence, places, sizeof(*client->evidence));

		if (!more)
			return NULL;
		client->evidence = more;
		client->places = places;
	}
	return &client->evidence[client->count++];
}

/* The place of a piece of this source about this client, or of none yet. */
static int find_place(struct mxdp_told *told, const struct mxdp_evidence *evidence, int64_t now,
		      struct mxdp_evidence **place, bool *is_new)
{
	const bool v4 = mxdp_address_is_v4(&evidence->key.address);
	const struct mxdp_prefix key = clean_key(&evidence->key);
	struct told_client *client;

	if (!mxdp_prefix_is_host(&key) && (v4 || key.length != NETWORK_LENGTH))
		return -EINVAL;
	client = find_or_add(told, &key);
	if (!client)
		return -ENOMEM;
	forget_expired(client, now);
	*place = same_source(client, evidence);
	*is_new = !*place;
	if (*place)
		return 0;
	if (client->count == MXDP_TOLD_SOURCES_MAX)
		return -ENOSPC;
	*place = add_place(client);
	return *place ? 0 : -ENOMEM;
}

int mxdp_told_restore(struct mxdp_told *told, const struct mxdp_evidence *kept)
{
	struct mxdp_evidence *place;
	bool is_new;
	int error = find_place(told, kept, kept->observed, &place, &is_new);

	if (!error)
		*place = *kept;
	return error;
}

int mxdp_told_add(struct mxdp_told *told, const struct mxdp_evidence *evidence,
		  const struct mxdp_report_limits *limits, int64_t now)
{
	struct mxdp_evidence *kept;
	double before = 0;
	bool is_new;
	int error = find_place(told, evidence, now, &kept, &is_new);

	if (error)
		return error;
	if (!is_new && evidence->class == MXDP_EVIDENCE_REPORT)
		before = faded(kept, limits, now);
	*kept = *evidence;
	kept->observed = now;
	kept->score += before;
	if (evidence->class == MXDP_EVIDENCE_REPORT)
		kept->score = fmax(-limits->cap, fmin(limits->cap, kept->score));
	if (told->on_keep)
		told->on_keep(told->on_keep_context, kept);
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
