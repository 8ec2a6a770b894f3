/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of mxdpd (mxdp.conf): read by libConfuse, checked as a whole, then never
 * changed. A file with any fault is refused with file:line and the way out, and nothing of it comes
 * into force. Parts of the daemon share one configuration by reference counting, so a reload never
 * pulls it from under a running check.
 */
#ifndef MXDP_CONFIG_H
#define MXDP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "maps/abi.h"
#include "maps/address.h"
#include "generic_names.h"
#include "reply_filter.h"
#include "userspace/feeds/format/format.h"
#include "userspace/log.h"
#include "userspace/resolver/resolver.h"
#include "userspace/trust/trust.h"
#include "userspace/verdict/verdict.h"

#define MXDP_CONFIG_PATH "/etc/mxdp/mxdp.conf"
#define MXDP_USER        "mxdp"

#define MXDP_INTERFACES_MAX MXDP_REPLY_INTERFACES_MAX /* each may send replies */

/* Whether room is left on the interfaces for other XDP programs at any price: that of replies. */
enum mxdp_attach { MXDP_ATTACH_AS_CAN_BE, MXDP_ATTACH_BESIDE };
enum mxdp_attach_mode { MXDP_ATTACH_AUTO, MXDP_ATTACH_NATIVE, MXDP_ATTACH_GENERIC };

/* `dnsbl "ZONE" { reply "FILTER" { score = N } ... }` */
struct mxdp_dnsbl_reply {
	struct mxdp_dnsbl_filter filter;
	char *filter_text; /* as written */
	char *name;        /* what such a reply means, "XBL"; or NULL */
	double score;
};

struct mxdp_dnsbl_zone {
	char *zone;         /* what is asked */
	char *shown;        /* the same with secret parts masked: what is logged and shown */
	char *url;          /* where a listed client turns to; NULL: reply.url */
	bool ipv6;          /* ask for IPv6 clients too */
	bool ipv6_unprobed; /* its test entries are known for IPv4 alone */
	bool probe;         /* suspend it while it does not answer as RFC 5782 demands */
	const char *gone;   /* when the list shut down, a constant: it is not asked; or NULL */
	size_t reply_count;
	struct mxdp_dnsbl_reply *replies;
};

/* What reverse records weigh; all 0: they aren't asked for. */
struct mxdp_rdns_setting {
	double missing;     /* the address has no name */
	double unconfirmed; /* none of its names leads back to it */
	double generic;     /* its names look like a pool's */
	char *generic_path; /* of the table; NULL: only the address in a name is a sign */
	struct mxdp_generic_names *generic_names;
};

struct mxdp_helo_setting {
	double bad; /* what a bad HELO weighs; 0: it isn't checked */
	size_t own_name_count;
	char **own_names; /* that no client may give itself */
};

struct mxdp_sender_setting {
	double bad; /* what a malformed sender weighs; 0: it isn't checked */
};

/* `feed "NAME" { ... }` */
enum mxdp_feed_use { MXDP_FEED_ACT, MXDP_FEED_SCORE };
enum mxdp_feed_when_old { MXDP_FEED_KEEP, MXDP_FEED_DROP_OLD };

struct mxdp_feed_setting {
	char *name;
	char *source; /* file:///PATH, https://..., http://... or rsync://... */
	enum mxdp_feed_format format;
	unsigned int column; /* of CSV, from 1 */
	enum mxdp_feed_use use;
	enum mxdp_action action; /* of a feed that acts */
	double score;            /* of a feed that scores */
	unsigned int priority;   /* of two feeds that name the same prefix the higher decides */
	unsigned int interval;   /* seconds between two syncs of a remote source */
	unsigned int jitter;     /* seconds at random on top */
	unsigned int timeout;    /* seconds for a whole transfer */
	unsigned int max_age;    /* seconds; 0: data never gets too old */
	enum mxdp_feed_when_old when_old;
	unsigned int shrink_max, grow_max; /* percent */
	unsigned int entries_max;
	unsigned int size_max; /* MiB of a transfer */
	bool wide, empty;
	char *checksum;        /* where its SHA-256 is: as `source`, or a path; or NULL */
	char *proxy, *ca_file; /* or NULL */
	char *shown;           /* its name in replies to refused clients, or NULL */
	char *url;             /* for these, or NULL: that of the section reply */
};

/* What a refused client is told, and where in the dialogue. */
struct mxdp_reply_settings {
	char *name;    /* the gateway's, in greetings */
	char *text;    /* the operator's template, or NULL for the usual one */
	char *url;     /* NULL: none */
	char *contact; /* NULL: none */
	enum mxdp_reply_at reject_at;
	enum mxdp_reply_at tempfail_at;
};

/* What is done about floods of spoofed packets. */
struct mxdp_flood_settings {
	unsigned int enter;         /* unknown SYNs a second on a CPU that are one; 0: none is */
	unsigned int leave;         /* fewer than these ... */
	unsigned int calm_seconds;  /* ... for so long end it */
	unsigned int challenges;    /* a second by a CPU; 0: as many as there are SYNs */
	unsigned int proof_seconds; /* how long a proof of an address holds */
};

/* Where clients in the grey band are told to come back. */
enum mxdp_greylist_at { MXDP_GREYLIST_OFF, MXDP_GREYLIST_XDP, MXDP_GREYLIST_POLICY };

/* Section `greylist`; its threshold is policy.grey_threshold. Times are seconds. */
struct mxdp_greylist_settings {
	enum mxdp_greylist_at at;
	unsigned int delay;   /* a retry passes from here ... */
	unsigned int window;  /* ... to here, counted from the first try */
	unsigned int prefix4; /* bits of a client's network */
	unsigned int prefix6;
	unsigned int trust; /* for so long from its latest use a client that came back passes */
	double score;       /* what having come back weighs, 0 or negative */
	enum mxdp_reply_at reply_at;
};

/* A minute, by enum mxdp_scope; 0: no limit. */
struct mxdp_limits_settings {
	unsigned int attempts[MXDP_SCOPES];
	unsigned int handshakes[MXDP_SCOPES];
	unsigned int known[MXDP_SCOPES];
};

struct mxdp_port_setting {
	uint16_t port; /* host order */
	enum mxdp_port_class class;
};

/* How the policy server says no. */
enum mxdp_policy_refusal { MXDP_POLICY_DUNNO, MXDP_POLICY_DEFER, MXDP_POLICY_REJECT };

/* The policy server for Postfix; without socket and listen it is off. */
struct mxdp_policy_service {
	char *socket; /* a unix socket's path, or NULL */
	char *group;  /* who may use it, or NULL */
	char *listen; /* "ADDRESS:PORT" or NULL */
	enum mxdp_policy_refusal refuse;
	enum mxdp_policy_refusal spf_fail; /* of a message whose SPF result is fail */
	bool received_spf;                 /* add the Received-SPF header */
};

struct mxdp_config {
	char *path;
	enum mxdp_log_level log_level;

	/* datapath */
	enum mxdp_mode mode; /* in force: see userspace/mode/ */
	enum mxdp_mode configured_mode;
	size_t interface_count;
	char **interfaces;
	enum mxdp_attach_mode attach_mode;
	enum mxdp_attach attach;
	char *pin_directory;
	size_t port_count;
	struct mxdp_port_setting ports[MXDP_PORTS_MAX];
	size_t destination_count; /* 0: every destination is protected */
	struct mxdp_prefix *destinations;
	size_t never_block_count; /* beyond what the daemon finds by itself */
	struct mxdp_prefix *never_block;
	size_t spf_allow_count; /* domains whose SPF ranges are exempt */
	char **spf_allow;
	size_t partner_count; /* domains whose SPF and MX ranges and names are exempt */
	char **partners;
	size_t own_domain_count; /* for which this site takes mail */
	char **own_domains;
	bool hold;
	unsigned int hold_ms;
	unsigned int heartbeat_stale_ms;
	bool cut_established;
	bool socket_proof;       /* handshakes of this machine's own mail server prove addresses */
	bool wire_evidence;      /* read HELO and MAIL lines of clients that pass */
	double limit_per_minute; /* action limit: connection attempts a client */
	unsigned int limit_burst;
	struct mxdp_flood_settings flood;
	struct mxdp_limits_settings limits;
	unsigned int verdicts_max;

	/* checks */
	struct mxdp_policy policy;
	struct mxdp_reply_settings reply;
	struct mxdp_report_limits told;
	struct mxdp_trust_limits trust;
	struct mxdp_greylist_settings greylist;
	unsigned int check_timeout_ms; /* a client's checks end after this, whatever is missing */
	unsigned int clients_max;      /* clients being checked at once, with those waiting */
	struct mxdp_resolver_settings resolver;
	char *resolver_servers; /* owns resolver.servers; NULL: the system's */
	size_t dnsbl_count;
	struct mxdp_dnsbl_zone *dnsbls;
	size_t feed_count;
	struct mxdp_feed_setting *feeds;
	struct mxdp_rdns_setting rdns;
	struct mxdp_helo_setting helo;
	struct mxdp_sender_setting sender;

	/* store and faces */
	char *user; /* that the daemon becomes; "": it stays root */
	char *state_directory;
	unsigned int journal_keep; /* seconds */
	char *api_socket;
	struct mxdp_policy_service policy_service;
	char *api_group; /* NULL: the daemon's own group */

	unsigned int references;
};

/* Longest message of a refused configuration, with its NUL. */
#define MXDP_CONFIG_ERROR 512

/*
 * Reads the file. Returns 0, or a negative errno with a message in `error`, as
 * "FILE:LINE: what is wrong; what to do".
 */
int mxdp_config_load(const char *path, struct mxdp_config **out, char error[MXDP_CONFIG_ERROR]);

struct mxdp_config *mxdp_config_ref(struct mxdp_config *config);
void mxdp_config_unref(struct mxdp_config *config);

/* What the packet path reads of a configuration. */
void mxdp_config_settings(const struct mxdp_config *config, struct mxdp_settings *settings);

/*
 * Whether refused clients may be let in to write to postmaster and abuse (userspace/contacts/): a
 * policy server must see to it that they write to nobody else.
 */
bool mxdp_config_opens_contacts(const struct mxdp_config *config);

/* Names what of `next` needs a restart to come into force (socket, pins ...), or returns NULL. */
const char *mxdp_config_needs_restart(const struct mxdp_config *now,
				      const struct mxdp_config *next);

#endif
