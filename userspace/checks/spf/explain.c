/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domain's explanation of a fail (RFC 7208 6.2). */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one TXT record at the name that exp= stands for; 6.2 forgives every fault on the way. */
static const struct mxdp_dns_record *explanation_record(struct mxdp_spf_state *state)
{
	const struct mxdp_dns_answer *answer;
	char target[MXDP_SPF_TARGET];

	if (mxdp_spf_target(state, state->explanation, state->domain, target))
		return NULL;
	answer = mxdp_spf_state_get(state, target, MXDP_DNS_TXT);
	if (!answer || answer->status != MXDP_DNS_OK || answer->count != 1)
		return NULL;
	return answer->records;
}

static bool explained_by_domain(struct mxdp_spf_state *state)
{
	struct mxdp_spf_result *result = state->result;
	const struct mxdp_dns_record *record = explanation_record(state);
	struct mxdp_spf_text text;
	char *expanded;

	if (!record || !record->txt.length)
		return false;
	text = (struct mxdp_spf_text){record->txt.bytes, record->txt.length};
	if (mxdp_spf_macro_fault(text, MXDP_SPF_MACRO_EXPLANATION))
		return false;
	if (mxdp_spf_expand(state, text, state->domain, sizeof(result->explanation) - 1, &expanded))
		return false;
	text = (struct mxdp_spf_text){expanded, strlen(expanded)};
	mxdp_spf_printable(text, result->explanation, sizeof(result->explanation));
	free(expanded);
	return true;
}

void mxdp_spf_explain(struct mxdp_spf_state *state)
{
	struct mxdp_spf_result *result = state->result;
	const char *own = state->question->default_explanation;

	state->voids_uncounted = true;
	if (state->explanation.bytes)
		result->explained_by_domain = explained_by_domain(state);
	if (!result->explained_by_domain)
		snprintf(result->explanation, sizeof(result->explanation), "%s", own ? own : "");
}
