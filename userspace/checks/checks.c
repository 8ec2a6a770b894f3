/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include "userspace/checks/dnsbl/dnsbl.h"

const struct mxdp_check *const mxdp_checks[] = {
	&mxdp_check_dnsbl,
	NULL,
};
