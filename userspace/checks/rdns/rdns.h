/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check of reverse records: whether the client's address has a name, whether one of its names
 * leads back to the address (FCrDNS; "iprev" of RFC 8601 3.3), and whether the names look like
 * those of a pool. It speaks about the host alone and weighs nothing when DNS fails.
 */
#ifndef MXDP_CHECK_RDNS_H
#define MXDP_CHECK_RDNS_H

#include "userspace/checks/check.h"

extern const struct mxdp_check mxdp_check_rdns;

#endif
