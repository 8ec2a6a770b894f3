/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nobody can be talked into cutting off the gateway. */
#include "rules_stand.h"

/* 10.0.0.1 is the gateway's own, 10.9.0.0/24 a protected network, 2001:db8::1 a default gateway. */
static const struct {
	const char *what;
	const char *allowed; /* an allow rule set before, or NULL */
	int64_t allowed_ttl;
	const char *denied;
	int64_t ttl;
	const char *victim; /* NULL: the denial is taken */
} guards[] = {
	{"the address itself", NULL, 0, "10.0.0.1", 0, "10.0.0.1"},
	{"a network around it", NULL, 0, "10.0.0.0/8", 0, "10.0.0.1"},
	{"everything", NULL, 0, "0.0.0.0/0", 0, "10.0.0.1"},
	{"the other family's address", NULL, 0, "2001:db8::/32", 0, "2001:db8::1"},
	{"everything of the other family", NULL, 0, "::/0", 0, "2001:db8::1"},
	{"a host in a protected network", NULL, 0, "10.9.0.7", 0, "10.9.0.0/24"},
	{"a neighbour", NULL, 0, "10.0.0.2", 0, NULL},
	{"a network beside it", NULL, 0, "10.0.0.128/25", 0, NULL},
	{"a network with it allowed", "10.0.0.1", 0, "10.0.0.0/16", 0, NULL},
	{"a network with a part allowed", "10.0.0.0/24", 0, "10.0.0.0/16", 0, NULL},
	{"a longer denial inside what is allowed", "10.0.0.0/24", 0, "10.0.0.0/25", 0, "10.0.0.1"},
	{"for good, allowed for an hour", "10.0.0.1", 3600, "10.0.0.0/16", 0, "10.0.0.1"},
	{"for a minute, allowed for an hour", "10.0.0.1", 3600, "10.0.0.0/16", 60, NULL},
	{"for an hour, allowed as long", "10.0.0.1", 3600, "10.0.0.0/16", 3600, NULL},
	{"for an hour, allowed a second less", "10.0.0.1", 3599, "10.0.0.0/16", 3600, "10.0.0.1"},
	{"in place of the allow rule", "10.0.0.1", 0, "10.0.0.1", 0, "10.0.0.1"},
};

START_TEST(the_gateway_is_not_cut_off)
{
	char fault[256] = "";
	int error;

	protect("10.0.0.1", MXDP_PROTECTED_OWN);
	protect("10.9.0.0/24", MXDP_PROTECTED_OWN);
	protect("2001:db8::1", MXDP_PROTECTED_GATEWAY);
	if (guards[_i].allowed)
		ck_assert_int_eq(set(guards[_i].allowed, MXDP_ACTION_PASS, guards[_i].allowed_ttl),
				 0);
	error = set_with(guards[_i].denied, MXDP_ACTION_DROP, guards[_i].ttl, fault, sizeof(fault));
	ck_assert_msg(error == (guards[_i].victim ? -EPERM : 0), "%s: %d %s", guards[_i].what,
		      error, fault);
	if (!guards[_i].victim)
		return;
	ck_assert_msg(strstr(fault, guards[_i].victim) != NULL, "%s: %s", guards[_i].what, fault);
	ck_assert_msg(strstr(fault, guards[_i].denied) != NULL, "%s: %s", guards[_i].what, fault);
	ck_assert_int_eq(mapped(), guards[_i].allowed != NULL);
	ck_assert_int_ne(decided("10.0.0.1"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(the_reason_is_named)
{
	char fault[256];

	protect("2001:db8::1", MXDP_PROTECTED_GATEWAY);
	ck_assert_int_eq(set_with("2001:db8::1", MXDP_ACTION_DROP, 0, fault, sizeof(fault)),
			 -EPERM);
	ck_assert_ptr_nonnull(strstr(fault, "a default gateway"));
}
END_TEST

START_TEST(the_allow_rule_that_saves_the_gateway_stays)
{
	struct mxdp_prefix own = prefix_of("10.0.0.1"), around = prefix_of("10.0.0.0/8");

	protect("10.0.0.1", MXDP_PROTECTED_OWN);
	allow("10.0.0.1");
	deny("10.0.0.0/8");
	ck_assert_int_eq(mxdp_rules_forget(rules, &own), -EPERM);
	ck_assert_int_eq(set("10.0.0.1", MXDP_ACTION_PASS, 60), -EPERM);
	ck_assert_int_eq(count(), 2);
	ck_assert_int_eq(mxdp_rules_forget(rules, &around), 2);
	ck_assert_int_eq(mapped(), 0);
}
END_TEST

START_TEST(a_stored_denial_of_a_new_own_address_is_not_restored)
{
	deny("10.0.0.0/8");
	deny("192.0.2.1");
	protect("10.0.0.1", MXDP_PROTECTED_OWN);
	restart_rules();
	ck_assert_int_eq(decided("10.0.0.1"), MXDP_ACTION_NONE);
	ck_assert_int_eq(decided("192.0.2.1"), MXDP_ACTION_DROP);
	ck_assert_int_eq(mapped(), 1);
}
END_TEST

START_TEST(an_address_that_is_cut_off_may_be_rescued)
{
	struct mxdp_prefix around = prefix_of("10.0.0.0/16");

	deny("10.0.0.0/8");
	allow("10.0.0.0/16");
	protect("10.1.0.1", MXDP_PROTECTED_OWN); /* an address that came later */
	ck_assert_int_eq(set("10.1.0.1", MXDP_ACTION_PASS, 60), 0);
	ck_assert_int_eq(mxdp_rules_forget(rules, &around), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules: guard");
	TCase *tests = tcase_create("operator");

	tcase_add_loop_test(tests, the_gateway_is_not_cut_off, 0,
			    (int)(sizeof(guards) / sizeof(guards[0])));
	tcase_add_test(tests, the_reason_is_named);
	tcase_add_test(tests, the_allow_rule_that_saves_the_gateway_stays);
	tcase_add_test(tests, a_stored_denial_of_a_new_own_address_is_not_restored);
	tcase_add_test(tests, an_address_that_is_cut_off_may_be_rescued);
	return run_rules_suite(suite, tests);
}
