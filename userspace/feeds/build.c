/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All feeds that act, merged and published as one generation a family. */
#include "private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "userspace/log.h"
#include "userspace/never_block/local_networks.h"
#include "userspace/replies/replies.h"

#define NS_PER_MS 1000000ull

/* What is never listed: the rules, and the never-block set. */
struct collection {
	struct mxdp_prefix *prefixes; /* NULL: only the hash is wanted */
	size_t count, places;
	size_t never_block_count; /* these are the first */
	uint64_t hash;
	int error;
};

static void collect(struct collection *collection, const struct mxdp_prefix *prefix, bool keep)
{
	const uint8_t *bytes = (const uint8_t *)prefix;

	for (size_t i = 0; i < sizeof(*prefix); i++)
		collection->hash = (collection->hash ^ bytes[i]) * 0x100000001b3ull;
	if (!keep)
		return;
	if (collection->count == collection->places) {
		size_t places = collection->places ? collection->places * 2 : 64;
		void *more =
			reallocarray(collection->prefixes, places, sizeof(*collection->prefixes));

		if (!more) {
			collection->error = -ENOMEM;
			return;
		}
		collection->prefixes = more;
		collection->places = places;
	}
	collection->prefixes[collection->count++] = *prefix;
}

struct walk {
	struct collection *collection;
	bool keep;
};

static int on_rule(void *context, const struct mxdp_operator_rule *rule)
{
	const struct walk *walk = context;

	collect(walk->collection, &rule->prefix, walk->keep);
	return walk->collection->error;
}

static void collect_all(const struct mxdp_feeds *feeds, struct collection *collection, bool keep)
{
	struct walk walk = {.collection = collection, .keep = keep};
	const struct mxdp_protected *list;
	size_t count = mxdp_never_block_list(feeds->world.never_block, &list);

	collection->hash = 0xcbf29ce484222325ull;
	for (size_t i = 0; i < count; i++)
		collect(collection, &list[i].prefix, keep);
	collection->never_block_count = collection->count;
	mxdp_rules_each(feeds->world.rules, on_rule, &walk);
}

uint64_t mxdp_build_subtracted_hash(const struct mxdp_feeds *feeds)
{
	struct collection collection = {.prefixes = NULL};

	collect_all(feeds, &collection, false);
	return collection.hash;
}

static uint64_t mix(uint64_t hash, uint64_t number)
{
	return (hash ^ number) * 0x9e3779b97f4a7c15ull ^ hash >> 29;
}

static bool acts(const struct mxdp_feed *feed, int64_t now)
{
	return feed->setting->use == MXDP_FEED_ACT && !mxdp_feed_has_ended(feed, now);
}

/* A feed without data counts only by the numbers of those behind it. */
static uint64_t signature_of(const struct mxdp_feeds *feeds, bool only_acting)
{
	uint64_t hash = mxdp_build_subtracted_hash(feeds);
	int64_t now = time(NULL);

	for (size_t i = 0; i < feeds->count; i++) {
		const struct mxdp_feed *feed = feeds->list[i];
		const struct mxdp_feed_setting *setting = feed->setting;

		if (!feed->data || (only_acting && !acts(feed, now)))
			continue;
		hash = mix(mix(hash, i + 1), feed->content);
		hash = mix(mix(hash, acts(feed, now)), setting->action);
		hash = mix(mix(hash, setting->priority), mxdp_feed_valid_until(feed) != 0);
		hash = mix(hash, mxdp_replies_number_of_feed(feed->config, setting));
	}
	return hash;
}

uint64_t mxdp_build_signature(const struct mxdp_feeds *feeds)
{
	return signature_of(feeds, false);
}

static void take_feed(struct mxdp_build_part *part, const struct mxdp_feed *feed)
{
	const struct mxdp_feed_setting *setting = feed->setting;

	part->config = mxdp_config_ref(feed->config);
	part->setting = setting;
	if (!feed->data)
		return;
	part->data = mxdp_feed_data_ref(feed->data);
	part->content = feed->content;
	part->acts = acts(feed, time(NULL));
	part->text = mxdp_replies_number_of_feed(feed->config, setting);
	part->valid_until_ns = mxdp_feed_valid_until(feed);
}

static void take_local(struct mxdp_build *build)
{
	struct mxdp_prefix *local = NULL;
	int count = mxdp_local_networks(&local);

	build->local = local;
	if (count < 0)
		mxdp_log_limited(MXDP_LOG_WARNING,
				 "cannot list this machine's networks: %s; feeds are not searched "
				 "for them",
				 strerror(-count));
	else
		build->local_count = (size_t)count;
}

struct mxdp_build *mxdp_build_new(struct mxdp_feeds *feeds)
{
	struct mxdp_build *build = calloc(1, sizeof(*build));
	struct collection collection = {.prefixes = NULL};

	if (!build)
		return NULL;
	build->work.data = build;
	build->feeds = feeds;
	build->feeds4_fd = feeds->world.maps->feeds4;
	build->feeds6_fd = feeds->world.maps->feeds6;
	build->parts = calloc(feeds->count + 1, sizeof(*build->parts));
	collect_all(feeds, &collection, true);
	build->subtracted = collection.prefixes;
	build->subtracted_count = collection.count;
	build->never_block_count = collection.never_block_count;
	build->subtracted_hash = collection.hash;
	take_local(build);
	build->signature = mxdp_build_signature(feeds);
	build->acting = signature_of(feeds, true);
	build->same_snapshot = feeds->built && feeds->built->acting == build->acting;
	if (!build->parts || collection.error) {
		mxdp_build_free(build);
		return NULL;
	}
	if (!build->same_snapshot)
		build->generation = ++feeds->generation;
	build->count = feeds->count;
	for (size_t i = 0; i < feeds->count; i++)
		take_feed(&build->parts[i], feeds->list[i]);
	return build;
}

void mxdp_build_free(struct mxdp_build *build)
{
	if (!build)
		return;
	for (size_t i = 0; i < build->count; i++) {
		mxdp_feed_data_unref(build->parts[i].data);
		mxdp_config_unref(build->parts[i].config);
	}
	mxdp_snapshot_close(&build->map4);
	mxdp_snapshot_close(&build->map6);
	free(build->parts);
	free(build->subtracted);
	free(build->local);
	free(build);
}

void mxdp_build_inherit(struct mxdp_build *build, struct mxdp_build *before)
{
	build->generation = before->generation;
	build->build_ms = before->build_ms;
	build->publish_ms = before->publish_ms;
	build->wait_us = before->wait_us;
	build->map4 = before->map4;
	build->map6 = before->map6;
	memset(&before->map4, 0, sizeof(before->map4));
	memset(&before->map6, 0, sizeof(before->map6));
	/* What is in force has its ends from before, until they are moved. */
	for (size_t i = 0; i < build->count && i < before->count; i++)
		if (before->parts[i].acts)
			build->parts[i].valid_until_ns = before->parts[i].valid_until_ns;
}

static int fill(const struct mxdp_build *build, struct mxdp_snapshot_builder *builder)
{
	int error = 0;

	for (size_t i = 0; i < build->count && !error; i++) {
		const struct mxdp_build_part *part = &build->parts[i];
		struct mxdp_snapshot_class class = {.valid_until_ns = part->valid_until_ns,
						    .text = part->text,
						    .action = part->setting->action};

		if (!part->acts)
			continue;
		error = mxdp_snapshot_define(builder, (uint8_t)(i + 1), &class);
		if (!error)
			error = mxdp_feed_data_add(part->data, builder, (uint8_t)(i + 1),
						   (uint16_t)part->setting->priority);
	}
	for (size_t i = 0; i < build->subtracted_count && !error; i++)
		error = mxdp_snapshot_subtract(builder, &build->subtracted[i]);
	return error;
}

static void publish(struct mxdp_build *build, const struct mxdp_snapshot *v4,
		    const struct mxdp_snapshot *v6)
{
	uint64_t start = mxdp_boottime_ns();

	build->error = mxdp_snapshot_publish(build->feeds4_fd, v4, &build->map4);
	if (!build->error)
		build->error = mxdp_snapshot_publish(build->feeds6_fd, v6, &build->map6);
	build->publish_ms = (unsigned int)((mxdp_boottime_ns() - start) / NS_PER_MS);
	build->wait_us = build->map4.times.wait_us + build->map6.times.wait_us;
	mxdp_snapshot_release(build->feeds4_fd);
	mxdp_snapshot_release(build->feeds6_fd);
}

static void make_snapshot(struct mxdp_build *build)
{
	struct mxdp_snapshot v4 = {.lines = NULL}, v6 = {.lines = NULL};
	struct mxdp_snapshot_builder *builder = NULL;
	uint64_t start = mxdp_boottime_ns();

	build->error = mxdp_snapshot_builder_new(&builder);
	if (!build->error)
		build->error = fill(build, builder);
	if (!build->error)
		build->error = mxdp_snapshot_build4(builder, build->generation, &v4);
	if (!build->error)
		build->error = mxdp_snapshot_build6(builder, build->generation, &v6);
	mxdp_snapshot_builder_free(builder);
	build->build_ms = (unsigned int)((mxdp_boottime_ns() - start) / NS_PER_MS);
	build->built = !build->error;
	if (build->built)
		publish(build, &v4, &v6);
	mxdp_snapshot_free(&v4);
	mxdp_snapshot_free(&v6);
}

static int withdraw(int feeds_fd)
{
	int error = mxdp_snapshot_withdraw(feeds_fd);

	return error == -ENOENT ? 0 : error;
}

void mxdp_build_run(struct mxdp_build *build)
{
	if (!build->count) {
		build->error = withdraw(build->feeds4_fd);
		if (!build->error)
			build->error = withdraw(build->feeds6_fd);
		return;
	}
	if (!build->same_snapshot)
		make_snapshot(build);
	mxdp_build_find_protected(build);
	mxdp_build_overlap(build);
}
