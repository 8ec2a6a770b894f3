/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules at the start: out of the store into memory and map, or taken over from the map. */
#include <errno.h>
#include <stdlib.h>

#include "private.h"
#include "userspace/log.h"

static int take_stored(void *context, const struct mxdp_prefix *prefix, enum mxdp_action action,
		       const char *reason, int64_t created, int64_t expires)
{
	return mxdp_rules_remember(context, prefix, action, reason, created, expires);
}

static int take_mapped(void *context, const struct mxdp_prefix *prefix,
		       const struct mxdp_rule *rule)
{
	return mxdp_rules_remember(context, prefix, rule->action, "",
				   mxdp_boottime_to_unix(rule->created_ns),
				   mxdp_boottime_to_unix(rule->expires_ns));
}

/* The map's rules that the store does not know: gathered first, for deleting ends a walk. */
struct strays {
	const struct mxdp_rules *rules;
	struct mxdp_prefix *prefixes;
	size_t count, room;
};

static int take_stray(void *context, const struct mxdp_prefix *prefix, const struct mxdp_rule *rule)
{
	struct strays *strays = context;

	(void)rule;
	if (mxdp_rules_find(strays->rules, prefix))
		return 0;
	if (strays->count == strays->room) {
		const size_t room = strays->room ? strays->room * 2 : 64;
		void *prefixes = reallocarray(strays->prefixes, room, sizeof(*prefix));

		if (!prefixes)
			return -ENOMEM;
		strays->prefixes = prefixes;
		strays->room = room;
	}
	strays->prefixes[strays->count++] = *prefix;
	return 0;
}

static int delete_strays(const struct mxdp_rules *rules)
{
	struct strays strays = {.rules = rules};
	int error = mxdp_rule_each(rules->maps, take_stray, &strays);

	for (size_t i = 0; i < strays.count && !error; i++) {
		error = mxdp_rule_delete(rules->maps, &strays.prefixes[i]);
		if (error == -ENOENT)
			error = 0;
	}
	free(strays.prefixes);
	return error;
}

/* A denial that was harmless once: the gateway's addresses may have changed since. */
static bool would_cut_off(const struct mxdp_rules *rules, const struct rule_entry *entry)
{
	const struct mxdp_operator_rule rule = mxdp_rules_describe(rules, entry);
	char denied[MXDP_PREFIX_TEXT], address[MXDP_PREFIX_TEXT];
	const struct mxdp_protected *victim;
	struct mxdp_prefix by;

	if (entry->action != MXDP_ACTION_DROP)
		return false;
	victim = mxdp_rules_guard(rules, &rule, &by);
	if (!victim)
		return false;
	mxdp_log(MXDP_LOG_ERROR,
		 "the stored rule deny %s is not in force: it would cut off %s, %s; allow that one "
		 "and deny again",
		 mxdp_prefix_format(&entry->prefix, denied),
		 mxdp_prefix_format(&victim->prefix, address),
		 mxdp_protected_text(victim->because));
	return true;
}

/* Brings every rule in memory into force; allow rules first, so that nothing is cut off between. */
static int fill_map(struct mxdp_rules *rules, enum mxdp_action action)
{
	struct rule_entry *entry, *after;
	int error = 0;

	for (entry = rules->entries; entry; entry = after) {
		after = entry->hh.next;
		if (entry->action != action || error)
			continue;
		if (would_cut_off(rules, entry)) {
			mxdp_rule_delete(rules->maps, &entry->prefix);
			mxdp_rules_drop(rules, entry);
			continue;
		}
		error = mxdp_rules_write(rules, &entry->prefix, entry->action, entry->created,
					 entry->expires);
	}
	return error;
}

/* The file was moved away or lost while the kernel still has the rules: their reasons are gone. */
static int take_over(struct mxdp_rules *rules)
{
	int error = mxdp_rule_each(rules->maps, take_mapped, rules);
	const struct rule_entry *entry;

	if (error || !rules->entries)
		return error;
	mxdp_log(MXDP_LOG_NOTICE,
		 "mxdp.sqlite is new: %u operator rules are taken over from the kernel",
		 HASH_COUNT(rules->entries));
	for (entry = rules->entries; entry; entry = entry->hh.next)
		mxdp_rules_keep(rules, &entry->prefix);
	return 0;
}

int mxdp_rules_load(struct mxdp_rules *rules)
{
	const bool is_new = mxdp_store_is_new(rules->store);
	int error =
		rules->store ? mxdp_store_rules_load(rules->store, take_stored, rules) : -ENODEV;
	const bool stored = error == 0;

	if (!stored)
		error = mxdp_rule_each(rules->maps, take_mapped, rules);
	else if (is_new)
		error = take_over(rules);
	mxdp_rules_expire(rules);
	if (!error)
		error = fill_map(rules, MXDP_ACTION_PASS);
	if (!error)
		error = fill_map(rules, MXDP_ACTION_DROP);
	if (!error && stored)
		error = delete_strays(rules);
	return error;
}
