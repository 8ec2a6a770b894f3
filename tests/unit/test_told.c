/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others tell of a client: how it adds up, fades, is capped and forgotten. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <check.h>

#include "userspace/screener/told.h"
#include "tests/suite.h"

#define NOW 1000000

static const struct mxdp_report_limits limits = {.cap = 5, .half_life = 3600};
static struct mxdp_told *told;
static struct mxdp_evidence found[2 * MXDP_TOLD_SOURCES_MAX];

static void set_up(void)
{
	told = mxdp_told_new(3);
}

static void tear_down(void)
{
	mxdp_told_free(told);
}

static struct mxdp_evidence piece(enum mxdp_evidence_class class, const char *key,
				  const char *source, double score)
{
	struct mxdp_evidence evidence = {.class = class,
					 .state = MXDP_EVIDENCE_ANSWERED,
					 .score = score,
					 .expires = NOW + 10 * 3600};

	ck_assert_int_eq(mxdp_prefix_parse(key, &evidence.key), 0);
	mxdp_evidence_set_source(&evidence, source);
	return evidence;
}

static int report(const char *key, const char *source, double score, int64_t now)
{
	struct mxdp_evidence evidence = piece(MXDP_EVIDENCE_REPORT, key, source, score);

	return mxdp_told_add(told, &evidence, &limits, now);
}

static size_t find(const char *text, int64_t now)
{
	struct mxdp_address client;

	ck_assert_int_eq(mxdp_address_parse(text, &client), 0);
	return mxdp_told_find(told, &client, &limits, now, found);
}

START_TEST(reports_of_one_source_add_up_to_the_cap)
{
	ck_assert_int_eq(report("192.0.2.1", "fail2ban", 2, NOW), 0);
	ck_assert_int_eq(report("192.0.2.1", "fail2ban", 2, NOW), 0);
	ck_assert_uint_eq(find("192.0.2.1", NOW), 1);
	ck_assert_double_eq_tol(found[0].score, 4, 0.001);
	ck_assert_int_eq(report("192.0.2.1", "fail2ban", 2, NOW), 0);
	find("192.0.2.1", NOW);
	ck_assert_double_eq_tol(found[0].score, 5, 0.001);
	ck_assert_int_eq(report("192.0.2.1", "fail2ban", -100, NOW), 0);
	find("192.0.2.1", NOW);
	ck_assert_double_eq_tol(found[0].score, -5, 0.001);
}
END_TEST

START_TEST(sources_stand_beside_each_other)
{
	report("192.0.2.1", "fail2ban", 2, NOW);
	report("192.0.2.1", "rspamd", 3, NOW);
	ck_assert_uint_eq(find("192.0.2.1", NOW), 2);
	ck_assert_uint_eq(find("192.0.2.2", NOW), 0);
}
END_TEST

START_TEST(reports_fade_by_half_lives_and_expire)
{
	report("192.0.2.1", "fail2ban", 4, NOW);
	find("192.0.2.1", NOW + 3600);
	ck_assert_double_eq_tol(found[0].score, 2, 0.001);
	report("192.0.2.1", "fail2ban", 2, NOW + 3600);
	find("192.0.2.1", NOW + 3600);
	ck_assert_double_eq_tol(found[0].score, 4, 0.001);
	ck_assert_uint_eq(find("192.0.2.1", NOW + 10 * 3600), 0);
}
END_TEST

START_TEST(what_a_client_says_of_itself_replaces_what_it_said)
{
	struct mxdp_evidence helo = piece(MXDP_EVIDENCE_HELO, "192.0.2.1", "helo", 1);

	ck_assert_int_eq(mxdp_told_add(told, &helo, &limits, NOW), 0);
	ck_assert_int_eq(mxdp_told_add(told, &helo, &limits, NOW), 0);
	ck_assert_uint_eq(find("192.0.2.1", NOW + 3600), 1);
	ck_assert_double_eq_tol(found[0].score, 1, 0.001);
}
END_TEST

START_TEST(an_ipv6_network_is_told_of_all_its_hosts)
{
	report("2001:db8::/64", "rspamd", 3, NOW);
	report("2001:db8::1", "rspamd", 1, NOW);
	ck_assert_uint_eq(find("2001:db8::1", NOW), 2);
	ck_assert_uint_eq(find("2001:db8::2", NOW), 1);
	ck_assert_uint_eq(find("2001:db8:0:1::2", NOW), 0);
}
END_TEST

START_TEST(only_hosts_and_ipv6_networks_can_be_told_of)
{
	ck_assert_int_eq(report("192.0.2.0/24", "rspamd", 3, NOW), -EINVAL);
	ck_assert_int_eq(report("2001:db8::/48", "rspamd", 3, NOW), -EINVAL);
}
END_TEST

START_TEST(a_crowd_of_sources_is_bounded)
{
	char source[16];

	for (int i = 0; i < MXDP_TOLD_SOURCES_MAX; i++) {
		snprintf(source, sizeof(source), "source%d", i);
		ck_assert_int_eq(report("192.0.2.1", source, 1, NOW), 0);
	}
	ck_assert_int_eq(report("192.0.2.1", "one more", 1, NOW), -ENOSPC);
	ck_assert_int_eq(report("192.0.2.1", "one more", 1, NOW + 11 * 3600), 0);
}
END_TEST

START_TEST(the_client_told_of_longest_ago_goes_first)
{
	report("192.0.2.1", "rspamd", 1, NOW);
	report("192.0.2.2", "rspamd", 1, NOW);
	report("192.0.2.3", "rspamd", 1, NOW);
	report("192.0.2.4", "rspamd", 1, NOW);
	ck_assert_uint_eq(find("192.0.2.1", NOW), 0);
	ck_assert_uint_eq(find("192.0.2.4", NOW), 1);
}
END_TEST

START_TEST(forgetting_takes_a_prefix)
{
	struct mxdp_prefix prefix;

	report("192.0.2.1", "rspamd", 1, NOW);
	report("198.51.100.1", "rspamd", 1, NOW);
	ck_assert_int_eq(mxdp_prefix_parse("192.0.2.0/24", &prefix), 0);
	mxdp_told_forget(told, &prefix);
	ck_assert_uint_eq(find("192.0.2.1", NOW), 0);
	ck_assert_uint_eq(find("198.51.100.1", NOW), 1);
}
END_TEST

static struct mxdp_evidence kept;
static unsigned int keepings;

static void on_keep(void *context, const struct mxdp_evidence *evidence)
{
	(void)context;
	kept = *evidence;
	keepings++;
}

/* What is kept is what a restart takes over: summed up, and fading from when it was told. */
START_TEST(what_is_kept_can_be_restored)
{
	mxdp_told_on_keep(told, on_keep, NULL);
	report("2001:db8::/64", "rspamd", 1, NOW);
	report("2001:db8::/64", "rspamd", 3, NOW);
	ck_assert_uint_eq(keepings, 2);
	ck_assert_double_eq_tol(kept.score, 4, 0.001);
	ck_assert_int_eq(kept.observed, NOW);

	mxdp_told_free(told);
	told = mxdp_told_new(3);
	ck_assert_int_eq(mxdp_told_restore(told, &kept), 0);
	ck_assert_uint_eq(keepings, 2);
	ck_assert_uint_eq(find("2001:db8::9", NOW + 3600), 1);
	ck_assert_double_eq_tol(found[0].score, 2, 0.001);
	report("2001:db8::/64", "rspamd", 1, NOW + 3600);
	find("2001:db8::9", NOW + 3600);
	ck_assert_double_eq_tol(found[0].score, 3, 0.001);
	kept.key.length = 48;
	ck_assert_int_eq(mxdp_told_restore(told, &kept), -EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reports_of_one_source_add_up_to_the_cap,
		sources_stand_beside_each_other,
		reports_fade_by_half_lives_and_expire,
		what_a_client_says_of_itself_replaces_what_it_said,
		an_ipv6_network_is_told_of_all_its_hosts,
		only_hosts_and_ipv6_networks_can_be_told_of,
		a_crowd_of_sources_is_bounded,
		the_client_told_of_longest_ago_goes_first,
		forgetting_takes_a_prefix,
		what_is_kept_can_be_restored,
	};
	Suite *suite = suite_create("told");
	TCase *cases = tcase_create("told");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(cases, tests[i]);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
