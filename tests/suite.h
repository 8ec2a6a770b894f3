/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of each test program: runs its suite, which tells its results by TAP. */
#ifndef MXDP_TESTS_SUITE_H
#define MXDP_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Returns main()'s status. */
static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
