/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store in a file of the test's own, and rules that are saved to it and read back. */
#ifndef MXDP_TEST_STORE_STAND_H
#define MXDP_TEST_STORE_STAND_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "directory.h"
#include "userspace/store/store.h"
#include "tests/suite.h"

static char file[sizeof(directory) + 32];

struct seen {
	size_t count;
	struct {
		char prefix[MXDP_PREFIX_TEXT], reason[64];
		enum mxdp_action action;
		int64_t created, expires;
	} rules[8];
};

static inline int take(void *context, const struct mxdp_prefix *prefix, enum mxdp_action action,
		       const char *reason, int64_t created, int64_t expires)
{
	struct seen *seen = context;

	ck_assert_uint_lt(seen->count, 8);
	mxdp_prefix_format(prefix, seen->rules[seen->count].prefix);
	snprintf(seen->rules[seen->count].reason, sizeof(seen->rules[0].reason), "%s", reason);
	seen->rules[seen->count].action = action;
	seen->rules[seen->count].created = created;
	seen->rules[seen->count].expires = expires;
	seen->count++;
	return 0;
}

static inline struct mxdp_store *open_store(void)
{
	struct mxdp_store *store = NULL;

	ck_assert_int_eq(mxdp_store_open(directory, &store), 0);
	return store;
}

static inline int save(struct mxdp_store *store, const char *text, enum mxdp_action action,
		       const char *reason, int64_t expires)
{
	struct mxdp_prefix prefix;

	ck_assert_int_eq(mxdp_prefix_parse(text, &prefix), 0);
	return mxdp_store_rule_save(store, &prefix, action, reason, 1000, expires);
}

static inline struct seen load(struct mxdp_store *store)
{
	struct seen seen = {0};

	ck_assert_int_eq(mxdp_store_rules_load(store, take, &seen), 0);
	return seen;
}

/* The end of main(): all the tests, each with an empty directory. */
static inline int run_store_suite(Suite *suite, TCase *tests)
{
	int failed;

	make_directory();
	snprintf(file, sizeof(file), "%s/mxdp.sqlite", directory);
	tcase_add_checked_fixture(tests, empty_directory, NULL);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	remove_directory();
	return failed;
}

#endif
