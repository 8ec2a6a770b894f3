/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>

#include "userspace/checks/dnsbl/statistics.h"
#include "tests/suite.h"

#define NOW 1700000000

static struct mxdp_zone_statistics statistics;

static void set_up(void)
{
	statistics = (struct mxdp_zone_statistics){0};
}

/* Of every hundred answers `hits` are hits, evenly mixed. */
static void answers(unsigned int count, unsigned int hits)
{
	for (unsigned int i = 0; i < count; i++) {
		const struct mxdp_zone_outcome outcome = {.hit = i * hits % 100 + hits >= 100};

		mxdp_zone_statistics_count(&statistics, &outcome, NOW);
	}
}

static void failures(unsigned int count)
{
	const struct mxdp_zone_outcome outcome = {.failed = true};

	for (unsigned int i = 0; i < count; i++)
		mxdp_zone_statistics_count(&statistics, &outcome, NOW);
}

static const struct {
	const char *what;
	unsigned int usual, count, then, more;
	bool jumped;
} cases[] = {
	{"as ever", 30, 2000, 30, 500, false},
	{"more bots than usual", 30, 2000, 70, 500, false},
	{"suddenly everybody", 30, 2000, 100, 500, true},
	{"a handful in a row", 30, 2000, 100, 20, false},
	{"nearly everybody", 30, 2000, 97, 1000, true},
	{"hardly anybody, then everybody", 1, 2000, 100, 500, true},
	{"most are bots, then all", 85, 2000, 100, 500, true},
	{"a list that names nearly all anyway", 97, 2000, 100, 500, false},
	{"everybody, but nothing is usual yet", 0, 100, 100, 300, false},
	{"everybody for so long that it is usual", 30, 2000, 100, 20000, false},
	{"fewer", 60, 2000, 0, 500, false},
};

START_TEST(hit_rates)
{
	answers(cases[_i].count, cases[_i].usual);
	ck_assert_msg(!mxdp_zone_statistics_jumped(&statistics, false), "%s: before",
		      cases[_i].what);
	answers(cases[_i].more, cases[_i].then);
	ck_assert_msg(mxdp_zone_statistics_jumped(&statistics, false) == cases[_i].jumped,
		      "%s: %g of %g", cases[_i].what, statistics.recent, statistics.usual);
}
END_TEST

START_TEST(a_jump_ends_when_the_rate_is_back)
{
	answers(2000, 30);
	answers(500, 100);
	ck_assert(mxdp_zone_statistics_jumped(&statistics, false));
	answers(500, 30);
	ck_assert(!mxdp_zone_statistics_jumped(&statistics, true));
}
END_TEST

/* It is logged when it begins and when it ends: chance must not make a row of these. */
START_TEST(a_jump_does_not_flutter)
{
	bool jumped = false;
	unsigned int changes = 0;

	answers(2000, 50);
	for (unsigned int i = 0; i < 1000; i++) {
		const bool now_jumped = mxdp_zone_statistics_jumped(&statistics, jumped);

		changes += now_jumped != jumped;
		jumped = now_jumped;
		answers(1, i % 10 == 0 ? 0 : 100);
	}
	ck_assert_uint_eq(changes, 1);
}
END_TEST

START_TEST(failures_are_no_answers)
{
	answers(2000, 30);
	failures(5000);
	ck_assert(!mxdp_zone_statistics_jumped(&statistics, false));
	ck_assert_double_eq_tol(statistics.recent, 0.3, 0.05);
	ck_assert_uint_eq(statistics.errors, 5000);
}
END_TEST

static void speaks_against(const char *text, int64_t now)
{
	struct mxdp_address client;
	struct mxdp_zone_outcome outcome = {.hit = true, .trusted = &client};

	ck_assert_int_eq(mxdp_address_parse(text, &client), 0);
	mxdp_zone_statistics_count(&statistics, &outcome, now);
}

START_TEST(three_trusted_clients_within_an_hour)
{
	speaks_against("192.0.2.1", NOW);
	speaks_against("192.0.2.2", NOW + 10);
	ck_assert(!mxdp_zone_statistics_names_trusted(&statistics, NOW + 20));
	speaks_against("192.0.2.3", NOW + 20);
	ck_assert(mxdp_zone_statistics_names_trusted(&statistics, NOW + 20));
	ck_assert(!mxdp_zone_statistics_names_trusted(&statistics, NOW + 3600));
}
END_TEST

START_TEST(one_trusted_client_three_times_is_one)
{
	speaks_against("192.0.2.1", NOW);
	for (int i = 1; i < 10; i++)
		speaks_against("192.0.2.2", NOW + i);
	ck_assert(!mxdp_zone_statistics_names_trusted(&statistics, NOW + 20));
	speaks_against("192.0.2.1", NOW + 20);
	ck_assert(!mxdp_zone_statistics_names_trusted(&statistics, NOW + 20));
	speaks_against("192.0.2.3", NOW + 21);
	ck_assert(mxdp_zone_statistics_names_trusted(&statistics, NOW + 21));
}
END_TEST

START_TEST(latency_is_a_mean_without_the_cache)
{
	const double took[] = {40, 0.1, 40, 40};

	for (int i = 0; i < 4; i++) {
		const struct mxdp_zone_outcome outcome = {.took_ms = took[i]};

		mxdp_zone_statistics_count(&statistics, &outcome, NOW);
	}
	ck_assert_double_eq(statistics.latency_ms, 40);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zone_statistics");
	TCase *tests = tcase_create("zone_statistics");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_add_loop_test(tests, hit_rates, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, a_jump_ends_when_the_rate_is_back);
	tcase_add_test(tests, a_jump_does_not_flutter);
	tcase_add_test(tests, failures_are_no_answers);
	tcase_add_test(tests, three_trusted_clients_within_an_hour);
	tcase_add_test(tests, one_trusted_client_three_times_is_one);
	tcase_add_test(tests, latency_is_a_mean_without_the_cache);
	return run_suite(suite);
}
