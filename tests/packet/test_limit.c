/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The token bucket of action limit, and the samples of refused attempts. */
#include <bpf/bpf.h>
#include <check.h>
#include <netinet/in.h>

#include "harness.h"
#include "rings.h"

#define CLIENT     "192.0.2.1"
#define CLIENT6    "2001:db8::1"
#define NEIGHBOUR6 "2001:db8::2"
#define NETWORK6   "2001:db8::/64"
#define SUBMISSION 587

static struct harness harness;

static void open_harness(void)
{
	harness_open(&harness, NULL);
}

static void close_harness(void)
{
	harness_close(&harness);
}

START_TEST(a_limit_is_a_burst_and_then_one_each_interval)
{
	struct mxdp_client4 key = {{192, 0, 2, 1}};
	struct mxdp_bucket bucket;

	/* Two intervals of credit: three at once. */
	set_verdict(&harness, CLIENT, MXDP_ACTION_LIMIT, 0);
	for (int i = 0; i < 3; i++)
		expect(&harness, limit_pass, .from = CLIENT);
	expect(&harness, limit_drop, .from = CLIENT);
	expect(&harness, limit_drop, .from = CLIENT);
	expect(&harness, established, .from = CLIENT, .flags = ACK);

	ck_assert_int_eq(bpf_map_lookup_elem(harness.maps.limits4, &key, &bucket), 0);
	bucket.arrival_ns -= harness.settings.limit_interval_ns; /* an interval goes by */
	ck_assert_int_eq(bpf_map_update_elem(harness.maps.limits4, &key, &bucket, BPF_ANY), 0);
	expect(&harness, limit_pass, .from = CLIENT);
	expect(&harness, limit_drop, .from = CLIENT);
}
END_TEST

START_TEST(clients_have_buckets_of_their_own_by_the_verdicts_key)
{
	harness.settings.limit_burst_ns = 0;
	harness_configure(&harness);
	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_LIMIT, 0);
	set_verdict(&harness, "192.0.2.2", MXDP_ACTION_LIMIT, 0);
	expect(&harness, limit_pass, .from = "192.0.2.1");
	expect(&harness, limit_drop, .from = "192.0.2.1");
	expect(&harness, limit_pass, .from = "192.0.2.2");

	set_verdict(&harness, NETWORK6, MXDP_ACTION_LIMIT, 0);
	set_verdict(&harness, "2001:db8::3", MXDP_ACTION_LIMIT, 0);
	expect(&harness, limit_pass, .v6 = true, .from = CLIENT6);
	expect(&harness, limit_drop, .v6 = true, .from = NEIGHBOUR6);
	expect(&harness, limit_pass, .v6 = true, .from = "2001:db8::3");
}
END_TEST

START_TEST(an_exempt_client_is_not_limited_but_refused_by_all_else)
{
	struct mxdp_prefix members[] = {prefix("192.0.2.0/28"), prefix(NETWORK6)};

	harness.settings.limit_burst_ns = 0;
	harness_configure(&harness);
	ck_assert_int_eq(mxdp_set_replace(&harness.maps, MXDP_SET_EXEMPT, members, 2), 0);
	set_verdict(&harness, CLIENT, MXDP_ACTION_LIMIT, 0);
	set_verdict(&harness, NETWORK6, MXDP_ACTION_LIMIT, 0);
	set_verdict(&harness, "192.0.2.16", MXDP_ACTION_LIMIT, 0);
	for (int i = 0; i < 5; i++) {
		struct outcome outcome = expect(&harness, limit_pass, .from = CLIENT);

		ck_assert_uint_eq(outcome.all.limit_exempt, 1);
		expect(&harness, limit_pass, .v6 = true, .from = CLIENT6);
	}
	expect(&harness, limit_pass, .from = "192.0.2.16");
	expect(&harness, limit_drop, .from = "192.0.2.16");

	set_verdict(&harness, CLIENT, MXDP_ACTION_DROP, 0);
	expect(&harness, verdict_drop, .from = CLIENT);
	set_rule(&harness, "192.0.2.2", MXDP_ACTION_DROP, 0);
	expect(&harness, rule_deny, .from = "192.0.2.2");
}
END_TEST

/* An LRU map refuses an entry hardly ever: a plain one with a single place stands in for it. */
static void one_bucket(struct mxdp_bpf *skeleton)
{
	bpf_map__set_type(skeleton->maps.limits4, BPF_MAP_TYPE_HASH);
	bpf_map__set_max_entries(skeleton->maps.limits4, 1);
}

START_TEST(without_place_for_a_bucket_the_client_passes)
{
	struct outcome outcome;

	harness_close(&harness);
	harness_open(&harness, one_bucket);
	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_LIMIT, 0);
	set_verdict(&harness, "192.0.2.2", MXDP_ACTION_LIMIT, 0);
	outcome = expect(&harness, limit_pass, .from = "192.0.2.1");
	ck_assert_uint_eq(outcome.all.limit_not_stored, 0);
	outcome = expect(&harness, limit_pass, .from = "192.0.2.2");
	ck_assert_uint_eq(outcome.all.limit_not_stored, 1);
}
END_TEST

START_TEST(refusals_are_sampled)
{
	struct mxdp_address destination = address("198.51.100.25"), client = address(CLIENT);
	struct mxdp_event event;

	set_verdict(&harness, CLIENT, MXDP_ACTION_DROP, 0);
	set_rule(&harness, "192.0.2.2", MXDP_ACTION_DROP, 0);
	set_rule(&harness, "192.0.2.3", MXDP_ACTION_PASS, 0);
	expect(&harness, verdict_drop, .from = CLIENT, .from_port = 4321);
	expect(&harness, rule_deny, .from = "192.0.2.2", .port = SUBMISSION);
	expect(&harness, rule_allow, .from = "192.0.2.3");

	ck_assert(take_event(harness.maps.samples, &event));
	ck_assert_int_eq(event.kind, MXDP_EVENT_REFUSED);
	ck_assert_int_eq(event.action, MXDP_ACTION_DROP);
	ck_assert_int_eq(event.reason, MXDP_REASON_DNSBL);
	ck_assert_mem_eq(event.client, client.bytes, 16);
	ck_assert_mem_eq(event.destination, destination.bytes, 16);
	ck_assert_uint_eq(event.client_port, htons(4321));
	ck_assert_uint_eq(event.port, htons(25));
	ck_assert_uint_eq(event.port_class, MXDP_PORT_MX);
	ck_assert_uint_eq(event.observed, 0);
	ck_assert(take_event(harness.maps.samples, &event));
	ck_assert_int_eq(event.reason, MXDP_REASON_OPERATOR);
	ck_assert_uint_eq(event.port_class, MXDP_PORT_SUBMISSION);
	ck_assert(!take_event(harness.maps.samples, &event));
}
END_TEST

START_TEST(samples_keep_their_rate)
{
	struct outcome outcome;
	struct mxdp_event event;
	unsigned int skipped = 0, taken = 0;

	harness.settings.sample_interval_ns = 3600 * SECOND;
	harness_configure(&harness);
	set_rule(&harness, CLIENT, MXDP_ACTION_DROP, 0);
	for (int i = 0; i < 100; i++) {
		outcome = expect(&harness, rule_deny, .from = CLIENT);
		skipped += (unsigned int)outcome.all.samples_skipped;
	}
	while (take_event(harness.maps.samples, &event))
		taken++;
	ck_assert_uint_ge(taken, 1);
	ck_assert_int_le((int)taken, libbpf_num_possible_cpus());
	ck_assert_uint_eq(taken + skipped, 100);
}
END_TEST

static void smallest_sample_ring(struct mxdp_bpf *skeleton)
{
	bpf_map__set_max_entries(skeleton->maps.samples, 4096);
}

START_TEST(samples_without_place_are_counted)
{
	unsigned int lost = 0;
	struct mxdp_event event;

	harness_close(&harness);
	harness_open(&harness, smallest_sample_ring);
	set_rule(&harness, CLIENT, MXDP_ACTION_DROP, 0);
	for (int i = 0; i < 100; i++)
		lost += (unsigned int)expect(&harness, rule_deny, .from = CLIENT).all.samples_lost;
	ck_assert_uint_gt(lost, 0);
	while (take_event(harness.maps.samples, &event))
		lost++;
	ck_assert_uint_eq(lost, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limit");
	TCase *tests = tcase_create("limits and samples");

	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_test(tests, a_limit_is_a_burst_and_then_one_each_interval);
	tcase_add_test(tests, clients_have_buckets_of_their_own_by_the_verdicts_key);
	tcase_add_test(tests, an_exempt_client_is_not_limited_but_refused_by_all_else);
	tcase_add_test(tests, without_place_for_a_bucket_the_client_passes);
	tcase_add_test(tests, refusals_are_sampled);
	tcase_add_test(tests, samples_keep_their_rate);
	tcase_add_test(tests, samples_without_place_are_counted);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
