/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probes of DNSBL zones: who is suspended, why, and who comes back. */
#include "zones_stand.h"

static const struct {
	const char *zone;
	bool ipv6;
	const char *fault; /* what it holds; NULL: in order */
} cases[] = {
	{"good.example", false, NULL},
	{"good.example", true, NULL},
	{"only4.example", false, NULL},
	{"only4.example", true, "does not list ::ffff:7f00:2"},
	{"dead.example", false, "does not list 127.0.0.2"},
	{"world.example", false, "lists 127.0.0.1"},
	{"refused.example", false, "public resolver"},
	{"parked.example", false, "outside 127.0.0.0/8"},
	{"silent.example", false, NULL}, /* once is borne */
};

START_TEST(lists_as_they_are_and_as_they_go_wrong)
{
	struct mxdp_zone_health health = probe(cases[_i].zone, cases[_i].ipv6);

	ck_assert_msg(health.suspended == (cases[_i].fault != NULL), "%s: %s", cases[_i].zone,
		      health.fault);
	if (!cases[_i].fault) {
		ck_assert_ptr_null(mxdp_zones_suspended(stand.zones, cases[_i].zone));
		return;
	}
	ck_assert_msg(strstr(health.fault, cases[_i].fault) != NULL, "%s", health.fault);
	ck_assert_str_eq(mxdp_zones_suspended(stand.zones, cases[_i].zone), health.fault);
}
END_TEST

START_TEST(a_silent_zone_is_suspended_at_the_second_time_and_comes_back)
{
	mute = true;
	ck_assert(!probe("good.example", false).suspended);
	probe_again();
	ck_assert_str_eq(mxdp_zones_suspended(stand.zones, "good.example"),
			 "no answer about 127.0.0.1: time-out");
	mute = false;
	probe_again();
	ck_assert_ptr_null(mxdp_zones_suspended(stand.zones, "good.example"));
	mute = true; /* and the count begins anew */
	probe_again();
	ck_assert_ptr_null(mxdp_zones_suspended(stand.zones, "good.example"));
}
END_TEST

START_TEST(a_suspended_zone_is_not_asked)
{
	struct mxdp_check_run *run;
	unsigned int questions;
	double least, most;

	probe("world.example", false);
	questions = dns_server_questions(stand.server, false);
	run = stand_start(&mxdp_check_dnsbl, "192.0.2.1", NULL);
	ck_assert_ptr_nonnull(run);
	mxdp_check_dnsbl.outstanding(run, &least, &most);
	ck_assert_double_eq(least, 0);
	ck_assert_double_eq(most, 0);
	while (stand.done == 0)
		uv_run(&stand.loop, UV_RUN_ONCE);
	ck_assert_int_eq(stand.evidence[0].state, MXDP_EVIDENCE_FAILED);
	ck_assert_ptr_nonnull(strstr(stand.evidence[0].reason, "suspended: it lists 127.0.0.1"));
	ck_assert_uint_eq(dns_server_questions(stand.server, false), questions);
}
END_TEST

START_TEST(a_zone_that_stays_keeps_its_state)
{
	struct mxdp_zone_health health;

	probe("dead.example", false);
	use_zone("dead.example", false, true);
	ck_assert_ptr_nonnull(mxdp_zones_suspended(stand.zones, "dead.example"));
	/* With another setting it begins anew, and so does one that went and came back. */
	use_zone("dead.example", true, true);
	ck_assert_ptr_null(mxdp_zones_suspended(stand.zones, "dead.example"));
	stand.config.dnsbl_count = 0;
	ck_assert_int_eq(mxdp_zones_configure(stand.zones, &stand.config), 0);
	ck_assert_int_lt(mxdp_zones_health(stand.zones, 0, &health), 0);
}
END_TEST

START_TEST(a_zone_may_opt_out)
{
	struct mxdp_zone_health health;

	use_zone("dead.example", false, false);
	for (int i = 0; i < 3; i++)
		uv_run(&stand.loop, UV_RUN_ONCE);
	ck_assert_uint_eq(dns_server_questions(stand.server, false), 0);
	ck_assert_int_eq(mxdp_zones_health(stand.zones, 0, &health), 0);
	ck_assert(!health.probed && !health.probing && !health.suspended);
}
END_TEST

START_TEST(a_list_without_ipv6_entries_is_probed_by_those_of_ipv4)
{
	use_zone("only4.example", true, true);
	zone.ipv6_unprobed = true;
	ck_assert_int_eq(mxdp_zones_configure(stand.zones, &stand.config), 0);
	probe_again();
	ck_assert_ptr_null(mxdp_zones_suspended(stand.zones, "only4.example"));
	ck_assert_uint_eq(dns_server_questions(stand.server, false), 2);
}
END_TEST

START_TEST(a_list_that_shut_down_is_neither_asked_nor_probed)
{
	struct mxdp_zone_health health;

	use_zone("dead.example", false, true);
	zone.gone = "June 2024";
	ck_assert_int_eq(mxdp_zones_configure(stand.zones, &stand.config), 0);
	for (int i = 0; i < 3; i++)
		uv_run(&stand.loop, UV_RUN_ONCE);
	ck_assert_ptr_null(stand_start(&mxdp_check_dnsbl, "192.0.2.2", NULL));
	ck_assert_uint_eq(dns_server_questions(stand.server, false), 0);
	ck_assert_int_eq(mxdp_zones_health(stand.zones, 0, &health), 0);
	ck_assert_str_eq(health.gone, "June 2024");
	ck_assert(!health.probed && !health.probing);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zones");
	TCase *tests = tcase_create("zones");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, stand_down);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, lists_as_they_are_and_as_they_go_wrong, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, a_silent_zone_is_suspended_at_the_second_time_and_comes_back);
	tcase_add_test(tests, a_suspended_zone_is_not_asked);
	tcase_add_test(tests, a_zone_that_stays_keeps_its_state);
	tcase_add_test(tests, a_zone_may_opt_out);
	tcase_add_test(tests, a_list_without_ipv6_entries_is_probed_by_those_of_ipv4);
	tcase_add_test(tests, a_list_that_shut_down_is_neither_asked_nor_probed);
	return run_suite(suite);
}
