/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libspf2 behind its own resolver hook, one mechanism at a time: a, mx, ptr and exists.
 *
 * What it compiles comes from a closed set ("v=spf1 a/24", "v=spf1 exists:%{d}" ...): the name to
 * look at is set as the request's current domain, never as text. So no length or content that a
 * domain's owner can choose reaches its compiler. Its answers come from the source given here,
 * which also makes up for what libspf2 does differently from RFC 7208 (lengths of zero, PTR errors,
 * more than ten names).
 */
#ifndef MXDP_SPF_MECHANISM_H
#define MXDP_SPF_MECHANISM_H

#include "maps/address.h"
#include "record.h"

enum mxdp_spf_match {
	MXDP_SPF_NO_MATCH,
	MXDP_SPF_MATCH,
	MXDP_SPF_MATCH_TEMPERROR,
	MXDP_SPF_MATCH_PERMERROR,
};

/* Where the mechanism's DNS answers come from. */
struct mxdp_spf_source {
	/* The answer, or NULL when it cannot be had (yet): the mechanism is then given up. */
	const struct mxdp_dns_answer *(*get)(void *context, const char *name,
					     enum mxdp_dns_type type);
	/* The answer will be asked for soon. */
	void (*expect)(void *context, const char *name, enum mxdp_dns_type type);
	void *context;
};

/*
 * Compares the client by the mechanism of `term` against `target`, a name without macros.
 * `problem` (MXDP_SPF_FAULT bytes) says what is wrong in the two error cases.
 */
enum mxdp_spf_match mxdp_spf_mechanism_match(const struct mxdp_spf_term *term, const char *target,
					     const struct mxdp_address *client,
					     const struct mxdp_spf_source *source,
					     char problem[MXDP_SPF_FAULT]);

#endif
