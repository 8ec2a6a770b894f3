/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "userspace/log.h"
#include "private.h"

#define MS_PER_S        1000
#define LONGEST_SLEEP_S 60 /* the wall clock may be set meanwhile */
#define KEEP_AGAIN_S    10 /* after the store could not be written */

struct rule_entry *mxdp_rules_find(const struct mxdp_rules *rules, const struct mxdp_prefix *prefix)
{
	struct rule_entry *entry;

	HASH_FIND(hh, rules->entries, prefix, sizeof(*prefix), entry);
	return entry;
}

static bool is_expired(const struct rule_entry *entry, int64_t now)
{
	return entry->expires != 0 && entry->expires <= now;
}

struct mxdp_operator_rule mxdp_rules_describe(const struct mxdp_rules *rules,
					      const struct rule_entry *entry)
{
	struct mxdp_operator_rule rule = {
		.prefix = entry->prefix,
		.action = entry->action,
		.created = entry->created,
		.expires = entry->expires,
	};
	struct mxdp_rule counted;

	snprintf(rule.reason, sizeof(rule.reason), "%s", entry->reason);
	if (mxdp_rule_get(rules->maps, &entry->prefix, &counted) == 0) {
		rule.hits = counted.hits;
		rule.last_seen = mxdp_boottime_to_unix(counted.last_seen_ns);
	}
	return rule;
}

/* Puts the rule into the map; what it counted under the same prefix is kept. */
int mxdp_rules_write(const struct mxdp_rules *rules, const struct mxdp_prefix *prefix,
		     enum mxdp_action action, int64_t created, int64_t expires)
{
	struct mxdp_rule rule = {0};

	if (mxdp_rule_get(rules->maps, prefix, &rule) < 0)
		rule = (struct mxdp_rule){0};
	rule.action = action;
	rule.created_ns = mxdp_boottime_from_unix(created);
	rule.expires_ns = mxdp_boottime_from_unix(expires);
	return mxdp_rule_set(rules->maps, prefix, &rule);
}

int mxdp_rules_remember(struct mxdp_rules *rules, const struct mxdp_prefix *prefix,
			enum mxdp_action action, const char *reason, int64_t created,
			int64_t expires)
{
	struct rule_entry *entry = mxdp_rules_find(rules, prefix);

	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		entry->prefix = *prefix;
		HASH_ADD(hh, rules->entries, prefix, sizeof(entry->prefix), entry);
	}
	entry->action = action;
	entry->created = created;
	entry->expires = expires;
	snprintf(entry->reason, sizeof(entry->reason), "%s", reason);
	return 0;
}

/* ---- expiry ---- */

static void on_expiry(uv_timer_t *timer);

/* Sleeps until the next rule expires, or what the store has not taken is tried again. */
static void plan_expiry(struct mxdp_rules *rules)
{
	const int64_t now = (int64_t)time(NULL);
	const struct rule_entry *entry;
	int64_t next = 0;

	for (entry = rules->entries; entry; entry = entry->hh.next) {
		if (entry->expires && (next == 0 || entry->expires < next))
			next = entry->expires;
	}
	if (rules->unkept && (next == 0 || next > now + KEEP_AGAIN_S))
		next = now + KEEP_AGAIN_S;
	uv_timer_stop(&rules->expiry);
	if (next == 0)
		return;
	next = next > now ? next - now : 1;
	if (next > LONGEST_SLEEP_S)
		next = LONGEST_SLEEP_S;
	uv_timer_start(&rules->expiry, on_expiry, (uint64_t)next * MS_PER_S, 0);
}

void mxdp_rules_drop(struct mxdp_rules *rules, struct rule_entry *entry)
{
	/* What uthash promises, and static analysis does not know: the head has none before it. */
	assert(entry != rules->entries || !entry->hh.prev);
	HASH_DEL(rules->entries, entry);
	free(entry);
}

/* From the map, the store and the memory. -errno of the map: then nothing was deleted. */
static int delete_rule(struct mxdp_rules *rules, struct rule_entry *entry)
{
	const struct mxdp_prefix prefix = entry->prefix;
	const int error = mxdp_rule_delete(rules->maps, &prefix);

	if (error && error != -ENOENT)
		return error;
	mxdp_rules_drop(rules, entry);
	mxdp_rules_keep(rules, &prefix); /* logs its errors itself */
	return 0;
}

void mxdp_rules_expire(struct mxdp_rules *rules)
{
	const int64_t now = (int64_t)time(NULL);
	struct rule_entry *entry, *after;
	char text[MXDP_PREFIX_TEXT];

	for (entry = rules->entries; entry; entry = after) {
		after = entry->hh.next;
		if (!is_expired(entry, now))
			continue;
		mxdp_log(MXDP_LOG_INFO, "the rule %s %s has expired",
			 entry->action == MXDP_ACTION_PASS ? "allow" : "deny",
			 mxdp_prefix_format(&entry->prefix, text));
		delete_rule(rules, entry);
	}
}

static void on_expiry(uv_timer_t *timer)
{
	mxdp_rules_expire(timer->data);
	mxdp_rules_keep_again(timer->data);
	plan_expiry(timer->data);
}

/* ---- start and end ---- */

int mxdp_rules_new(uv_loop_t *loop, const struct mxdp_maps *maps, struct mxdp_store *store,
		   const struct mxdp_never_block *never_block, struct mxdp_rules **out)
{
	struct mxdp_rules *rules = calloc(1, sizeof(*rules));
	int error;

	if (!rules)
		return -ENOMEM;
	rules->maps = maps;
	rules->store = store;
	rules->never_block = never_block;
	uv_timer_init(loop, &rules->expiry);
	rules->expiry.data = rules;
	error = mxdp_rules_load(rules);
	if (error) {
		mxdp_log(MXDP_LOG_ERROR, "the operator's rules cannot be brought into force: %s",
			 strerror(-error));
		mxdp_rules_free(rules);
		return error;
	}
	plan_expiry(rules);
	*out = rules;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void mxdp_rules_free(struct mxdp_rules *rules)
{
	if (!rules)
		return;
	mxdp_rules_keep_end(rules);
	while (rules->entries)
		mxdp_rules_drop(rules, rules->entries);
	uv_close((uv_handle_t *)&rules->expiry, on_closed);
}

/* ---- what the operator does ---- */

static int refuse_cut(const struct mxdp_operator_rule *rule, const struct mxdp_protected *victim,
		      const struct mxdp_prefix *by, char *fault, size_t fault_size)
{
	char denied[MXDP_PREFIX_TEXT], address[MXDP_PREFIX_TEXT];

	mxdp_prefix_format(&victim->prefix, address);
	mxdp_prefix_format(by, denied);
	if (rule->action == MXDP_ACTION_DROP)
		snprintf(fault, fault_size,
			 "deny %s would cut off %s, %s; allow %s first for at least as long, or "
			 "deny less",
			 denied, address, mxdp_protected_text(victim->because), address);
	else
		snprintf(fault, fault_size,
			 "without a lasting allow rule deny %s would cut off %s, %s; forget that "
			 "denial first",
			 denied, address, mxdp_protected_text(victim->because));
	return -EPERM;
}

static int judge(const struct mxdp_rules *rules, const struct mxdp_operator_rule *rule, char *fault,
		 size_t fault_size)
{
	const struct mxdp_protected *victim;
	struct mxdp_prefix by;

	if (rule->action != MXDP_ACTION_PASS && rule->action != MXDP_ACTION_DROP) {
		snprintf(fault, fault_size, "a rule allows or denies; %s is neither",
			 mxdp_action_name(rule->action));
		return -EINVAL;
	}
	if (rule->expires != 0 && rule->expires <= (int64_t)time(NULL)) {
		snprintf(fault, fault_size, "the rule has expired already; give it a longer time");
		return -EINVAL;
	}
	victim = mxdp_rules_guard(rules, rule, &by);
	return victim ? refuse_cut(rule, victim, &by, fault, fault_size) : 0;
}

int mxdp_rules_set(struct mxdp_rules *rules, const struct mxdp_operator_rule *rule, char *fault,
		   size_t fault_size)
{
	struct rule_entry *known = mxdp_rules_find(rules, &rule->prefix);
	int error;

	if (fault_size)
		*fault = '\0';
	error = judge(rules, rule, fault, fault_size);
	if (error)
		return error;
	error = known ? 0
		      : mxdp_rules_remember(rules, &rule->prefix, rule->action, rule->reason,
					    rule->created, rule->expires);
	if (!error) {
		error = mxdp_rules_write(rules, &rule->prefix, rule->action, rule->created,
					 rule->expires);
		if (error && !known)
			mxdp_rules_drop(rules, mxdp_rules_find(rules, &rule->prefix));
	}
	if (error) {
		snprintf(fault, fault_size, "the rule finds no place in the kernel map: %s%s",
			 strerror(-error),
			 error == -ENOSPC ? "; forget rules that are no longer needed" : "");
		return error;
	}
	mxdp_rules_remember(rules, &rule->prefix, rule->action, rule->reason, rule->created,
			    rule->expires);
	error = mxdp_rules_keep(rules, &rule->prefix);
	if (error)
		snprintf(fault, fault_size,
			 "in force, but not saved for the next start: %s; see mxdpd's log",
			 strerror(-error));
	plan_expiry(rules);
	return 0;
}

int mxdp_rules_forget(struct mxdp_rules *rules, const struct mxdp_prefix *prefix)
{
	const struct mxdp_operator_rule change = {.prefix = *prefix, .action = MXDP_ACTION_NONE};
	struct rule_entry *entry, *after;
	const struct mxdp_protected *victim;
	struct mxdp_prefix by;
	int count = 0, first_error = 0;

	victim = mxdp_rules_guard(rules, &change, &by);
	if (victim) {
		char fault[256];

		refuse_cut(&change, victim, &by, fault, sizeof(fault));
		mxdp_log(MXDP_LOG_WARNING, "not forgotten: %s", fault);
		return -EPERM;
	}
	for (entry = rules->entries; entry; entry = after) {
		after = entry->hh.next;
		int error;

		if (!mxdp_rules_inside(&entry->prefix, prefix))
			continue;
		error = delete_rule(rules, entry);
		count += !error;
		first_error = first_error ? first_error : error;
	}
	plan_expiry(rules);
	return first_error ? first_error : count;
}

int mxdp_rules_match(const struct mxdp_rules *rules, const struct mxdp_address *address,
		     struct mxdp_operator_rule *out)
{
	struct rule_entry *entry;
	struct mxdp_prefix prefix;
	struct mxdp_rule rule;
	const int error = mxdp_rule_match(rules->maps, address, &prefix, &rule);

	if (error)
		return error;
	entry = mxdp_rules_find(rules, &prefix);
	if (!entry)
		return -ENOENT;
	*out = mxdp_rules_describe(rules, entry);
	return 0;
}

int mxdp_rules_each(const struct mxdp_rules *rules,
		    int (*each)(void *context, const struct mxdp_operator_rule *rule),
		    void *context)
{
	const struct rule_entry *entry;

	for (entry = rules->entries; entry; entry = entry->hh.next) {
		const struct mxdp_operator_rule rule = mxdp_rules_describe(rules, entry);
		const int result = each(context, &rule);

		if (result)
			return result;
	}
	return 0;
}
