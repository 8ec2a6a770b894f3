/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/*
 * Most clients that are looked for are not here, so that a full chain of entries would be read,
 * each of them somewhere in memory. With this many buckets (256 KiB) from the beginning chains stay
 * short.
 */
#undef HASH_INITIAL_NUM_BUCKETS
#undef HASH_INITIAL_NUM_BUCKETS_LOG2
#define HASH_INITIAL_NUM_BUCKETS      16384U
#define HASH_INITIAL_NUM_BUCKETS_LOG2 14U

#define SPARED_MAX 16

struct kept {
	struct mxdp_case known;
	struct mxdp_evidence *evidence; /* known's, owned */
	UT_hash_handle hh; /* uthash keeps the order of insertion: the head is the oldest */
};

struct mxdp_cases {
	struct kept *table;
	size_t max;
	uint64_t evicted;
};

struct mxdp_cases *mxdp_cases_new(size_t max)
{
	struct mxdp_cases *cases = calloc(1, sizeof(*cases));

	if (cases)
		cases->max = max;
	return cases;
}

static void drop(struct mxdp_cases *cases, struct kept *kept)
{
	HASH_DEL(cases->table, kept); /* NOLINT(clang-analyzer-unix.Malloc): the list is intact */
	free(kept->evidence);
	free(kept);
}

void mxdp_cases_free(struct mxdp_cases *cases)
{
	if (!cases)
		return;
	while (cases->table)
		drop(cases, cases->table);
	free(cases);
}

static struct kept *find(struct mxdp_cases *cases, const struct mxdp_address *client)
{
	struct kept *kept;

	HASH_FIND(hh, cases->table, client, sizeof(*client), kept);
	return kept;
}

static bool is_refused(const struct mxdp_case *known, int64_t now)
{
	return known->decision.action > MXDP_ACTION_PASS && known->decision.expires > now;
}

/*
 * Drops the oldest case. In a flood of clients that pass, those that are refused would be gone in
 * seconds, and it is about them that somebody will ask: as long as their verdicts hold, they move
 * to the other end instead, a few each time.
 */
static void make_room(struct mxdp_cases *cases, int64_t now)
{
	for (unsigned int i = 0; i < SPARED_MAX && is_refused(&cases->table->known, now); i++) {
		struct kept *spared = cases->table;

		HASH_DEL(cases->table, spared);
		HASH_ADD(hh, cases->table, known.client, sizeof(spared->known.client), spared);
	}
	drop(cases, cases->table);
	cases->evicted++;
}

void mxdp_cases_keep(struct mxdp_cases *cases, const struct mxdp_case *decided)
{
	size_t bytes = decided->evidence_count * sizeof(*decided->evidence);
	struct mxdp_evidence *evidence = malloc(bytes ? bytes : 1);
	struct kept *kept = calloc(1, sizeof(*kept)), *old = find(cases, &decided->client);

	if (old)
		drop(cases, old);
	if (!kept || !evidence) {
		free(kept);
		free(evidence);
		return;
	}
	if (bytes)
		memcpy(evidence, decided->evidence, bytes);
	kept->known = *decided;
	kept->known.evidence = kept->evidence = evidence;
	if (HASH_COUNT(cases->table) >= cases->max)
		make_room(cases, decided->decided_at);
	HASH_ADD(hh, cases->table, known.client, sizeof(kept->known.client), kept);
}

const struct mxdp_case *mxdp_cases_find(struct mxdp_cases *cases, const struct mxdp_address *client)
{
	struct kept *kept = find(cases, client);

	return kept ? &kept->known : NULL;
}

void mxdp_cases_amend(struct mxdp_cases *cases, const struct mxdp_address *client,
		      const char *source, const char *reason, const char *amended)
{
	struct kept *kept = find(cases, client);

	for (size_t i = 0; kept && i < kept->known.evidence_count; i++)
		if (!strcmp(kept->evidence[i].source, source) &&
		    !strcmp(kept->evidence[i].reason, reason))
			mxdp_evidence_set_reason(&kept->evidence[i], "%s", amended);
}

void mxdp_cases_each(const struct mxdp_cases *cases,
		     void (*each)(void *context, const struct mxdp_case *known), void *context)
{
	const struct kept *kept;

	for (kept = cases->table; kept; kept = kept->hh.next)
		each(context, &kept->known);
}

void mxdp_cases_forget(struct mxdp_cases *cases, const struct mxdp_prefix *prefix)
{
	struct kept *kept, *next;

	HASH_ITER (hh, cases->table, kept, next)
		if (mxdp_prefix_contains(prefix, &kept->known.client))
			drop(cases, kept);
}

size_t mxdp_cases_count(const struct mxdp_cases *cases)
{
	return HASH_COUNT(cases->table);
}

uint64_t mxdp_cases_evicted(const struct mxdp_cases *cases)
{
	return cases->evicted;
}
