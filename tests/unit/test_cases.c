/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases that are kept to be explained: which go when there are too many. */
#include <check.h>

#include "tests/suite.h"
#include "userspace/screener/cases.h"

#define PLACES 100
#define NOW    1700000000

static struct mxdp_cases *cases;

static void setup(void)
{
	cases = mxdp_cases_new(PLACES);
	ck_assert_ptr_nonnull(cases);
}

static void teardown(void)
{
	mxdp_cases_free(cases);
}

static struct mxdp_address client(unsigned int number)
{
	return mxdp_address_from_v4(htonl(0xc6120000U + number)); /* 198.18.0.0/15 */
}

static void keep(unsigned int number, enum mxdp_action action, int64_t decided)
{
	struct mxdp_evidence evidence = {.reason = "because"};
	struct mxdp_case decided_case = {
		.client = client(number),
		.decided = true,
		.decided_at = decided,
		.decision = {.action = action, .expires = decided + 60},
		.evidence_count = 1,
		.evidence = &evidence,
	};

	mxdp_cases_keep(cases, &decided_case);
}

static bool is_kept(unsigned int number)
{
	const struct mxdp_address address = client(number);
	const struct mxdp_case *known = mxdp_cases_find(cases, &address);

	if (known)
		ck_assert_str_eq(known->evidence[0].reason, "because");
	return known != NULL;
}

START_TEST(the_oldest_goes_first)
{
	for (unsigned int i = 0; i <= PLACES; i++)
		keep(i, MXDP_ACTION_PASS, NOW);
	ck_assert(!is_kept(0));
	ck_assert(is_kept(1));
	ck_assert_uint_eq(mxdp_cases_count(cases), PLACES);
	ck_assert_uint_eq(mxdp_cases_evicted(cases), 1);
}
END_TEST

START_TEST(a_refused_client_is_explained_through_a_flood)
{
	keep(0, MXDP_ACTION_DROP, NOW);
	for (unsigned int i = 1; i < 10 * PLACES; i++)
		keep(i, MXDP_ACTION_PASS, NOW);
	ck_assert(is_kept(0));
	ck_assert_uint_eq(mxdp_cases_count(cases), PLACES);
	/* Its verdict is over: it is one of many. */
	for (unsigned int i = 1; i < 3 * PLACES; i++)
		keep(10 * PLACES + i, MXDP_ACTION_PASS, NOW + 61);
	ck_assert(!is_kept(0));
}
END_TEST

START_TEST(refused_clients_do_not_take_more_places)
{
	for (unsigned int i = 0; i < 10 * PLACES; i++)
		keep(i, MXDP_ACTION_REJECT, NOW);
	ck_assert_uint_eq(mxdp_cases_count(cases), PLACES);
	ck_assert(is_kept(10 * PLACES - 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cases");
	TCase *tests = tcase_create("cases");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, the_oldest_goes_first);
	tcase_add_test(tests, a_refused_client_is_explained_through_a_flood);
	tcase_add_test(tests, refused_clients_do_not_take_more_places);
	return run_suite(suite);
}
