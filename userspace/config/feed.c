/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections `feed "NAME" { source = ... }` of mxdp.conf. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"
#include "schema.h"
#include "values.h"

#define FEEDS_MAX  200 /* a class of the snapshot each */
#define NAME_BYTES 48

static const struct mxdp_choice formats[] = {
#define FORMAT_CHOICE(name, text, what) {text, MXDP_FEED_##name, NULL},
	MXDP_FEED_FORMATS(FORMAT_CHOICE)
#undef FORMAT_CHOICE
		{NULL, 0, NULL},
};

static const struct mxdp_choice uses[] = {
	{"act", MXDP_FEED_ACT, NULL},
	{"score", MXDP_FEED_SCORE, NULL},
	{NULL, 0, NULL},
};

static const struct mxdp_choice actions[] = {
	{"drop", MXDP_ACTION_DROP, NULL},         {"reject", MXDP_ACTION_REJECT, NULL},
	{"tempfail", MXDP_ACTION_TEMPFAIL, NULL}, {"greylist", MXDP_ACTION_GREYLIST, NULL},
	{"limit", MXDP_ACTION_LIMIT, NULL},       {NULL, 0, NULL},
};

static const struct mxdp_choice ends[] = {
	{"keep", MXDP_FEED_KEEP, NULL},
	{"drop", MXDP_FEED_DROP_OLD, NULL},
	{NULL, 0, NULL},
};

#define DAY                       86400.0
#define FIELD(name)               offsetof(struct mxdp_feed_setting, name)
#define CHOICE(list)              0, 0, NULL, list
#define RANGE(least, most, words) least, most, words, NULL
#define FREE_TEXT                 0, 0, NULL, NULL

/* clang-format off */
const struct mxdp_setting mxdp_feed_keys[] = {
	{ "feed", "source", "", MXDP_SETTING_TEXT, FIELD(source), FREE_TEXT },
	{ "feed", "format", "plain", MXDP_SETTING_CHOICE, FIELD(format), CHOICE(formats) },
	{ "feed", "column", "1", MXDP_SETTING_COUNT, FIELD(column), RANGE(1, 100, "1 to 100") },
	{ "feed", "use", "act", MXDP_SETTING_CHOICE, FIELD(use), CHOICE(uses) },
	{ "feed", "action", "drop", MXDP_SETTING_CHOICE, FIELD(action), CHOICE(actions) },
	{ "feed", "score", "5", MXDP_SETTING_NUMBER, FIELD(score),
	  RANGE(-1000, 1000, "-1000 to 1000") },
	{ "feed", "priority", "0", MXDP_SETTING_COUNT, FIELD(priority),
	  RANGE(0, 65535, "0 to 65535") },
	{ "feed", "interval", "6h", MXDP_SETTING_SECONDS, FIELD(interval),
	  RANGE(60, 30 * DAY, "1m to 30d") },
	{ "feed", "jitter", "5m", MXDP_SETTING_SECONDS, FIELD(jitter),
	  RANGE(0, DAY, "0s to 1d") },
	{ "feed", "timeout", "5m", MXDP_SETTING_SECONDS, FIELD(timeout),
	  RANGE(1, 3600, "1s to 1h") },
	{ "feed", "max_age", "7d", MXDP_SETTING_SECONDS, FIELD(max_age),
	  RANGE(0, 400 * DAY, "0s to 400d") },
	{ "feed", "when_old", "keep", MXDP_SETTING_CHOICE, FIELD(when_old), CHOICE(ends) },
	{ "feed", "shrink_max", "50", MXDP_SETTING_COUNT, FIELD(shrink_max),
	  RANGE(1, 100, "1 to 100") },
	{ "feed", "grow_max", "300", MXDP_SETTING_COUNT, FIELD(grow_max),
	  RANGE(1, 100000, "1 to 100000") },
	{ "feed", "entries_max", "20000000", MXDP_SETTING_COUNT, FIELD(entries_max),
	  RANGE(1, 100000000, "1 to 100000000") },
	{ "feed", "size_max", "1024", MXDP_SETTING_COUNT, FIELD(size_max),
	  RANGE(1, 65536, "1 to 65536") },
	{ "feed", "wide", "no", MXDP_SETTING_BOOLEAN, FIELD(wide), FREE_TEXT },
	{ "feed", "empty", "no", MXDP_SETTING_BOOLEAN, FIELD(empty), FREE_TEXT },
	{ "feed", "checksum", "", MXDP_SETTING_TEXT, FIELD(checksum), FREE_TEXT },
	{ "feed", "proxy", "", MXDP_SETTING_TEXT, FIELD(proxy), FREE_TEXT },
	{ "feed", "ca_file", "", MXDP_SETTING_TEXT, FIELD(ca_file), FREE_TEXT },
	{ "feed", "shown", "", MXDP_SETTING_TEXT, FIELD(shown), FREE_TEXT },
	{ "feed", "url", "", MXDP_SETTING_TEXT, FIELD(url), FREE_TEXT },

	{ .key = NULL },
};
/* clang-format on */

/* The name is part of file names; NAME.version is another feed's. */
static bool is_name(const char *name)
{
	static const char version[] = ".version";
	if (!name || !isalnum((unsigned char)name[0]) || strlen(name) > NAME_BYTES)
		return false;
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
			return false;
	return strlen(name) < strlen(version) ||
	       strcmp(name + strlen(name) - strlen(version), version) != 0;
}

static const char file_scheme[] = "file://";

/* Where something is: the path of a file, or NULL. */
static const char *path_of(const char *place)
{
	if (strncmp(place, file_scheme, strlen(file_scheme)) == 0)
		return place + strlen(file_scheme);
	return *place == '/' ? place : NULL;
}

static int check_place(const struct mxdp_reading *reading, cfg_t *section, const char *key,
		       const char *place)
{
	static const char *const schemes[] = {"https://", "http://", "rsync://"};
	const char *path = path_of(place), *fault;

	for (const char *c = place; *c; c++)
		if (!isgraph((unsigned char)*c))
			return mxdp_reading_fault(reading, section, key, 0,
						  "holds a space or control character; write it "
						  "as %%20 in a URL");
	if (path) {
		if (mxdp_value_path(path, &fault) < 0)
			return mxdp_reading_fault(reading, section, key, 0, "= %.100s %s", place,
						  fault);
		return 0;
	}
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(place, schemes[i], strlen(schemes[i])) == 0 &&
		    isalnum((unsigned char)place[strlen(schemes[i])]))
			return 0;
	return mxdp_reading_fault(reading, section, key, 0,
				  "= %.100s is no source; write file:///PATH, https://..., "
				  "http://... or rsync://...",
				  place);
}

static int check_source(const struct mxdp_reading *reading, cfg_t *section,
			const struct mxdp_feed_setting *feed)
{
	int error;

	if (!feed->source)
		return mxdp_reading_section_fault(
			reading, section,
			"feed \"%s\" has no source; add source = \"file:///PATH\" or a URL",
			feed->name);
	if (*feed->source == '/')
		return mxdp_reading_fault(reading, section, "source", 0,
					  "= %.100s is no source; write file://%.100s",
					  feed->source, feed->source);
	error = check_place(reading, section, "source", feed->source);
	if (error || !feed->checksum)
		return error;
	if (path_of(feed->source) && !path_of(feed->checksum))
		return mxdp_reading_fault(reading, section, "checksum", 0,
					  "= %.100s is no file, but the source is one; write a "
					  "path",
					  feed->checksum);
	return check_place(reading, section, "checksum", feed->checksum);
}

static int read_feed(const struct mxdp_reading *reading, cfg_t *section,
		     struct mxdp_feed_setting *feed)
{
	int error;

	if (!is_name(cfg_title(section)))
		return mxdp_reading_section_fault(
			reading, section,
			"\"%.60s\" is no name for a feed; use at most %d letters, digits, \"-\", "
			"\"_\" and \".\", and no \".version\" at the end",
			cfg_title(section) ? cfg_title(section) : "", NAME_BYTES);
	feed->name = strdup(cfg_title(section));
	if (!feed->name)
		return mxdp_reading_memory(reading);
	error = mxdp_read_section(reading, mxdp_feed_keys, section, feed);
	return error ? error : check_source(reading, section, feed);
}

int mxdp_read_feeds(const struct mxdp_reading *reading)
{
	struct mxdp_config *config = reading->config;
	const unsigned int count = cfg_size(reading->tree, "feed");

	if (count == 0)
		return 0;
	if (count > FEEDS_MAX)
		return mxdp_reading_section_fault(
			reading, cfg_getnsec(reading->tree, "feed", FEEDS_MAX),
			"more than %d feed sections; join some lists", FEEDS_MAX);
	config->feeds = calloc(count, sizeof(*config->feeds));
	if (!config->feeds)
		return mxdp_reading_memory(reading);
	for (unsigned int i = 0; i < count; i++) {
		int error = read_feed(reading, cfg_getnsec(reading->tree, "feed", i),
				      &config->feeds[i]);

		config->feed_count++;
		if (error)
			return error;
	}
	return 0;
}
