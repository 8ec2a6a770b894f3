/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The feeds and their snapshot, for GET /feeds, /lookup and /snapshot, and for explain. */

#include "maps/maps.h"
#include "parse.h"
#include "routes.h"
#include "show.h"

#define WORDS_MAX 64 /* feeds that are shown for one address */

static json_t *show_warnings(const struct mxdp_feed_status *status)
{
	char text[MXDP_FEED_WARNING];
	json_t *list = json_array();

	if (mxdp_feed_warn_protected(&status->protected, text)[0])
		json_array_append_new(list, json_string(text));
	if (mxdp_feed_warn_local(&status->local, text)[0])
		json_array_append_new(list, json_string(text));
	return list;
}

static json_t *show_feed(const struct mxdp_feed_status *status)
{
	const struct mxdp_feed_setting *setting = status->setting;

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:f, s:i, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, "
		"s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:o}",
		"name", setting->name, "source", setting->source, "format",
		mxdp_feed_format_name(setting->format), "use",
		setting->use == MXDP_FEED_ACT ? "act" : "score", "action",
		mxdp_action_name(setting->action), "score", setting->score, "priority",
		(int)setting->priority, "loaded", (int)status->loaded, "syncing",
		(int)status->syncing, "old", (int)status->old, "entries",
		(json_int_t)status->entries, "faults", (json_int_t)status->faults, "added",
		(json_int_t)status->added, "removed", (json_int_t)status->removed, "synced",
		(json_int_t)status->synced, "tried", (json_int_t)status->tried, "next",
		(json_int_t)status->next, "changed", (json_int_t)status->changed, "unique",
		(json_int_t)status->unique, "shared", (json_int_t)status->shared, "protected",
		(json_int_t)status->protected.count, "local", (json_int_t)status->local.count,
		"hits", (json_int_t)status->hits, "max_age", (json_int_t)setting->max_age,
		"when_old", setting->when_old == MXDP_FEED_KEEP ? "keep" : "drop", "refusal",
		mxdp_show_text(status->refusal), "warnings", show_warnings(status));
}

static json_t *show_feeds(struct mxdp_feeds *feeds)
{
	json_t *list = json_array();

	for (size_t i = 0; i < mxdp_feeds_count(feeds); i++) {
		struct mxdp_feed_status status;

		mxdp_feeds_status(feeds, i, &status);
		json_array_append_new(list, show_feed(&status));
	}
	return json_pack("{s:o}", "feeds", list);
}

static void add_warning(json_t *list, const struct mxdp_feed_status *status, json_t *text)
{
	json_array_append_new(
		list, json_pack("{s:s, s:o}", "feed", status->setting->name, "warning", text));
}

json_t *mxdp_show_feed_warnings(struct mxdp_feeds *feeds)
{
	json_t *list = json_array();

	for (size_t i = 0; i < mxdp_feeds_count(feeds); i++) {
		struct mxdp_feed_status status;
		json_t *warnings, *warning;
		size_t place;

		mxdp_feeds_status(feeds, i, &status);
		if (status.refusal[0])
			add_warning(list, &status, mxdp_show_text(status.refusal));
		if (status.old)
			add_warning(list, &status, json_string("its data is older than max_age"));
		warnings = show_warnings(&status);
		json_array_foreach(warnings, place, warning)
		{
			add_warning(list, &status, json_incref(warning));
		}
		json_decref(warnings);
	}
	return list;
}

static json_t *show_changes(const struct mxdp_feed_changes *changes)
{
	char prefix[MXDP_PREFIX_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < changes->kept; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:b, s:I}", "prefix",
					mxdp_prefix_format(&changes->first[i].prefix, prefix),
					"excluded", (int)changes->first[i].excluded, "line",
					(json_int_t)changes->first[i].line));
	return json_pack("{s:I, s:o}", "count", (json_int_t)changes->count, "entries", list);
}

static json_t *show_difference(const struct mxdp_feeds *feeds, const char *name)
{
	int64_t changed;
	const struct mxdp_feed_difference *difference =
		mxdp_feeds_difference(feeds, name, &changed);

	if (!difference)
		return NULL;
	return json_pack("{s:s, s:I, s:o, s:o}", "name", name, "changed", (json_int_t)changed,
			 "added", show_changes(&difference->added), "removed",
			 show_changes(&difference->removed));
}

static json_t *show_generation(const struct mxdp_snapshot_info *info)
{
	if (!info->family)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:i, s:I}", "generation", (json_int_t)info->generation,
			 "entries", (json_int_t)info->entries, "bytes", (json_int_t)info->bytes,
			 "classes", (int)info->classes, "built",
			 (json_int_t)mxdp_boottime_to_unix(info->built_ns));
}

static json_t *show_snapshot(const struct mxdp_feeds *feeds)
{
	struct mxdp_feeds_snapshot snapshot;

	mxdp_feeds_snapshot(feeds, &snapshot);
	return json_pack("{s:o, s:o, s:i, s:i, s:i, s:b, s:b}", "v4", show_generation(&snapshot.v4),
			 "v6", show_generation(&snapshot.v6), "build_ms", (int)snapshot.build_ms,
			 "publish_ms", (int)snapshot.publish_ms, "wait_us", (int)snapshot.wait_us,
			 "building", (int)snapshot.building, "subtracted",
			 (int)snapshot.subtracted);
}

static json_t *show_word(const struct mxdp_feed_word *word)
{
	const struct mxdp_feed_setting *setting = word->setting;
	char prefix[MXDP_PREFIX_TEXT];

	return json_pack("{s:s, s:I, s:s, s:b, s:s, s:s, s:b}", "feed", setting->name, "line",
			 (json_int_t)word->entry.line, "prefix",
			 mxdp_prefix_format(&word->entry.prefix, prefix), "excluded",
			 (int)word->entry.excluded, "use",
			 setting->use == MXDP_FEED_ACT ? "act" : "score", "action",
			 mxdp_action_name(setting->action), "decides", (int)word->decides);
}

static json_t *show_lookup(const struct mxdp_feeds *feeds, const struct mxdp_address *address)
{
	struct mxdp_feed_word words[WORDS_MAX];
	size_t count = mxdp_feeds_find(feeds, address, words, WORDS_MAX);
	struct mxdp_feeds_listing listing;
	bool published = mxdp_feeds_listing(feeds, address, &listing) == 0;
	char text[MXDP_ADDRESS_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, show_word(&words[i]));
	return json_pack("{s:s, s:b, s:b, s:i, s:s, s:s, s:I, s:I, s:b, s:b, s:o}", "address",
			 mxdp_address_format(address, text), "published", (int)published, "listed",
			 listing.class != 0, "class", (int)listing.class, "action",
			 mxdp_action_name(listing.action), "feed",
			 listing.setting ? listing.setting->name : "", "valid_until",
			 (json_int_t)listing.valid_until, "generation",
			 (json_int_t)listing.generation, "subtracted", (int)listing.subtracted,
			 "differs", (int)listing.differs, "feeds", list);
}

json_t *mxdp_show_listing(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
			  enum mxdp_action *action)
{
	struct mxdp_feed_word words[WORDS_MAX];
	struct mxdp_feeds_listing listing;
	const struct mxdp_feed_word *word = NULL;
	char prefix[MXDP_PREFIX_TEXT];
	size_t count;

	if (mxdp_feeds_listing(feeds, address, &listing) || !listing.class)
		return NULL;
	count = mxdp_feeds_find(feeds, address, words, WORDS_MAX);
	for (size_t i = 0; i < count; i++)
		if (words[i].decides)
			word = &words[i];
	*action = listing.action;
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I}", "by", "feed", "action",
			 mxdp_action_name(listing.action), "reason",
			 mxdp_reason_name(MXDP_REASON_FEED), "prefix",
			 word ? mxdp_prefix_format(&word->entry.prefix, prefix) : "", "feed",
			 listing.setting ? listing.setting->name : "?", "line",
			 (json_int_t)(word ? word->entry.line : 0), "text",
			 mxdp_show_reason_text(MXDP_REASON_FEED), "expires",
			 (json_int_t)listing.valid_until);
}

void mxdp_api_get_feeds(struct mxdp_api_request *request)
{
	mxdp_api_give(request, show_feeds(request->world->feeds));
}

void mxdp_api_get_snapshot(struct mxdp_api_request *request)
{
	mxdp_api_give(request, show_snapshot(request->world->feeds));
}

void mxdp_api_get_lookup(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT];
	struct mxdp_address address;

	if (mxdp_api_parse_address(request->arguments[0], &address, fault) < 0)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
	else
		mxdp_api_give(request, show_lookup(request->world->feeds, &address));
}

void mxdp_api_get_difference(struct mxdp_api_request *request)
{
	const char *name = request->arguments[0];
	json_t *difference = name ? show_difference(request->world->feeds, name) : NULL;

	if (difference)
		mxdp_api_give(request, difference);
	else
		mxdp_api_refuse(request, MHD_HTTP_NOT_FOUND,
				"there is no feed \"%.60s\"; mxdp feed list shows them",
				name ? name : "");
}

void mxdp_api_post_sync(struct mxdp_api_request *request)
{
	const char *name = request->arguments[0];
	int count = mxdp_feeds_sync(request->world->feeds, name);

	if (count < 0)
		mxdp_api_refuse(request, MHD_HTTP_NOT_FOUND,
				"there is no feed \"%.60s\"; mxdp feed list shows them", name);
	else
		mxdp_api_give(request, json_pack("{s:i}", "syncing", count));
}
