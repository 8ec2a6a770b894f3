/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words and the clock that user space shares with the packet path. */
#include <check.h>
#include <errno.h>
#include <time.h>

#include "maps/maps.h"
#include "tests/suite.h"

START_TEST(times_go_there_and_back)
{
	int64_t now = (int64_t)time(NULL);

	ck_assert_int_eq(mxdp_boottime_to_unix(0), 0);
	ck_assert_uint_eq(mxdp_boottime_from_unix(0), 0);
	for (int64_t moment = now + 1; moment < now + 100000; moment += 997)
		ck_assert_int_eq(mxdp_boottime_to_unix(mxdp_boottime_from_unix(moment)), moment);
	/* What was before the start is long ago, not "never"; what is too far away stays far. */
	ck_assert_uint_eq(mxdp_boottime_from_unix(1), 1);
	ck_assert_uint_eq(mxdp_boottime_from_unix(-1), 1);
	ck_assert_uint_ge(mxdp_boottime_from_unix(INT64_MAX), INT64_MAX / 2);
	ck_assert_int_ge(mxdp_boottime_to_unix(UINT64_MAX), now);
}
END_TEST

START_TEST(names_have_numbers)
{
	for (int action = 0; action < MXDP_ACTION_COUNT; action++)
		ck_assert_int_eq(mxdp_action_number(mxdp_action_name((unsigned int)action)),
				 action);
	for (int mode = 0; mode < MXDP_MODE_COUNT; mode++)
		ck_assert_int_eq(mxdp_mode_number(mxdp_mode_name((unsigned int)mode)), mode);
	ck_assert_str_eq(mxdp_action_name(MXDP_ACTION_TEMPFAIL), "tempfail");
	ck_assert_str_eq(mxdp_reason_name(MXDP_REASON_FAIL_OPEN), "fail-open");
	ck_assert_str_eq(mxdp_port_class_name(MXDP_PORT_SUBMISSION), "submission");
	ck_assert_str_eq(mxdp_event_kind_name(MXDP_EVENT_REFUSED), "refused");
	ck_assert_str_eq(mxdp_action_name(MXDP_ACTION_COUNT), "?");
	ck_assert_str_eq(mxdp_reason_name(1000), "?");
	ck_assert_int_eq(mxdp_action_number("Drop"), -EINVAL);
	ck_assert_int_eq(mxdp_action_number(""), -EINVAL);
	ck_assert_int_eq(mxdp_mode_number("off"), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("names");
	TCase *tests = tcase_create("names and times");

	tcase_add_test(tests, times_go_there_and_back);
	tcase_add_test(tests, names_have_numbers);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
