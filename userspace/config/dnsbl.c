/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections `dnsbl "ZONE" { reply "FILTER" { score = N } }` of mxdp.conf. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"
#include "values.h"

#define DNSBLS_MAX  64
#define REPLIES_MAX 32
#define SCORE_MAX   1000.0

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
	return reply->filter_text ? 0 : mxdp_reading_memory(reading);
}

static int read_replies(const struct mxdp_reading *reading, cfg_t *section,
			struct mxdp_dnsbl_zone *zone)
{
	const unsigned int count = cfg_size(section, "reply");

	if (count == 0)
		return mxdp_reading_section_fault(reading, section,
						  "dnsbl \"%.100s\" has no reply filter; add reply "
						  "\"127.0.0.2\" { score = 5 } with the codes "
						  "that mean listed",
						  zone->shown);
	if (count > REPLIES_MAX)
		return mxdp_reading_section_fault(reading, section,
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

static int read_zone(const struct mxdp_reading *reading, cfg_t *section,
		     struct mxdp_dnsbl_zone *zone)
{
	const char *fault;
	const char *ipv6, *probe;
	int error;

	if (mxdp_value_zone(cfg_title(section), &fault) < 0)
		return mxdp_reading_section_fault(reading, section, "the dnsbl's title %s", fault);
	zone->zone = strdup(cfg_title(section));
	if (!zone->zone)
		return mxdp_reading_memory(reading);
	for (char *c = zone->zone; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	error = read_shown(reading, section, zone);
	if (error)
		return error;
	if (cfg_size(section, "url")) {
		zone->url = strdup(cfg_getstr(section, "url"));
		if (!zone->url)
			return mxdp_reading_memory(reading);
	}
	ipv6 = cfg_getstr(section, "ipv6");
	if (mxdp_value_boolean(ipv6, &zone->ipv6, &fault) < 0)
		return mxdp_reading_fault(reading, section, "ipv6", 0, "= %.60s %s", ipv6, fault);
	probe = cfg_getstr(section, "probe");
	if (mxdp_value_boolean(probe, &zone->probe, &fault) < 0)
		return mxdp_reading_fault(reading, section, "probe", 0, "= %.60s %s", probe, fault);
	return read_replies(reading, section, zone);
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
