/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the benchmarks that use the packet tests' harness, which speaks Check. */
#ifndef MXDP_BENCH_SUITE_H
#define MXDP_BENCH_SUITE_H

#include <check.h>
#include <stdlib.h>

/* In this process, so that results are kept; says nothing but what failed. Returns main()'s status.
 */
static inline int run_measurements(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	if (failed)
		srunner_print(runner, CK_NORMAL);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
