/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of the DNSBLs that most sites use, by name (`preset = NAME`): which replies mean
 * what, what they weigh, whether the list still exists.
 */
#ifndef MXDP_CONFIG_PRESET_H
#define MXDP_CONFIG_PRESET_H

#include <stdbool.h>

#define MXDP_PRESET_REPLIES_MAX 6

struct mxdp_preset {
	const char *name;
	const char *zone; /* its usual name */
	const char *url;  /* where a listed client turns to, or NULL */
	const char *gone; /* NULL: it exists; else when it shut down */
	bool ipv6;
	bool ipv6_unprobed; /* it knows IPv6 clients, but documents no test entries for them */
	struct {
		const char *filter; /* NULL ends the list */
		const char *score;
		const char *name; /* of the part of the list, or NULL */
	} replies[MXDP_PRESET_REPLIES_MAX];
};

#define MXDP_PRESET_NAMES "spamhaus-zen, spamcop, dnswl, sorbs or nixspam"

/* By its name; NULL when there is none. */
const struct mxdp_preset *mxdp_preset_find(const char *name);

/* By a zone that is its usual one, below that, or a Spamhaus customer's; NULL when unknown. */
const struct mxdp_preset *mxdp_preset_of_zone(const char *zone);

#endif
