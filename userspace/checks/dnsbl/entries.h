/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entries by which a list is told from a dead one and from one that names everybody (RFC 5782,
 * section 5): 127.0.0.2 is listed, 127.0.0.1 is not, and ::ffff:7f00:2 and :1 likewise.
 */
#ifndef MXDP_DNSBL_ENTRIES_H
#define MXDP_DNSBL_ENTRIES_H

#include "userspace/resolver/resolver.h"

enum mxdp_dnsbl_entry {
	MXDP_DNSBL_LISTED4,
	MXDP_DNSBL_DENIED4,
	MXDP_DNSBL_LISTED6,
	MXDP_DNSBL_DENIED6,
	MXDP_DNSBL_ENTRIES,
	MXDP_DNSBL_ENTRIES4 = MXDP_DNSBL_LISTED6, /* those of IPv4 come first */
};

#define MXDP_ZONE_FAULT 200 /* longest fault as text, with its NUL */

/* The name to ask the zone for. Returns 0, or -ENAMETOOLONG. */
int mxdp_dnsbl_entry_question(enum mxdp_dnsbl_entry entry, const char *zone,
			      char question[MXDP_DNS_NAME]);

/* 0: as it must be; -EAGAIN: no answer; -EINVAL: a wrong one. The latter two with the fault. */
int mxdp_dnsbl_entry_judge(enum mxdp_dnsbl_entry entry, const struct mxdp_dns_answer *answer,
			   char fault[MXDP_ZONE_FAULT]);

#endif
