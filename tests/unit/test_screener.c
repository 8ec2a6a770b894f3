/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an unknown client's event to the verdict in the kernel's map. */
#include "screener_stand.h"

START_TEST(a_listed_client_is_refused_and_a_clean_one_passes)
{
	struct mxdp_address listed = client("192.0.2.66");
	struct mxdp_pending pending = {.first_seen_ns = 1};
	__u32 pending_key = mxdp_address_v4(&listed);

	ck_assert_int_eq(bpf_map_update_elem(maps.pending4, &pending_key, &pending, 0), 0);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_DROP);
	ck_assert_int_ne(bpf_map_lookup_elem(maps.pending4, &pending_key, &pending), 0);
	ck_assert(strstr(seen_reason, "127.0.0.2"));

	ck_assert_int_eq(announce("192.0.2.67"), 0);
	run_until(2);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_PASS);
	ck_assert_int_eq(seen.decision.reason, MXDP_REASON_CLEAN);
}
END_TEST

START_TEST(a_client_announced_twice_is_checked_once)
{
	ck_assert_int_eq(announce("192.0.2.67"), 0);
	ck_assert_int_eq(announce("192.0.2.67"), -EALREADY);
	run_until(1);
	ck_assert_uint_eq(dns_server_questions(server, false), 1);
}
END_TEST

START_TEST(silence_passes_for_a_short_time)
{
	use_zone(0, "silent.example", 5);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_PASS);
	ck_assert_int_eq(seen.decision.reason, MXDP_REASON_FAIL_OPEN);
	ck_assert_int_le(seen.decision.expires - seen.decided_at, 30);
	ck_assert(strstr(seen_reason, "500 ms"));
}
END_TEST

START_TEST(a_full_queue_turns_clients_away)
{
	use_zone(0, "silent.example", 5);
	config.clients_max = 2;
	ck_assert(mxdp_screener_has_room(screener));
	ck_assert_int_eq(announce("192.0.2.1"), 0);
	ck_assert_int_eq(announce("192.0.2.2"), 0);
	ck_assert(!mxdp_screener_has_room(screener));
	ck_assert_int_eq(announce("192.0.2.3"), -EBUSY);
	run_until(2);
	ck_assert(mxdp_screener_has_room(screener));
}
END_TEST

START_TEST(a_burst_gets_every_verdict)
{
	struct mxdp_screener_stats stats;

	config.check_timeout_ms = 30000;
	for (unsigned int i = 0; i < BURST; i++) {
		struct mxdp_address address = mxdp_address_from_v4(htonl(0x0a000000 + i));

		ck_assert_int_eq(mxdp_screener_announce(screener, &address), 0);
	}
	run_until(BURST);
	mxdp_screener_stats(screener, &stats);
	ck_assert_uint_eq(stats.decided, BURST);
	ck_assert_uint_eq(stats.fail_open, 0);
	ck_assert_uint_eq(stats.not_stored, 0);
	ck_assert_int_eq(verdict_of("10.0.39.14"), MXDP_ACTION_DROP);
	ck_assert_int_eq(verdict_of("10.0.39.15"), MXDP_ACTION_PASS);
}
END_TEST

START_TEST(without_checks_everybody_passes)
{
	config.dnsbl_count = 0;
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_PASS);
}
END_TEST

START_TEST(it_can_be_freed_with_checks_under_way)
{
	use_zone(0, "silent.example", 5);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(decisions, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("screener");
	TCase *tests = tcase_create("screener");

	tcase_add_test(tests, a_listed_client_is_refused_and_a_clean_one_passes);
	tcase_add_test(tests, a_client_announced_twice_is_checked_once);
	tcase_add_test(tests, silence_passes_for_a_short_time);
	tcase_add_test(tests, a_full_queue_turns_clients_away);
	tcase_add_test(tests, a_burst_gets_every_verdict);
	tcase_add_test(tests, without_checks_everybody_passes);
	tcase_add_test(tests, it_can_be_freed_with_checks_under_way);
	return run_screener_suite(suite, tests);
}
