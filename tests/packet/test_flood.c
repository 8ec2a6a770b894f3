/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a flood begins and ends. */
#include <bpf/bpf.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "attempts.h"

/* What the first CPU knows of floods; `age` makes all of it so much older. */
static struct mxdp_flood flood_state(uint64_t age)
{
	struct mxdp_flood *values, first;
	__u32 zero = 0;

	values = calloc((size_t)libbpf_num_possible_cpus(), sizeof(*values));
	ck_assert_ptr_nonnull(values);
	ck_assert_int_eq(bpf_map_lookup_elem(harness.maps.flood, &zero, values), 0);
	values[0].second_ns -= age;
	values[0].high_ns -= values[0].high_ns ? age : 0;
	values[0].since_ns -= values[0].since_ns ? age : 0;
	ck_assert_int_eq(bpf_map_update_elem(harness.maps.flood, &zero, values, BPF_ANY), 0);
	first = values[0];
	free(values);
	return first;
}

static void set_flood(uint32_t enter, uint32_t leave, uint64_t calm_ns)
{
	harness.settings.flood_enter = enter;
	harness.settings.flood_leave = leave;
	harness.settings.flood_calm_ns = calm_ns;
	harness_configure(&harness);
}

static void expect_flood(unsigned int cpus, uint64_t floods)
{
	struct mxdp_flood_view view;

	ck_assert_int_eq(mxdp_flood_read(&harness.maps, &view), 0);
	ck_assert_uint_eq(view.cpus, cpus);
	ck_assert_uint_eq(view.floods, floods);
	ck_assert_uint_eq(view.since_ns, cpus ? flood_state(0).since_ns : 0);
}

START_TEST(a_flood_has_a_beginning_and_an_end)
{
	char from[32];

	/* A second goes by only where the test says so: its packets take no hour. */
	set_flood(5, 3, 3600 * SECOND);
	for (int i = 1; i < 5; i++) {
		snprintf(from, sizeof(from), "192.0.2.%d", i);
		held(V4, from);
		flood_state(0);
	}
	expect_flood(0, 0);
	flood_state(SECOND); /* four in a second are none, and four in the next */
	for (int i = 11; i < 15; i++) {
		snprintf(from, sizeof(from), "192.0.2.%d", i);
		held(V4, from);
	}
	expect_flood(0, 0);
	challenged(V4, "192.0.2.15");
	expect_flood(1, 1);

	/* Fewer than `leave` do not keep it up, but it is not over before the calm is. */
	flood_state(3598 * SECOND);
	challenged(V4, "192.0.2.16");
	challenged(V4, "192.0.2.17");
	expect_flood(1, 1);
	/* The third does. */
	challenged(V4, "192.0.2.18");
	flood_state(3598 * SECOND);
	expect_flood(1, 1);
	challenged(V4, "192.0.2.19");
	flood_state(3 * SECOND);
	expect_flood(0, 1);
	held(V4, "192.0.2.20");
	/* And another begins as the first did. */
	for (int i = 21; i < 24; i++) {
		snprintf(from, sizeof(from), "192.0.2.%d", i);
		held(V4, from);
	}
	challenged(V4, "192.0.2.25");
	expect_flood(1, 2);
}
END_TEST

START_TEST(without_a_rate_there_is_no_flood)
{
	char from[32];

	set_flood(0, 1, 3600 * SECOND);
	for (int i = 1; i < 100; i++) {
		snprintf(from, sizeof(from), "192.0.2.%d", i);
		held(V4, from);
	}
	expect_flood(0, 0);
}
END_TEST

START_TEST(known_clients_make_no_flood)
{
	set_flood(5, 3, 3600 * SECOND);
	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_PASS, 0);
	set_rule(&harness, "192.0.2.2", MXDP_ACTION_DROP, 0);
	for (int i = 0; i < 50; i++) {
		expect(&harness, verdict_pass, .from = "192.0.2.1");
		expect(&harness, rule_deny, .from = "192.0.2.2");
		expect(&harness, submission_pass, .from = "192.0.2.3", .port = 587);
		expect(&harness, established, .from = "192.0.2.4", .flags = ACK);
	}
	expect_flood(0, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flood");
	TCase *tests = tcase_create("floods");

	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_test(tests, a_flood_has_a_beginning_and_an_end);
	tcase_add_test(tests, without_a_rate_there_is_no_flood);
	tcase_add_test(tests, known_clients_make_no_flood);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
