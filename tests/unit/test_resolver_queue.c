/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many questions at once: shared, bounded, put off, cancelled, and by whom that may be done. */
#include "resolver_stand.h"

START_TEST(same_question_is_asked_once)
{
	struct result results[50];
	struct mxdp_resolver_stats stats;

	open_resolver();
	for (size_t i = 0; i < 50; i++)
		ask(&results[i], i % 2 ? "two.example" : "TWO.example", MXDP_DNS_A);
	wait_for_results();
	for (size_t i = 0; i < 50; i++)
		ck_assert_uint_eq(results[i].count, 2);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.joined, 49);
	ck_assert_uint_eq(dns_server_questions(server, false), 1);
}
END_TEST

START_TEST(queue_is_bounded)
{
	struct result results[10];
	struct mxdp_resolver_stats stats;
	char name[32];

	settings.in_flight_max = 2;
	settings.queue_max = 3;
	open_resolver();
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "burst%d.example", i);
		ask(&results[i], name, MXDP_DNS_A);
	}
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.in_flight, 2);
	ck_assert_uint_eq(stats.queued, 3);
	wait_for_results();
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(results[i].status, i < 5 ? MXDP_DNS_OK : MXDP_DNS_BUSY);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.busy, 5);
	ck_assert_uint_eq(stats.in_flight + stats.queued, 0);
}
END_TEST

static void ask_later(struct result *result, const char *name, enum mxdp_dns_type type)
{
	*result = (struct result){.status = RUNNING};
	results_wanted++;
	result->query = mxdp_resolver_query_later(resolver, name, type, on_done, result);
	ck_assert_ptr_nonnull(result->query);
}

START_TEST(a_later_question_waits_for_the_rest)
{
	struct result first, later, last;

	settings.in_flight_max = 1;
	open_resolver();
	ask(&first, "a.example", MXDP_DNS_A);
	ask_later(&later, "1.2.0.192.in-addr.arpa", MXDP_DNS_PTR);
	ask(&last, "two.example", MXDP_DNS_A);
	while (last.calls == 0)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_eq(later.calls, 0);
	ck_assert(mxdp_query_is_waiting(later.query));
	wait_for_results();
	ck_assert_uint_eq(later.count, 2);
}
END_TEST

/* Also alone it waits a while: until then it can be taken back, and nobody was asked. */
START_TEST(a_later_question_can_be_taken_back_unasked)
{
	struct mxdp_resolver_stats stats;
	struct result later, kept;

	open_resolver();
	ask_later(&later, "two.example", MXDP_DNS_A);
	ask_later(&kept, "a.example", MXDP_DNS_A);
	ck_assert(mxdp_query_is_waiting(later.query));
	mxdp_query_cancel(later.query);
	results_wanted = 1;
	wait_for_results();
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.sent, 1);
	ck_assert_uint_eq(later.calls, 0);
	ck_assert_int_eq(kept.status, MXDP_DNS_OK);
}
END_TEST

/* When it is due, theirs is in the cache, or on its way. */
START_TEST(a_later_question_takes_the_answer_that_others_get)
{
	struct mxdp_resolver_stats stats;
	struct result later[3], needed[2];

	settings.in_flight_max = 1;
	open_resolver();
	ask_later(&later[0], "a.example", MXDP_DNS_A);
	ask(&needed[0], "a.example", MXDP_DNS_A);
	ask_later(&later[1], "a.example", MXDP_DNS_A);
	ask_later(&later[2], "two.example", MXDP_DNS_A);
	wait_for_results();
	ask(&needed[1], "two.example", MXDP_DNS_A);
	wait_for_results();
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(later[i].status, MXDP_DNS_OK);
	ck_assert_uint_eq(dns_server_questions(server, false), 2);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.cache_hits + stats.joined, 3);
	ck_assert_uint_eq(stats.queued, 0);
}
END_TEST

START_TEST(later_questions_of_one_name_are_one)
{
	struct mxdp_resolver_stats stats;
	struct result later[3];

	open_resolver();
	for (size_t i = 0; i < 3; i++)
		ask_later(&later[i], "a.example", MXDP_DNS_A);
	mxdp_query_cancel(later[0].query);
	results_wanted--;
	wait_for_results();
	ck_assert_int_eq(later[1].status, MXDP_DNS_OK);
	ck_assert_int_eq(later[2].status, MXDP_DNS_OK);
	ck_assert_uint_eq(dns_server_questions(server, false), 1);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.joined, 1);
	ck_assert_uint_eq(stats.queued, 0);
}
END_TEST

/* What never went is freed with the resolver: the sanitizer looks. */
START_TEST(a_later_question_may_end_with_its_resolver)
{
	struct result later;

	open_resolver();
	ask_later(&later, "a.example", MXDP_DNS_A);
	mxdp_resolver_free(resolver);
	resolver = NULL;
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(later.calls, 0);
}
END_TEST

/* Many wait for it: it passes those that came before, and finds room where they fill the queue. */
START_TEST(a_first_question_goes_before_all_that_wait)
{
	struct result sent, waiting[3], first;

	settings.in_flight_max = 1;
	settings.queue_max = 3;
	open_resolver();
	ask(&sent, "burst0.example", MXDP_DNS_A);
	ask(&waiting[0], "burst1.example", MXDP_DNS_A);
	ask_later(&waiting[1], "two.example", MXDP_DNS_A);
	ask(&waiting[2], "burst2.example", MXDP_DNS_A);
	first = (struct result){.status = RUNNING};
	results_wanted++;
	first.query = mxdp_resolver_query_first(resolver, "a.example", MXDP_DNS_A, on_done, &first);
	while (first.calls == 0)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(first.status, MXDP_DNS_OK);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(waiting[i].calls, 0);
	wait_for_results();
}
END_TEST

/* As long as one that is due waits for another's answer; not for one whose time has not come. */
START_TEST(it_is_crowded_while_questions_wait_for_answers)
{
	struct result sent, waiting, later;

	settings.in_flight_max = 1;
	open_resolver();
	ck_assert(!mxdp_resolver_is_crowded(resolver));
	ask(&sent, "burst0.example", MXDP_DNS_A);
	ck_assert(!mxdp_resolver_is_crowded(resolver));
	ask_later(&later, "a.example", MXDP_DNS_A);
	ck_assert(!mxdp_resolver_is_crowded(resolver));
	ask(&waiting, "burst1.example", MXDP_DNS_A);
	ck_assert(mxdp_resolver_is_crowded(resolver));
	wait_for_results();
	ck_assert(!mxdp_resolver_is_crowded(resolver));
}
END_TEST

START_TEST(a_question_that_waits_becomes_the_first)
{
	struct result sent, waiting, later, first;

	settings.in_flight_max = 1;
	open_resolver();
	ask(&sent, "burst0.example", MXDP_DNS_A);
	ask(&waiting, "burst1.example", MXDP_DNS_A);
	ask_later(&later, "a.example", MXDP_DNS_A);
	first = (struct result){.status = RUNNING};
	results_wanted++;
	first.query = mxdp_resolver_query_first(resolver, "a.example", MXDP_DNS_A, on_done, &first);
	while (first.calls == 0)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_eq(waiting.calls, 0);
	wait_for_results();
	ck_assert_int_eq(later.status, MXDP_DNS_OK);
	ck_assert_uint_eq(dns_server_questions(server, false), 3);
}
END_TEST

START_TEST(burst_of_20000_loses_nothing)
{
	enum { COUNT = 20000 };
	struct result *results = calloc(COUNT, sizeof(*results));
	char name[32];

	/* No second try: a lost packet would show as a time-out. */
	settings.tries = 1;
	settings.timeout_ms = 5000;
	open_resolver();
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "burst%d.example", i);
		ask(&results[i], name, MXDP_DNS_A);
	}
	wait_for_results();
	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(results[i].status, MXDP_DNS_OK);
	free(results);
}
END_TEST

START_TEST(silent_names_do_not_stop_the_others)
{
	enum { SILENT = 1000 };
	struct result *silent = calloc(SILENT, sizeof(*silent));
	struct result good;
	char name[32];

	settings.timeout_ms = 3000;
	open_resolver();
	for (int i = 0; i < SILENT; i++) {
		snprintf(name, sizeof(name), "silent.%d.example", i);
		ask(&silent[i], name, MXDP_DNS_A);
	}
	ask(&good, "a.example", MXDP_DNS_A);
	while (good.calls == 0)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(good.status, MXDP_DNS_OK);
	ck_assert_uint_eq(silent[0].calls, 0);
	mxdp_resolver_free(resolver);
	resolver = NULL;
	free(silent);
}
END_TEST

START_TEST(cancelled_queries_are_silent)
{
	struct result running, ready, queued, bystander;
	struct mxdp_resolver_stats stats;

	settings.in_flight_max = 1;
	open_resolver();
	resolve("a.example", MXDP_DNS_A);
	ask(&running, "two.example", MXDP_DNS_A);
	ask(&bystander, "two.example", MXDP_DNS_A);
	ask(&queued, "long.example", MXDP_DNS_A);
	ask(&ready, "a.example", MXDP_DNS_A);
	mxdp_query_cancel(running.query);
	mxdp_query_cancel(queued.query);
	mxdp_query_cancel(ready.query);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.queued, 0); /* nobody wants to know it any more */
	results_wanted = 1;
	wait_for_results();
	ck_assert_uint_eq(bystander.count, 2);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(running.calls + queued.calls + ready.calls, 0);
}
END_TEST

START_TEST(a_cancelled_question_still_fills_the_cache)
{
	struct mxdp_resolver_stats stats;
	struct result result;

	open_resolver();
	ask(&result, "a.example", MXDP_DNS_A);
	mxdp_query_cancel(result.query);
	do {
		uv_run(&loop, UV_RUN_ONCE);
		mxdp_resolver_stats(resolver, &stats);
	} while (stats.in_flight > 0);
	ck_assert_uint_eq(stats.cached, 1);
}
END_TEST

static struct result pair[2];

static void on_first_cancels_both(void *context, const struct mxdp_dns_answer *answer)
{
	(void)context;
	(void)answer;
	mxdp_query_cancel(pair[0].query);
	mxdp_query_cancel(pair[1].query);
	pair[0].calls++;
}

START_TEST(callback_may_cancel_others_and_itself)
{
	open_resolver();
	pair[0].query =
		mxdp_resolver_query(resolver, "a.example", MXDP_DNS_A, on_first_cancels_both, NULL);
	pair[1].query = mxdp_resolver_query(resolver, "a.example", MXDP_DNS_A, on_done, &pair[1]);
	while (pair[0].calls == 0)
		uv_run(&loop, UV_RUN_ONCE);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(pair[1].calls, 0);
}
END_TEST

static void on_done_free_resolver(void *context, const struct mxdp_dns_answer *answer)
{
	(void)context;
	(void)answer;
	mxdp_resolver_free(resolver);
	resolver = NULL;
}

START_TEST(callback_may_free_the_resolver)
{
	struct result silent, ready;

	open_resolver();
	ask(&silent, "silent.example", MXDP_DNS_A);
	mxdp_resolver_query(resolver, "a.example", MXDP_DNS_A, on_done_free_resolver, NULL);
	ask(&ready, "a.example", MXDP_DNS_A);
	uv_run(&loop, UV_RUN_NOWAIT);
	while (resolver != NULL)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_eq(silent.calls + ready.calls, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resolver: queue");
	TCase *tests = tcase_create("resolver");

	tcase_add_test(tests, same_question_is_asked_once);
	tcase_add_test(tests, queue_is_bounded);
	tcase_add_test(tests, a_later_question_waits_for_the_rest);
	tcase_add_test(tests, a_later_question_can_be_taken_back_unasked);
	tcase_add_test(tests, a_later_question_takes_the_answer_that_others_get);
	tcase_add_test(tests, later_questions_of_one_name_are_one);
	tcase_add_test(tests, a_later_question_may_end_with_its_resolver);
	tcase_add_test(tests, a_first_question_goes_before_all_that_wait);
	tcase_add_test(tests, a_question_that_waits_becomes_the_first);
	tcase_add_test(tests, it_is_crowded_while_questions_wait_for_answers);
	tcase_add_test(tests, burst_of_20000_loses_nothing);
	tcase_add_test(tests, silent_names_do_not_stop_the_others);
	tcase_add_test(tests, cancelled_queries_are_silent);
	tcase_add_test(tests, a_cancelled_question_still_fills_the_cache);
	tcase_add_test(tests, callback_may_cancel_others_and_itself);
	tcase_add_test(tests, callback_may_free_the_resolver);
	return run_resolver_suite(suite, tests);
}
