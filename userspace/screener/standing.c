/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "standing.h"

#include <string.h>

#include "private.h"

#define EXEMPT_SOURCE "exempt"
#define EXEMPT_LIFE   86400 /* seconds; looked up anew at each judgement */

static bool find_exemption(const struct mxdp_screener *screener, const struct mxdp_address *client,
			   int64_t now, struct mxdp_evidence *out)
{
	char text[MXDP_EXEMPT_TEXT];

	if (!mxdp_exempt_match(screener->exempt, client, text))
		return false;
	*out = (struct mxdp_evidence){
		.class = MXDP_EVIDENCE_EXEMPT,
		.state = MXDP_EVIDENCE_ANSWERED,
		.key = mxdp_prefix_host(client),
		.observed = now,
		.expires = now + EXEMPT_LIFE,
	};
	mxdp_evidence_set_source(out, EXEMPT_SOURCE);
	mxdp_evidence_set_reason(out, "%s", text);
	return true;
}

size_t mxdp_standing_find(const struct mxdp_screener *screener, const struct mxdp_config *config,
			  const struct mxdp_address *client, int64_t now,
			  struct mxdp_evidence out[MXDP_STANDING_MAX])
{
	size_t count = mxdp_told_find(screener->told, client, &config->told, now, out);

	count += mxdp_trust_find(screener->trust, client, &config->trust, now, &out[count]);
	count += find_exemption(screener, client, now, &out[count]);
	count += mxdp_greylist_evidence(screener->greylist, client, now, &out[count]);
	return count;
}

bool mxdp_standing_made(const struct mxdp_evidence *evidence)
{
	return evidence->class == MXDP_EVIDENCE_TRUST ||
	       evidence->class == MXDP_EVIDENCE_RETURNED ||
	       (evidence->class == MXDP_EVIDENCE_EXEMPT &&
		strcmp(evidence->source, EXEMPT_SOURCE) == 0);
}
