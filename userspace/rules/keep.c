/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules in the store. What it cannot take now is tried again until it is there: else a rule made
 * while the disk was full would be gone at the next start, and one forgotten then would be back.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "private.h"
#include "userspace/log.h"

/* A prefix of which the store knows less than the memory. */
struct unkept {
	struct mxdp_prefix prefix; /* the key */
	UT_hash_handle hh;
};

static int write_row(const struct mxdp_rules *rules, const struct mxdp_prefix *prefix)
{
	const struct rule_entry *entry = mxdp_rules_find(rules, prefix);

	if (!entry)
		return mxdp_store_rule_delete(rules->store, prefix);
	return mxdp_store_rule_save(rules->store, prefix, entry->action, entry->reason,
				    entry->created, entry->expires);
}

static void remove_unkept(struct mxdp_rules *rules, struct unkept *unkept)
{
	/* As in mxdp_rules_drop(): for static analysis. */
	assert(unkept != rules->unkept || !unkept->hh.prev);
	HASH_DEL(rules->unkept, unkept);
	free(unkept);
}

static void add_unkept(struct mxdp_rules *rules, const struct mxdp_prefix *prefix)
{
	struct unkept *unkept = calloc(1, sizeof(*unkept));

	if (!unkept) {
		mxdp_log_limited(MXDP_LOG_ERROR, "a rule is not saved: memory is out");
		return;
	}
	unkept->prefix = *prefix;
	HASH_ADD(hh, rules->unkept, prefix, sizeof(unkept->prefix), unkept);
}

int mxdp_rules_keep(struct mxdp_rules *rules, const struct mxdp_prefix *prefix)
{
	struct unkept *unkept;
	int error;

	if (!rules->store)
		return -ENODEV;
	error = write_row(rules, prefix);
	HASH_FIND(hh, rules->unkept, prefix, sizeof(*prefix), unkept);
	if (!error && unkept)
		remove_unkept(rules, unkept);
	if (error && !unkept)
		add_unkept(rules, prefix);
	return error;
}

void mxdp_rules_keep_again(struct mxdp_rules *rules)
{
	struct unkept *unkept = rules->unkept, *after;
	unsigned int count = 0;

	/* The first that fails ends it: each may wait for a lock. */
	for (; unkept && !write_row(rules, &unkept->prefix); unkept = after, count++) {
		after = unkept->hh.next;
		remove_unkept(rules, unkept);
	}
	if (count)
		mxdp_log(MXDP_LOG_NOTICE,
			 "the store can be written again: %u changes of rules are kept, %u wait",
			 count, HASH_COUNT(rules->unkept));
}

void mxdp_rules_keep_end(struct mxdp_rules *rules)
{
	mxdp_rules_keep_again(rules);
	while (rules->unkept)
		remove_unkept(rules, rules->unkept);
}
