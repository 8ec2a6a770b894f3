/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the feeds say of an address, and what is in force: for people and for the screener. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "private.h"

/* How long evidence of a feed holds before it is asked anew. */
#define EVIDENCE_SECONDS 3600

size_t mxdp_feeds_count(const struct mxdp_feeds *feeds)
{
	return feeds ? feeds->count : 0;
}

void mxdp_feeds_status(struct mxdp_feeds *feeds, size_t index, struct mxdp_feed_status *status)
{
	const struct mxdp_feed *feed = feeds->list[index];

	if (index == 0) /* who asks for all begins there */
		mxdp_feeds_tally(feeds);
	*status = (struct mxdp_feed_status){
		.setting = feed->setting,
		.syncing = feed->syncing || feed->again,
		.loaded = feed->data != NULL,
		.old = mxdp_feed_is_old(feed, time(NULL)),
		.entries = feed->data ? mxdp_feed_data_count(feed->data) : 0,
		.faults = feed->report.faults,
		.added = feed->difference.added.count,
		.removed = feed->difference.removed.count,
		.changed = feed->changed,
		.unique = feed->unique,
		.shared = feed->distinct - feed->unique,
		.protected = feed->protected,
		.local = feed->local,
		.hits = feed->hits,
		.synced = feed->synced,
		.tried = feed->tried,
		.next = feed->next,
		.refusal = feed->refusal,
	};
}

/* The same order as the snapshot's: length, priority, exclusion, the feed named first. */
static bool outranks(const struct mxdp_feed_word *a, const struct mxdp_feed_word *b)
{
	if (!b || a->entry.prefix.length != b->entry.prefix.length)
		return !b || a->entry.prefix.length > b->entry.prefix.length;
	if (a->setting->priority != b->setting->priority)
		return a->setting->priority > b->setting->priority;
	return a->entry.excluded && !b->entry.excluded;
}

static void mark_deciding(struct mxdp_feed_word *words, size_t count)
{
	struct mxdp_feed_word *best = NULL;

	for (size_t i = 0; i < count; i++)
		if (words[i].acts && outranks(&words[i], best))
			best = &words[i];
	if (best && !best->entry.excluded)
		best->decides = true;
}

/*
 * A feed's data of the build in force, where there is one: other prefixes count from the next build
 * on. The same prefixes may have moved to other lines.
 */
static const struct mxdp_feed_data *data_in_force(const struct mxdp_feeds *feeds, size_t index,
						  bool *acts)
{
	const struct mxdp_feed *feed = feeds->list[index];
	const struct mxdp_build *built = feeds->built;

	*acts = false;
	if (feed->setting->use != MXDP_FEED_ACT || !built)
		return feed->data;
	for (size_t i = 0; i < built->count; i++) {
		const struct mxdp_build_part *part = &built->parts[i];

		if (strcmp(part->setting->name, feed->setting->name) != 0)
			continue;
		*acts = part->acts;
		return part->content == feed->content ? feed->data : part->data;
	}
	return NULL;
}

static bool is_subtracted(const struct mxdp_build *build, const struct mxdp_address *address)
{
	for (size_t i = 0; i < build->subtracted_count; i++)
		if (mxdp_prefix_contains(&build->subtracted[i], address))
			return true;
	return false;
}

size_t mxdp_feeds_find(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
		       struct mxdp_feed_word *words, size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < mxdp_feeds_count(feeds) && count < most; i++) {
		struct mxdp_feed_word *word = &words[count];
		const struct mxdp_feed_data *data = data_in_force(feeds, i, &word->acts);

		if (!data || mxdp_feed_data_find(data, address, &word->entry))
			continue;
		word->setting = feeds->list[i]->setting;
		word->decides = false;
		count++;
	}
	if (!feeds->built || !is_subtracted(feeds->built, address))
		mark_deciding(words, count);
	return count;
}

int mxdp_feeds_listing(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
		       struct mxdp_feeds_listing *listing)
{
	struct mxdp_feed_word words[MXDP_SNAPSHOT_CLASS_COUNT];
	const struct mxdp_feed_setting *expected = NULL;
	const struct mxdp_build *build = feeds ? feeds->built : NULL;
	const struct mxdp_snapshot_map *map;
	struct mxdp_snapshot_class class = {.valid_until_ns = 0};
	size_t count;

	memset(listing, 0, sizeof(*listing));
	if (!build)
		return -ENOENT;
	map = mxdp_address_is_v4(address) ? &build->map4 : &build->map6;
	listing->class = mxdp_snapshot_lookup(&map->view, address, &class);
	listing->generation = map->view.count ? map->view.lines[0].header.generation : 0;
	listing->subtracted = is_subtracted(build, address);
	listing->valid_until = mxdp_boottime_to_unix(class.valid_until_ns);
	if (class.valid_until_ns && class.valid_until_ns <= mxdp_boottime_ns())
		listing->class = 0; /* as the packet path has it */
	if (listing->class) {
		listing->action = class.action;
		if (listing->class <= build->count)
			listing->setting = build->parts[listing->class - 1].setting;
	}
	count = mxdp_feeds_find(feeds, address, words, MXDP_SNAPSHOT_CLASS_COUNT);
	for (size_t i = 0; i < count; i++)
		if (words[i].decides)
			expected = words[i].setting;
	if (listing->subtracted)
		expected = NULL;
	listing->differs = !expected != !listing->setting ||
			   (expected && strcmp(expected->name, listing->setting->name) != 0);
	return 0;
}

void mxdp_feeds_snapshot(const struct mxdp_feeds *feeds, struct mxdp_feeds_snapshot *snapshot)
{
	const struct mxdp_build *build = feeds ? feeds->built : NULL;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->building = feeds && feeds->build;
	if (!build)
		return;
	mxdp_snapshot_info(&build->map4.view, &snapshot->v4);
	mxdp_snapshot_info(&build->map6.view, &snapshot->v6);
	snapshot->build_ms = build->build_ms;
	snapshot->publish_ms = build->publish_ms;
	snapshot->wait_us = build->wait_us;
	snapshot->subtracted = build->subtracted_hash == mxdp_build_subtracted_hash(feeds);
}

void mxdp_feeds_evidence(const struct mxdp_feeds *feeds, const struct mxdp_address *client,
			 void (*add)(void *context, const struct mxdp_evidence *evidence),
			 void *sink)
{
	int64_t now = time(NULL);

	for (size_t i = 0; i < feeds->count; i++) {
		const struct mxdp_feed *feed = feeds->list[i];
		struct mxdp_evidence evidence = {
			.class = MXDP_EVIDENCE_FEED,
			.key = mxdp_prefix_host(client),
			.score = feed->setting->score,
			.observed = now,
			.expires = now + EVIDENCE_SECONDS,
		};

		if (feed->setting->use != MXDP_FEED_SCORE || !feed->data ||
		    !mxdp_feed_data_lists(feed->data, client))
			continue;
		if (mxdp_feed_has_ended(feed, now))
			continue;
		mxdp_evidence_set_source(&evidence, feed->setting->name);
		mxdp_evidence_set_reason(&evidence, "listed by the feed %s", feed->setting->name);
		add(sink, &evidence);
	}
}
