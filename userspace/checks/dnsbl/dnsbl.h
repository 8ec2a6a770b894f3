/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check of DNSBLs and DNSWLs: asks every configured zone for the client (RFC 5782), IPv6
 * clients by nibbles where the zone wants it, and counts the replies that a filter matches. Each
 * zone yields one piece of evidence, also when it lists nothing or fails; a failure weighs nothing.
 */
#ifndef MXDP_CHECK_DNSBL_H
#define MXDP_CHECK_DNSBL_H

#include "userspace/checks/check.h"

extern const struct mxdp_check mxdp_check_dnsbl;

#endif
