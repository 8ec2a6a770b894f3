/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What mxdp.conf may say: one table of every plain key with its section, kind, range and default,
 * from which libConfuse's option tables are made, and the lists and titled sections beside it.
 */
#ifndef MXDP_CONFIG_SCHEMA_H
#define MXDP_CONFIG_SCHEMA_H

#include <confuse.h>

#include "config.h"
#include "source.h"

/* How a key's text becomes a field of struct mxdp_config. */
enum mxdp_setting_kind {
	MXDP_SETTING_MILLISECONDS, /* a duration, into unsigned int */
	MXDP_SETTING_SECONDS,      /* a duration, into unsigned int */
	MXDP_SETTING_COUNT,        /* a whole number, into unsigned int */
	MXDP_SETTING_SIZE,         /* a whole number, into size_t */
	MXDP_SETTING_NUMBER,       /* into double */
	MXDP_SETTING_BOOLEAN,      /* into bool */
	MXDP_SETTING_CHOICE,       /* one of `choices`, into an enum */
	MXDP_SETTING_PATH,         /* into char *, owned */
	MXDP_SETTING_TEXT,         /* into char *, owned; NULL when empty */
	MXDP_SETTING_SOCKET,       /* a path for a unix socket, likewise */
	MXDP_SETTING_LISTEN,       /* ADDRESS:PORT, likewise */
};

/* A word that a key may have. With `refusal` it is known, but of no use yet: the message. */
struct mxdp_choice {
	const char *text;
	int number;
	const char *refusal;
};

struct mxdp_setting {
	const char *section; /* NULL: outside every section */
	const char *key;
	const char *initial; /* as it would be written; NULL: the field keeps what it has */
	enum mxdp_setting_kind kind;
	size_t offset;                     /* in struct mxdp_config */
	double least, most;                /* durations in ms or s like the field */
	const char *range;                 /* the same in words */
	const struct mxdp_choice *choices; /* ended by a NULL text */
};

/* Ended by a NULL key. */
extern const struct mxdp_setting mxdp_settings_table[];
/* The keys of `feed "NAME" { ... }`; offsets in struct mxdp_feed_setting (feed.c). */
extern const struct mxdp_setting mxdp_feed_keys[];

/*
 * Parses the words by the schema. Returns 0 and a tree that the caller frees by cfg_free(), or a
 * negative errno with the message in `error`. Texts are not judged yet.
 */
int mxdp_schema_parse(const struct mxdp_source *source, cfg_t **out, char *error,
		      size_t error_size);

#endif
