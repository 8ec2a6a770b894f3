/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The section `reply` of mxdp.conf: every text that it makes must fit, with any client's address.
 */
#include <string.h>
#include <unistd.h>

#include "read.h"
#include "userspace/replies/texts.h"

#define NAME_MAX_BYTES 64

/* Without a name it is the machine's, as the mail server's would be. */
static int read_name(const struct mxdp_reading *reading, cfg_t *section)
{
	struct mxdp_config *config = reading->config;
	char host[NAME_MAX_BYTES + 1] = "";

	if (!config->reply.name) {
		if (gethostname(host, sizeof(host) - 1) || !host[0])
			strcpy(host, "localhost");
		config->reply.name = strdup(host);
		if (!config->reply.name)
			return mxdp_reading_memory(reading);
	}
	for (const char *c = config->reply.name; *c; c++)
		if (*c <= ' ' || *c > '~' || strlen(config->reply.name) > NAME_MAX_BYTES)
			return mxdp_reading_fault(reading, section, "name", 0,
						  "is no host name; write at most 64 letters, "
						  "digits, dots and hyphens");
	return 0;
}

static int check_text(const struct mxdp_reading *reading, cfg_t *section, const char *key,
		      const char *reason, const char *url)
{
	const struct mxdp_reply_settings *reply = &reading->config->reply;
	const struct mxdp_reply_template template = {
		.name = reply->name,
		.text = reply->text,
		.url = url ? url : reply->url,
		.contact = reply->contact,
	};
	char fault[MXDP_REPLY_FAULT];
	struct mxdp_reply_text text;

	for (unsigned int which = 0; which < MXDP_REFUSALS; which++)
		if (mxdp_reply_refusal(&template, reason, which, &text, fault))
			return mxdp_reading_fault(reading, section, key, 0,
						  ": the reply for %.90s %s", reason, fault);
	return 0;
}

int mxdp_read_reply(const struct mxdp_reading *reading)
{
	const struct mxdp_config *config = reading->config;
	cfg_t *section = cfg_getsec(reading->tree, "reply");
	int error = read_name(reading, section);

	if (!error)
		error = check_text(reading, section, config->reply.text ? "text" : "url",
				   "local policy", NULL);
	for (size_t i = 0; i < config->dnsbl_count && !error; i++) {
		const struct mxdp_dnsbl_zone *zone = &config->dnsbls[i];
		cfg_t *list = cfg_getnsec(reading->tree, "dnsbl", (unsigned int)i);

		error = check_text(reading, zone->url ? list : section,
				   zone->url || !config->reply.text ? "url" : "text", zone->shown,
				   zone->url);
	}
	for (size_t i = 0; i < config->feed_count && !error; i++) {
		const struct mxdp_feed_setting *feed = &config->feeds[i];
		cfg_t *own = cfg_getnsec(reading->tree, "feed", (unsigned int)i);

		error = check_text(reading, own,
				   feed->url     ? "url"
				   : feed->shown ? "shown"
						 : "source",
				   feed->shown ? feed->shown : feed->name, feed->url);
	}
	return error;
}
