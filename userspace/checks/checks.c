/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of checks: one line each. */
#include "check.h"

#include <stddef.h>

#include "userspace/checks/dnsbl/dnsbl.h"
#include "userspace/checks/envelope/envelope.h"
#include "userspace/checks/rdns/rdns.h"

const struct mxdp_check *const mxdp_checks[] = {
	&mxdp_check_dnsbl, &mxdp_check_rdns, &mxdp_check_helo, &mxdp_check_sender, NULL,
};
