/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reply filters of a DNSBL: which answers of a zone mean "listed". Four octets, each a number, a
 * range or a list in square brackets: 127.0.0.2, 127.0.0.[2..11], 127.0.[0..255].[1;3;5..7].
 */
#ifndef MXDP_DNSBL_FILTER_H
#define MXDP_DNSBL_FILTER_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

/* For each octet, the set of numbers it may have: bit n of octets[i] is number n. */
struct mxdp_dnsbl_filter {
	uint64_t octets[4][4];
};

/*
 * Reads a filter. Returns 0 or -EINVAL; then `*fault` (may be NULL) is a constant sentence that
 * says what is wrong.
 */
int mxdp_dnsbl_filter_parse(const char *text, struct mxdp_dnsbl_filter *filter, const char **fault);
/* False: it takes nothing of 127.0.0.0/8, and nothing else ever counts. */
bool mxdp_dnsbl_filter_is_useful(const struct mxdp_dnsbl_filter *filter);
bool mxdp_dnsbl_filter_match(const struct mxdp_dnsbl_filter *filter, struct in_addr reply);

/*
 * Whether a reply is one that no filter may count: outside 127/8, or an error code of the list's
 * operator (127.255.255.0/24; 127.0.0.255 and 127.0.0.1, RFC 5782 5). Returns NULL, or what it
 * means.
 */
const char *mxdp_dnsbl_reply_fault(struct in_addr reply);

#endif
