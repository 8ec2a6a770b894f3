/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The callers' queries: answered by the cache or by a question, delivered outside of both. */
#include "private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

#define SERVERS_TEXT 1024 /* all of them, as text */

void mxdp_resolver_count(struct mxdp_resolver_stats *stats, enum mxdp_dns_status status)
{
	switch (status) {
	case MXDP_DNS_OK:
		stats->answered++;
		break;
	case MXDP_DNS_NODATA:
	case MXDP_DNS_NXDOMAIN:
		stats->negative++;
		break;
	case MXDP_DNS_TIMEOUT:
		stats->timeouts++;
		break;
	case MXDP_DNS_SERVFAIL:
	case MXDP_DNS_BADNAME:
		stats->failures++;
		break;
	case MXDP_DNS_BUSY:
		stats->busy++;
		break;
	}
}

static void query_free(struct mxdp_query *query)
{
	mxdp_answer_unref(query->answer);
	free(query);
}

static void deliver(struct mxdp_resolver *resolver, struct mxdp_query *query)
{
	struct mxdp_dns_answer answer = {.type = query->type, .status = query->status};

	if (query->answer != NULL)
		answer = query->answer->answer;
	answer.ttl = query->ttl;
	resolver->delivering = query;
	query->done(query->context, &answer);
	resolver->delivering = NULL;
	query_free(query);
}

/* What becomes ready meanwhile waits for the next turn: others use the loop too. */
static void on_idle(uv_idle_t *idle)
{
	struct mxdp_resolver *resolver = idle->data;
	size_t turn = resolver->ready_count;
	struct mxdp_query *query;

	while (turn-- > 0 && (query = TAILQ_FIRST(&resolver->ready)) != NULL) {
		TAILQ_REMOVE(&resolver->ready, query, link);
		resolver->ready_count--;
		deliver(resolver, query);
		if (resolver->closing)
			return;
	}
	if (resolver->ready_count == 0)
		uv_idle_stop(idle);
}

void mxdp_query_make_ready(struct mxdp_query *query, struct mxdp_shared_answer *answer,
			   uint32_t ttl, enum mxdp_dns_status status)
{
	struct mxdp_resolver *resolver = query->resolver;

	query->question = NULL;
	query->answer = answer;
	query->ttl = ttl;
	query->status = status;
	TAILQ_INSERT_TAIL(&resolver->ready, query, link);
	resolver->ready_count++;
	uv_idle_start(&resolver->idle, on_idle);
}

int mxdp_resolver_new(uv_loop_t *loop, const struct mxdp_resolver_settings *settings,
		      struct mxdp_resolver **out)
{
	struct mxdp_resolver *resolver = calloc(1, sizeof(*resolver));
	int error = -ENOMEM;

	if (resolver == NULL)
		return -ENOMEM;
	resolver->settings = *settings;
	resolver->settings.servers = NULL; /* the caller's; the wire has read it */
	TAILQ_INIT(&resolver->queue);
	TAILQ_INIT(&resolver->later_queue);
	TAILQ_INIT(&resolver->ready);
	resolver->cache = mxdp_resolver_cache_new(settings->cache_entries);
	if (resolver->cache != NULL)
		error = mxdp_wire_new(loop, settings, mxdp_questions_send, resolver,
				      &resolver->wire);
	if (error) {
		mxdp_resolver_cache_free(resolver->cache);
		free(resolver);
		return error;
	}
	uv_idle_init(loop, &resolver->idle);
	uv_timer_init(loop, &resolver->later);
	resolver->idle.data = resolver->later.data = resolver;
	resolver->open_handles = 2;
	*out = resolver;
	return 0;
}

/* The new wire's servers are compared: settings may name none and mean the system's. */
static bool is_changed(const struct mxdp_resolver *resolver, const struct mxdp_wire *wire,
		       const struct mxdp_resolver_settings *settings)
{
	char servers[SERVERS_TEXT], next[SERVERS_TEXT];

	mxdp_wire_servers(resolver->wire, servers, sizeof(servers));
	mxdp_wire_servers(wire, next, sizeof(next));
	return strcmp(servers, next) != 0 ||
	       !mxdp_resolver_settings_equal(&resolver->settings, settings);
}

int mxdp_resolver_configure(struct mxdp_resolver *resolver,
			    const struct mxdp_resolver_settings *settings)
{
	struct mxdp_resolver_cache *cache = mxdp_resolver_cache_new(settings->cache_entries);
	struct mxdp_wire *wire = NULL;
	int error = -ENOMEM;

	if (cache != NULL)
		error = mxdp_wire_new(resolver->idle.loop, settings, mxdp_questions_send, resolver,
				      &wire);
	if (error || !is_changed(resolver, wire, settings)) {
		mxdp_wire_free(wire);
		mxdp_resolver_cache_free(cache);
		return error;
	}
	mxdp_wire_free(resolver->wire);
	mxdp_resolver_cache_free(resolver->cache);
	resolver->wire = wire;
	resolver->cache = cache;
	resolver->settings = *settings;
	resolver->settings.servers = NULL;
	mxdp_questions_queue_again(resolver);
	mxdp_questions_send(resolver);
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct mxdp_resolver *resolver = handle->data;

	if (--resolver->open_handles == 0)
		free(resolver);
}

static void drop_queries(struct query_list *list)
{
	struct mxdp_query *query;

	while ((query = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, query, link);
		query_free(query);
	}
}

void mxdp_resolver_free(struct mxdp_resolver *resolver)
{
	struct question *question;

	if (resolver == NULL)
		return;
	resolver->closing = true;
	mxdp_wire_free(resolver->wire);
	while ((question = resolver->questions) != NULL ||
	       (question = TAILQ_FIRST(&resolver->later_queue)) != NULL) {
		drop_queries(&question->waiting);
		mxdp_question_free(question);
	}
	drop_queries(&resolver->ready);
	mxdp_resolver_cache_free(resolver->cache);
	uv_close((uv_handle_t *)&resolver->idle, on_closed);
	uv_close((uv_handle_t *)&resolver->later, on_closed);
}

static struct mxdp_query *ask(struct mxdp_resolver *resolver, const char *name,
			      enum mxdp_dns_type type, enum turn turn, mxdp_dns_done done,
			      void *context)
{
	struct mxdp_query *query = calloc(1, sizeof(*query));
	struct mxdp_shared_answer *cached;
	struct mxdp_dns_key key;
	uint32_t ttl;

	if (query == NULL)
		return NULL;
	query->resolver = resolver;
	query->done = done;
	query->context = context;
	query->type = type;
	resolver->stats.asked++;
	if (mxdp_dns_key_make(name, type, &key) != 0) {
		mxdp_resolver_count(&resolver->stats, MXDP_DNS_BADNAME);
		mxdp_query_make_ready(query, NULL, 0, MXDP_DNS_BADNAME);
		return query;
	}
	cached = mxdp_resolver_cache_get(resolver->cache, &key, uv_now(resolver->idle.loop), &ttl);
	if (cached != NULL) {
		resolver->stats.cache_hits++;
		mxdp_query_make_ready(query, cached, ttl, MXDP_DNS_OK);
		return query;
	}
	if (mxdp_question_join(query, &key, turn) == MXDP_DNS_BUSY) {
		mxdp_resolver_count(&resolver->stats, MXDP_DNS_BUSY);
		mxdp_query_make_ready(query, NULL, 0, MXDP_DNS_BUSY);
		return query;
	}
	mxdp_questions_send(resolver);
	return query;
}

struct mxdp_query *mxdp_resolver_query(struct mxdp_resolver *resolver, const char *name,
				       enum mxdp_dns_type type, mxdp_dns_done done, void *context)
{
	return ask(resolver, name, type, TURN_USUAL, done, context);
}

struct mxdp_query *mxdp_resolver_query_later(struct mxdp_resolver *resolver, const char *name,
					     enum mxdp_dns_type type, mxdp_dns_done done,
					     void *context)
{
	return ask(resolver, name, type, TURN_LATER, done, context);
}

struct mxdp_query *mxdp_resolver_query_first(struct mxdp_resolver *resolver, const char *name,
					     enum mxdp_dns_type type, mxdp_dns_done done,
					     void *context)
{
	return ask(resolver, name, type, TURN_FIRST, done, context);
}

bool mxdp_query_is_waiting(const struct mxdp_query *query)
{
	return query->question != NULL && query->question->queued;
}

void mxdp_query_cancel(struct mxdp_query *query)
{
	struct mxdp_resolver *resolver;
	struct question *question;

	if (query == NULL || query == query->resolver->delivering)
		return;
	resolver = query->resolver;
	question = query->question;
	if (question == NULL) {
		TAILQ_REMOVE(&resolver->ready, query, link);
		resolver->ready_count--;
	} else {
		TAILQ_REMOVE(&question->waiting, query, link);
		/* Nobody wants to know it any more, and it hasn't been sent. */
		if (TAILQ_EMPTY(&question->waiting) && question->queued)
			mxdp_question_free(question);
	}
	query_free(query);
}

void mxdp_resolver_stats(const struct mxdp_resolver *resolver, struct mxdp_resolver_stats *stats)
{
	*stats = resolver->stats;
	stats->evicted = mxdp_resolver_cache_evicted(resolver->cache);
	stats->cached = mxdp_resolver_cache_count(resolver->cache);
	stats->in_flight = mxdp_wire_in_flight(resolver->wire);
}

void mxdp_resolver_forget(struct mxdp_resolver *resolver, const char *name, enum mxdp_dns_type type)
{
	struct mxdp_dns_key key;

	if (mxdp_dns_key_make(name, type, &key) == 0)
		mxdp_resolver_cache_drop(resolver->cache, &key);
}

void mxdp_resolver_servers(const struct mxdp_resolver *resolver, char *text, size_t size)
{
	mxdp_wire_servers(resolver->wire, text, size);
}
