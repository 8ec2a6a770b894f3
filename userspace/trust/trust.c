/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust.h"

#include <errno.h>
#include <stdlib.h>

#include <uthash.h>

#define DAY 86400

struct trust_client {
	struct mxdp_trust_record record;
	UT_hash_handle hh; /* by the latest message: the head was silent longest */
};

struct mxdp_trust {
	struct trust_client *clients;
	size_t clients_max;
};

struct mxdp_trust *mxdp_trust_new(size_t clients_max)
{
	struct mxdp_trust *trust = calloc(1, sizeof(*trust));

	if (trust)
		trust->clients_max = clients_max;
	return trust;
}

static void drop(struct mxdp_trust *trust, struct trust_client *client)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list is intact */
	HASH_DEL(trust->clients, client);
	free(client);
}

void mxdp_trust_free(struct mxdp_trust *trust)
{
	if (!trust)
		return;
	while (trust->clients)
		drop(trust, trust->clients);
	free(trust);
}

static struct trust_client *find(const struct mxdp_trust *trust, const struct mxdp_address *client)
{
	struct trust_client *found;

	HASH_FIND(hh, trust->clients, client, sizeof(*client), found);
	return found;
}

/* Puts a client behind all others; a new one may push the first one out. */
static int keep(struct mxdp_trust *trust, const struct mxdp_trust_record *record)
{
	struct trust_client *client = find(trust, &record->client);

	if (client) {
		HASH_DEL(trust->clients, client);
	} else {
		client = calloc(1, sizeof(*client));
		if (!client)
			return -ENOMEM;
		if (HASH_COUNT(trust->clients) >= trust->clients_max)
			drop(trust, trust->clients);
	}
	client->record = *record;
	HASH_ADD(hh, trust->clients, record.client, sizeof(client->record.client), client);
	return 0;
}

int mxdp_trust_delivered(struct mxdp_trust *trust, const struct mxdp_address *client,
			 const struct mxdp_trust_limits *limits, int64_t now,
			 struct mxdp_trust_record *out)
{
	const struct trust_client *known = find(trust, client);

	*out = (struct mxdp_trust_record){.client = *client, .first = now};
	if (known && now - known->record.last < limits->lives)
		*out = known->record;
	out->last = now;
	if (out->messages < UINT32_MAX)
		out->messages++;
	return keep(trust, out);
}

void mxdp_trust_restore(struct mxdp_trust *trust, const struct mxdp_trust_record *record)
{
	keep(trust, record);
}

void mxdp_trust_end(struct mxdp_trust *trust, const struct mxdp_prefix *prefix)
{
	struct trust_client *client, *next;

	if (mxdp_prefix_is_host(prefix)) {
		client = find(trust, &prefix->address);
		if (client)
			drop(trust, client);
		return;
	}
	HASH_ITER (hh, trust->clients, client, next)
		if (mxdp_prefix_contains(prefix, &client->record.client))
			drop(trust, client);
}

bool mxdp_trust_find(const struct mxdp_trust *trust, const struct mxdp_address *client,
		     const struct mxdp_trust_limits *limits, int64_t now, struct mxdp_evidence *out)
{
	const struct trust_client *known = find(trust, client);
	int64_t silent;

	if (!known || limits->score >= 0 || known->record.messages < limits->messages ||
	    known->record.last - known->record.first < limits->after)
		return false;
	silent = now > known->record.last ? now - known->record.last : 0;
	if (silent >= limits->lives)
		return false;
	*out = (struct mxdp_evidence){
		.class = MXDP_EVIDENCE_TRUST,
		.state = MXDP_EVIDENCE_ANSWERED,
		.key = mxdp_prefix_host(client),
		.score = limits->score * (1 - (double)silent / limits->lives),
		.observed = known->record.last,
		.expires = known->record.last + limits->lives,
	};
	mxdp_evidence_set_source(out, "trust");
	mxdp_evidence_set_reason(out, "%u messages in %lld days, none refused",
				 known->record.messages,
				 (long long)((known->record.last - known->record.first) / DAY));
	return true;
}
