/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the addresses that a zone answered with mean by its reply filters. */
#ifndef MXDP_DNSBL_LISTING_H
#define MXDP_DNSBL_LISTING_H

#include "userspace/config/config.h"
#include "zones.h"

/*
 * Completes evidence that holds the client's key, source and times: state, score, reason, class and
 * doubt, and the /64 of an IPv6 client that is spoken against. A reply that no list may give counts
 * nothing, and is logged.
 */
void mxdp_dnsbl_judge_listing(const struct mxdp_zones *health, const struct mxdp_dnsbl_zone *zone,
			      const struct mxdp_dns_answer *answer, struct mxdp_evidence *evidence);

#endif
