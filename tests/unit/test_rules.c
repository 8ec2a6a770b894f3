/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's rules in real kernel maps: what acts, what survives, what expires, and that nobody
 * can be talked into cutting off the gateway. Needs root for the maps.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "userspace/rules/rules.h"
#include "tests/addresses.h"
#include "tests/suite.h"

static char directory[] = "/tmp/mxdp-test-rules-XXXXXX";
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

static void protect(const char *text, enum mxdp_protected_because because)
{
	protected[protected_count++] =
		(struct mxdp_protected){.prefix = prefix_of(text), .because = because};
}

static int set_with(const char *text, enum mxdp_action action, int64_t ttl, char *fault,
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

static int set(const char *text, enum mxdp_action action, int64_t ttl)
{
	char fault[256];

	return set_with(text, action, ttl, fault, sizeof(fault));
}

#define deny(text)  ck_assert_int_eq(set(text, MXDP_ACTION_DROP, 0), 0)
#define allow(text) ck_assert_int_eq(set(text, MXDP_ACTION_PASS, 0), 0)

/* What the rules decide about an address: 0 for nothing. */
static enum mxdp_action decided(const char *text)
{
	struct mxdp_operator_rule rule;
	struct mxdp_address address;
	int error;

	ck_assert_int_eq(mxdp_address_parse(text, &address), 0);
	error = mxdp_rules_match(rules, &address, &rule);
	ck_assert(error == 0 || error == -ENOENT);
	return error ? MXDP_ACTION_NONE : rule.action;
}

static int count_one(void *context, const struct mxdp_operator_rule *rule)
{
	(void)rule;
	++*(int *)context;
	return 0;
}

static int count(void)
{
	int number = 0;

	ck_assert_int_eq(mxdp_rules_each(rules, count_one, &number), 0);
	return number;
}

static int count_mapped(void *context, const struct mxdp_prefix *prefix,
			const struct mxdp_rule *rule)
{
	(void)prefix;
	(void)rule;
	++*(int *)context;
	return 0;
}

static int mapped(void)
{
	int number = 0;

	ck_assert_int_eq(mxdp_rule_each(&maps, count_mapped, &number), 0);
	return number;
}

static int make_map(size_t key_size, size_t value_size)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);

	return bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, NULL, (__u32)key_size, (__u32)value_size, 64,
			      &options);
}

static void new_maps(void)
{
	maps.rules4 = make_map(sizeof(struct mxdp_prefix4), sizeof(struct mxdp_rule));
	maps.rules6 = make_map(sizeof(struct mxdp_prefix6), sizeof(struct mxdp_rule));
	ck_assert_int_ge(maps.rules4, 0);
	ck_assert_int_ge(maps.rules6, 0);
}

static void close_maps(void)
{
	close(maps.rules4);
	close(maps.rules6);
}

static void start_rules(void)
{
	ck_assert_int_eq(mxdp_rules_new(&loop, &maps, store, NULL, &rules), 0);
}

static void stop_rules(void)
{
	mxdp_rules_free(rules);
	uv_run(&loop, UV_RUN_NOWAIT);
}

static void restart_rules(void)
{
	stop_rules();
	start_rules();
}

static void remove_files(void)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[sizeof(directory) + 32];

	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s/mxdp.sqlite%s", directory, ends[i]);
		unlink(name);
	}
}

static void begin(void)
{
	now = (int64_t)time(NULL);
	protected_count = 0;
	remove_files();
	ck_assert_int_eq(mxdp_store_open(directory, &store), 0);
	uv_loop_init(&loop);
	new_maps();
	start_rules();
}

static void end(void)
{
	stop_rules();
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	mxdp_store_close(store);
	close_maps();
	remove_files();
}

/* ---- tests ---- */

START_TEST(the_longest_prefix_decides)
{
	deny("192.0.2.0/24");
	allow("192.0.2.128/25");
	deny("192.0.2.129");
	deny("2001:db8::/32");
	allow("2001:db8::1");
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	ck_assert_int_eq(decided("192.0.2.200"), MXDP_ACTION_PASS);
	ck_assert_int_eq(decided("192.0.2.129"), MXDP_ACTION_DROP);
	ck_assert_int_eq(decided("192.0.3.1"), MXDP_ACTION_NONE);
	ck_assert_int_eq(decided("2001:db8::1"), MXDP_ACTION_PASS);
	ck_assert_int_eq(decided("2001:db8::2"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(a_rule_is_shown_with_its_words_and_hits)
{
	struct mxdp_prefix prefix = prefix_of("192.0.2.1");
	struct mxdp_operator_rule shown;
	struct mxdp_rule counted;

	deny("192.0.2.1");
	/* As the packet path would. */
	ck_assert_int_eq(mxdp_rule_get(&maps, &prefix, &counted), 0);
	counted.hits = 7;
	counted.last_seen_ns = mxdp_boottime_ns();
	ck_assert_int_eq(mxdp_rule_set(&maps, &prefix, &counted), 0);
	ck_assert_int_eq(mxdp_rules_match(rules, &prefix.address, &shown), 0);
	ck_assert_str_eq(shown.reason, "because");
	ck_assert_int_eq(shown.created, now);
	ck_assert_uint_eq(shown.hits, 7);
	ck_assert_int_ge(shown.last_seen, now - 1);
	ck_assert_int_le(shown.last_seen, now + 60);
	/* Setting it again keeps what was counted. */
	ck_assert_int_eq(set("192.0.2.1", MXDP_ACTION_PASS, 0), 0);
	ck_assert_int_eq(mxdp_rules_match(rules, &prefix.address, &shown), 0);
	ck_assert_int_eq(shown.action, MXDP_ACTION_PASS);
	ck_assert_uint_eq(shown.hits, 7);
	ck_assert_int_eq(count(), 1);
}
END_TEST

START_TEST(rules_survive_a_reboot)
{
	ck_assert_int_eq(set("192.0.2.0/24", MXDP_ACTION_DROP, 3600), 0);
	allow("2001:db8::/64");
	stop_rules();
	close_maps();
	new_maps(); /* a reboot empties the kernel */
	start_rules();
	ck_assert_int_eq(count(), 2);
	ck_assert_int_eq(mapped(), 2);
	ck_assert_int_eq(decided("192.0.2.77"), MXDP_ACTION_DROP);
	ck_assert_int_eq(decided("2001:db8::77"), MXDP_ACTION_PASS);
}
END_TEST

START_TEST(the_store_wins_over_the_map)
{
	struct mxdp_prefix stray = prefix_of("203.0.113.0/24"), known = prefix_of("192.0.2.1");
	struct mxdp_rule rule = {.action = MXDP_ACTION_DROP, .hits = 3};

	allow("192.0.2.1");
	ck_assert_int_eq(mxdp_rule_set(&maps, &stray, &rule), 0);
	ck_assert_int_eq(mxdp_rule_set(&maps, &known, &rule), 0);
	restart_rules();
	ck_assert_int_eq(mapped(), 1);
	ck_assert_int_eq(decided("203.0.113.1"), MXDP_ACTION_NONE);
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_PASS);
	ck_assert_int_eq(mxdp_rule_get(&maps, &known, &rule), 0);
	ck_assert_uint_eq(rule.hits, 3);
}
END_TEST

START_TEST(a_new_file_takes_over_the_maps_rules)
{
	deny("192.0.2.1");
	allow("2001:db8::1");
	stop_rules();
	mxdp_store_close(store);
	remove_files(); /* moved away, as the log advises for a damaged one */
	ck_assert_int_eq(mxdp_store_open(directory, &store), 0);
	start_rules();
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	ck_assert_int_eq(decided("2001:db8::1"), MXDP_ACTION_PASS);
	stop_rules();
	close_maps();
	new_maps();
	start_rules(); /* they are in the file now */
	ck_assert_int_eq(count(), 2);
}
END_TEST

START_TEST(without_a_store_rules_act_and_say_that_they_are_not_saved)
{
	struct mxdp_store *kept = store;
	char fault[256] = "";

	store = NULL;
	restart_rules();
	ck_assert_int_eq(set_with("192.0.2.1", MXDP_ACTION_DROP, 0, fault, sizeof(fault)), 0);
	ck_assert_ptr_nonnull(strstr(fault, "not saved"));
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	restart_rules(); /* the pinned map still knows it */
	ck_assert_int_eq(count(), 1);
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	store = kept;
}
END_TEST

START_TEST(an_expired_rule_is_removed_everywhere)
{
	ck_assert_int_eq(set("192.0.2.1", MXDP_ACTION_DROP, 3), 0);
	deny("192.0.2.2");
	ck_assert_int_eq(mapped(), 2);
	while (mapped() > 1)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(count(), 1);
	restart_rules();
	ck_assert_int_eq(count(), 1);
	ck_assert_int_eq(decided("192.0.2.2"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(what_expired_meanwhile_is_not_restored)
{
	struct mxdp_prefix prefix = prefix_of("192.0.2.9");

	ck_assert_int_eq(
		mxdp_store_rule_save(store, &prefix, MXDP_ACTION_DROP, "", now - 10, now - 5), 0);
	restart_rules();
	ck_assert_int_eq(count(), 0);
	ck_assert_int_eq(mapped(), 0);
}
END_TEST

START_TEST(forget_takes_what_is_inside)
{
	struct mxdp_prefix inner = prefix_of("192.0.2.0/24"), v6 = prefix_of("::/0");

	deny("192.0.0.0/16");
	deny("192.0.2.0/24");
	allow("192.0.2.9");
	deny("192.0.3.0/24");
	deny("2001:db8::/32");
	ck_assert_int_eq(mxdp_rules_forget(rules, &inner), 2);
	ck_assert_int_eq(mxdp_rules_forget(rules, &inner), 0);
	ck_assert_int_eq(count(), 3);
	ck_assert_int_eq(decided("192.0.2.9"), MXDP_ACTION_DROP);
	ck_assert_int_eq(mxdp_rules_forget(rules, &v6), 1);
	ck_assert_int_eq(mapped(), 2);
	restart_rules();
	ck_assert_int_eq(count(), 2);
}
END_TEST

START_TEST(senseless_rules_are_refused)
{
	char fault[256];

	ck_assert_int_eq(set_with("192.0.2.1", MXDP_ACTION_LIMIT, 0, fault, sizeof(fault)),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(fault, "limit"));
	ck_assert_int_eq(set_with("192.0.2.1", MXDP_ACTION_DROP, -5, fault, sizeof(fault)),
			 -EINVAL);
	ck_assert_ptr_nonnull(strstr(fault, "expired"));
	ck_assert_int_eq(mapped(), 0);
}
END_TEST

START_TEST(a_full_map_is_said_and_changes_nothing)
{
	char text[32], fault[256];

	for (int i = 0; i < 64; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", i);
		deny(text);
	}
	ck_assert_int_lt(set_with("192.0.3.1", MXDP_ACTION_DROP, 0, fault, sizeof(fault)), 0);
	ck_assert_ptr_nonnull(strstr(fault, "no place"));
	ck_assert_int_eq(count(), 64);
	restart_rules();
	ck_assert_int_eq(count(), 64);
}
END_TEST

/* 10.0.0.1 is the gateway's own, 10.9.0.0/24 a protected network, 2001:db8::1 a default gateway. */
static const struct {
	const char *what;
	const char *allowed; /* an allow rule set before, or NULL */
	int64_t allowed_ttl;
	const char *denied;
	int64_t ttl;
	const char *victim; /* NULL: the denial is taken */
} guards[] = {
	{"the address itself", NULL, 0, "10.0.0.1", 0, "10.0.0.1"},
	{"a network around it", NULL, 0, "10.0.0.0/8", 0, "10.0.0.1"},
	{"everything", NULL, 0, "0.0.0.0/0", 0, "10.0.0.1"},
	{"the other family's address", NULL, 0, "2001:db8::/32", 0, "2001:db8::1"},
	{"everything of the other family", NULL, 0, "::/0", 0, "2001:db8::1"},
	{"a host in a protected network", NULL, 0, "10.9.0.7", 0, "10.9.0.0/24"},
	{"a neighbour", NULL, 0, "10.0.0.2", 0, NULL},
	{"a network beside it", NULL, 0, "10.0.0.128/25", 0, NULL},
	{"a network with it allowed", "10.0.0.1", 0, "10.0.0.0/16", 0, NULL},
	{"a network with a part allowed", "10.0.0.0/24", 0, "10.0.0.0/16", 0, NULL},
	{"a longer denial inside what is allowed", "10.0.0.0/24", 0, "10.0.0.0/25", 0, "10.0.0.1"},
	{"for good, allowed for an hour", "10.0.0.1", 3600, "10.0.0.0/16", 0, "10.0.0.1"},
	{"for a minute, allowed for an hour", "10.0.0.1", 3600, "10.0.0.0/16", 60, NULL},
	{"in place of the allow rule", "10.0.0.1", 0, "10.0.0.1", 0, "10.0.0.1"},
};

START_TEST(the_gateway_is_not_cut_off)
{
	char fault[256] = "";
	int error;

	protect("10.0.0.1", MXDP_PROTECTED_OWN);
	protect("10.9.0.0/24", MXDP_PROTECTED_OWN);
	protect("2001:db8::1", MXDP_PROTECTED_GATEWAY);
	if (guards[_i].allowed)
		ck_assert_int_eq(set(guards[_i].allowed, MXDP_ACTION_PASS, guards[_i].allowed_ttl),
				 0);
	error = set_with(guards[_i].denied, MXDP_ACTION_DROP, guards[_i].ttl, fault, sizeof(fault));
	ck_assert_msg(error == (guards[_i].victim ? -EPERM : 0), "%s: %d %s", guards[_i].what,
		      error, fault);
	if (!guards[_i].victim)
		return;
	ck_assert_msg(strstr(fault, guards[_i].victim) != NULL, "%s: %s", guards[_i].what, fault);
	ck_assert_msg(strstr(fault, guards[_i].denied) != NULL, "%s: %s", guards[_i].what, fault);
	ck_assert_int_eq(mapped(), guards[_i].allowed != NULL);
	ck_assert_int_ne(decided("10.0.0.1"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(the_reason_is_named)
{
	char fault[256];

	protect("2001:db8::1", MXDP_PROTECTED_GATEWAY);
	ck_assert_int_eq(set_with("2001:db8::1", MXDP_ACTION_DROP, 0, fault, sizeof(fault)),
			 -EPERM);
	ck_assert_ptr_nonnull(strstr(fault, "a default gateway"));
}
END_TEST

START_TEST(the_allow_rule_that_saves_the_gateway_stays)
{
	struct mxdp_prefix own = prefix_of("10.0.0.1"), around = prefix_of("10.0.0.0/8");

	protect("10.0.0.1", MXDP_PROTECTED_OWN);
	allow("10.0.0.1");
	deny("10.0.0.0/8");
	ck_assert_int_eq(mxdp_rules_forget(rules, &own), -EPERM);
	ck_assert_int_eq(set("10.0.0.1", MXDP_ACTION_PASS, 60), -EPERM);
	ck_assert_int_eq(count(), 2);
	ck_assert_int_eq(mxdp_rules_forget(rules, &around), 2);
	ck_assert_int_eq(mapped(), 0);
}
END_TEST

START_TEST(a_stored_denial_of_a_new_own_address_is_not_restored)
{
	deny("10.0.0.0/8");
	deny("192.0.2.1");
	protect("10.0.0.1", MXDP_PROTECTED_OWN);
	restart_rules();
	ck_assert_int_eq(decided("10.0.0.1"), MXDP_ACTION_NONE);
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	ck_assert_int_eq(mapped(), 1);
}
END_TEST

START_TEST(an_address_that_is_cut_off_may_be_rescued)
{
	struct mxdp_prefix around = prefix_of("10.0.0.0/16");

	deny("10.0.0.0/8");
	allow("10.0.0.0/16");
	protect("10.1.0.1", MXDP_PROTECTED_OWN); /* an address that came later */
	ck_assert_int_eq(set("10.1.0.1", MXDP_ACTION_PASS, 60), 0);
	ck_assert_int_eq(mxdp_rules_forget(rules, &around), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules");
	TCase *tests = tcase_create("operator");
	int failed, probe = make_map(sizeof(struct mxdp_prefix4), sizeof(struct mxdp_rule));

	if (probe < 0) {
		printf("ok - operator rules # SKIP no kernel map can be made here: %s\n1..1\n",
		       strerror(errno));
		return EXIT_SUCCESS;
	}
	close(probe);
	if (!mkdtemp(directory)) {
		perror(directory);
		return EXIT_FAILURE;
	}
	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, the_longest_prefix_decides);
	tcase_add_test(tests, a_rule_is_shown_with_its_words_and_hits);
	tcase_add_test(tests, rules_survive_a_reboot);
	tcase_add_test(tests, the_store_wins_over_the_map);
	tcase_add_test(tests, a_new_file_takes_over_the_maps_rules);
	tcase_add_test(tests, without_a_store_rules_act_and_say_that_they_are_not_saved);
	tcase_add_test(tests, an_expired_rule_is_removed_everywhere);
	tcase_add_test(tests, what_expired_meanwhile_is_not_restored);
	tcase_add_test(tests, forget_takes_what_is_inside);
	tcase_add_test(tests, senseless_rules_are_refused);
	tcase_add_test(tests, a_full_map_is_said_and_changes_nothing);
	tcase_add_loop_test(tests, the_gateway_is_not_cut_off, 0,
			    (int)(sizeof(guards) / sizeof(guards[0])));
	tcase_add_test(tests, the_reason_is_named);
	tcase_add_test(tests, the_allow_rule_that_saves_the_gateway_stays);
	tcase_add_test(tests, a_stored_denial_of_a_new_own_address_is_not_restored);
	tcase_add_test(tests, an_address_that_is_cut_off_may_be_rescued);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	remove_files();
	rmdir(directory);
	return failed;
}
