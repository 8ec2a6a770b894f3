/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answer.h"

#include <stdio.h>
#include <string.h>

#define REASON_MAX 300 /* of an SMTP reply's line; RFC 5321 4.5.3.1.5 allows 512 bytes */

/* In soft mode nothing is refused for good. */
static enum mxdp_policy_refusal soften(enum mxdp_policy_refusal refusal, enum mxdp_mode mode)
{
	if (mode == MXDP_MODE_SOFT && refusal == MXDP_POLICY_REJECT)
		return MXDP_POLICY_DEFER;
	return refusal;
}

static size_t refuse(enum mxdp_policy_refusal refusal, const char *code, const char *reason,
		     char *answer)
{
	int length;

	if (refusal == MXDP_POLICY_REJECT)
		length = snprintf(answer, MXDP_POLICY_ANSWER, "action=REJECT 5.7.%s %.*s\n\n", code,
				  REASON_MAX, reason);
	else
		length = snprintf(answer, MXDP_POLICY_ANSWER,
				  "action=DEFER_IF_PERMIT 4.7.%s %.*s\n\n", code, REASON_MAX,
				  reason);
	/* One line: whatever the reason holds, it must not begin another answer. */
	for (char *c = answer; c < answer + length - 2; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return (size_t)length;
}

/* Greylisting is a 4xx in every mode but observe. */
static size_t defer(unsigned int seconds, char *answer)
{
	char reason[REASON_MAX + 1];

	snprintf(reason, sizeof(reason), "Greylisted, come back in %u seconds", seconds);
	return refuse(MXDP_POLICY_DEFER, "1", reason, answer);
}

static bool is_refusal(enum mxdp_action action)
{
	return action > MXDP_ACTION_GREYLIST && action < MXDP_ACTION_COUNT;
}

static size_t say(const char *text, char *answer)
{
	return (size_t)snprintf(answer, MXDP_POLICY_ANSWER, "action=%s\n\n", text);
}

size_t mxdp_policy_answer(const struct mxdp_policy_findings *findings,
			  const struct mxdp_policy_service *settings,
			  char answer[MXDP_POLICY_ANSWER])
{
	enum mxdp_policy_refusal refusal = soften(settings->refuse, findings->mode);
	enum mxdp_policy_refusal spf_refusal = soften(settings->spf_fail, findings->mode);
	char reason[REASON_MAX + 1];

	if (refusal == MXDP_POLICY_REJECT && !findings->denied && !findings->certain)
		refusal = MXDP_POLICY_DEFER;

	if (findings->mode == MXDP_MODE_OBSERVE || findings->exempt)
		return say("DUNNO", answer);
	if (findings->denied && refusal != MXDP_POLICY_DUNNO)
		return refuse(refusal, "1", "Client is denied by this site", answer);
	if (is_refusal(findings->action) && refusal != MXDP_POLICY_DUNNO) {
		snprintf(reason, sizeof(reason), "Client [%s]: %s", findings->client,
			 findings->text);
		return refuse(refusal, "1", reason, answer);
	}
	if (findings->come_back)
		return defer(findings->come_back, answer);
	/* RFC 7372 3.1: x.7.23 is an SPF fail. */
	if (findings->spf && findings->spf->code == MXDP_SPF_FAIL &&
	    spf_refusal != MXDP_POLICY_DUNNO) {
		snprintf(reason, sizeof(reason), "SPF: [%s] may not send for this domain%s%.180s",
			 findings->client,
			 !findings->spf->explanation[0]       ? ""
			 : findings->spf->explained_by_domain ? "; the domain says: "
							      : "; ",
			 findings->spf->explanation);
		return refuse(spf_refusal, "23", reason, answer);
	}
	if (findings->received_spf)
		return (size_t)snprintf(answer, MXDP_POLICY_ANSWER, "action=PREPEND %s\n\n",
					findings->received_spf);
	return say("DUNNO", answer);
}
