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

static void announce_pending(const char *text)
{
	struct mxdp_pending pending = {.first_seen_ns = 1};
	struct mxdp_address address = client(text);
	__u32 key = mxdp_address_v4(&address);

	ck_assert_int_eq(bpf_map_update_elem(maps.pending4, &key, &pending, 0), 0);
	ck_assert_int_eq(announce(text), 0);
}

static bool is_pending(const char *text)
{
	struct mxdp_address address = client(text);
	struct mxdp_pending pending;
	__u32 key = mxdp_address_v4(&address);

	return bpf_map_lookup_elem(maps.pending4, &key, &pending) == 0;
}

static void prove(const char *text)
{
	struct mxdp_proof proof = {.reset_ns = 1};
	struct mxdp_address address = client(text);
	__u32 key = mxdp_address_v4(&address);

	ck_assert_int_eq(bpf_map_update_elem(maps.proofs4, &key, &proof, 0), 0);
}

static void on_shown(void *context, const struct mxdp_case *result)
{
	(void)result;
	++*(unsigned int *)context;
}

/* Who may be invented is let go; who has proved its address, and whom somebody asks about, is not.
 */
START_TEST(as_a_flood_begins_the_unproved_are_let_go)
{
	struct mxdp_address asked_for = client("192.0.2.4");
	struct mxdp_screener_stats stats;
	unsigned int shown = 0;

	config.resolver.in_flight_max = 3;
	use_zone(0, "silent.example", 5);
	announce_pending("192.0.2.1");
	announce_pending("192.0.2.2");
	announce_pending("192.0.2.3");
	prove("192.0.2.3");
	ck_assert_uint_eq(mxdp_screener_drop_crowd(screener), 0); /* it is none */
	announce_pending("192.0.2.4");
	ck_assert_int_eq(mxdp_screener_check(screener, &asked_for, false, on_shown, &shown), 0);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(mxdp_screener_drop_crowd(screener), 2);
	ck_assert(!is_pending("192.0.2.1") && !is_pending("192.0.2.2"));
	ck_assert(is_pending("192.0.2.3") && is_pending("192.0.2.4"));
	mxdp_screener_stats(screener, &stats);
	ck_assert_uint_eq(stats.dropped, 2);
	ck_assert_uint_eq(stats.running, 2);

	ck_assert_int_eq(announce("192.0.2.3"), -EALREADY);
	run_until(2);
	ck_assert_uint_eq(shown, 1);
	ck_assert_int_eq(verdict_of("192.0.2.3"), MXDP_ACTION_PASS);
	ck_assert_int_eq(verdict_of("192.0.2.1"), MXDP_ACTION_NONE);
	ck_assert_int_eq(announce("192.0.2.1"), 0);
	run_until(3);
}
END_TEST

START_TEST(who_was_announced_before_it_and_is_read_late_is_let_go_too)
{
	struct mxdp_address first = client("192.0.2.1"), second = client("192.0.2.2");

	announce_pending("192.0.2.1");
	announce_pending("192.0.2.2");
	prove("192.0.2.2");
	ck_assert(mxdp_screener_drop_unproved(screener, &first));
	ck_assert(!mxdp_screener_drop_unproved(screener, &second));
	ck_assert(!is_pending("192.0.2.1") && is_pending("192.0.2.2"));
	run_until(2);
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
	tcase_add_test(tests, as_a_flood_begins_the_unproved_are_let_go);
	tcase_add_test(tests, who_was_announced_before_it_and_is_read_late_is_let_go_too);
	tcase_add_test(tests, without_checks_everybody_passes);
	tcase_add_test(tests, it_can_be_freed_with_checks_under_way);
	return run_screener_suite(suite, tests);
}
