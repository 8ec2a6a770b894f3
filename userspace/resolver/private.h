/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by resolver.c (the queries) and question.c (the questions) alone. A query, what a caller
 * asked, waits for a question, what is asked of the world, once for all who want to know it. A
 * question is queued, then on the wire, then gone; its answer goes to the cache and to the queries,
 * which are delivered by an idle handle: outside of c-ares and of any caller.
 */
#ifndef MXDP_RESOLVER_PRIVATE_H
#define MXDP_RESOLVER_PRIVATE_H

#include <sys/queue.h>
#include <uthash.h>

#include "answer.h"
#include "cache.h"
#include "resolver.h"
#include "wire.h"

/* When a question is sent. */
enum turn { TURN_FIRST, TURN_USUAL, TURN_LATER };

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
	bool later;                /* of those that all others go before */
	bool known;                /* in the resolver's table */
	uint64_t due_ms;           /* no sooner */
	uint64_t sent_ms;
	TAILQ_ENTRY(question) link;
	struct mxdp_dns_key key;
};

TAILQ_HEAD(question_queue, question);

struct mxdp_resolver {
	struct mxdp_resolver_settings settings;
	struct mxdp_wire *wire;
	struct mxdp_resolver_cache *cache;
	struct question *questions; /* by key; a later one from when it is sent */
	struct question_queue queue;
	struct question_queue later_queue; /* sent when nothing else waits */
	uv_timer_t later;                  /* until the first of these is due */
	double answer_ms;                  /* how long answers take now, about */
	unsigned int open_handles;
	struct query_list ready;
	size_t ready_count;
	struct mxdp_query *delivering;
	uv_idle_t idle;
	bool closing;
	struct mxdp_resolver_stats stats;
};

void mxdp_resolver_count(struct mxdp_resolver_stats *stats, enum mxdp_dns_status status);

/*
 * Gives a query what it waited for, to be delivered in the loop's next turn. Takes over the
 * reference to `answer`; without one `status` is the answer.
 */
void mxdp_query_make_ready(struct mxdp_query *query, struct mxdp_shared_answer *answer,
			   uint32_t ttl, enum mxdp_dns_status status);

/*
 * Joins the question that is under way, or makes it; one that waits moves forward to this turn.
 * MXDP_DNS_BUSY: there is no room.
 */
enum mxdp_dns_status mxdp_question_join(struct mxdp_query *query, const struct mxdp_dns_key *key,
					enum turn turn);
/* Forgets a question for which nothing waits and that is not on the wire. */
void mxdp_question_free(struct question *question);
/* Sends what may be sent now. The context is the resolver: an mxdp_wire_ready. */
void mxdp_questions_send(void *context);
/* What the old wire was asked and has not answered waits for the new one. */
void mxdp_questions_queue_again(struct mxdp_resolver *resolver);

#endif
