/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A query (what a caller asked) waits for a question (what is asked of the world, once for all who
 * want to know it). A question is queued, then on the wire, then gone; its answer goes to the cache
 * and to the queries, which are delivered by an idle handle: outside of c-ares and of any caller.
 */
#include "resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "answer.h"
#include "cache.h"
#include "wire.h"

#define SERVERS_TEXT 1024 /* all of them, as text */

struct mxdp_query {
	struct mxdp_resolver *resolver;
	struct question *question; /* NULL: ready to be delivered */
	mxdp_dns_done done;
	void *context;
	enum mxdp_dns_type type;
	enum mxdp_dns_status status;       /* meaningful without `answer` */
	struct mxdp_shared_answer *answer; /* one reference, or NULL */
	uint32_t ttl;
	TAILQ_ENTRY(mxdp_query) link; /* of its question or of the ready ones */
};

TAILQ_HEAD(query_list, mxdp_query);

struct question {
	UT_hash_handle hh;
	struct mxdp_resolver *resolver;
	struct query_list waiting; /* may be empty: all were cancelled */
	bool queued;               /* else on the wire */
	TAILQ_ENTRY(question) link;
	struct mxdp_dns_key key;
};

TAILQ_HEAD(question_queue, question);

struct mxdp_resolver {
	struct mxdp_resolver_settings settings;
	struct mxdp_wire *wire;
	struct mxdp_resolver_cache *cache;
	struct question *questions; /* by key */
	struct question_queue queue;
	struct question_queue reverse_queue; /* PTR: sent when nothing else waits */
	struct query_list ready;
	size_t ready_count;
	struct mxdp_query *delivering;
	uv_idle_t idle;
	bool closing;
	struct mxdp_resolver_stats stats;
};

static const char *const status_names[] = {
	[MXDP_DNS_OK] = "ok",
	[MXDP_DNS_NODATA] = "no data",
	[MXDP_DNS_NXDOMAIN] = "no such name",
	[MXDP_DNS_TIMEOUT] = "time-out",
	[MXDP_DNS_SERVFAIL] = "server failure",
	[MXDP_DNS_BADNAME] = "not a name",
	[MXDP_DNS_BUSY] = "too many questions",
};

const char *mxdp_dns_status_name(enum mxdp_dns_status status)
{
	if ((unsigned int)status >= sizeof(status_names) / sizeof(status_names[0]))
		return "?";
	return status_names[status];
}

const char *mxdp_dns_type_name(enum mxdp_dns_type type)
{
	switch (type) {
	case MXDP_DNS_A:
		return "A";
	case MXDP_DNS_PTR:
		return "PTR";
	case MXDP_DNS_MX:
		return "MX";
	case MXDP_DNS_TXT:
		return "TXT";
	case MXDP_DNS_AAAA:
		return "AAAA";
	}
	return "?";
}

struct mxdp_resolver_settings mxdp_resolver_defaults(void)
{
	return (struct mxdp_resolver_settings){
		/* Two tries end within the time for which a client is held. */
		.timeout_ms = 800,        .tries = 2,
		.in_flight_max = 2000,    .queue_max = 65536,
		.cache_entries = 131072,  .ttl_min = 60,
		.ttl_max = 3600,          .negative_ttl_min = 60,
		.negative_ttl_max = 3600, .failure_ttl = 10,
	};
}

static uint32_t clamp(uint32_t value, uint32_t least, uint32_t most)
{
	if (value < least)
		value = least;
	return value > most ? most : value;
}

/* How long an answer holds here; 0: it isn't remembered. */
static uint32_t clamped_ttl(const struct mxdp_resolver_settings *settings,
			    const struct mxdp_dns_answer *answer)
{
	switch (answer->status) {
	case MXDP_DNS_OK:
		return clamp(answer->ttl, settings->ttl_min, settings->ttl_max);
	case MXDP_DNS_NODATA:
	case MXDP_DNS_NXDOMAIN:
		return clamp(answer->ttl, settings->negative_ttl_min, settings->negative_ttl_max);
	case MXDP_DNS_TIMEOUT:
	case MXDP_DNS_SERVFAIL:
		return settings->failure_ttl;
	case MXDP_DNS_BADNAME:
	case MXDP_DNS_BUSY:
		break;
	}
	return 0;
}

static void count_answer(struct mxdp_resolver_stats *stats, enum mxdp_dns_status status)
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

/* Takes over the reference to `answer`; without one `status` is the answer. */
static void make_ready(struct mxdp_query *query, struct mxdp_shared_answer *answer, uint32_t ttl,
		       enum mxdp_dns_status status)
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

/* In a burst the lists go first: they decide, reverse records hardly ever do. */
static struct question_queue *queue_of(struct mxdp_resolver *resolver,
				       const struct question *question)
{
	return question->key.type == MXDP_DNS_PTR ? &resolver->reverse_queue : &resolver->queue;
}

static void question_free(struct question *question)
{
	struct mxdp_resolver *resolver = question->resolver;

	if (question->queued) {
		TAILQ_REMOVE(queue_of(resolver, question), question, link);
		resolver->stats.queued--;
	}
	HASH_DEL(resolver->questions, question);
	free(question);
}

static void on_wire_done(void *context, struct mxdp_shared_answer *answer)
{
	struct question *question = context;
	struct mxdp_resolver *resolver = question->resolver;
	struct mxdp_query *query;
	uint32_t ttl = 0;

	count_answer(&resolver->stats, answer ? answer->answer.status : MXDP_DNS_SERVFAIL);
	if (answer != NULL) {
		ttl = clamped_ttl(&resolver->settings, &answer->answer);
		mxdp_resolver_cache_put(resolver->cache, &question->key, answer, ttl,
					uv_now(resolver->idle.loop));
	}
	while ((query = TAILQ_FIRST(&question->waiting)) != NULL) {
		TAILQ_REMOVE(&question->waiting, query, link);
		make_ready(query, answer ? mxdp_answer_ref(answer) : NULL, ttl, MXDP_DNS_SERVFAIL);
	}
	mxdp_answer_unref(answer);
	question_free(question);
}

static void send_from(struct mxdp_resolver *resolver, struct question_queue *queue)
{
	struct question *question;

	while (mxdp_wire_has_room(resolver->wire) && (question = TAILQ_FIRST(queue)) != NULL) {
		TAILQ_REMOVE(queue, question, link);
		question->queued = false;
		resolver->stats.queued--;
		resolver->stats.sent++;
		if (mxdp_wire_ask(resolver->wire, &question->key, on_wire_done, question) != 0)
			on_wire_done(question, NULL);
	}
}

static void send_queued(void *context)
{
	struct mxdp_resolver *resolver = context;

	send_from(resolver, &resolver->queue);
	send_from(resolver, &resolver->reverse_queue);
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
	TAILQ_INIT(&resolver->reverse_queue);
	TAILQ_INIT(&resolver->ready);
	resolver->cache = mxdp_resolver_cache_new(settings->cache_entries);
	if (resolver->cache != NULL)
		error = mxdp_wire_new(loop, settings, send_queued, resolver, &resolver->wire);
	if (error) {
		mxdp_resolver_cache_free(resolver->cache);
		free(resolver);
		return error;
	}
	uv_idle_init(loop, &resolver->idle);
	resolver->idle.data = resolver;
	*out = resolver;
	return 0;
}

/* The new wire's servers are compared, as settings may name none: the system's have no other name.
 */
static bool is_changed(const struct mxdp_resolver *resolver, const struct mxdp_wire *wire,
		       const struct mxdp_resolver_settings *settings)
{
	const struct mxdp_resolver_settings *now = &resolver->settings;
	char servers[SERVERS_TEXT], next[SERVERS_TEXT];

	mxdp_wire_servers(resolver->wire, servers, sizeof(servers));
	mxdp_wire_servers(wire, next, sizeof(next));
	return strcmp(servers, next) != 0 || now->timeout_ms != settings->timeout_ms ||
	       now->tries != settings->tries || now->in_flight_max != settings->in_flight_max ||
	       now->queue_max != settings->queue_max ||
	       now->cache_entries != settings->cache_entries || now->ttl_min != settings->ttl_min ||
	       now->ttl_max != settings->ttl_max ||
	       now->negative_ttl_min != settings->negative_ttl_min ||
	       now->negative_ttl_max != settings->negative_ttl_max ||
	       now->failure_ttl != settings->failure_ttl;
}

/* What the old wire was asked and has not answered waits for the new one. */
static void queue_again(struct mxdp_resolver *resolver)
{
	for (struct question *question = resolver->questions; question != NULL;
	     question = question->hh.next) {
		if (question->queued)
			continue;
		question->queued = true;
		TAILQ_INSERT_TAIL(queue_of(resolver, question), question, link);
		resolver->stats.queued++;
	}
}

int mxdp_resolver_configure(struct mxdp_resolver *resolver,
			    const struct mxdp_resolver_settings *settings)
{
	struct mxdp_resolver_cache *cache = mxdp_resolver_cache_new(settings->cache_entries);
	struct mxdp_wire *wire = NULL;
	int error = -ENOMEM;

	if (cache != NULL)
		error = mxdp_wire_new(resolver->idle.loop, settings, send_queued, resolver, &wire);
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
	queue_again(resolver);
	send_queued(resolver);
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
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
	while ((question = resolver->questions) != NULL) {
		drop_queries(&question->waiting);
		question_free(question);
	}
	drop_queries(&resolver->ready);
	mxdp_resolver_cache_free(resolver->cache);
	uv_close((uv_handle_t *)&resolver->idle, on_closed);
}

/* Joins the question that is under way, or makes it. */
static enum mxdp_dns_status join_question(struct mxdp_query *query, const struct mxdp_dns_key *key)
{
	struct mxdp_resolver *resolver = query->resolver;
	size_t key_length = mxdp_dns_key_length(key);
	struct question *question;

	HASH_FIND(hh, resolver->questions, key, key_length, question);
	if (question != NULL) {
		resolver->stats.joined++;
	} else {
		if (resolver->stats.queued >= resolver->settings.queue_max &&
		    !mxdp_wire_has_room(resolver->wire))
			return MXDP_DNS_BUSY;
		question = calloc(1, sizeof(*question));
		if (question == NULL)
			return MXDP_DNS_BUSY;
		question->resolver = resolver;
		question->key = *key;
		question->queued = true;
		TAILQ_INIT(&question->waiting);
		HASH_ADD(hh, resolver->questions, key, key_length, question);
		TAILQ_INSERT_TAIL(queue_of(resolver, question), question, link);
		resolver->stats.queued++;
	}
	query->question = question;
	TAILQ_INSERT_TAIL(&question->waiting, query, link);
	return MXDP_DNS_OK;
}

struct mxdp_query *mxdp_resolver_query(struct mxdp_resolver *resolver, const char *name,
				       enum mxdp_dns_type type, mxdp_dns_done done, void *context)
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
		count_answer(&resolver->stats, MXDP_DNS_BADNAME);
		make_ready(query, NULL, 0, MXDP_DNS_BADNAME);
		return query;
	}
	cached = mxdp_resolver_cache_get(resolver->cache, &key, uv_now(resolver->idle.loop), &ttl);
	if (cached != NULL) {
		resolver->stats.cache_hits++;
		make_ready(query, cached, ttl, MXDP_DNS_OK);
		return query;
	}
	if (join_question(query, &key) == MXDP_DNS_BUSY) {
		count_answer(&resolver->stats, MXDP_DNS_BUSY);
		make_ready(query, NULL, 0, MXDP_DNS_BUSY);
		return query;
	}
	send_queued(resolver);
	return query;
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
			question_free(question);
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

void mxdp_resolver_flush(struct mxdp_resolver *resolver)
{
	mxdp_resolver_cache_flush(resolver->cache);
}

void mxdp_resolver_servers(const struct mxdp_resolver *resolver, char *text, size_t size)
{
	mxdp_wire_servers(resolver->wire, text, size);
}
