/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy by which the tests of the verdict decide, and whom they decide about. */
#ifndef MXDP_TEST_VERDICT_POLICY_H
#define MXDP_TEST_VERDICT_POLICY_H

#include "userspace/verdict/verdict.h"

#define NOW 1000000

static const struct mxdp_policy policy = {
	.threshold = 5,
	.action = MXDP_ACTION_DROP,
	.heuristics_max = 4,
	.ttl_min = 60,
	.ttl_max = 3600,
	.refuse_ttl_max = 900,
	.pass_ttl = 1800,
	.fail_open_ttl = 30,
};

#define V4 "192.0.2.1"
#define V6 "2001:db8:1:2::5"

#endif
