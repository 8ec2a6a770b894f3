/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User space's one door to the kernel maps: typed reads and writes of rules, verdicts, settings and
 * counters. Callers speak addresses, actions and CLOCK_BOOTTIME nanoseconds; which family's map and
 * which key an address means is decided here.
 *
 * All functions return 0 or a negative errno unless they say otherwise. Map file descriptors are
 * all that is needed: no capability.
 */
#ifndef MXDP_MAPS_H
#define MXDP_MAPS_H

#include "abi.h"
#include "address.h"
#include "snapshot.h"

/* File descriptors of every map, owned by whoever opened them (datapath, a test). */
struct mxdp_maps {
	int settings;
	int daemon_state;
	int counters;
	int destinations4, destinations6;
	int rules4, rules6;
	int never_block4, never_block6;
	int exempt4, exempt6;
	int verdicts4, verdicts6;
	int pending4, pending6;
	int limits4, limits6;
	int proofs4, proofs6;
	int greylist4, greylist6;
	int greylist_state;
	int rates4, rates6;
	int rates_all;
	int answered; /* by the packet path alone */
	int flood;
	int feeds4, feeds6; /* by userspace/feeds/snapshot/snapshot.h */
	int feed_hits;
	int events;
	int samples;
	int dialogues;
	int cookie_secrets;
	int reply_texts;
	int connections; /* by the return path and the packet path alone */
	int wire;
};

/* Names as the operator reads them; "?" for a number that is no member. */
const char *mxdp_action_name(unsigned int action);
const char *mxdp_reason_name(unsigned int reason);
const char *mxdp_mode_name(unsigned int mode);
const char *mxdp_port_class_name(unsigned int class);
const char *mxdp_event_kind_name(unsigned int kind);
/* The number of a name, or -EINVAL. */
int mxdp_action_number(const char *name);
int mxdp_mode_number(const char *name);

/* CLOCK_BOOTTIME in nanoseconds: the packet path's clock. */
uint64_t mxdp_boottime_ns(void);
/* Converts between the maps' clock and Unix seconds; 0 (never) stays 0. */
int64_t mxdp_boottime_to_unix(uint64_t boottime_ns);
uint64_t mxdp_boottime_from_unix(int64_t unix_seconds);

/* The one element of `settings` and of `daemon_state`, written or read as a whole. */
int mxdp_settings_write(const struct mxdp_maps *maps, const struct mxdp_settings *settings);
int mxdp_settings_read(const struct mxdp_maps *maps, struct mxdp_settings *settings);
int mxdp_daemon_state_write(const struct mxdp_maps *maps, const struct mxdp_daemon_state *state);

/* Operator rules. Deleting is -ENOENT when there was no such rule. */
int mxdp_rule_set(const struct mxdp_maps *maps, const struct mxdp_prefix *prefix,
		  const struct mxdp_rule *rule);
int mxdp_rule_delete(const struct mxdp_maps *maps, const struct mxdp_prefix *prefix);
/* The rule of exactly this prefix, or -ENOENT. */
int mxdp_rule_get(const struct mxdp_maps *maps, const struct mxdp_prefix *prefix,
		  struct mxdp_rule *rule);
/* The longest rule over an address, with its prefix, or -ENOENT. Expired rules don't count. */
int mxdp_rule_match(const struct mxdp_maps *maps, const struct mxdp_address *address,
		    struct mxdp_prefix *prefix, struct mxdp_rule *rule);
/* Calls `each` for every rule until it returns non-zero, which is then returned. */
int mxdp_rule_each(const struct mxdp_maps *maps,
		   int (*each)(void *context, const struct mxdp_prefix *prefix,
			       const struct mxdp_rule *rule),
		   void *context);

/* A set of prefixes: never-block addresses, protected destinations, clients that limits spare. */
enum mxdp_set { MXDP_SET_NEVER_BLOCK, MXDP_SET_DESTINATIONS, MXDP_SET_EXEMPT };
/*
 * Makes the set hold exactly `prefixes`, adding before it removes, so that no member is missing
 * for a moment. -E2BIG when they don't fit: nothing is changed then.
 */
int mxdp_set_replace(const struct mxdp_maps *maps, enum mxdp_set set,
		     const struct mxdp_prefix *prefixes, size_t count);

/*
 * Verdicts. The key is a host, or for IPv6 also a /64; -EINVAL for any other prefix length. A set
 * keeps the hits of the entry that it replaces; -ENOSPC when the map is full.
 */
int mxdp_verdict_set(const struct mxdp_maps *maps, const struct mxdp_prefix *key,
		     const struct mxdp_verdict *verdict);
int mxdp_verdict_delete(const struct mxdp_maps *maps, const struct mxdp_prefix *key);
/* What the packet path would find for this client: host first, then /64. Expired: -ENOENT. */
int mxdp_verdict_match(const struct mxdp_maps *maps, const struct mxdp_address *client,
		       struct mxdp_prefix *key, struct mxdp_verdict *verdict);
int mxdp_verdict_each(const struct mxdp_maps *maps,
		      int (*each)(void *context, const struct mxdp_prefix *key,
				  const struct mxdp_verdict *verdict),
		      void *context);
/* Places in verdicts4 and verdicts6. */
int mxdp_verdict_capacity(const struct mxdp_maps *maps, uint32_t *v4, uint32_t *v6);

/*
 * Networks that are greylisted. The time of a first try may lie before the machine's start: such
 * times wrap around below 0, and differences stay right.
 */
int mxdp_greylist_get(const struct mxdp_maps *maps, const struct mxdp_prefix *network,
		      struct mxdp_greylisting *greylisting);
/* Changes an entry, or with `only_new` adds one: -EEXIST, -ENOENT or -ENOSPC when it cannot. */
int mxdp_greylist_set(const struct mxdp_maps *maps, const struct mxdp_prefix *network,
		      const struct mxdp_greylisting *greylisting, bool only_new);
int mxdp_greylist_delete(const struct mxdp_maps *maps, const struct mxdp_prefix *network);
/* Calls `each` for every entry until it returns non-zero, which is then returned. */
int mxdp_greylist_each(const struct mxdp_maps *maps,
		       int (*each)(void *context, const struct mxdp_prefix *network,
				   const struct mxdp_greylisting *greylisting),
		       void *context);

/* Texts of replies by their index (maps/replies.h), and the secrets behind the cookies by slot. */
int mxdp_reply_text_set(const struct mxdp_maps *maps, uint32_t index,
			const struct mxdp_reply_text *text);
int mxdp_reply_text_get(const struct mxdp_maps *maps, uint32_t index, struct mxdp_reply_text *text);
int mxdp_cookie_secret_get(const struct mxdp_maps *maps, uint32_t slot,
			   struct mxdp_cookie_secret *secret);
int mxdp_cookie_secret_set(const struct mxdp_maps *maps, uint32_t slot,
			   const struct mxdp_cookie_secret *secret);

/* Forgets that a client is being held. -ENOENT is no error to most callers. */
int mxdp_pending_delete(const struct mxdp_maps *maps, const struct mxdp_address *client);

/* How a client has proved its address; -ENOENT: it has not, as far as is known. */
int mxdp_proof_get(const struct mxdp_maps *maps, const struct mxdp_address *client,
		   struct mxdp_proof *proof);

/* What the packet path's CPUs say of floods. */
struct mxdp_flood_view {
	unsigned int cpus; /* that are in one now; 0: there is none */
	uint64_t since_ns; /* when it began on the first of them */
	uint64_t last_ns;  /* ... and on the last */
	uint64_t floods;   /* so far, each CPU's counted */
};
int mxdp_flood_read(const struct mxdp_maps *maps, struct mxdp_flood_view *view);

/* Sums the counters of all CPUs. */
int mxdp_counters_read(const struct mxdp_maps *maps, struct mxdp_counters *sum);
/* Connection attempts of clients whom a feed lists, by class of the snapshot then in force. */
int mxdp_feed_hits_read(const struct mxdp_maps *maps, uint64_t hits[MXDP_SNAPSHOT_CLASS_COUNT]);

#endif
