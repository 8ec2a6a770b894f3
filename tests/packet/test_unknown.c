/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client without a verdict: announced once, held for a while, and passed whenever in doubt. */
#include <bpf/bpf.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "harness.h"
#include "rings.h"

#define CLIENT  "192.0.2.1"
#define CLIENT6 "2001:db8::1"

static struct harness harness;

static void open_harness(void)
{
	harness_open(&harness, NULL);
}

static void close_harness(void)
{
	harness_close(&harness);
}

static void reopen(void (*change)(struct mxdp_bpf *skeleton))
{
	harness_close(&harness);
	harness_open(&harness, change);
}

/* Epoll on the ring of unknown clients: whether a record has woken its reader since. */
static int watch_announcements(void)
{
	struct epoll_event wanted = {.events = EPOLLIN | EPOLLET};
	int watch = epoll_create1(EPOLL_CLOEXEC);

	ck_assert_int_ge(watch, 0);
	ck_assert_int_eq(epoll_ctl(watch, EPOLL_CTL_ADD, harness.maps.events, &wanted), 0);
	return watch;
}

static bool was_woken(int watch)
{
	struct epoll_event event;

	return epoll_wait(watch, &event, 1, 200) == 1;
}

static void daemon_looks(int64_t for_ns)
{
	const uint64_t now = mxdp_boottime_ns();
	const struct mxdp_daemon_state state = {
		.heartbeat_ns = now, .looks_until_ns = now + (uint64_t)for_ns, .queue_room = 1};

	ck_assert_int_eq(mxdp_daemon_state_write(&harness.maps, &state), 0);
}

/* Lets time go by for CLIENT: it was first seen `ago` nanoseconds ago. */
static void first_seen(uint64_t ago)
{
	struct mxdp_client4 key = {{192, 0, 2, 1}};
	struct mxdp_pending pending;

	ck_assert_int_eq(bpf_map_lookup_elem(harness.maps.pending4, &key, &pending), 0);
	pending.first_seen_ns = mxdp_boottime_ns() - ago;
	ck_assert_int_eq(bpf_map_update_elem(harness.maps.pending4, &key, &pending, BPF_EXIST), 0);
}

static bool is_pending(const char *client)
{
	struct mxdp_address host = address(client);

	return mxdp_pending_delete(&harness.maps, &host) == 0;
}

START_TEST(an_unknown_client_is_announced)
{
	struct mxdp_address client = address(CLIENT), destination = address("198.51.100.25");
	uint64_t before = mxdp_boottime_ns();
	struct mxdp_event event;

	expect(&harness, unknown_held, .from = CLIENT, .from_port = 4321);
	ck_assert(take_event(harness.maps.events, &event));
	ck_assert_int_eq(event.kind, MXDP_EVENT_UNKNOWN);
	ck_assert_int_eq(event.action, MXDP_ACTION_NONE);
	ck_assert_int_eq(event.reason, MXDP_REASON_NONE);
	ck_assert_mem_eq(event.client, client.bytes, 16);
	ck_assert_mem_eq(event.destination, destination.bytes, 16);
	ck_assert_uint_eq(event.client_port, htons(4321));
	ck_assert_uint_eq(event.port, htons(25));
	ck_assert_uint_eq(event.port_class, MXDP_PORT_MX);
	ck_assert_uint_eq(event.observed, 0);
	ck_assert_uint_ge(event.time_ns, before);
	ck_assert_uint_le(event.time_ns, mxdp_boottime_ns());
}
END_TEST

START_TEST(an_unknown_ipv6_client_is_announced)
{
	struct mxdp_address client = address(CLIENT6), destination = address("2001:db8:25::25");
	struct mxdp_event event;

	expect(&harness, unknown_held, .v6 = true, .from = CLIENT6, .tags = {0x8100});
	ck_assert(take_event(harness.maps.events, &event));
	ck_assert_mem_eq(event.client, client.bytes, 16);
	ck_assert_mem_eq(event.destination, destination.bytes, 16);
	ck_assert(is_pending(CLIENT6));
}
END_TEST

START_TEST(each_client_is_announced_once)
{
	expect(&harness, unknown_held, .from = "192.0.2.1");
	expect(&harness, unknown_held, .from = "192.0.2.2");
	expect(&harness, unknown_held, .v6 = true, .from = "2001:db8::1");
	expect(&harness, unknown_held, .v6 = true, .from = "2001:db8::2");
	expect(&harness, unknown_held_again, .from = "192.0.2.1");
	expect(&harness, unknown_held_again, .from = "192.0.2.2", .from_port = 4321);
	expect(&harness, unknown_held_again, .v6 = true, .from = "2001:db8::1");
	ck_assert_uint_eq(count_announced(&harness), 4);
}
END_TEST

START_TEST(the_hold_ends_and_begins_anew)
{
	expect(&harness, unknown_held, .from = CLIENT);
	first_seen(2400 * MILLISECOND);
	expect(&harness, unknown_held_again, .from = CLIENT);
	first_seen(2500 * MILLISECOND);
	expect(&harness, unknown_hold_over, .from = CLIENT);
	first_seen(59 * SECOND);
	expect(&harness, unknown_hold_over, .from = CLIENT);
	ck_assert_uint_eq(count_announced(&harness), 1);
	first_seen(60 * SECOND);
	expect(&harness, unknown_held, .from = CLIENT);
	ck_assert_uint_eq(count_announced(&harness), 1);
	expect(&harness, unknown_held_again, .from = CLIENT);
}
END_TEST

START_TEST(a_verdict_ends_the_hold)
{
	expect(&harness, unknown_held, .from = "192.0.2.1");
	expect(&harness, unknown_held, .from = "192.0.2.2");
	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_PASS, 0);
	set_verdict(&harness, "192.0.2.2", MXDP_ACTION_DROP, 0);
	expect(&harness, verdict_pass, .from = "192.0.2.1");
	expect(&harness, verdict_drop, .from = "192.0.2.2");
}
END_TEST

START_TEST(a_forgotten_client_is_new)
{
	expect(&harness, unknown_held, .from = CLIENT);
	ck_assert(is_pending(CLIENT)); /* deletes it */
	expect(&harness, unknown_held, .from = CLIENT);
	ck_assert_uint_eq(count_announced(&harness), 2);
}
END_TEST

START_TEST(without_hold_clients_pass_and_are_announced_once)
{
	harness.settings.hold_unknown = 0;
	harness_configure(&harness);
	expect(&harness, unknown_pass, .from = CLIENT);
	expect(&harness, unknown_pass, .from = CLIENT);
	first_seen(10 * SECOND);
	expect(&harness, unknown_pass, .from = CLIENT);
	ck_assert_uint_eq(count_announced(&harness), 1);
	first_seen(60 * SECOND);
	expect(&harness, unknown_pass, .from = CLIENT);
	ck_assert_uint_eq(count_announced(&harness), 1);
}
END_TEST

START_TEST(observe_mode_announces_and_passes)
{
	struct mxdp_event event;

	harness.settings.mode = MXDP_MODE_OBSERVE;
	harness_configure(&harness);
	ck_assert_uint_eq(expect(&harness, unknown_held, .from = CLIENT).all.observed, 1);
	ck_assert_uint_eq(expect(&harness, unknown_held_again, .from = CLIENT).all.observed, 1);
	ck_assert(take_event(harness.maps.events, &event));
	ck_assert_uint_eq(event.observed, 1);
	ck_assert(!take_event(harness.maps.events, &event));
}
END_TEST

START_TEST(soft_mode_holds)
{
	harness.settings.mode = MXDP_MODE_SOFT;
	harness_configure(&harness);
	expect(&harness, unknown_held, .from = CLIENT);
}
END_TEST

START_TEST(a_stale_daemon_holds_nobody)
{
	harness_heartbeat(&harness, harness.settings.heartbeat_stale_ns + SECOND, true);
	expect(&harness, unknown_stale, .from = CLIENT);
	ck_assert_uint_eq(count_announced(&harness), 0);
	ck_assert(!is_pending(CLIENT));
}
END_TEST

START_TEST(a_daemon_that_dies_releases_whom_it_held)
{
	expect(&harness, unknown_held, .from = CLIENT);
	harness_heartbeat(&harness, harness.settings.heartbeat_stale_ns + SECOND, true);
	expect(&harness, unknown_stale, .from = CLIENT);
}
END_TEST

START_TEST(verdicts_and_rules_outlive_the_daemon)
{
	harness_heartbeat(&harness, harness.settings.heartbeat_stale_ns + SECOND, true);
	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_DROP, 0);
	set_verdict(&harness, "192.0.2.2", MXDP_ACTION_REJECT, 0);
	set_rule(&harness, "192.0.2.3", MXDP_ACTION_DROP, 0);
	expect(&harness, verdict_drop, .from = "192.0.2.1");
	expect(&harness, verdict_unanswered_drop, .from = "192.0.2.2");
	expect(&harness, rule_deny, .from = "192.0.2.3");
}
END_TEST

START_TEST(a_daemon_that_looks_by_itself_is_not_woken)
{
	int watch = watch_announcements();

	daemon_looks(60 * SECOND);
	expect(&harness, unknown_held, .from = CLIENT);
	ck_assert(!was_woken(watch));
	ck_assert_uint_eq(count_announced(&harness), 1);
	daemon_looks(-SECOND);
	expect(&harness, unknown_held, .from = "192.0.2.2");
	ck_assert(was_woken(watch));
	close(watch);
}
END_TEST

START_TEST(a_daemon_never_seen_holds_nobody)
{
	struct mxdp_daemon_state never = {0};

	ck_assert_int_eq(mxdp_daemon_state_write(&harness.maps, &never), 0);
	expect(&harness, unknown_stale, .from = CLIENT);
}
END_TEST

START_TEST(a_heartbeat_from_ahead_is_fresh)
{
	harness_heartbeat(&harness, -SECOND, true);
	expect(&harness, unknown_held, .from = CLIENT);
}
END_TEST

START_TEST(a_full_queue_takes_no_new_clients)
{
	expect(&harness, unknown_held, .from = CLIENT);
	harness_heartbeat(&harness, 0, false);
	expect(&harness, unknown_held_again, .from = CLIENT);
	expect(&harness, unknown_no_room, .from = "192.0.2.2");
	ck_assert(!is_pending("192.0.2.2"));
	first_seen(60 * SECOND);
	expect(&harness, unknown_no_room, .from = CLIENT);
	ck_assert_uint_eq(count_announced(&harness), 1);
}
END_TEST

static void smallest_event_ring(struct mxdp_bpf *skeleton)
{
	bpf_map__set_max_entries(skeleton->maps.events, 4096);
}

START_TEST(a_client_that_cannot_be_announced_passes)
{
	struct frame_spec spec = {0};
	struct outcome outcome;
	unsigned int held = 0;
	char from[32];

	reopen(smallest_event_ring);
	do {
		snprintf(from, sizeof(from), "203.0.113.%u", held + 1);
		spec.from = from;
		outcome = harness_send(&harness, &spec);
	} while (outcome.counter == MXDP_COUNT_unknown_held && ++held < 250);
	ck_assert_int_eq(outcome.counter, MXDP_COUNT_unknown_event_lost);
	ck_assert_int_eq(outcome.verdict, XDP_PASS);
	ck_assert(!is_pending(from));
	ck_assert_uint_eq(count_announced(&harness), held);
	harness_expect(&harness, &spec, MXDP_COUNT_unknown_held, __LINE__);
}
END_TEST

/* An LRU map refuses an entry hardly ever: plain ones with a single place stand in for it. */
static void one_pending(struct mxdp_bpf *skeleton)
{
	bpf_map__set_type(skeleton->maps.pending4, BPF_MAP_TYPE_HASH);
	bpf_map__set_max_entries(skeleton->maps.pending4, 1);
	bpf_map__set_type(skeleton->maps.pending6, BPF_MAP_TYPE_HASH);
	bpf_map__set_max_entries(skeleton->maps.pending6, 1);
}

START_TEST(a_client_that_cannot_be_noted_passes)
{
	reopen(one_pending);
	expect(&harness, unknown_held, .from = "192.0.2.1");
	expect(&harness, unknown_not_stored, .from = "192.0.2.2");
	expect(&harness, unknown_held, .v6 = true, .from = "2001:db8::1");
	expect(&harness, unknown_not_stored, .v6 = true, .from = "2001:db8::2");
	ck_assert_uint_eq(count_announced(&harness), 2);
}
END_TEST

static void few_pending(struct mxdp_bpf *skeleton)
{
	bpf_map__set_max_entries(skeleton->maps.pending4, 64);
}

START_TEST(a_flood_of_sources_forgets_the_oldest_and_goes_on)
{
	char from[32];

	reopen(few_pending);
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(from, sizeof(from), "203.0.%u.%u", 113 + i / 250, i % 250);
		expect(&harness, unknown_held, .from = from);
	}
	ck_assert_uint_eq(count_announced(&harness), 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unknown");
	TCase *tests = tcase_create("unknown clients");

	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_test(tests, an_unknown_client_is_announced);
	tcase_add_test(tests, an_unknown_ipv6_client_is_announced);
	tcase_add_test(tests, each_client_is_announced_once);
	tcase_add_test(tests, the_hold_ends_and_begins_anew);
	tcase_add_test(tests, a_verdict_ends_the_hold);
	tcase_add_test(tests, a_forgotten_client_is_new);
	tcase_add_test(tests, without_hold_clients_pass_and_are_announced_once);
	tcase_add_test(tests, observe_mode_announces_and_passes);
	tcase_add_test(tests, soft_mode_holds);
	tcase_add_test(tests, a_stale_daemon_holds_nobody);
	tcase_add_test(tests, a_daemon_that_dies_releases_whom_it_held);
	tcase_add_test(tests, verdicts_and_rules_outlive_the_daemon);
	tcase_add_test(tests, a_daemon_that_looks_by_itself_is_not_woken);
	tcase_add_test(tests, a_daemon_never_seen_holds_nobody);
	tcase_add_test(tests, a_heartbeat_from_ahead_is_fresh);
	tcase_add_test(tests, a_full_queue_takes_no_new_clients);
	tcase_add_test(tests, a_client_that_cannot_be_announced_passes);
	tcase_add_test(tests, a_client_that_cannot_be_noted_passes);
	tcase_add_test(tests, a_flood_of_sources_forgets_the_oldest_and_goes_on);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
