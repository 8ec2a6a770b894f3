/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections `dnsbl "ZONE" { preset = NAME reply "FILTER" { score = N } }` of mxdp.conf. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "preset.h"
#include "read.h"
#include "values.h"

#define DNSBLS_MAX  64
#define REPLIES_MAX 32
#define SCORE_MAX   1000.0
#define REPLY_NAME  40 /* longest name of a reply */

static int read_reply_name(const struct mxdp_reading *reading, cfg_t *section,
			   struct mxdp_dnsbl_reply *reply)
{
	const char *name = cfg_size(section, "name") ? cfg_getstr(section, "name") : NULL;

	if (!name || !*name)
		return 0;
	for (const char *c = name; *c; c++)
		if (!isprint((unsigned char)*c) || c - name == REPLY_NAME)
			return mxdp_reading_fault(reading, section, "name", 0,
						  "is too long or not printable; write at most %d "
						  "printable characters",
						  REPLY_NAME);
	reply->name = strdup(name);
	return reply->name ? 0 : mxdp_reading_memory(reading);
}

static int read_reply(const struct mxdp_reading *reading, const struct mxdp_dnsbl_zone *zone,
		      cfg_t *section, struct mxdp_dnsbl_reply *reply)
{
	const char *filter = cfg_title(section);
	const char *fault = NULL;
	const char *score;

	if (mxdp_dnsbl_filter_parse(filter, &reply->filter, &fault) < 0)
		return mxdp_reading_section_fault(reading, section,
						  "reply \"%.60s\" of %s: %s; write it as "
						  "127.0.0.2 or 127.0.0.[2..11]",
						  filter, zone->shown, fault);
	if (!mxdp_dnsbl_filter_is_useful(&reply->filter))
		return mxdp_reading_section_fault(reading, section,
						  "reply \"%.60s\" of %s never counts: lists "
						  "answer within 127.0.0.0/8; correct it",
						  filter, zone->shown);
	if (cfg_size(section, "score") == 0)
		return mxdp_reading_section_fault(reading, section,
						  "reply \"%.60s\" of %s has no score; add score "
						  "= N, positive against the client",
						  filter, zone->shown);
	score = cfg_getstr(section, "score");
	if (mxdp_value_number(score, &reply->score, &fault) < 0)
		return mxdp_reading_fault(reading, section, "score", 0, "= %.60s %s", score, fault);
	if (reply->score < -SCORE_MAX || reply->score > SCORE_MAX)
		return mxdp_reading_fault(reading, section, "score", 0,
					  "= %.60s is out of range; write a value from -1000 to "
					  "1000",
					  score);
	reply->filter_text = strdup(filter);
	return reply->filter_text ? read_reply_name(reading, section, reply)
				  : mxdp_reading_memory(reading);
}

/* What the preset says of the replies; its texts are known to be good. */
static int take_preset_replies(const struct mxdp_reading *reading, const struct mxdp_preset *preset,
			       struct mxdp_dnsbl_zone *zone)
{
	zone->replies = calloc(MXDP_PRESET_REPLIES_MAX, sizeof(*zone->replies));
	if (!zone->replies)
		return mxdp_reading_memory(reading);
	for (size_t i = 0; i < MXDP_PRESET_REPLIES_MAX && preset->replies[i].filter; i++) {
		struct mxdp_dnsbl_reply *reply = &zone->replies[zone->reply_count++];
		const char *name = preset->replies[i].name;

		mxdp_dnsbl_filter_parse(preset->replies[i].filter, &reply->filter, NULL);
		mxdp_value_number(preset->replies[i].score, &reply->score, NULL);
		reply->filter_text = strdup(preset->replies[i].filter);
		reply->name = name ? strdup(name) : NULL;
		if (!reply->filter_text || (name && !reply->name))
			return mxdp_reading_memory(reading);
	}
	return 0;
}

static int read_replies(const struct mxdp_reading *reading, cfg_t *section,
			const struct mxdp_preset *preset, struct mxdp_dnsbl_zone *zone)
{
	const unsigned int count = cfg_size(section, "reply");

	if (count == 0 && preset)
		return take_preset_replies(reading, preset, zone);
	if (count == 0)
		return mxdp_reading_section_fault(
			reading, section,
			"dnsbl \"%.100s\" has no reply filter; add reply "
			"\"127.0.0.2\" { score = 5 } with the codes "
			"that mean listed, or a preset: " MXDP_PRESET_NAMES,
			zone->shown);
	if (count > REPLIES_MAX)
		return mxdp_reading_section_fault(reading,
						  cfg_getnsec(section, "reply", REPLIES_MAX),
						  "dnsbl \"%.100s\" has more than %d reply "
						  "filters; join some by ranges",
						  zone->shown, REPLIES_MAX);
	zone->replies = calloc(count, sizeof(*zone->replies));
	if (!zone->replies)
		return mxdp_reading_memory(reading);
	for (unsigned int i = 0; i < count; i++) {
		const int error = read_reply(reading, zone, cfg_getnsec(section, "reply", i),
					     &zone->replies[i]);

		zone->reply_count++;
		if (error)
			return error;
	}
	return 0;
}

/* The name to show: the operator's, else the zone's with its secret parts masked. */
static int read_shown(const struct mxdp_reading *reading, cfg_t *section,
		      struct mxdp_dnsbl_zone *zone)
{
	const char *shown = cfg_size(section, "shown") ? cfg_getstr(section, "shown") : NULL;

	for (const char *c = shown; c && *c; c++)
		if (!isgraph((unsigned char)*c) || strlen(shown) > 90)
			return mxdp_reading_fault(reading, section, "shown", 0,
						  "is no name to show; write at most 90 printable "
						  "characters without a space");
	zone->shown = shown && *shown ? strdup(shown) : mxdp_value_zone_masked(zone->zone);
	return zone->shown ? 0 : mxdp_reading_memory(reading);
}

static int read_preset(const struct mxdp_reading *reading, cfg_t *section,
		       const struct mxdp_dnsbl_zone *zone, const struct mxdp_preset **preset)
{
	const char *name = cfg_size(section, "preset") ? cfg_getstr(section, "preset") : NULL;
	const struct mxdp_preset *usual = mxdp_preset_of_zone(zone->zone);

	*preset = NULL;
	if (!name)
		return 0;
	*preset = mxdp_preset_find(name);
	if (!*preset)
		return mxdp_reading_fault(reading, section, "preset", 0,
					  "= %.60s is no preset; write " MXDP_PRESET_NAMES, name);
	if (usual && usual != *preset)
		return mxdp_reading_fault(reading, section, "preset", 0,
					  "= %.60s does not fit %s; write %s", name, zone->shown,
					  usual->name);
	return 0;
}

/* A list that has shut down is named in a warning and left out, whether by preset or by zone. */
static int read_gone(const struct mxdp_reading *reading, cfg_t *section,
		     const struct mxdp_preset *preset, struct mxdp_dnsbl_zone *zone)
{
	const struct mxdp_preset *known = preset ? preset : mxdp_preset_of_zone(zone->zone);
	const char *force = cfg_getstr(section, "force"), *fault;
	struct mxdp_reading aside = *reading;
	char warning[MXDP_CONFIG_ERROR];
	bool forced;

	if (mxdp_value_boolean(force, &forced, &fault) < 0)
		return mxdp_reading_fault(reading, section, "force", 0, "= %.60s %s", force, fault);
	if (!known || !known->gone || forced)
		return 0;
	zone->gone = known->gone;
	aside.error = warning;
	aside.error_size = sizeof(warning);
	mxdp_reading_section_fault(&aside, section,
				   "dnsbl \"%.100s\" shut down in %s and is not asked; remove the "
				   "section (force = yes asks it all the same)",
				   zone->shown, zone->gone);
	mxdp_log(MXDP_LOG_WARNING, "%s", warning);
	return 0;
}

/* Keys of the section, and where they are missing what the preset says. */
static int read_zone_keys(const struct mxdp_reading *reading, cfg_t *section,
			  const struct mxdp_preset *preset, struct mxdp_dnsbl_zone *zone)
{
	const char *url = cfg_size(section, "url") ? cfg_getstr(section, "url") : NULL;
	const char *ipv6 = cfg_size(section, "ipv6") ? cfg_getstr(section, "ipv6") : NULL;
	const char *probe = cfg_getstr(section, "probe");
	const char *fault;

	if (!url && preset)
		url = preset->url;
	zone->url = url ? strdup(url) : NULL;
	if (url && !zone->url)
		return mxdp_reading_memory(reading);
	zone->ipv6 = preset && preset->ipv6;
	zone->ipv6_unprobed = preset && preset->ipv6_unprobed;
	if (ipv6 && mxdp_value_boolean(ipv6, &zone->ipv6, &fault) < 0)
		return mxdp_reading_fault(reading, section, "ipv6", 0, "= %.60s %s", ipv6, fault);
	if (mxdp_value_boolean(probe, &zone->probe, &fault) < 0)
		return mxdp_reading_fault(reading, section, "probe", 0, "= %.60s %s", probe, fault);
	return 0;
}

static int read_zone(const struct mxdp_reading *reading, cfg_t *section,
		     struct mxdp_dnsbl_zone *zone)
{
	const struct mxdp_preset *preset;
	const char *fault;
	int error;

	if (mxdp_value_zone(cfg_title(section), &fault) < 0)
		return mxdp_reading_section_fault(reading, section, "the dnsbl's title %s", fault);
	zone->zone = strdup(cfg_title(section));
	if (!zone->zone)
		return mxdp_reading_memory(reading);
	for (char *c = zone->zone; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	error = read_shown(reading, section, zone);
	if (!error)
		error = read_preset(reading, section, zone, &preset);
	if (!error)
		error = read_zone_keys(reading, section, preset, zone);
	if (!error)
		error = read_gone(reading, section, preset, zone);
	return error ? error : read_replies(reading, section, preset, zone);
}

static bool has_mx_port(const struct mxdp_config *config)
{
	for (size_t i = 0; i < config->port_count; i++)
		if (config->ports[i].class == MXDP_PORT_MX)
			return true;
	return false;
}

int mxdp_read_dnsbls(const struct mxdp_reading *reading)
{
	struct mxdp_config *config = reading->config;
	const unsigned int count = cfg_size(reading->tree, "dnsbl");

	if (count == 0)
		return 0;
	if (!has_mx_port(config))
		return mxdp_reading_section_fault(
			reading, cfg_getnsec(reading->tree, "dnsbl", 0),
			"a DNSBL with submission ports only would refuse the site's own users at "
			"home; remove the dnsbl sections or name a port in mx_ports");
	if (count > DNSBLS_MAX)
		return mxdp_reading_section_fault(
			reading, cfg_getnsec(reading->tree, "dnsbl", DNSBLS_MAX),
			"more than %d dnsbl sections; remove some", DNSBLS_MAX);
	config->dnsbls = calloc(count, sizeof(*config->dnsbls));
	if (!config->dnsbls)
		return mxdp_reading_memory(reading);
	for (unsigned int i = 0; i < count; i++) {
		const int error = read_zone(reading, cfg_getnsec(reading->tree, "dnsbl", i),
					    &config->dnsbls[i]);

		config->dnsbl_count++;
		if (error)
			return error;
	}
	return 0;
}
