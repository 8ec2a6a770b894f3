/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secrets.h"
#include "texts.h"
#include "userspace/log.h"

#define REFRESH_MS 60000

struct mxdp_replies {
	const struct mxdp_maps *maps;
	uv_timer_t timer;
};

static struct mxdp_reply_template template_of(const struct mxdp_config *config, const char *url)
{
	return (struct mxdp_reply_template){
		.name = config->reply.name,
		.text = config->reply.text,
		.url = url && *url ? url : config->reply.url,
		.contact = config->reply.contact,
	};
}

/* A list that clients are refused by: a DNSBL or a feed that acts. */
struct source {
	bool feed;
	const char *key;    /* its name among its kind, or NULL: none has this number */
	const char *reason; /* its name in the reply */
	const char *url;    /* or NULL */
};

/* Where a list's number is looked for first: by its name, so that a reload seldom moves it. */
static unsigned int first_number(const char *name)
{
	unsigned int hash = 2166136261U; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return 1 + hash % (MXDP_TEXT_NUMBERS_MAX - 1);
}

static void give_number(struct source sources[MXDP_TEXT_NUMBERS_MAX], const struct source *source)
{
	unsigned int number = first_number(source->key);

	for (int tries = 1; tries < MXDP_TEXT_NUMBERS_MAX && sources[number].key; tries++)
		number = number % (MXDP_TEXT_NUMBERS_MAX - 1) + 1;
	if (!sources[number].key)
		sources[number] = *source;
}

/* Gives every list of the configuration its number, and to those that find none left 0. */
static void number_sources(const struct mxdp_config *config,
			   struct source sources[MXDP_TEXT_NUMBERS_MAX])
{
	memset(sources, 0, MXDP_TEXT_NUMBERS_MAX * sizeof(*sources));
	for (size_t i = 0; i < config->dnsbl_count; i++) {
		const struct mxdp_dnsbl_zone *zone = &config->dnsbls[i];

		give_number(sources, &(struct source){false, zone->shown, zone->shown, zone->url});
	}
	for (size_t i = 0; i < config->feed_count; i++) {
		const struct mxdp_feed_setting *feed = &config->feeds[i];

		if (feed->use == MXDP_FEED_ACT &&
		    (feed->action == MXDP_ACTION_REJECT || feed->action == MXDP_ACTION_TEMPFAIL))
			give_number(sources,
				    &(struct source){true, feed->name,
						     feed->shown ? feed->shown : feed->name,
						     feed->url});
	}
}

static uint16_t find_number(const struct mxdp_config *config, bool feed, const char *key)
{
	struct source sources[MXDP_TEXT_NUMBERS_MAX];

	number_sources(config, sources);
	for (uint16_t number = 1; number < MXDP_TEXT_NUMBERS_MAX; number++)
		if (sources[number].key && sources[number].feed == feed &&
		    !strcmp(sources[number].key, key))
			return number;
	return 0;
}

uint16_t mxdp_replies_number(const struct mxdp_config *config, const char *source)
{
	return find_number(config, false, source);
}

uint16_t mxdp_replies_number_of_feed(const struct mxdp_config *config,
				     const struct mxdp_feed_setting *feed)
{
	return find_number(config, true, feed->name);
}

static int write_refusals(const struct mxdp_maps *maps, const struct mxdp_config *config,
			  unsigned int number, const char *reason, const char *url)
{
	struct mxdp_reply_template template = template_of(config, url);
	char fault[MXDP_REPLY_FAULT] = "";
	struct mxdp_reply_text text;
	int error = 0;

	for (unsigned int which = 0; which < MXDP_REFUSALS && !error; which++) {
		error = mxdp_reply_refusal(&template, reason, which, &text, fault);
		if (!error)
			error = mxdp_reply_text_set(
				maps, MXDP_REPLIES_END + number * MXDP_REFUSALS + which, &text);
	}
	if (error)
		mxdp_log(MXDP_LOG_ERROR, "the reply for %s is not written: %s", reason,
			 fault[0] ? fault : strerror(-error));
	return error;
}

static int write_common(const struct mxdp_maps *maps, const struct mxdp_config *config)
{
	struct mxdp_reply_template template = template_of(config, NULL);
	char fault[MXDP_REPLY_FAULT] = "";
	struct mxdp_reply_text text;
	int error = 0;

	for (unsigned int index = 0; index < MXDP_REPLIES_END && !error; index++) {
		error = mxdp_reply_common(&template, index, &text, fault);
		if (!error)
			error = mxdp_reply_text_set(maps, index, &text);
	}
	if (error)
		mxdp_log(MXDP_LOG_ERROR, "the replies are not written: %s",
			 fault[0] ? fault : strerror(-error));
	return error;
}

/* When a greylisted client may come back, as one would say it. */
static const char *say_delay(unsigned int seconds, char text[32])
{
	if (seconds % 3600 == 0)
		snprintf(text, 32, "%u hour%s", seconds / 3600, seconds == 3600 ? "" : "s");
	else if (seconds % 60 == 0)
		snprintf(text, 32, "%u minute%s", seconds / 60, seconds == 60 ? "" : "s");
	else
		snprintf(text, 32, "%u seconds", seconds);
	return text;
}

static int write_greylist(const struct mxdp_maps *maps, const struct mxdp_config *config)
{
	const unsigned int first = MXDP_REPLIES_END + MXDP_TEXT_GREYLIST * MXDP_REFUSALS;
	struct mxdp_reply_template template = template_of(config, NULL);
	char words[64], delay[32], fault[MXDP_REPLY_FAULT];
	struct mxdp_reply_text text;
	int error = 0;

	snprintf(words, sizeof(words), "Greylisted, come back in %s",
		 say_delay(config->greylist.delay, delay));
	template.text = words;
	for (unsigned int which = 0; which < MXDP_REFUSALS && !error; which++) {
		error = mxdp_reply_refusal(&template, "", which, &text, fault);
		if (!error)
			error = mxdp_reply_text_set(maps, first + which, &text);
	}
	if (error)
		mxdp_log(MXDP_LOG_ERROR, "the greylist's reply is not written: %s",
			 strerror(-error));
	return error;
}

int mxdp_replies_configure(struct mxdp_replies *replies, const struct mxdp_config *config)
{
	struct source sources[MXDP_TEXT_NUMBERS_MAX];
	int error = write_common(replies->maps, config);

	number_sources(config, sources);
	for (unsigned int number = 0; number < MXDP_TEXT_NUMBERS_MAX && !error; number++) {
		const struct source *source = &sources[number];

		/* A number that is free today may stand in a verdict of yesterday. */
		error = write_refusals(replies->maps, config, number,
				       source->key ? source->reason : "local policy", source->url);
	}
	return error ? error : write_greylist(replies->maps, config);
}

static void on_refresh(uv_timer_t *timer)
{
	struct mxdp_replies *replies = timer->data;
	int error = mxdp_secrets_refresh(replies->maps, mxdp_boottime_ns());

	if (error)
		mxdp_log_limited(MXDP_LOG_ERROR, "the cookies' secret is not renewed: %s",
				 strerror(-error));
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

int mxdp_replies_new(uv_loop_t *loop, const struct mxdp_maps *maps,
		     const struct mxdp_config *config, struct mxdp_replies **out)
{
	struct mxdp_replies *replies = calloc(1, sizeof(*replies));
	const char *warning = mxdp_replies_warning(config);
	int error;

	if (!replies)
		return -ENOMEM;
	replies->maps = maps;
	error = mxdp_secrets_refresh(maps, mxdp_boottime_ns());
	if (!error)
		error = mxdp_replies_configure(replies, config);
	if (error) {
		mxdp_log(MXDP_LOG_ERROR, "refused clients cannot be answered: %s",
			 strerror(-error));
		free(replies);
		return error;
	}
	if (warning)
		mxdp_log(MXDP_LOG_WARNING, "%s", warning);
	uv_timer_init(loop, &replies->timer);
	replies->timer.data = replies;
	uv_timer_start(&replies->timer, on_refresh, REFRESH_MS, REFRESH_MS);
	*out = replies;
	return 0;
}

void mxdp_replies_free(struct mxdp_replies *replies)
{
	if (replies)
		uv_close((uv_handle_t *)&replies->timer, on_closed);
}

const char *mxdp_replies_warning(const struct mxdp_config *config)
{
	enum mxdp_action action = config->policy.action;

	if (action != MXDP_ACTION_REJECT && action != MXDP_ACTION_TEMPFAIL)
		return NULL;
	if (config->reply.contact)
		return NULL;
	if (action == MXDP_ACTION_REJECT && config->reply.reject_at == MXDP_REPLY_AT_DIALOGUE &&
	    mxdp_config_opens_contacts(config))
		return NULL; /* they may write to postmaster */
	return "reply.contact is not set: whoever is refused by mistake is not told how to reach "
	       "you; name an address or page that does not pass this screen";
}
