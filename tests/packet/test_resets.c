/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the answer to a challenge is good for: the client is announced at once, within bounds, and
 * one owner of an IPv6 network proves only so many addresses.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <check.h>
#include <string.h>

#include "client.h"
#include "flood.h"
#include "rings.h"

static struct harness harness;

static void open_flood(void)
{
	harness_open(&harness, NULL);
	flood_begin(&harness, 5000);
}

static void close_harness(void)
{
	harness_close(&harness);
}

static struct client client_at(const struct client_kind *kind, const char *from)
{
	struct client client = client_new(&harness, kind);

	client.from = from;
	return client;
}

/* The client is challenged, and answers. */
static void answer_challenge(struct client *client)
{
	struct answer answer = client_send_to(client, SYN, client->next, "", CLIENT_BARE_REPLY);

	ck_assert_str_eq(counter_name(answer.counter), "challenge_sent");
	answer = client_send(client, RST, answer.acknowledged, "");
	ck_assert_str_eq(counter_name(answer.counter), "challenge_proved");
}

#define expect_syn(client, expected)                                                         \
	ck_assert_str_eq(counter_name(client_send(client, SYN, (client)->next, "").counter), \
			 expected)

static const char *const clients[] = {"192.0.2.77", "2001:db8::77"};

static struct client client_of(int v6)
{
	return client_at(&client_kinds[v6 ? client_kind_count - 1 : 0], clients[v6]);
}

START_TEST(who_answers_is_announced_once)
{
	const struct client_kind *kind = &client_kinds[_i];
	struct mxdp_address own = address(clients[kind->v6]);
	struct client client = client_at(kind, clients[kind->v6]);
	struct mxdp_event event;

	answer_challenge(&client);
	ck_assert(take_event(harness.maps.events, &event));
	ck_assert_int_eq(event.kind, MXDP_EVENT_UNKNOWN);
	ck_assert_mem_eq(event.client, own.bytes, 16);
	ck_assert_uint_eq(event.client_port, htons(client.port));
	ck_assert_uint_eq(event.port, htons(25));
	ck_assert_uint_eq(COUNTED(resets_announced), 1);
	expect_syn(&client, "unknown_held_again");
	client.port++;
	expect_syn(&client, "unknown_held_again");
	ck_assert_uint_eq(count_announced(&harness), 0);
	/* The verdict is there when the SYN comes again. */
	set_verdict(&harness, clients[kind->v6], MXDP_ACTION_PASS, 0);
	expect_syn(&client, "verdict_pass");
}
END_TEST

/* Then it is as ever: the SYN decides. */
START_TEST(without_a_living_daemon_nobody_is)
{
	struct client client = client_of(_i);
	struct answer answer = client_send_to(&client, SYN, client.next, "", CLIENT_BARE_REPLY);

	harness_heartbeat(&harness, harness.settings.heartbeat_stale_ns + SECOND, true);
	client_send(&client, RST, answer.acknowledged, "");
	ck_assert_uint_eq(count_announced(&harness), 0);
	expect_syn(&client, "unknown_stale");
}
END_TEST

START_TEST(without_room_nobody_is)
{
	struct client client = client_of(_i);

	harness_heartbeat(&harness, 0, false);
	answer_challenge(&client);
	ck_assert_uint_eq(count_announced(&harness), 0);
	expect_syn(&client, "unknown_no_room");
	harness_heartbeat(&harness, 0, true);
	expect_syn(&client, "unknown_held");
}
END_TEST

START_TEST(who_has_a_verdict_meanwhile_is_not)
{
	struct client client = client_of(_i);
	struct answer answer = client_send_to(&client, SYN, client.next, "", CLIENT_BARE_REPLY);

	set_verdict(&harness, clients[_i], MXDP_ACTION_PASS, 0);
	client_send(&client, RST, answer.acknowledged, "");
	ck_assert_uint_eq(count_announced(&harness), 0);
}
END_TEST

/* The bucket of all clients' handshakes is empty for an hour. */
START_TEST(who_would_not_be_let_in_is_not)
{
	struct mxdp_rates rates = {.handshakes_ns = mxdp_boottime_ns() + 3600 * SECOND};
	struct client client = client_of(_i);
	__u32 zero = 0;

	harness.settings.handshakes[MXDP_SCOPE_ALL] = (struct mxdp_rate){3600 * SECOND, 1};
	harness_configure(&harness);
	ck_assert_int_eq(bpf_map_update_elem(harness.maps.rates_all, &zero, &rates, BPF_ANY), 0);
	answer_challenge(&client);
	ck_assert_uint_eq(count_announced(&harness), 0);
	expect_syn(&client, "handshakes_over");
}
END_TEST

static void smallest_event_ring(struct mxdp_bpf *skeleton)
{
	bpf_map__set_max_entries(skeleton->maps.events, 4096);
}

/* It is not left as one that was announced. */
START_TEST(where_the_ring_is_full_its_syn_tries_again)
{
	struct client client = client_of(0);
	char from[32];

	harness_close(&harness);
	harness_open(&harness, smallest_event_ring);
	flood_begin(&harness, 1000000);
	for (unsigned int i = 1; i < 250 && COUNTED(resets_announced) == i - 1; i++) {
		snprintf(from, sizeof(from), "203.0.113.%u", i);
		client = client_at(&client_kinds[0], from);
		answer_challenge(&client);
	}
	expect_syn(&client, "unknown_event_lost");
	count_announced(&harness);
	expect_syn(&client, "unknown_held");
}
END_TEST

/* A tenth of flood.leave a second; the others are announced by their SYNs, as ever. */
START_TEST(announcing_has_a_rate)
{
	enum { CLIENTS = 100, RATE = 10 };
	uint64_t began, seconds;
	struct client client = client_of(0);
	char from[32];

	harness.settings.flood_leave = 10 * RATE;
	harness_configure(&harness);
	began = mxdp_boottime_ns();
	for (unsigned int i = 1; i <= CLIENTS; i++) {
		snprintf(from, sizeof(from), "203.0.113.%u", i);
		client = client_at(&client_kinds[0], from);
		answer_challenge(&client);
	}
	seconds = (mxdp_boottime_ns() - began) / SECOND + 1;
	ck_assert_uint_ge(COUNTED(resets_announced), RATE);
	ck_assert_uint_le(COUNTED(resets_announced), RATE + seconds * RATE);
	ck_assert_uint_eq(count_announced(&harness), COUNTED(resets_announced));
	expect_syn(&client, "unknown_held");
}
END_TEST

/* How many of so many hosts of a /48 could prove their addresses: in one /64, or each in its own.
 */
static unsigned int prove_hosts(unsigned int site, bool one_network, unsigned int hosts)
{
	const struct client_kind *kind = &client_kinds[client_kind_count - 1];
	unsigned int proved = 0;
	char from[64];

	for (unsigned int i = 1; i <= hosts; i++) {
		struct client client;

		snprintf(from, sizeof(from), "2001:db8:%x:%x::%x", site, one_network ? 1 : i + 1,
			 one_network ? i : 1);
		client = client_at(kind, from);
		answer_challenge(&client);
		proved += flood_proved(&harness, from);
	}
	return proved;
}

/* Of a /64 256 hosts in two minutes, of a /48 512; a few more where the test was slow. */
START_TEST(a_network_proves_only_so_many_hosts)
{
	struct client client;
	unsigned int proved;
	uint32_t epoch;

	proved = prove_hosts(1, true, 300);
	ck_assert_uint_ge(proved, 256);
	ck_assert_uint_lt(proved, 280);
	ck_assert_uint_eq(COUNTED(resets_over), 300 - proved);
	/* Who is proved may say so again, and its neighbours' neighbours have their own. */
	client = client_at(&client_kinds[client_kind_count - 1], "2001:db8:1:1::1");
	epoch = (uint32_t)(mxdp_boottime_ns() >> MXDP_EPOCH_SHIFT);
	client_send(&client, RST, client_number(&client, epoch), "");
	ck_assert_uint_eq(COUNTED(resets_over), 300 - proved);
	proved = prove_hosts(1, false, 300);
	ck_assert_uint_ge(proved, 250);
	ck_assert_uint_lt(proved, 280);
	ck_assert_uint_eq(prove_hosts(2, false, 10), 10);
}
END_TEST

START_TEST(beyond_that_they_are_not_announced)
{
	struct mxdp_prefix6 key = {.length = 64, .address = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 1}};
	struct mxdp_rates rates = {.resets_ns = mxdp_boottime_ns() + 3600 * SECOND};
	struct client client = client_at(&client_kinds[client_kind_count - 1], "2001:db8:1:1::1");

	ck_assert_int_eq(bpf_map_update_elem(harness.maps.rates6, &key, &rates, BPF_ANY), 0);
	answer_challenge(&client);
	ck_assert_uint_eq(count_announced(&harness), 0);
	ck_assert(!flood_proved(&harness, "2001:db8:1:1::1"));
	ck_assert_str_eq(
		counter_name(
			client_send_to(&client, SYN, client.next, "", CLIENT_BARE_REPLY).counter),
		"challenge_sent");
}
END_TEST

int main(void)
{
	const int kinds = (int)client_kind_count;
	Suite *suite = suite_create("resets");
	TCase *tests = tcase_create("resets");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, open_flood, close_harness);
	tcase_add_loop_test(tests, who_answers_is_announced_once, 0, kinds);
	tcase_add_loop_test(tests, without_a_living_daemon_nobody_is, 0, 2);
	tcase_add_loop_test(tests, without_room_nobody_is, 0, 2);
	tcase_add_loop_test(tests, who_has_a_verdict_meanwhile_is_not, 0, 2);
	tcase_add_loop_test(tests, who_would_not_be_let_in_is_not, 0, 2);
	tcase_add_test(tests, where_the_ring_is_full_its_syn_tries_again);
	tcase_add_test(tests, announcing_has_a_rate);
	tcase_add_test(tests, a_network_proves_only_so_many_hosts);
	tcase_add_test(tests, beyond_that_they_are_not_announced);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
