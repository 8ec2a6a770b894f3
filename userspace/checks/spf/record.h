/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SPF records: selecting the one of a domain, and reading it by the grammar of RFC 7208 12. A
 * record with any fault is refused as a whole, as 4.6 demands.
 */
#ifndef MXDP_SPF_RECORD_H
#define MXDP_SPF_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "userspace/resolver/resolver.h"
#include "macro.h"

enum mxdp_spf_mechanism {
	MXDP_SPF_ALL,
	MXDP_SPF_INCLUDE,
	MXDP_SPF_A,
	MXDP_SPF_MX,
	MXDP_SPF_PTR,
	MXDP_SPF_IP4,
	MXDP_SPF_IP6,
	MXDP_SPF_EXISTS,
};

/* One directive. */
struct mxdp_spf_term {
	enum mxdp_spf_mechanism mechanism;
	char qualifier;              /* '+', '-', '~' or '?' */
	struct mxdp_spf_text text;   /* as written, with its qualifier if it has one */
	struct mxdp_spf_text domain; /* its domain-spec; bytes is NULL where none is given */
	uint8_t length4, length6;    /* CIDR lengths; 32 and 128 where none is given */
	uint8_t network[16];         /* of ip4 (the first four bytes) and ip6, network order */
};

/* All texts point into the record's text, which must outlive it. */
struct mxdp_spf_record {
	size_t count;
	struct mxdp_spf_term *terms;
	struct mxdp_spf_text redirect, explanation; /* domain-specs; bytes is NULL without */
};

#define MXDP_SPF_FAULT 160 /* longest fault, with its NUL */

/* How many records of a TXT answer are SPF records (4.5); `*found` is the first of them. */
size_t mxdp_spf_record_select(const struct mxdp_dns_answer *answer, struct mxdp_spf_text *found);

/*
 * Reads a record. Returns 0, -ENOMEM, or -EINVAL with a sentence in `fault` that quotes the term
 * (only printable ASCII).
 */
int mxdp_spf_record_parse(struct mxdp_spf_text text, struct mxdp_spf_record *record,
			  char fault[MXDP_SPF_FAULT]);
void mxdp_spf_record_free(struct mxdp_spf_record *record);

/* Copies text that came from outside, with everything but printable ASCII as "?"; cut to fit. */
void mxdp_spf_printable(struct mxdp_spf_text text, char *out, size_t size);

#endif
