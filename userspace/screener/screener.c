/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue: who is being checked, who waits for it, when it is time to decide. */
#include "private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utlist.h>

#include "userspace/log.h"

#define DEADLINE_STEP_MS 50

static void decide_ready(uv_idle_t *idle)
{
	struct mxdp_screener *screener = idle->data;
	struct mxdp_run *ready = screener->ready, *next;

	screener->ready = NULL;
	uv_idle_stop(idle);
	for (; ready; ready = next) {
		next = ready->next_ready;
		mxdp_run_finish(ready);
	}
}

void mxdp_screener_make_ready(struct mxdp_run *run)
{
	struct mxdp_screener *screener = run->screener;

	if (run->ready)
		return;
	run->ready = true;
	LL_PREPEND2(screener->ready, run, next_ready);
	uv_idle_start(&screener->idle, decide_ready);
}

static void on_deadlines(uv_timer_t *timer)
{
	struct mxdp_screener *screener = timer->data;
	uint64_t now = uv_now(screener->loop);
	struct mxdp_run *run;

	DL_FOREACH(screener->oldest, run)
	{
		/* cppcheck-suppress uninitvar ; DL_FOREACH sets it */
		if (now - run->started_ms < run->config->check_timeout_ms)
			break;
		if (!run->ready)
			mxdp_run_time_out(run);
	}
}

int mxdp_screener_new(uv_loop_t *loop, struct mxdp_resolver *resolver, const struct mxdp_maps *maps,
		      struct mxdp_config *config, struct mxdp_screener **out)
{
	struct mxdp_screener *screener = calloc(1, sizeof(*screener));

	if (!screener)
		return -ENOMEM;
	screener->cases = mxdp_cases_new(MXDP_CASES_MAX);
	screener->told = mxdp_told_new(MXDP_TOLD_CLIENTS_MAX);
	screener->texts = screener->cases ? mxdp_texts_new(resolver, screener->cases) : NULL;
	screener->trust = mxdp_trust_new(MXDP_TRUST_CLIENTS_MAX);
	if (!screener->texts || !screener->told || !screener->trust ||
	    mxdp_zones_new(loop, resolver, config, &screener->zones) != 0) {
		mxdp_texts_free(screener->texts);
		mxdp_cases_free(screener->cases);
		mxdp_told_free(screener->told);
		mxdp_trust_free(screener->trust);
		free(screener);
		return -ENOMEM;
	}
	screener->loop = loop;
	screener->resolver = resolver;
	screener->maps = maps;
	screener->config = mxdp_config_ref(config);
	uv_idle_init(loop, &screener->idle);
	uv_timer_init(loop, &screener->deadlines);
	screener->open_handles = 2;
	mxdp_zones_on_suspend(screener->zones, mxdp_screener_withdraw, screener);
	screener->idle.data = screener->deadlines.data = screener;
	uv_timer_start(&screener->deadlines, on_deadlines, DEADLINE_STEP_MS, DEADLINE_STEP_MS);
	*out = screener;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct mxdp_screener *screener = handle->data;

	if (--screener->open_handles == 0)
		free(screener);
}

void mxdp_screener_free(struct mxdp_screener *screener)
{
	if (!screener)
		return;
	while (screener->oldest)
		mxdp_run_drop(screener->oldest);
	mxdp_zones_free(screener->zones);
	mxdp_texts_free(screener->texts);
	mxdp_cases_free(screener->cases);
	mxdp_told_free(screener->told);
	mxdp_trust_free(screener->trust);
	mxdp_config_unref(screener->config);
	uv_close((uv_handle_t *)&screener->idle, on_closed);
	uv_close((uv_handle_t *)&screener->deadlines, on_closed);
}

void mxdp_screener_configure(struct mxdp_screener *screener, struct mxdp_config *config)
{
	mxdp_config_ref(config);
	mxdp_config_unref(screener->config);
	screener->config = config;
	if (mxdp_zones_configure(screener->zones, config) != 0)
		mxdp_log(MXDP_LOG_ERROR, "new zones aren't probed: memory is out; restart mxdpd");
}

const struct mxdp_zones *mxdp_screener_zones(const struct mxdp_screener *screener)
{
	return screener->zones;
}

void mxdp_screener_probe_zones(struct mxdp_screener *screener)
{
	mxdp_zones_probe_now(screener->zones);
}

void mxdp_screener_set_exempt(struct mxdp_screener *screener, const struct mxdp_exempt *exempt)
{
	screener->exempt = exempt;
}

void mxdp_screener_set_greylist(struct mxdp_screener *screener,
				const struct mxdp_greylist *greylist)
{
	screener->greylist = greylist;
}

int mxdp_screener_delivered(struct mxdp_screener *screener, const struct mxdp_address *client,
			    struct mxdp_trust_record *out)
{
	return mxdp_trust_delivered(screener->trust, client, &screener->config->trust, time(NULL),
				    out);
}

void mxdp_screener_restore_trust(struct mxdp_screener *screener,
				 const struct mxdp_trust_record *record)
{
	mxdp_trust_restore(screener->trust, record);
}

void mxdp_screener_on_decision(struct mxdp_screener *screener, mxdp_decision_fn fn, void *context)
{
	screener->on_decision = fn;
	screener->on_decision_context = context;
}

void mxdp_screener_on_start(struct mxdp_screener *screener, mxdp_known_fn fn, void *context)
{
	screener->on_start = fn;
	screener->on_start_context = context;
}

void mxdp_screener_restore_told(struct mxdp_screener *screener, const struct mxdp_evidence *kept)
{
	mxdp_told_restore(screener->told, kept);
}

void mxdp_screener_restore_zone(struct mxdp_screener *screener, const char *shown,
				const struct mxdp_zone_statistics *statistics)
{
	mxdp_zones_restore(screener->zones, shown, statistics);
}

void mxdp_screener_on_told(struct mxdp_screener *screener, mxdp_told_fn fn, void *context)
{
	mxdp_told_on_keep(screener->told, fn, context);
}

void mxdp_screener_on_named(struct mxdp_screener *screener, mxdp_named_fn fn, void *context)
{
	screener->on_named = fn;
	screener->on_named_context = context;
}

static struct mxdp_run *find_run(const struct mxdp_screener *screener,
				 const struct mxdp_address *client)
{
	struct mxdp_run *run;

	HASH_FIND(hh, screener->runs, client, sizeof(*client), run);
	return run;
}

int mxdp_screener_announce(struct mxdp_screener *screener, const struct mxdp_address *client)
{
	struct mxdp_check_subject subject = {.client = *client};
	struct mxdp_run *run = find_run(screener, client);

	screener->stats.announced++;
	if (run) {
		screener->stats.joined++;
		run->store = true;
		return -EALREADY;
	}
	run = mxdp_screener_has_room(screener) ? mxdp_run_start(screener, &subject, false) : NULL;
	if (!run) {
		screener->stats.refused++;
		return -EBUSY;
	}
	run->store = true;
	return 0;
}

/* A run without its waiter still ends by itself. */
static int await(struct mxdp_run *run, mxdp_case_fn done, void *context)
{
	struct mxdp_waiter *waiter = run ? calloc(1, sizeof(*waiter)) : NULL;

	if (!waiter)
		return -ENOMEM;
	waiter->done = done;
	waiter->context = context;
	LL_PREPEND(run->waiters, waiter);
	return 0;
}

int mxdp_screener_check(struct mxdp_screener *screener, const struct mxdp_address *client,
			bool store, mxdp_case_fn done, void *context)
{
	struct mxdp_check_subject subject = {.client = *client};
	struct mxdp_run *run = find_run(screener, client);
	int error = await(run ? run : mxdp_run_start(screener, &subject, false), done, context);

	if (!error)
		find_run(screener, client)->store |= store;
	return error;
}

int mxdp_screener_ask(struct mxdp_screener *screener, const struct mxdp_check_subject *subject,
		      mxdp_case_fn done, void *context)
{
	if (!mxdp_screener_has_room(screener))
		return -EBUSY;
	return await(mxdp_run_start(screener, subject, true), done, context);
}

int mxdp_screener_tell(struct mxdp_screener *screener, const struct mxdp_evidence *evidence)
{
	int error = mxdp_told_add(screener->told, evidence, &screener->config->told, time(NULL));

	if (!error)
		mxdp_run_judge_anew(screener, &evidence->key.address);
	return error;
}

/* Without a case there is nothing to judge by: its checks run. */
void mxdp_screener_judge(struct mxdp_screener *screener, const struct mxdp_address *client)
{
	if (mxdp_cases_find(screener->cases, client))
		mxdp_run_judge_anew(screener, client);
	else
		mxdp_screener_announce(screener, client);
}

int mxdp_screener_show(struct mxdp_screener *screener, const struct mxdp_evidence *evidence)
{
	struct mxdp_evidence weightless = *evidence;
	int error;

	weightless.score = 0;
	error = mxdp_told_add(screener->told, &weightless, &screener->config->told, time(NULL));
	if (!error)
		mxdp_run_show_anew(screener, &evidence->key.address);
	return error;
}

int mxdp_screener_case(const struct mxdp_screener *screener, const struct mxdp_address *client,
		       struct mxdp_case *out)
{
	const struct mxdp_case *known = mxdp_cases_find(screener->cases, client);

	if (!known)
		return -ENOENT;
	*out = *known;
	return 0;
}

void mxdp_screener_restore(struct mxdp_screener *screener, const struct mxdp_case *known)
{
	struct mxdp_verdict verdict;
	struct mxdp_prefix key;

	mxdp_cases_keep(screener->cases, known);
	if (screener->maps &&
	    mxdp_verdict_match(screener->maps, &known->client, &key, &verdict) == -ENOENT)
		mxdp_screener_write(screener, known, mxdp_boottime_from_unix(known->decided_at));
}

/* The verdicts to delete are collected first: deleting under the walk would skip others. */
struct forgetting {
	const struct mxdp_prefix *prefix;
	struct mxdp_prefix *keys;
	size_t count, places;
};

static int collect(void *context, const struct mxdp_prefix *key, const struct mxdp_verdict *verdict)
{
	struct forgetting *forgetting = context;

	(void)verdict;
	/* The /64 over a host that is to be forgotten goes with it. */
	if (!mxdp_prefix_contains(forgetting->prefix, &key->address) &&
	    !mxdp_prefix_contains(key, &forgetting->prefix->address))
		return 0;
	if (forgetting->count == forgetting->places) {
		size_t places = forgetting->places ? forgetting->places * 2 : 64;
		struct mxdp_prefix *more =
			realloc(forgetting->keys, places * sizeof(*forgetting->keys));

		if (!more)
			return -ENOMEM;
		forgetting->keys = more;
		forgetting->places = places;
	}
	forgetting->keys[forgetting->count++] = *key;
	return 0;
}

int mxdp_screener_forget(struct mxdp_screener *screener, const struct mxdp_prefix *prefix)
{
	struct forgetting forgetting = {.prefix = prefix};
	int error = mxdp_verdict_each(screener->maps, collect, &forgetting);
	int gone = 0;

	for (size_t i = 0; i < forgetting.count; i++)
		gone += mxdp_verdict_delete(screener->maps, &forgetting.keys[i]) == 0;
	free(forgetting.keys);
	if (mxdp_prefix_is_host(prefix))
		mxdp_pending_delete(screener->maps, &prefix->address);
	mxdp_cases_forget(screener->cases, prefix);
	mxdp_told_forget(screener->told, prefix);
	mxdp_trust_end(screener->trust, prefix);
	return error ? error : gone;
}

bool mxdp_screener_has_room(const struct mxdp_screener *screener)
{
	return screener->running < screener->config->clients_max;
}

static int by_size(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

void mxdp_screener_stats(const struct mxdp_screener *screener, struct mxdp_screener_stats *stats)
{
	uint16_t sorted[MXDP_LATENCIES];
	size_t count =
		screener->latency_count < MXDP_LATENCIES ? screener->latency_count : MXDP_LATENCIES;

	*stats = screener->stats;
	stats->running = screener->running;
	stats->cases = mxdp_cases_count(screener->cases);
	stats->cases_evicted = mxdp_cases_evicted(screener->cases);
	if (!count)
		return;
	memcpy(sorted, screener->latencies, count * sizeof(sorted[0]));
	qsort(sorted, count, sizeof(sorted[0]), by_size);
	stats->latency_ms_p50 = sorted[count / 2];
	stats->latency_ms_p99 = sorted[count * 99 / 100];
}
