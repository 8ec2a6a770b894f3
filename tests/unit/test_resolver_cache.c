/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "userspace/resolver/cache.h"
#include "tests/suite.h"

static struct mxdp_resolver_cache *cache;

static struct mxdp_dns_key key_of(const char *name, enum mxdp_dns_type type)
{
	struct mxdp_dns_key key;

	ck_assert_int_eq(mxdp_dns_key_make(name, type, &key), 0);
	return key;
}

static void put(const char *name, enum mxdp_dns_type type, uint32_t ttl, uint64_t now_ms)
{
	struct mxdp_dns_key key = key_of(name, type);
	struct mxdp_shared_answer *answer = mxdp_answer_new(type, MXDP_DNS_NODATA);

	ck_assert_int_eq(mxdp_resolver_cache_put(cache, &key, answer, ttl, now_ms), 0);
	mxdp_answer_unref(answer);
}

/* The seconds left, or 0 when nothing is known. */
static uint32_t get(const char *name, enum mxdp_dns_type type, uint64_t now_ms)
{
	struct mxdp_dns_key key = key_of(name, type);
	struct mxdp_shared_answer *answer;
	uint32_t ttl = 0;

	answer = mxdp_resolver_cache_get(cache, &key, now_ms, &ttl);
	if (answer == NULL)
		return 0;
	ck_assert_int_eq(answer->answer.type, type);
	mxdp_answer_unref(answer);
	return ttl;
}

static void setup(void)
{
	cache = mxdp_resolver_cache_new(3);
}

static void teardown(void)
{
	mxdp_resolver_cache_free(cache);
}

START_TEST(an_answer_holds_for_its_ttl)
{
	put("a.example", MXDP_DNS_A, 10, 1000);
	ck_assert_uint_eq(get("a.example", MXDP_DNS_A, 1000), 10);
	ck_assert_uint_eq(get("A.example.", MXDP_DNS_A, 1001), 10);
	ck_assert_uint_eq(get("a.example", MXDP_DNS_A, 10999), 1);
	ck_assert_uint_eq(get("a.example", MXDP_DNS_A, 11000), 0);
	ck_assert_uint_eq(mxdp_resolver_cache_count(cache), 0);
}
END_TEST

START_TEST(types_and_names_are_told_apart)
{
	put("a.example", MXDP_DNS_A, 10, 0);
	ck_assert_uint_eq(get("a.example", MXDP_DNS_AAAA, 0), 0);
	ck_assert_uint_eq(get("a.exampl", MXDP_DNS_A, 0), 0);
	ck_assert_uint_eq(get("a.examplee", MXDP_DNS_A, 0), 0);
}
END_TEST

START_TEST(a_newer_answer_replaces)
{
	put("a.example", MXDP_DNS_A, 10, 0);
	put("a.example", MXDP_DNS_A, 20, 0);
	ck_assert_uint_eq(get("a.example", MXDP_DNS_A, 0), 20);
	ck_assert_uint_eq(mxdp_resolver_cache_count(cache), 1);
	put("a.example", MXDP_DNS_A, 0, 0); /* not to be remembered */
	ck_assert_uint_eq(get("a.example", MXDP_DNS_A, 0), 0);
}
END_TEST

START_TEST(the_least_recently_used_goes_first)
{
	put("a.example", MXDP_DNS_A, 10, 0);
	put("b.example", MXDP_DNS_A, 10, 0);
	put("c.example", MXDP_DNS_A, 10, 0);
	get("a.example", MXDP_DNS_A, 0);
	put("d.example", MXDP_DNS_A, 10, 0);
	ck_assert_uint_eq(mxdp_resolver_cache_count(cache), 3);
	ck_assert_uint_eq(mxdp_resolver_cache_evicted(cache), 1);
	ck_assert_uint_eq(get("b.example", MXDP_DNS_A, 0), 0);
	ck_assert_uint_eq(get("a.example", MXDP_DNS_A, 0), 10);
	ck_assert_uint_eq(get("c.example", MXDP_DNS_A, 0), 10);
	ck_assert_uint_eq(get("d.example", MXDP_DNS_A, 0), 10);
}
END_TEST

START_TEST(it_stays_bounded)
{
	char name[32];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		put(name, MXDP_DNS_A, 10, 0);
		ck_assert_uint_le(mxdp_resolver_cache_count(cache), 3);
	}
	ck_assert_uint_eq(mxdp_resolver_cache_evicted(cache), 997);
}
END_TEST

START_TEST(an_expired_answer_is_no_eviction)
{
	for (int i = 0; i < 3; i++)
		put((char[]){"abc"[i], '\0'}, MXDP_DNS_A, 10, 0);
	put("d", MXDP_DNS_A, 10, 10000);
	ck_assert_uint_eq(mxdp_resolver_cache_evicted(cache), 0);
}
END_TEST

START_TEST(without_places_nothing_is_remembered)
{
	mxdp_resolver_cache_free(cache);
	cache = mxdp_resolver_cache_new(0);
	put("a.example", MXDP_DNS_A, 10, 0);
	ck_assert_uint_eq(get("a.example", MXDP_DNS_A, 0), 0);
}
END_TEST

START_TEST(an_answer_in_use_outlives_the_cache)
{
	struct mxdp_dns_key key = key_of("a.example", MXDP_DNS_A);
	struct mxdp_shared_answer *answer;
	uint32_t ttl;

	put("a.example", MXDP_DNS_A, 10, 0);
	answer = mxdp_resolver_cache_get(cache, &key, 0, &ttl);
	mxdp_resolver_cache_free(cache);
	cache = NULL;
	ck_assert_int_eq(answer->answer.status, MXDP_DNS_NODATA);
	mxdp_answer_unref(answer);
}
END_TEST

START_TEST(names_that_are_none)
{
	static const char *const bad[] = {"", ".", "..", "a..b", ".a", "a.."};
	char name[300];
	struct mxdp_dns_key key;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(mxdp_dns_key_make(bad[i], MXDP_DNS_A, &key) == -EINVAL, "'%s'",
			      bad[i]);
	memset(name, 'a', sizeof(name));
	for (int i = 50; i < 300; i += 50)
		name[i] = '.';
	name[253] = '\0';
	ck_assert_int_eq(mxdp_dns_key_make(name, MXDP_DNS_A, &key), 0);
	name[253] = '.'; /* the final dot does not count */
	name[254] = '\0';
	ck_assert_int_eq(mxdp_dns_key_make(name, MXDP_DNS_A, &key), 0);
	name[253] = 'a';
	ck_assert_int_eq(mxdp_dns_key_make(name, MXDP_DNS_A, &key), -EINVAL);
	memset(name, 'a', 64);
	name[63] = '\0';
	ck_assert_int_eq(mxdp_dns_key_make(name, MXDP_DNS_A, &key), 0);
	name[63] = 'a';
	name[64] = '\0';
	ck_assert_int_eq(mxdp_dns_key_make(name, MXDP_DNS_A, &key), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resolver_cache");
	TCase *tests = tcase_create("resolver_cache");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, an_answer_holds_for_its_ttl);
	tcase_add_test(tests, types_and_names_are_told_apart);
	tcase_add_test(tests, a_newer_answer_replaces);
	tcase_add_test(tests, the_least_recently_used_goes_first);
	tcase_add_test(tests, it_stays_bounded);
	tcase_add_test(tests, an_expired_answer_is_no_eviction);
	tcase_add_test(tests, without_places_nothing_is_remembered);
	tcase_add_test(tests, an_answer_in_use_outlives_the_cache);
	tcase_add_test(tests, names_that_are_none);
	return run_suite(suite);
}
