/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Brings decisions into force; judges clients anew by what is known, without a question. */
#include "private.h"

#include <string.h>
#include <time.h>

#include "userspace/log.h"
#include "userspace/replies/replies.h"

/* The reply names the list that weighs most. */
static uint16_t reply_text(const struct mxdp_screener *screener, const struct mxdp_case *decided)
{
	const struct mxdp_evidence *heaviest = NULL;

	for (size_t i = 0; i < decided->evidence_count; i++) {
		const struct mxdp_evidence *piece = &decided->evidence[i];

		if (piece->class == MXDP_EVIDENCE_LIST && piece->score > 0 &&
		    (!heaviest || piece->score > heaviest->score))
			heaviest = piece;
	}
	return heaviest ? mxdp_replies_number(screener->config, heaviest->source) : 0;
}

void mxdp_screener_write(struct mxdp_screener *screener, const struct mxdp_case *decided,
			 uint64_t decided_ns)
{
	const struct mxdp_decision *decision = &decided->decision;
	struct mxdp_verdict verdict = {
		.action = decision->action,
		.reason = decision->reason,
		.score = (int)(decision->score + (decision->score < 0 ? -0.5 : 0.5)),
		.text = reply_text(screener, decided),
		.decided_ns = decided_ns,
		.expires_ns = mxdp_boottime_from_unix(decision->expires),
	};
	int error = mxdp_verdict_set(screener->maps, &decision->key, &verdict);
	char text[MXDP_PREFIX_TEXT];

	if (error) {
		screener->stats.not_stored++;
		mxdp_log_limited(MXDP_LOG_ERROR,
				 "the verdict of %s is not stored: %s; raise verdicts_max when "
				 "`mxdp status` shows the map full",
				 mxdp_prefix_format(&decision->key, text), strerror(-error));
	}
}

void mxdp_screener_put_in_force(struct mxdp_screener *screener, const struct mxdp_case *decided)
{
	if (screener->maps) {
		mxdp_screener_write(screener, decided, mxdp_boottime_ns());
		mxdp_pending_delete(screener->maps, &decided->client);
	}
	if (decided->decision.action > MXDP_ACTION_PASS &&
	    decided->decision.action != MXDP_ACTION_GREYLIST) {
		const struct mxdp_prefix host = mxdp_prefix_host(&decided->client);

		mxdp_trust_end(screener->trust, &host);
	}
	mxdp_cases_keep(screener->cases, decided);
	if (screener->on_decision)
		screener->on_decision(screener->on_decision_context, decided);
}

static bool is_told(const struct mxdp_evidence *evidence, const struct mxdp_evidence *told,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (told[i].class == evidence->class && !strcmp(told[i].source, evidence->source))
			return true;
	return false;
}

#define GATHERED_MAX (MXDP_STANDING_MAX + MXDP_EVIDENCE_PIECES_MAX)

/* What is known from elsewhere now, then what the latest case has beside it. Returns how much. */
static size_t gather(const struct mxdp_screener *screener, const struct mxdp_address *client,
		     const struct mxdp_case *known, struct mxdp_evidence evidence[GATHERED_MAX])
{
	size_t told = mxdp_standing_find(screener, screener->config, client, time(NULL), evidence);
	size_t count = told;

	for (size_t i = 0; known && i < known->evidence_count && i < MXDP_EVIDENCE_PIECES_MAX; i++)
		if (!mxdp_standing_made(&known->evidence[i]) &&
		    !is_told(&known->evidence[i], evidence, told))
			evidence[count++] = known->evidence[i];
	return count;
}

void mxdp_run_judge_anew(struct mxdp_screener *screener, const struct mxdp_address *client)
{
	struct mxdp_evidence evidence[GATHERED_MAX];
	const struct mxdp_case *known = mxdp_cases_find(screener->cases, client);
	struct mxdp_case decided = {
		.client = *client,
		.decided = true,
		.decided_at = time(NULL),
		.evidence_count = gather(screener, client, known, evidence),
		.evidence = evidence,
		.took_ms = known ? known->took_ms : 0,
	};

	mxdp_decide(client, evidence, decided.evidence_count, &screener->config->policy,
		    decided.decided_at, &decided.decision);
	/* A client that was never checked gets no pass from hearsay: its first packet asks. */
	if (known || decided.decision.action != MXDP_ACTION_PASS)
		mxdp_screener_put_in_force(screener, &decided);
}

void mxdp_run_show_anew(struct mxdp_screener *screener, const struct mxdp_address *client)
{
	struct mxdp_evidence evidence[GATHERED_MAX];
	const struct mxdp_case *known = mxdp_cases_find(screener->cases, client);
	struct mxdp_case shown;

	if (!known)
		return; /* its first case will have it */
	shown = *known;
	shown.evidence_count = gather(screener, client, known, evidence);
	shown.evidence = evidence;
	mxdp_cases_keep(screener->cases, &shown);
}
