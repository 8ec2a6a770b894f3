/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of an evaluation, shared by the parts it is made of: eval.c (records and mechanisms),
 * target.c (macros to names, the client's validated name) and explain.c.
 */
#ifndef MXDP_SPF_STATE_H
#define MXDP_SPF_STATE_H

#include "spf.h"
#include "identity.h"
#include "macro.h"
#include "mechanism.h"

/* RFC 7208 7.3: a longer name loses labels on the left. */
#define MXDP_SPF_TARGET 254

struct mxdp_spf_state {
	const struct mxdp_spf_question *question;
	struct mxdp_spf_identity identity;
	struct mxdp_spf_memo *memo;
	struct mxdp_spf_result *result;
	bool missing;         /* an answer was not there: this run's result is thrown away */
	bool voids_exceeded;  /* a permerror, however the mechanism in question took it */
	bool voids_uncounted; /* while the explanation is made */
	bool validated;       /* the client's names were looked up and counted already */
	struct mxdp_spf_text explanation; /* exp= of the record in force; bytes is NULL without */
	char domain[MXDP_SPF_TARGET];     /* that record's, as DNS has it */
};

/* Answers from the memo, with the void lookups counted; NULL when the run is to unwind. */
const struct mxdp_dns_answer *mxdp_spf_state_get(struct mxdp_spf_state *state, const char *name,
						 enum mxdp_dns_type type);

/*
 * Expands a domain-spec of `domain`'s record to the name it stands for: no final dot, not longer
 * than DNS allows, but perhaps no valid name. Returns 0, -EAGAIN when the run is to unwind,
 * -EMSGSIZE when the expansion is absurdly long, or -ENOMEM.
 */
int mxdp_spf_target(struct mxdp_spf_state *state, struct mxdp_spf_text spec, const char *domain,
		    char target[MXDP_SPF_TARGET]);

/* Expands any checked macro text; the caller frees `*out`. Returns as mxdp_spf_target() does. */
int mxdp_spf_expand(struct mxdp_spf_state *state, struct mxdp_spf_text text, const char *domain,
		    size_t limit, char **out);

/* Fills in the result's explanation for a fail (6.2). */
void mxdp_spf_explain(struct mxdp_spf_state *state);

#endif
