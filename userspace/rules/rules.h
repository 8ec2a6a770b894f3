/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's rules: allow or deny a prefix, for a time or for good. A rule is in the kernel map
 * (what acts) and in the store (what survives a reboot, with its reason in words); expired rules
 * are removed from both.
 */
#ifndef MXDP_RULES_H
#define MXDP_RULES_H

#include <stdint.h>
#include <uv.h>

#include "maps/maps.h"
#include "userspace/never_block/never_block.h"
#include "userspace/store/store.h"

#define MXDP_RULE_REASON 200

struct mxdp_operator_rule {
	struct mxdp_prefix prefix;
	enum mxdp_action action;       /* PASS (allow) or DROP (deny) */
	char reason[MXDP_RULE_REASON]; /* the operator's words, "" if none */
	int64_t created, expires;      /* Unix seconds; expires 0: never */
	uint64_t hits;
	int64_t last_seen; /* Unix seconds, 0: never hit */
};

struct mxdp_rules;

/*
 * Loads the store's rules into the map (the store wins) and drops the expired. Without a store, or
 * when it cannot be read, the rules of the map stay, without their reasons. A stored denial that
 * would now cut off a never-block address is not brought into force, and the log says so. Returns 0
 * or a negative errno after logging.
 */
int mxdp_rules_new(uv_loop_t *loop, const struct mxdp_maps *maps, struct mxdp_store *store,
		   const struct mxdp_never_block *never_block, struct mxdp_rules **out);
void mxdp_rules_free(struct mxdp_rules *rules);

/*
 * Adds or replaces a rule. -EPERM: it would deny a never-block address that no longer allow rule
 * keeps reachable for as long; `fault` says which. -EINVAL: an action that is no rule's, or an
 * expiry that has passed. On every error `fault` says why and nothing was changed. 0 with a text in
 * `fault`: the rule is in force, but could not be saved for the next start yet; where there is a
 * store, that is tried again every ten seconds and at the end.
 */
int mxdp_rules_set(struct mxdp_rules *rules, const struct mxdp_operator_rule *rule, char *fault,
		   size_t fault_size);
/*
 * Deletes every rule inside `prefix` (itself or longer) and returns how many. -EPERM, and nothing
 * is deleted, when an allow rule among them is what keeps a never-block address reachable (logged).
 */
int mxdp_rules_forget(struct mxdp_rules *rules, const struct mxdp_prefix *prefix);
/* The rule that decides about an address now, or -ENOENT. */
int mxdp_rules_match(const struct mxdp_rules *rules, const struct mxdp_address *address,
		     struct mxdp_operator_rule *out);
/* Calls `each` for every rule until one call returns other than 0; returns that, or 0. */
int mxdp_rules_each(const struct mxdp_rules *rules,
		    int (*each)(void *context, const struct mxdp_operator_rule *rule),
		    void *context);

#endif
