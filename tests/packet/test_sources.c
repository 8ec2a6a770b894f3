/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sources that no client can have: dropped, never answered, looked up or written down. */
#include <check.h>
#include <string.h>

#include "flood.h"

static struct harness harness;

static void open_harness(void)
{
	harness_open(&harness, NULL);
	harness_replies(&harness);
}

static void open_flood(void)
{
	harness_open(&harness, NULL);
	flood_begin(&harness, 1);
}

static void close_harness(void)
{
	harness_close(&harness);
}

static const struct {
	const char *what, *from, *to;
	bool nobodys;
} sources[] = {
	{"this network, first", "0.0.0.0", NULL, true},
	{"this network, last", "0.255.255.255", NULL, true},
	{"behind it", "1.0.0.0", NULL, false},
	{"before multicast", "223.255.255.255", NULL, false},
	{"multicast, first", "224.0.0.0", NULL, true},
	{"multicast, last", "239.255.255.255", NULL, true},
	{"reserved, which Linux takes for unicast", "240.0.0.1", NULL, false},
	{"before broadcast", "255.255.255.254", NULL, false},
	{"broadcast", "255.255.255.255", NULL, true},
	{"unspecified", "::", NULL, true},
	{"not unspecified", "::1:0:0:0", NULL, false},
	{"multicast of a link", "ff02::1", NULL, true},
	{"multicast of all", "ff0e::1", NULL, true},
	{"before multicast", "feff::1", NULL, false},
	{"link-local", "fe80::1", NULL, false},
	{"mapped", "::ffff:192.0.2.1", NULL, true},
	{"mapped, zero", "::ffff:0.0.0.0", NULL, true},
	{"mapped, nearly", "::fffe:192.0.2.1", NULL, false},
	{"mapped, not quite", "0:0:0:1:0:ffff:c000:201", NULL, false},
	{"mapped destination", "2001:db8::1", "::ffff:198.51.100.25", true},
	/* Test runs are on lo. */
	{"its own, on lo", "198.51.100.25", "198.51.100.25", false},
	{"its own, on lo", "2001:db8:25::25", "2001:db8:25::25", false},
};

static struct frame_spec syn(int i)
{
	return (struct frame_spec){.v6 = strchr(sources[i].from, ':') != NULL,
				   .from = sources[i].from,
				   .to = sources[i].to};
}

START_TEST(nobody_is_looked_up)
{
	const struct frame_spec spec = syn(_i);

	if (!sources[_i].nobodys) {
		harness_expect(&harness, &spec, MXDP_COUNT_unknown_held, __LINE__);
		return;
	}
	harness.settings.attempts[MXDP_SCOPE_CLIENT] = (struct mxdp_rate){SECOND, SECOND};
	harness_configure(&harness);
	harness_expect(&harness, &spec, MXDP_COUNT_source_impossible, __LINE__);
	flood_left_nothing(&harness);
	/* Nor as the IPv4 client that it looks like. */
	set_verdict(&harness, "192.0.2.1", MXDP_ACTION_REJECT, 0);
	harness_expect(&harness, &spec, MXDP_COUNT_source_impossible, __LINE__);
}
END_TEST

START_TEST(nobody_is_challenged)
{
	const struct frame_spec spec = syn(_i);

	harness_expect(&harness, &spec,
		       sources[_i].nobodys ? MXDP_COUNT_source_impossible
					   : MXDP_COUNT_challenge_sent,
		       __LINE__);
	flood_left_nothing(&harness);
}
END_TEST

/* What is no connection attempt at a protected port is not ours to judge. */
START_TEST(other_packets_pass)
{
	struct frame_spec spec = syn(_i);

	spec.port = 80;
	harness_expect(&harness, &spec, MXDP_COUNT_other, __LINE__);
	spec.port = 25;
	spec.flags = ACK;
	harness_expect(&harness, &spec, MXDP_COUNT_established, __LINE__);
}
END_TEST

START_TEST(observe_mode_passes_them)
{
	const struct frame_spec spec = syn(0);

	ck_assert_str_eq(counter_name(harness_observe(&harness, &spec)), "source_impossible");
}
END_TEST

int main(void)
{
	const int count = (int)(sizeof(sources) / sizeof(sources[0]));
	Suite *suite = suite_create("sources");
	TCase *calm = tcase_create("without a flood"), *flood = tcase_create("in a flood");

	tcase_add_checked_fixture(calm, open_harness, close_harness);
	tcase_add_loop_test(calm, nobody_is_looked_up, 0, count);
	tcase_add_loop_test(calm, other_packets_pass, 0, count);
	tcase_add_test(calm, observe_mode_passes_them);
	suite_add_tcase(suite, calm);
	tcase_add_checked_fixture(flood, open_flood, close_harness);
	tcase_add_loop_test(flood, nobody_is_challenged, 0, count);
	suite_add_tcase(suite, flood);
	return harness_run_suite(suite, NULL);
}
