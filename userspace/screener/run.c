/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One client's checks, from the first question to the verdict in the map. */
#include "private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utlist.h>

#include "userspace/log.h"

/* Below this score a client passes for certain. */
static double least_penalised(const struct mxdp_policy *policy)
{
	const double grey = policy->grey_threshold;

	return grey > 0 && grey < policy->threshold ? grey : policy->threshold;
}

/* No outstanding answer can change the verdict any more. */
static bool settled(const struct mxdp_run *run)
{
	struct mxdp_decision decision;
	double least = 0, most = 0;

	for (size_t i = 0; mxdp_checks[i]; i++) {
		double low = 0, high = 0;

		if (!run->slots[i].check)
			continue;
		mxdp_checks[i]->outstanding(run->slots[i].check, &low, &high);
		least += low;
		most += high;
	}
	mxdp_decide_untold(&run->client, run->evidence, run->count, &run->config->policy,
			   time(NULL), &decision);
	if (decision.reason == MXDP_REASON_FAIL_OPEN)
		return false;
	if (decision.action == MXDP_ACTION_PASS)
		return decision.score + most < least_penalised(&run->config->policy);
	/* What is still to come may make it certain. */
	if (!decision.certain)
		return false;
	return decision.score + least >= run->config->policy.threshold;
}

static void keep_evidence(struct mxdp_run *run, const struct mxdp_evidence *evidence)
{
	if (run->count == MXDP_EVIDENCE_PIECES_MAX)
		return;
	if (run->count == run->places) {
		size_t places = run->places ? run->places * 2 : 2;
		struct mxdp_evidence *more =
			realloc(run->evidence, places * sizeof(*run->evidence));

		if (!more) {
			mxdp_log_limited(MXDP_LOG_ERROR, "out of memory: evidence is lost");
			return;
		}
		run->evidence = more;
		run->places = places;
	}
	run->evidence[run->count++] = *evidence;
}

/* What was told earlier by the same source is outdated by a check's answer, not added to it. */
static void replace_told(struct mxdp_run *run, const struct mxdp_evidence *answer)
{
	for (size_t i = 0; i < run->told; i++) {
		if (run->evidence[i].class != answer->class ||
		    strcmp(run->evidence[i].source, answer->source) != 0)
			continue;
		memmove(&run->evidence[i], &run->evidence[i + 1],
			(--run->count - i) * sizeof(*run->evidence));
		run->told--;
		return;
	}
}

static void on_evidence(void *context, const struct mxdp_evidence *evidence)
{
	struct mxdp_run_slot *slot = context;

	replace_told(slot->run, evidence);
	keep_evidence(slot->run, evidence);
	if (slot->run->store && !slot->run->early && !slot->run->ready && settled(slot->run))
		mxdp_screener_make_ready(slot->run);
}

static void on_named(void *context, const char *name)
{
	const struct mxdp_run_slot *slot = context;
	const struct mxdp_screener *screener = slot->run->screener;

	if (screener->on_named && (slot->run->store || slot->run->asked))
		screener->on_named(screener->on_named_context, &slot->run->client, name);
}

static void on_check_done(void *context)
{
	struct mxdp_run_slot *slot = context;

	slot->check = NULL;
	if (--slot->run->outstanding > 0)
		return;
	slot->run->over = true;
	mxdp_screener_make_ready(slot->run);
}

static bool is_trusted(const struct mxdp_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->evidence[i].class == MXDP_EVIDENCE_TRUST)
			return true;
	return false;
}

static void start_checks(struct mxdp_run *run)
{
	struct mxdp_check_world world = {.resolver = run->screener->resolver,
					 .config = run->config,
					 .zones = run->screener->zones};
	struct mxdp_check_subject subject = {.client = run->client,
					     .helo = run->helo,
					     .sender = run->sender,
					     .trusted = is_trusted(run)};

	for (size_t i = 0; mxdp_checks[i] && i < MXDP_CHECKS_MAX; i++) {
		struct mxdp_run_slot *slot = &run->slots[i];
		struct mxdp_check_sink sink = {.add = on_evidence,
					       .named = on_named,
					       .done = on_check_done,
					       .context = slot};

		slot->run = run;
		slot->check = mxdp_checks[i]->start(&world, &subject, &sink);
		if (slot->check)
			run->outstanding++;
	}
	if (run->outstanding)
		return;
	run->over = true;
	mxdp_screener_make_ready(run);
}

/* What is known from elsewhere stands first in the evidence. */
static void add_standing(struct mxdp_run *run)
{
	struct mxdp_evidence known[MXDP_STANDING_MAX];
	size_t count =
		mxdp_standing_find(run->screener, run->config, &run->client, time(NULL), known);

	for (size_t i = 0; i < count; i++)
		keep_evidence(run, &known[i]);
	run->told = run->count;
}

static void add_one(void *context, const struct mxdp_evidence *evidence)
{
	keep_evidence(context, evidence);
}

static void add_known(struct mxdp_run *run)
{
	struct mxdp_screener *screener = run->screener;

	if (screener->on_start)
		screener->on_start(screener->on_start_context, &run->client, add_one, run);
}

struct mxdp_run *mxdp_run_start(struct mxdp_screener *screener,
				const struct mxdp_check_subject *subject, bool asked)
{
	struct mxdp_run *run = calloc(1, sizeof(*run));

	if (!run)
		return NULL;
	run->helo = subject->helo ? strdup(subject->helo) : NULL;
	run->sender = subject->sender ? strdup(subject->sender) : NULL;
	if ((subject->helo && !run->helo) || (subject->sender && !run->sender)) {
		free(run->helo);
		free(run->sender);
		free(run);
		return NULL;
	}
	run->screener = screener;
	run->config = mxdp_config_ref(screener->config);
	run->client = subject->client;
	run->asked = asked;
	run->started_ms = uv_now(screener->loop);
	if (!asked)
		HASH_ADD(hh, screener->runs, client, sizeof(run->client), run);
	DL_APPEND(screener->oldest, run);
	screener->running++;
	screener->stats.started++;
	add_standing(run);
	add_known(run);
	start_checks(run);
	return run;
}

/* After this nobody can join the run any more. */
static void unlist(struct mxdp_run *run)
{
	if (!run->asked)
		HASH_DEL(run->screener->runs, run);
	DL_DELETE(run->screener->oldest, run);
	run->screener->running--;
}

static void free_run(struct mxdp_run *run)
{
	struct mxdp_waiter *waiter, *next;

	for (size_t i = 0; mxdp_checks[i] && i < MXDP_CHECKS_MAX; i++)
		if (run->slots[i].check)
			mxdp_checks[i]->cancel(run->slots[i].check);
	LL_FOREACH_SAFE(run->waiters, waiter, next)
	free(waiter);
	mxdp_config_unref(run->config);
	free(run->evidence);
	free(run->helo);
	free(run->sender);
	free(run);
}

void mxdp_run_drop(struct mxdp_run *run)
{
	unlist(run);
	free_run(run);
}

static void count_decision(struct mxdp_screener *screener, const struct mxdp_case *decided)
{
	screener->stats.decided++;
	if (decided->decision.reason == MXDP_REASON_FAIL_OPEN)
		screener->stats.fail_open++;
	screener->latencies[screener->latency_count++ % MXDP_LATENCIES] =
		decided->took_ms > UINT16_MAX ? UINT16_MAX : (uint16_t)decided->took_ms;
}

/* HELO and sender speak about the client; SPF speaks about the message alone. */
static void keep_what_it_said(const struct mxdp_run *run)
{
	bool kept = false;

	for (size_t i = 0; i < run->count; i++) {
		enum mxdp_evidence_class class = run->evidence[i].class;

		if (class == MXDP_EVIDENCE_HELO || class == MXDP_EVIDENCE_SENDER)
			kept |= !mxdp_told_add(run->screener->told, &run->evidence[i],
					       &run->config->told, time(NULL));
	}
	if (kept)
		mxdp_run_judge_anew(run->screener, &run->client);
}

/* A verdict that was made early stays: what came in since could not change it. */
static void decide_case(struct mxdp_run *run, struct mxdp_case *decided)
{
	*decided = (struct mxdp_case){
		.client = run->client,
		.decided = true,
		.decided_at = time(NULL),
		.took_ms = (unsigned int)(uv_now(run->screener->loop) - run->started_ms),
		.evidence_count = run->count,
		.evidence = run->evidence,
	};
	mxdp_decide(&run->client, run->evidence, run->count, &run->config->policy, time(NULL),
		    &decided->decision);
	if (!run->early)
		return;
	if (decided->decision.action == run->early_decision.action)
		decided->decision.expires = run->early_decision.expires;
	else
		decided->decision = run->early_decision;
	decided->took_ms = run->early_ms;
}

/* Unless it was forgotten or judged anew meanwhile, the case gets what has come in since. */
static void complete_case(struct mxdp_run *run, const struct mxdp_case *decided)
{
	struct mxdp_cases *cases = run->screener->cases;
	const struct mxdp_case *known = mxdp_cases_find(cases, &run->client);

	if (known && known->decision.action == decided->decision.action)
		mxdp_cases_keep(cases, decided);
}

static void end(struct mxdp_run *run, const struct mxdp_case *decided)
{
	struct mxdp_waiter *waiter;

	if (run->asked)
		keep_what_it_said(run);
	LL_FOREACH(run->waiters, waiter)
	waiter->done(waiter->context, decided);
	free_run(run);
}

/*
 * A refusal stands: in a flood of the listed, their names are not worth the DNS's time. Unless
 * somebody looks. Of those that pass the names are wanted for the journal.
 */
static void drop_waiting_checks(struct mxdp_run *run)
{
	for (size_t i = 0; mxdp_checks[i] && i < MXDP_CHECKS_MAX; i++) {
		struct mxdp_run_slot *slot = &run->slots[i];

		if (!slot->check || !mxdp_checks[i]->is_waiting ||
		    !mxdp_checks[i]->is_waiting(slot->check))
			continue;
		mxdp_checks[i]->cancel(slot->check);
		slot->check = NULL;
		run->outstanding--;
	}
	run->over = run->outstanding == 0;
}

void mxdp_run_finish(struct mxdp_run *run)
{
	struct mxdp_case decided;

	decide_case(run, &decided);
	if (!run->over && !run->waiters && decided.decision.action != MXDP_ACTION_PASS)
		drop_waiting_checks(run);
	if (run->over)
		unlist(run);
	if (!run->early)
		count_decision(run->screener, &decided);
	if (run->store && run->early)
		complete_case(run, &decided);
	else if (run->store)
		mxdp_screener_put_in_force(run->screener, &decided);
	if (run->store && run->over)
		mxdp_texts_fetch(run->screener->texts, run->config, &decided);
	if (run->over) {
		end(run, &decided);
		return;
	}
	run->ready = false;
	run->early = true;
	run->early_decision = decided.decision;
	run->early_ms = decided.took_ms;
}

/* What did not answer in time is said in the evidence: silence must not read like "not listed". */
void mxdp_run_time_out(struct mxdp_run *run)
{
	run->over = true;
	if (!run->early)
		run->screener->stats.timed_out++;
	for (size_t i = 0; mxdp_checks[i] && i < MXDP_CHECKS_MAX; i++) {
		struct mxdp_evidence missing = {
			.class = mxdp_checks[i]->class,
			.state = MXDP_EVIDENCE_FAILED,
			.key = mxdp_prefix_host(&run->client),
			.observed = time(NULL),
			.expires = time(NULL) + run->config->policy.fail_open_ttl,
		};

		if (!run->slots[i].check)
			continue;
		mxdp_evidence_set_source(&missing, mxdp_checks[i]->name);
		mxdp_evidence_set_reason(&missing, "no answer within %u ms",
					 run->config->check_timeout_ms);
		if (mxdp_checks[i]->give_up)
			mxdp_checks[i]->give_up(run->slots[i].check, &missing);
		else
			keep_evidence(run, &missing);
	}
	mxdp_screener_make_ready(run);
}
