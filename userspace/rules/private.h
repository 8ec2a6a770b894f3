/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules as rules.c has them, keep.c keeps them, load.c brings them back and guard.c reads them.
 * For these alone.
 */
#ifndef MXDP_RULES_PRIVATE_H
#define MXDP_RULES_PRIVATE_H

#include <uthash.h>

#include "rules.h"

/* What the map cannot hold: the words, and the Unix times from which its times were made. */
struct rule_entry {
	struct mxdp_prefix prefix; /* the key */
	enum mxdp_action action;
	char reason[MXDP_RULE_REASON];
	int64_t created, expires;
	UT_hash_handle hh;
};

struct mxdp_rules {
	const struct mxdp_maps *maps;
	struct mxdp_store *store; /* may be NULL */
	const struct mxdp_never_block *never_block;
	struct rule_entry *entries;
	struct unkept *unkept; /* changes that the store has not taken */
	uv_timer_t expiry;     /* until a rule ends, or the store is tried again */
};

/* The rule of exactly this prefix, or NULL. */
struct rule_entry *mxdp_rules_find(const struct mxdp_rules *rules,
				   const struct mxdp_prefix *prefix);
/* The same with what the map has counted. */
struct mxdp_operator_rule mxdp_rules_describe(const struct mxdp_rules *rules,
					      const struct rule_entry *entry);

/* In memory; times are Unix seconds. Returns 0 or -ENOMEM. */
int mxdp_rules_remember(struct mxdp_rules *rules, const struct mxdp_prefix *prefix,
			enum mxdp_action action, const char *reason, int64_t created,
			int64_t expires);
/* From memory alone. */
void mxdp_rules_drop(struct mxdp_rules *rules, struct rule_entry *entry);
/* Into the map, where what it counted under the same prefix is kept. 0 or a negative errno. */
int mxdp_rules_write(const struct mxdp_rules *rules, const struct mxdp_prefix *prefix,
		     enum mxdp_action action, int64_t created, int64_t expires);
/* Deletes what has expired, everywhere. */
void mxdp_rules_expire(struct mxdp_rules *rules);

/*
 * Makes the store's row of a prefix what the memory has of it, which may be nothing. 0 or a
 * negative errno, after which mxdp_rules_keep_again() tries it; the end tries once more.
 */
int mxdp_rules_keep(struct mxdp_rules *rules, const struct mxdp_prefix *prefix);
void mxdp_rules_keep_again(struct mxdp_rules *rules);
void mxdp_rules_keep_end(struct mxdp_rules *rules);

/* At the start: the store's rules, else the map's, are in force. 0 or a negative errno. */
int mxdp_rules_load(struct mxdp_rules *rules);

/*
 * The rule at `change->prefix` becomes `change`; or, where change->action is MXDP_ACTION_NONE,
 * every rule inside that prefix goes. Returns the first never-block address that would then be
 * denied, and in `by` the rule that denies it; or NULL.
 */
const struct mxdp_protected *mxdp_rules_guard(const struct mxdp_rules *rules,
					      const struct mxdp_operator_rule *change,
					      struct mxdp_prefix *by);

/* Whether `inner` lies inside `outer`, or is the same. */
bool mxdp_rules_inside(const struct mxdp_prefix *inner, const struct mxdp_prefix *outer);

#endif
