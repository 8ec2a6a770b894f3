/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preset.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct mxdp_preset presets[] = {
	{
		.name = "spamhaus-zen",
		.zone = "zen.spamhaus.org",
		.url = "https://check.spamhaus.org/listed/?searchterm={address}",
		.ipv6 = true,
		.replies = {{"127.0.0.2", "5", "SBL"},
			    {"127.0.0.3", "5", "CSS"},
			    {"127.0.0.[4..7]", "5", "XBL"},
			    {"127.0.0.9", "5", "DROP"},
			    {"127.0.0.[10..11]", "5", "PBL"}},
	},
	{
		.name = "spamcop",
		.zone = "bl.spamcop.net",
		.url = "https://www.spamcop.net/bl.shtml?{address}",
		.replies = {{"127.0.0.2", "2", NULL}},
	},
	{
		.name = "dnswl",
		.zone = "list.dnswl.org",
		.ipv6 = true,
		.ipv6_unprobed = true,
		.replies = {{"127.0.[0..255].1", "-2", "low trust"},
			    {"127.0.[0..255].2", "-4", "medium trust"},
			    {"127.0.[0..255].3", "-8", "high trust"}},
	},
	{
		.name = "sorbs",
		.zone = "dnsbl.sorbs.net",
		.gone = "June 2024",
		.replies = {{"127.0.0.[2..15]", "2", NULL}},
	},
	{
		.name = "nixspam",
		.zone = "ix.dnsbl.manitu.net",
		.gone = "January 2025",
		.replies = {{"127.0.0.2", "2", NULL}},
	},
};
#define PRESETS (sizeof(presets) / sizeof(presets[0]))

const struct mxdp_preset *mxdp_preset_find(const char *name)
{
	for (size_t i = 0; i < PRESETS; i++)
		if (!strcmp(presets[i].name, name))
			return &presets[i];
	return NULL;
}

static bool is_within(const char *zone, const char *parent)
{
	const size_t length = strlen(zone), tail = strlen(parent);

	if (length < tail || strcasecmp(zone + length - tail, parent) != 0)
		return false;
	return length == tail || zone[length - tail - 1] == '.';
}

const struct mxdp_preset *mxdp_preset_of_zone(const char *zone)
{
	if (is_within(zone, "zen.dq.spamhaus.net"))
		return &presets[0];
	for (size_t i = 0; i < PRESETS; i++)
		if (is_within(zone, presets[i].zone))
			return &presets[i];
	return NULL;
}
