/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cookies' secrets: there from the start, replaced in time, never while they are in use. */
#include <check.h>
#include <string.h>

#include "harness.h"
#include "userspace/replies/secrets.h"

#define EPOCH      (1ULL << MXDP_EPOCH_SHIFT)
#define GENERATION (EPOCH << MXDP_SECRET_EPOCHS_SHIFT)

static struct harness harness;

static void open_harness(void)
{
	harness_open(&harness, NULL);
}

static void close_harness(void)
{
	harness_close(&harness);
}

/* The secret that the packet path uses at a moment. */
static struct mxdp_cookie_secret secret_at(uint64_t now_ns)
{
	struct mxdp_cookie_secret secret;
	uint32_t slot = (uint32_t)(now_ns / GENERATION % MXDP_SECRETS);

	ck_assert_int_eq(mxdp_cookie_secret_get(&harness.maps, slot, &secret), 0);
	return secret;
}

static void refresh(uint64_t now_ns)
{
	ck_assert_int_eq(mxdp_secrets_refresh(&harness.maps, now_ns), 0);
}

static bool same(struct mxdp_cookie_secret a, struct mxdp_cookie_secret b)
{
	return !memcmp(a.key, b.key, sizeof(a.key));
}

START_TEST(a_start_makes_both)
{
	uint64_t now = 5 * GENERATION + 7 * EPOCH;

	refresh(now);
	ck_assert(secret_at(now).key[0] && secret_at(now + GENERATION).key[0]);
	ck_assert(!same(secret_at(now), secret_at(now + GENERATION)));
}
END_TEST

START_TEST(a_cookie_lives_as_long_as_it_may)
{
	uint64_t start = 5 * GENERATION;

	refresh(start);
	for (int i = 0; i < 5; i++, start += GENERATION) {
		struct mxdp_cookie_secret now = secret_at(start), next;

		for (uint64_t at = start; at < start + GENERATION; at += EPOCH / 2) {
			/* Of this epoch, and of the one before, which may be the old secret's. */
			now = secret_at(at);
			next = secret_at(at - EPOCH);
			refresh(at);
			ck_assert(same(now, secret_at(at)));
			ck_assert(same(next, secret_at(at - EPOCH)));
		}
		/* It is replaced once its last cookie is void. */
		next = secret_at(start + GENERATION);
		ck_assert(!same(next, now));
		ck_assert_uint_eq(next.generation, start / GENERATION + 1);
	}
}
END_TEST

START_TEST(a_restart_keeps_what_is_in_use)
{
	uint64_t now = 5 * GENERATION + 7 * EPOCH;
	struct mxdp_cookie_secret current;

	refresh(now);
	current = secret_at(now);
	refresh(now);
	ck_assert(same(current, secret_at(now)));
	/* After three generations without a daemon the packet path uses old ones: these too. */
	now += 3 * GENERATION;
	current = secret_at(now);
	refresh(now);
	ck_assert(same(current, secret_at(now)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("secrets");
	TCase *tests = tcase_create("secrets");

	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_test(tests, a_start_makes_both);
	tcase_add_test(tests, a_cookie_lives_as_long_as_it_may);
	tcase_add_test(tests, a_restart_keeps_what_is_in_use);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
