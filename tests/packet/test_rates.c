/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The limits of unknown clients, their attempts and handshakes, on one CPU and on two. */
#include <bpf/bpf.h>
#include <check.h>
#include <pthread.h>
#include <string.h>

#include "attempts.h"

/* ---- attempts ---- */

/* `count` at once, and then one an hour. */
static struct mxdp_rate rate(uint64_t count)
{
	return (struct mxdp_rate){3600 * SECOND, (count - 1) * 3600 * SECOND};
}

static void limit_attempts(enum mxdp_scope scope, uint64_t count)
{
	memset(harness.settings.attempts, 0, sizeof(harness.settings.attempts));
	harness.settings.attempts[scope] = rate(count);
	harness_configure(&harness);
}

START_TEST(a_client_over_its_limit_is_challenged)
{
	struct mxdp_prefix key;
	struct mxdp_verdict verdict;
	struct mxdp_address client = address("192.0.2.1");

	limit_attempts(MXDP_SCOPE_CLIENT, 3);
	held(V4, "192.0.2.1");
	held_again(V4, "192.0.2.1");
	held_again(V4, "192.0.2.1");
	challenged(V4, "192.0.2.1");
	challenged(V4, "192.0.2.1");
	held(V4, "192.0.2.2");
	held(V6, "2001:db8::1");
	held(V6, "2001:db8::2");
	held_again(V6, "2001:db8::1");
	challenged(V6, "2001:db8::ffff"); /* of the same /64 */
	held(V6, "2001:db8:0:1::1");
	/* Being over is written down nowhere. */
	ck_assert_int_ne(mxdp_verdict_match(&harness.maps, &client, &key, &verdict), 0);
}
END_TEST

START_TEST(a_network_over_its_limit_is_challenged)
{
	limit_attempts(MXDP_SCOPE_NETWORK, 2);
	held(V4, "192.0.2.1");
	held(V4, "192.0.2.2");
	challenged(V4, "192.0.2.3");
	held(V4, "192.0.3.3");
	held(V6, "2001:db8::1");
	held(V6, "2001:db8:0:1::1");
	challenged(V6, "2001:db8:0:ffff::1"); /* of the same /48 */
	held(V6, "2001:db8:1::1");
}
END_TEST

START_TEST(all_together_over_their_limit_are_challenged)
{
	limit_attempts(MXDP_SCOPE_ALL, 3);
	held(V4, "192.0.2.1");
	held(V6, "2001:db8::1");
	held(V4, "203.0.113.1");
	challenged(V4, "198.51.100.1");
	challenged(V6, "2001:db8:9::1");
}
END_TEST

/* A client that is over takes nothing out of its network's bucket. */
START_TEST(one_client_does_not_use_up_its_networks)
{
	harness.settings.attempts[MXDP_SCOPE_CLIENT] = rate(1);
	harness.settings.attempts[MXDP_SCOPE_NETWORK] = rate(2);
	harness_configure(&harness);
	held(V4, "192.0.2.1");
	for (int i = 0; i < 10; i++)
		challenged(V4, "192.0.2.1");
	held(V4, "192.0.2.2");
	challenged(V4, "192.0.2.3");
}
END_TEST

START_TEST(who_is_spared_by_limits)
{
	const struct mxdp_prefix exempt[] = {prefix("192.0.2.7"), prefix("2001:db8:7::/48")};
	struct client client = client_new(&harness, V4);
	struct answer answer;

	ck_assert_int_eq(mxdp_set_replace(&harness.maps, MXDP_SET_EXEMPT, exempt, 2), 0);
	limit_attempts(MXDP_SCOPE_ALL, 1);
	held(V4, "192.0.2.1");
	held(V4, "192.0.2.7");
	held(V6, "2001:db8:7::1");

	/* Who answers the challenge is as any other. */
	client.from = "192.0.2.8";
	client_choose_port(&client);
	answer = client_send_to(&client, SYN, client.next, "", CLIENT_BARE_REPLY);
	ck_assert_str_eq(counter_name(answer.counter), "challenge_sent");
	client_send(&client, RST, answer.acknowledged, "");
	held_again(V4, "192.0.2.8");
	challenged(V4, "192.0.2.9");

	/* Where no reply can be made, limits change nothing. */
	harness.settings.reply_interfaces[0] = 4711;
	harness_configure(&harness);
	held(V4, "192.0.2.9");
}
END_TEST

/* ---- handshakes ---- */

/* The bucket of these clients' handshakes is empty for an hour. */
static void use_up_handshakes(const char *text, bool v6)
{
	struct mxdp_prefix parsed = prefix(text);
	struct mxdp_rates rates = {.handshakes_ns = mxdp_boottime_ns() + 3600 * SECOND};
	struct mxdp_prefix4 key4 = {.length = parsed.length};
	struct mxdp_prefix6 key6 = {.length = parsed.length};

	memcpy(key4.address, parsed.address.bytes + 12, 4);
	memcpy(key6.address, parsed.address.bytes, 16);
	ck_assert_int_eq(v6 ? bpf_map_update_elem(harness.maps.rates6, &key6, &rates, BPF_ANY)
			    : bpf_map_update_elem(harness.maps.rates4, &key4, &rates, BPF_ANY),
			 0);
}

START_TEST(too_many_handshakes_make_unknown_clients_wait)
{
	const struct mxdp_prefix exempt[] = {prefix("192.0.2.7")};

	for (int scope = 0; scope < MXDP_SCOPES; scope++)
		harness.settings.handshakes[scope] = rate(1);
	harness_configure(&harness);
	use_up_handshakes("192.0.2.0/24", false);
	use_up_handshakes("198.51.100.1/32", false);
	use_up_handshakes("2001:db8::/48", true);
	use_up_handshakes("2001:db8:1:1::/64", true);
	ck_assert_int_eq(mxdp_set_replace(&harness.maps, MXDP_SET_EXEMPT, exempt, 1), 0);
	set_verdict(&harness, "192.0.2.2", MXDP_ACTION_PASS, 0);

	expect_attempt(V4, "192.0.2.1", MXDP_COUNT_handshakes_over, __LINE__);
	expect_attempt(V4, "198.51.100.1", MXDP_COUNT_handshakes_over, __LINE__);
	expect_attempt(V6, "2001:db8:0:9::1", MXDP_COUNT_handshakes_over, __LINE__);
	expect_attempt(V6, "2001:db8:1:1::5", MXDP_COUNT_handshakes_over, __LINE__);
	held(V4, "198.51.100.2");
	held(V6, "2001:db8:1:2::5");
	held(V4, "192.0.2.7");
	expect(&harness, verdict_pass, .from = "192.0.2.2");
}
END_TEST

/* ---- buckets under two CPUs ---- */

static struct frame one_syn;

struct sender {
	int program, cpu, error;
	unsigned int packets;
};

static void *send_many(void *context)
{
	struct sender *sender = context;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = one_syn.bytes,
		    .data_size_in = (uint32_t)one_syn.length, .repeat = (int)sender->packets);

	sender->error = move_to_cpu(sender->cpu);
	if (!sender->error)
		sender->error = bpf_prog_test_run_opts(sender->program, &options);
	return NULL;
}

/* From two CPUs at once, `packets` each; returns how many were within the limit. */
static unsigned int within_on_two_cpus(unsigned int packets)
{
	struct sender senders[2];
	struct mxdp_counters counters;
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		senders[i] = (struct sender){
			.program = bpf_program__fd(harness.skeleton->progs.mxdp),
			.cpu = i,
			.packets = packets,
		};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send_many, &senders[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_int_eq(senders[i].error, 0);
	}
	ck_assert_int_eq(mxdp_counters_read(&harness.maps, &counters), 0);
	return 2 * packets - (unsigned int)counters.attempts_over_client;
}

static void one_client_floods(struct mxdp_rate rate, bool v6)
{
	/* No challenge takes the place of the packet, so that it can be sent again and again. */
	harness.settings.reply_interfaces[0] = 4711;
	harness.settings.attempts[MXDP_SCOPE_CLIENT] = rate;
	harness_configure(&harness);
	build_frame(&(struct frame_spec){.v6 = v6}, &one_syn);
}

/* The bucket never fills again: as many as fit into it, not one more or less. */
START_TEST(two_cpus_share_one_bucket)
{
	one_client_floods(rate(1000), _i);
	ck_assert_uint_eq(within_on_two_cpus(50000), 1000);
}
END_TEST

/*
 * The bucket fills as time goes by: never more than one CPU would let through, whatever happened
 * between. The reference for the same times is burst + 1 + what has come in since.
 */
START_TEST(two_cpus_keep_the_rate)
{
	const struct mxdp_rate rate = {.interval_ns = 20000, .burst_ns = 99 * 20000};
	uint64_t start, end;
	unsigned int within;

	one_client_floods(rate, _i);
	start = mxdp_boottime_ns();
	within = within_on_two_cpus(200000);
	end = mxdp_boottime_ns();
	ck_assert_uint_gt(within, 100);
	ck_assert_uint_le(within, 100 + (end - start) / rate.interval_ns + 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rates");
	TCase *tests = tcase_create("limits");

	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_test(tests, a_client_over_its_limit_is_challenged);
	tcase_add_test(tests, a_network_over_its_limit_is_challenged);
	tcase_add_test(tests, all_together_over_their_limit_are_challenged);
	tcase_add_test(tests, one_client_does_not_use_up_its_networks);
	tcase_add_test(tests, who_is_spared_by_limits);
	tcase_add_test(tests, too_many_handshakes_make_unknown_clients_wait);
	tcase_add_loop_test(tests, two_cpus_share_one_bucket, 0, 2);
	tcase_add_loop_test(tests, two_cpus_keep_the_rate, 0, 2);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
