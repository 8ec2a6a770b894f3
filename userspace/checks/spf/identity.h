/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who asks to send: the sender, HELO name and address of a question in the forms that macros and
 * headers need (RFC 7208 2.4, 4.1, 4.3, 7.3).
 */
#ifndef MXDP_SPF_IDENTITY_H
#define MXDP_SPF_IDENTITY_H

#include "spf.h"

struct mxdp_spf_identity {
	char sender[MXDP_SPF_SENDER_BYTES + 16]; /* local-part@domain, postmaster filled in */
	char local_part[MXDP_SPF_SENDER_BYTES + 16];
	const char *domain; /* behind the last @ of `sender` */
	char helo[MXDP_SPF_SENDER_BYTES + 1];
	bool from_helo;   /* no sender was given: the HELO identity stands in */
	char address[64]; /* 192.0.2.1, or 32 nibbles with dots */
	char readable[MXDP_ADDRESS_TEXT];
	const char *version; /* "in-addr" or "ip6" */
};

/* Returns false when HELO or sender are longer than MXDP_SPF_SENDER_BYTES: they are cut then. */
bool mxdp_spf_identity_of(const struct mxdp_spf_question *question,
			  struct mxdp_spf_identity *identity);

/* A domain that check_host() may be asked about: a valid name of several labels (4.3). */
bool mxdp_spf_domain_valid(const char *domain);

#endif
