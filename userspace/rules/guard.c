/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a change of the rules would cut off an address of the never-block set. */
#include "private.h"

#include <string.h>

/* One rule that would decide after the change: of an entry or of the change itself. */
struct decider {
	enum mxdp_action action;
	struct mxdp_prefix prefix;
	int64_t expires;
};

bool mxdp_rules_inside(const struct mxdp_prefix *inner, const struct mxdp_prefix *outer)
{
	return mxdp_address_is_v4(&inner->address) == mxdp_address_is_v4(&outer->address) &&
	       inner->length >= outer->length && mxdp_prefix_contains(outer, &inner->address);
}

static bool same_prefix(const struct mxdp_prefix *a, const struct mxdp_prefix *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool lives_as_long(int64_t expires, int64_t other)
{
	return expires == 0 || (other != 0 && expires >= other);
}

/* The rule of exactly this prefix after the change; without one (NULL), as it is now. */
static bool rule_at(const struct mxdp_rules *rules, const struct mxdp_operator_rule *change,
		    const struct mxdp_prefix *prefix, struct decider *found)
{
	struct rule_entry *entry;

	if (change && change->action != MXDP_ACTION_NONE && same_prefix(prefix, &change->prefix)) {
		*found = (struct decider){change->action, *prefix, change->expires};
		return true;
	}
	if (change && change->action == MXDP_ACTION_NONE &&
	    mxdp_rules_inside(prefix, &change->prefix))
		return false;
	HASH_FIND(hh, rules->entries, prefix, sizeof(*prefix), entry);
	if (!entry)
		return false;
	*found = (struct decider){entry->action, *prefix, entry->expires};
	return true;
}

/*
 * Whether the whole of `prefix` is denied at some time: from the shortest rule around it to the
 * longest, a denial counts until an allow rule that lives at least as long takes over.
 */
static bool is_denied(const struct mxdp_rules *rules, const struct mxdp_operator_rule *change,
		      const struct mxdp_prefix *prefix, struct mxdp_prefix *by)
{
	struct decider denial = {.action = MXDP_ACTION_NONE};
	struct decider rule;

	for (unsigned int length = 0; length <= prefix->length; length++) {
		const struct mxdp_prefix around = mxdp_prefix_of(&prefix->address, (uint8_t)length);

		if (!rule_at(rules, change, &around, &rule))
			continue;
		if (rule.action == MXDP_ACTION_DROP &&
		    (denial.action == MXDP_ACTION_NONE ||
		     lives_as_long(rule.expires, denial.expires)))
			denial = rule;
		else if (rule.action == MXDP_ACTION_PASS && denial.action != MXDP_ACTION_NONE &&
			 lives_as_long(rule.expires, denial.expires))
			denial.action = MXDP_ACTION_NONE;
	}
	*by = denial.prefix;
	return denial.action != MXDP_ACTION_NONE;
}

const struct mxdp_protected *mxdp_rules_guard(const struct mxdp_rules *rules,
					      const struct mxdp_operator_rule *change,
					      struct mxdp_prefix *by)
{
	const struct mxdp_protected *list;
	const size_t count = mxdp_never_block_list(rules->never_block, &list);
	struct mxdp_prefix now;

	for (size_t i = 0; i < count; i++) {
		const struct mxdp_prefix *protected = &list[i].prefix;

		/* A denial of a part of a protected network denies that part. */
		if (change->action == MXDP_ACTION_DROP &&
		    mxdp_rules_inside(&change->prefix, protected)) {
			*by = change->prefix;
			return &list[i];
		}
		if (!mxdp_rules_inside(protected, &change->prefix) ||
		    !is_denied(rules, change, protected, by))
			continue;
		/* What was denied before is no reason against an allow rule or against forgetting.
		 */
		if (change->action == MXDP_ACTION_DROP || !is_denied(rules, NULL, protected, &now))
			return &list[i];
	}
	return NULL;
}
