/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small world (fake_world.h): 192.0.2.66 is on line 7 of the feed "own". */
#ifndef MXDP_TEST_FAKE_FEEDS_H
#define MXDP_TEST_FAKE_FEEDS_H

#include "fake_state.h"

static const struct mxdp_feed_setting fake_feed = {
	.name = (char *)"own", .source = (char *)"file:///list", .action = MXDP_ACTION_DROP};

void mxdp_feeds_refresh(struct mxdp_feeds *feeds)
{
	(void)feeds;
}

int mxdp_feeds_sync(struct mxdp_feeds *feeds, const char *name)
{
	(void)feeds;
	return !name || strcmp(name, "own") == 0 ? 1 : -ENOENT;
}

size_t mxdp_feeds_count(const struct mxdp_feeds *feeds)
{
	(void)feeds;
	return 1;
}

void mxdp_feeds_status(struct mxdp_feeds *feeds, size_t index, struct mxdp_feed_status *status)
{
	(void)feeds;
	(void)index;
	*status = (struct mxdp_feed_status){.setting = &fake_feed,
					    .loaded = true,
					    .entries = 12,
					    .local = {.count = 7},
					    .refusal = "line 3\xff"};
}

const struct mxdp_feed_difference *mxdp_feeds_difference(const struct mxdp_feeds *feeds,
							 const char *name, int64_t *changed)
{
	static struct mxdp_feed_entry entry = {.line = 7};
	static const struct mxdp_feed_difference difference = {
		.added = {.count = 5, .kept = 1, .first = &entry}};

	(void)feeds;
	*changed = 1000;
	mxdp_prefix_parse("192.0.2.66", &entry.prefix);
	return strcmp(name, "own") == 0 ? &difference : NULL;
}

size_t mxdp_feeds_find(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
		       struct mxdp_feed_word *words, size_t most)
{
	(void)feeds;
	if (!most || !fake_is(address, "192.0.2.66"))
		return 0;
	words[0] = (struct mxdp_feed_word){
		.setting = &fake_feed,
		.entry = {.prefix = mxdp_prefix_host(address), .line = 7},
		.decides = true,
	};
	return 1;
}

int mxdp_feeds_listing(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
		       struct mxdp_feeds_listing *listing)
{
	(void)feeds;
	memset(listing, 0, sizeof(*listing));
	listing->generation = 4;
	if (fake_is(address, "192.0.2.66")) {
		listing->class = 1;
		listing->action = MXDP_ACTION_DROP;
		listing->setting = &fake_feed;
	}
	return 0;
}

void mxdp_feeds_snapshot(const struct mxdp_feeds *feeds, struct mxdp_feeds_snapshot *snapshot)
{
	(void)feeds;
	*snapshot = (struct mxdp_feeds_snapshot){.v4 = {.family = 4, .generation = 4}};
}

#endif
