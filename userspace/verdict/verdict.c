/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verdict.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ROUNDING       1e-9 /* 0.7 + 0.1 + 0.2 reaches a threshold of 1 */
#define NETWORK_LENGTH 64   /* bits of an IPv6 network that is penalised as a whole */

static const bool class_rejects[] = {
#define CLASS_REJECTS(name, text, rejects) [MXDP_EVIDENCE_##name] = (rejects),
	MXDP_EVIDENCE_CLASSES(CLASS_REJECTS)
#undef CLASS_REJECTS
};

/* What the evidence comes to, before anything is decided. */
struct tally {
	const struct mxdp_evidence *exemption; /* of the client from heuristics, or NULL */
	double spared;                         /* what they would have weighed */
	double score;
	double heuristics; /* the part that the cap holds down */
	double host_only;  /* the part of the penalties that speaks of this host, not its network */
	int64_t soonest;   /* expiry of the penalties */
	const struct mxdp_evidence *ground;     /* the heaviest penalty that may refuse, or NULL */
	double doubted;                         /* the part of the penalties that is in doubt */
	bool surely;                            /* ... and such a class among the rest of them */
	const struct mxdp_evidence *doubtful;   /* one that is in doubt, or NULL */
	const struct mxdp_evidence *unanswered; /* a list that might speak for it, or NULL */
	bool welcome;
	bool trusted;  /* it has earned trust */
	bool returned; /* it came back after a greylisting */
	bool capped;
	size_t asked, failed;             /* of what answers questions */
	size_t deciding, deciding_failed; /* of a class that may refuse */
};

struct text {
	char *bytes; /* NULL: nobody will read it */
	size_t used;
};

static void say(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	if (!text->bytes)
		return;
	va_start(arguments, format);
	length = vsnprintf(text->bytes + text->used, MXDP_VERDICT_TEXT - text->used, format,
			   arguments);
	va_end(arguments);
	if (length < 0)
		return;
	text->used += length;
	if (text->used >= MXDP_VERDICT_TEXT) {
		text->used = MXDP_VERDICT_TEXT - 1;
		memcpy(text->bytes + text->used - 3, "...", 3);
	}
}

static bool counts(const struct mxdp_evidence *evidence, const struct mxdp_address *client,
		   int64_t now)
{
	return evidence->state == MXDP_EVIDENCE_ANSWERED && evidence->expires > now &&
	       evidence->class < MXDP_EVIDENCE_CLASS_COUNT &&
	       mxdp_prefix_contains(&evidence->key, client);
}

static bool is_heuristic(enum mxdp_evidence_class class)
{
	return class == MXDP_EVIDENCE_REVERSE || class == MXDP_EVIDENCE_HELO ||
	       class == MXDP_EVIDENCE_SENDER || class == MXDP_EVIDENCE_SPF;
}

/* Known without a question: its silence is no failure. */
static bool is_standing(enum mxdp_evidence_class class)
{
	return class == MXDP_EVIDENCE_TRUST || class == MXDP_EVIDENCE_EXEMPT ||
	       class == MXDP_EVIDENCE_RETURNED;
}

static bool is_spared(const struct tally *tally, const struct mxdp_evidence *piece)
{
	return tally->exemption && piece->score > 0 && is_heuristic(piece->class);
}

static const struct mxdp_evidence *find_exemption(const struct mxdp_address *client,
						  const struct mxdp_evidence *evidence,
						  size_t count, int64_t now)
{
	for (size_t i = 0; i < count; i++)
		if (evidence[i].class == MXDP_EVIDENCE_EXEMPT && counts(&evidence[i], client, now))
			return &evidence[i];
	return NULL;
}

static void add_penalty(struct tally *tally, const struct mxdp_evidence *piece, double most)
{
	double score = piece->score;

	if (is_spared(tally, piece)) {
		tally->spared += score;
		return;
	}
	if (is_heuristic(piece->class)) {
		if (score > most - tally->heuristics)
			score = most - tally->heuristics;
		tally->heuristics += score;
		tally->capped |= score < piece->score;
	}
	tally->score += score;
	if (piece->key.length > NETWORK_LENGTH)
		tally->host_only += score;
	if (piece->expires < tally->soonest)
		tally->soonest = piece->expires;
	if (class_rejects[piece->class] && (!tally->ground || score > tally->ground->score))
		tally->ground = piece;
	if (piece->doubt == MXDP_DOUBT_NONE) {
		tally->surely |= class_rejects[piece->class];
	} else {
		tally->doubted += score;
		tally->doubtful = piece;
	}
}

static struct tally add_up(const struct mxdp_address *client, const struct mxdp_evidence *evidence,
			   size_t count, double heuristics_max, int64_t now)
{
	struct tally tally = {.soonest = INT64_MAX};

	tally.exemption = find_exemption(client, evidence, count, now);
	for (size_t i = 0; i < count; i++) {
		const struct mxdp_evidence *piece = &evidence[i];

		tally.asked += !is_standing(piece->class);
		tally.failed += piece->state == MXDP_EVIDENCE_FAILED;
		if (piece->class < MXDP_EVIDENCE_CLASS_COUNT && class_rejects[piece->class]) {
			tally.deciding++;
			tally.deciding_failed += piece->state == MXDP_EVIDENCE_FAILED;
		}
		if (piece->class == MXDP_EVIDENCE_WELCOME && piece->state == MXDP_EVIDENCE_FAILED)
			tally.unanswered = piece;
		if (!counts(piece, client, now))
			continue;
		if (piece->score > 0)
			add_penalty(&tally, piece, heuristics_max);
		else
			tally.score += piece->score;
		if (piece->score < 0 && piece->class == MXDP_EVIDENCE_WELCOME)
			tally.welcome = true;
		tally.trusted |= piece->class == MXDP_EVIDENCE_TRUST;
		tally.returned |= piece->class == MXDP_EVIDENCE_RETURNED;
	}
	return tally;
}

/* "zen.example 5 (listed: 127.0.0.4) + list.example -2 (...) = 3, threshold 5" */
static void say_sum(struct text *text, const struct mxdp_address *client,
		    const struct mxdp_evidence *evidence, size_t count, int64_t now,
		    const struct tally *tally, const struct mxdp_policy *policy)
{
	const char *joint = "";

	for (size_t i = 0; i < count; i++) {
		if (!counts(&evidence[i], client, now) || evidence[i].score == 0 ||
		    is_spared(tally, &evidence[i]))
			continue;
		say(text, "%s%s %g (%s)", joint, evidence[i].source, evidence[i].score,
		    evidence[i].reason);
		joint = " + ";
	}
	if (*joint == '\0')
		say(text, "nothing speaks against it");
	else
		say(text, " = %g, threshold %g", tally->score, policy->threshold);
	if (tally->capped)
		say(text, "; heuristics count %g at most", policy->heuristics_max);
	if (tally->exemption)
		say(text, "; exempt: %s", tally->exemption->reason);
	if (tally->spared > 0)
		say(text, ", so heuristics (%g) weigh nothing", tally->spared);
	if (tally->failed > 0)
		say(text, "; %zu of %zu gave no answer", tally->failed, tally->asked);
}

/* What makes a refusal by this tally one that must not be for good, or NULL. */
static const struct mxdp_evidence *find_doubt(const struct tally *tally,
					      const struct mxdp_policy *policy)
{
	if (tally->unanswered)
		return tally->unanswered;
	if (!tally->surely || tally->score - tally->doubted + ROUNDING < policy->threshold)
		return tally->doubtful;
	return NULL;
}

/* First in the text: a long sum is cut at its end. */
static void say_doubt(struct text *text, const struct mxdp_evidence *doubt)
{
	if (doubt->doubt == MXDP_DOUBT_NONE)
		say(text,
		    "not for good (%s, which might speak for it, gave no answer): ", doubt->source);
	else
		say(text, "not for good (%s: %s): ", doubt->source,
		    mxdp_evidence_doubt_text(doubt->doubt));
}

static int64_t refusal_expiry(const struct tally *tally, const struct mxdp_policy *policy,
			      int64_t now)
{
	int64_t most = policy->ttl_max;
	int64_t life = tally->soonest - now;

	if (policy->refuse_ttl_max < most)
		most = policy->refuse_ttl_max;
	if (life < policy->ttl_min)
		life = policy->ttl_min;
	if (life > most)
		life = most;
	return now + life;
}

/* A whole IPv6 network pays only for what was said about the network. */
static struct mxdp_prefix refusal_key(const struct mxdp_address *client, const struct tally *tally,
				      double threshold)
{
	if (!mxdp_address_is_v4(client) && tally->score - tally->host_only + ROUNDING >= threshold)
		return mxdp_prefix_of(client, NETWORK_LENGTH);
	return mxdp_prefix_host(client);
}

static enum mxdp_reason reason_of(const struct mxdp_evidence *ground)
{
	switch (ground->class) {
	case MXDP_EVIDENCE_REPORT:
		return MXDP_REASON_REPORT;
	case MXDP_EVIDENCE_FEED:
		return MXDP_REASON_FEED;
	default:
		return MXDP_REASON_DNSBL;
	}
}

static void refuse(const struct mxdp_address *client, const struct tally *tally,
		   const struct mxdp_policy *policy, int64_t now, struct text *text,
		   struct mxdp_decision *decision)
{
	const struct mxdp_evidence *doubt = find_doubt(tally, policy);

	decision->action = policy->action;
	decision->reason = reason_of(tally->ground);
	decision->certain = doubt == NULL;
	decision->key = refusal_key(client, tally, policy->threshold);
	decision->expires = refusal_expiry(tally, policy, now);
	if (!doubt || decision->action != MXDP_ACTION_REJECT)
		return;
	decision->action = MXDP_ACTION_TEMPFAIL;
	say_doubt(text, doubt);
	/* The doubt may be gone when the client comes back. */
	if (policy->fail_open_ttl < decision->expires - now)
		decision->expires = now + policy->fail_open_ttl;
}

/* Where greylisting begins; 0: nowhere. It may be all that is done to who would be refused. */
static double grey_from(const struct mxdp_policy *policy)
{
	const double from = policy->grey_threshold;

	if (policy->action == MXDP_ACTION_GREYLIST && (from <= 0 || from > policy->threshold))
		return policy->threshold;
	return from;
}

/* In the grey band: what speaks against the client is no ground for a refusal. */
static bool is_grey(const struct tally *tally, const struct mxdp_policy *policy)
{
	return grey_from(policy) > 0 && tally->score + ROUNDING >= grey_from(policy);
}

static bool may_refuse(const struct tally *tally, const struct mxdp_policy *policy)
{
	return policy->action != MXDP_ACTION_GREYLIST &&
	       tally->score + ROUNDING >= policy->threshold;
}

static bool is_spared_greylisting(const struct tally *tally)
{
	return tally->welcome || tally->unanswered || tally->exemption || tally->trusted ||
	       tally->returned;
}

/* Only the host: its network may hold others, about whom nothing is known. */
static void greylist(const struct tally *tally, const struct mxdp_policy *policy, int64_t now,
		     struct mxdp_decision *decision)
{
	decision->action = MXDP_ACTION_GREYLIST;
	decision->reason = tally->ground ? reason_of(tally->ground) : MXDP_REASON_HEURISTICS;
	decision->expires = refusal_expiry(tally, policy, now);
}

static void decide(const struct mxdp_address *client, const struct mxdp_evidence *evidence,
		   size_t count, const struct mxdp_policy *policy, int64_t now, struct text *text,
		   struct mxdp_decision *decision)
{
	struct tally tally = add_up(client, evidence, count, policy->heuristics_max, now);

	*decision = (struct mxdp_decision){
		.action = MXDP_ACTION_PASS,
		.reason = tally.welcome   ? MXDP_REASON_DNSWL
			  : tally.trusted ? MXDP_REASON_TRUST
					  : MXDP_REASON_CLEAN,
		.score = tally.score,
		.key = mxdp_prefix_host(client),
		.expires = now + policy->pass_ttl,
	};
	if (tally.asked > 0 && tally.failed == tally.asked) {
		decision->reason = MXDP_REASON_FAIL_OPEN;
		decision->expires = now + policy->fail_open_ttl;
		say(text, "none of %zu checks gave an answer: passed for now", tally.asked);
		return;
	}
	if (tally.deciding > 0 && tally.deciding_failed == tally.deciding && !tally.welcome)
		decision->reason = MXDP_REASON_FAIL_OPEN;
	/* What did not answer might have refused the client: ask again soon. */
	if (tally.deciding_failed > 0 && policy->fail_open_ttl < policy->pass_ttl)
		decision->expires = now + policy->fail_open_ttl;
	if (may_refuse(&tally, policy) && tally.ground)
		refuse(client, &tally, policy, now, text, decision);
	else if (is_grey(&tally, policy) && !is_spared_greylisting(&tally))
		greylist(&tally, policy, now, decision);
	say_sum(text, client, evidence, count, now, &tally, policy);
	if (may_refuse(&tally, policy) && !tally.ground)
		say(text, "; no list or report among it: not refused");
	if (decision->action == MXDP_ACTION_GREYLIST)
		say(text, "; greylisted from %g on", grey_from(policy));
	else if (is_grey(&tally, policy) && tally.returned && decision->action == MXDP_ACTION_PASS)
		say(text, "; it came back after a greylisting");
}

void mxdp_decide(const struct mxdp_address *client, const struct mxdp_evidence *evidence,
		 size_t count, const struct mxdp_policy *policy, int64_t now,
		 struct mxdp_decision *decision)
{
	struct text text = {.bytes = decision->text};

	decide(client, evidence, count, policy, now, &text, decision);
}

void mxdp_decide_untold(const struct mxdp_address *client, const struct mxdp_evidence *evidence,
			size_t count, const struct mxdp_policy *policy, int64_t now,
			struct mxdp_decision *decision)
{
	struct text untold = {.bytes = NULL};

	decide(client, evidence, count, policy, now, &untold, decision);
}
