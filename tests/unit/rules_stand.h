/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's rules in real kernel maps and in a file of their own; the never-block set is the
 * test's. Needs root for the maps.
 */
#ifndef MXDP_TEST_RULES_STAND_H
#define MXDP_TEST_RULES_STAND_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "directory.h"
#include "userspace/rules/rules.h"
#include "tests/addresses.h"
#include "tests/suite.h"

static struct mxdp_maps maps;
static struct mxdp_store *store;
static struct mxdp_rules *rules;
static uv_loop_t loop;
static int64_t now;

/* ---- the never-block set of the test, behind never_block.h ---- */

static struct mxdp_protected protected[8];
static size_t protected_count;

size_t mxdp_never_block_list(const struct mxdp_never_block *never_block,
			     const struct mxdp_protected **list)
{
	(void)never_block;
	*list = protected;
	return protected_count;
}

const char *mxdp_protected_text(enum mxdp_protected_because because)
{
	return because == MXDP_PROTECTED_OWN ? "the gateway's own address" : "a default gateway";
}

/* ---- help ---- */

static inline void protect(const char *text, enum mxdp_protected_because because)
{
	protected[protected_count++] =
		(struct mxdp_protected){.prefix = prefix_of(text), .because = because};
}

static inline int set_with(const char *text, enum mxdp_action action, int64_t ttl, char *fault,
			   size_t fault_size)
{
	const struct mxdp_operator_rule rule = {
		.prefix = prefix_of(text),
		.action = action,
		.reason = "because",
		.created = now,
		.expires = ttl ? now + ttl : 0,
	};

	return mxdp_rules_set(rules, &rule, fault, fault_size);
}

static inline int set(const char *text, enum mxdp_action action, int64_t ttl)
{
	char fault[256];

	return set_with(text, action, ttl, fault, sizeof(fault));
}

#define deny(text)  ck_assert_int_eq(set(text, MXDP_ACTION_DROP, 0), 0)
#define allow(text) ck_assert_int_eq(set(text, MXDP_ACTION_PASS, 0), 0)

/* What the rules decide about an address: 0 for nothing. */
static inline enum mxdp_action decided(const char *text)
{
	struct mxdp_operator_rule rule;
	struct mxdp_address address;
	int error;

	ck_assert_int_eq(mxdp_address_parse(text, &address), 0);
	error = mxdp_rules_match(rules, &address, &rule);
	ck_assert(error == 0 || error == -ENOENT);
	return error ? MXDP_ACTION_NONE : rule.action;
}

static inline int count_one(void *context, const struct mxdp_operator_rule *rule)
{
	(void)rule;
	++*(int *)context;
	return 0;
}

static inline int count(void)
{
	int number = 0;

	ck_assert_int_eq(mxdp_rules_each(rules, count_one, &number), 0);
	return number;
}

static inline int count_mapped(void *context, const struct mxdp_prefix *prefix,
			       const struct mxdp_rule *rule)
{
	(void)prefix;
	(void)rule;
	++*(int *)context;
	return 0;
}

static inline int mapped(void)
{
	int number = 0;

	ck_assert_int_eq(mxdp_rule_each(&maps, count_mapped, &number), 0);
	return number;
}

static inline int make_map(size_t key_size, size_t value_size)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);

	return bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, NULL, (__u32)key_size, (__u32)value_size, 64,
			      &options);
}

static inline void new_maps(void)
{
	maps.rules4 = make_map(sizeof(struct mxdp_prefix4), sizeof(struct mxdp_rule));
	maps.rules6 = make_map(sizeof(struct mxdp_prefix6), sizeof(struct mxdp_rule));
	ck_assert_int_ge(maps.rules4, 0);
	ck_assert_int_ge(maps.rules6, 0);
}

static inline void close_maps(void)
{
	close(maps.rules4);
	close(maps.rules6);
}

static inline void start_rules(void)
{
	ck_assert_int_eq(mxdp_rules_new(&loop, &maps, store, NULL, &rules), 0);
}

static inline void stop_rules(void)
{
	mxdp_rules_free(rules);
	uv_run(&loop, UV_RUN_NOWAIT);
}

static inline void restart_rules(void)
{
	stop_rules();
	start_rules();
}

static inline void begin(void)
{
	now = (int64_t)time(NULL);
	protected_count = 0;
	empty_directory();
	ck_assert_int_eq(mxdp_store_open(directory, &store), 0);
	uv_loop_init(&loop);
	new_maps();
	start_rules();
}

static inline void end(void)
{
	stop_rules();
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	mxdp_store_close(store);
	close_maps();
}

/* The end of main(): all the tests, in a directory of this program's. */
static inline int run_rules_suite(Suite *suite, TCase *tests)
{
	int failed, probe = make_map(sizeof(struct mxdp_prefix4), sizeof(struct mxdp_rule));

	if (probe < 0) {
		printf("ok - operator rules # SKIP no kernel map can be made here: %s\n1..1\n",
		       strerror(errno));
		return EXIT_SUCCESS;
	}
	close(probe);
	make_directory();
	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 30);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	remove_directory();
	return failed;
}

#endif
