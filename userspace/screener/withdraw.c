/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list that is suspended refuses nobody any more, neither by what it said before: the verdicts it
 * had a part in are deleted, and their clients are looked up anew when they come back.
 */
#include "private.h"

#include <string.h>

#include "userspace/log.h"

struct withdrawing {
	struct mxdp_screener *screener;
	const char *source;
	size_t verdicts;
};

static bool is_part_of(const struct mxdp_case *known, const char *source)
{
	for (size_t i = 0; i < known->evidence_count; i++)
		if (known->evidence[i].class == MXDP_EVIDENCE_LIST &&
		    known->evidence[i].score > 0 && !strcmp(known->evidence[i].source, source))
			return true;
	return false;
}

static void withdraw(void *context, const struct mxdp_case *known)
{
	struct withdrawing *withdrawing = context;

	if (known->decision.action > MXDP_ACTION_PASS && is_part_of(known, withdrawing->source))
		withdrawing->verdicts +=
			mxdp_verdict_delete(withdrawing->screener->maps, &known->decision.key) == 0;
}

void mxdp_screener_withdraw(void *context, const char *source)
{
	struct withdrawing withdrawing = {.screener = context, .source = source};

	if (!withdrawing.screener->maps)
		return;
	mxdp_cases_each(withdrawing.screener->cases, withdraw, &withdrawing);
	if (withdrawing.verdicts)
		mxdp_log(MXDP_LOG_NOTICE,
			 "dnsbl %s: %zu verdicts are withdrawn in which it had a part", source,
			 withdrawing.verdicts);
}
