/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of the world, in which order, and what becomes of the answers. */
#include "private.h"

#include <stdlib.h>

#include "settings.h"

/*
 * How long a later question waits, in milliseconds: through two turns of a busy loop, which reads
 * the answers in one and delivers them in the next, and never so long that its client would notice.
 */
#define LATER_MIN     30
#define LATER_MAX     100
#define LATER_ANSWERS 3  /* so many times as long as answers take now */
#define AVERAGE_OVER  16 /* answers, about */

static struct question_queue *queue_of(struct mxdp_resolver *resolver,
				       const struct question *question)
{
	return question->later ? &resolver->later_queue : &resolver->queue;
}

void mxdp_question_free(struct question *question)
{
	struct mxdp_resolver *resolver = question->resolver;

	if (question->queued) {
		TAILQ_REMOVE(queue_of(resolver, question), question, link);
		resolver->stats.queued--;
	}
	if (question->known)
		HASH_DEL(resolver->questions, question);
	free(question);
}

/* From now on others may join it. */
static void make_known(struct question *question)
{
	HASH_ADD(hh, question->resolver->questions, key, mxdp_dns_key_length(&question->key),
		 question);
	question->known = true;
}

static struct question *find_question(const struct mxdp_resolver *resolver,
				      const struct mxdp_dns_key *key)
{
	struct question *question;

	HASH_FIND(hh, resolver->questions, key, mxdp_dns_key_length(key), question);
	return question;
}

/* Failures say nothing about how long an answer takes. */
static void note_time(struct mxdp_resolver *resolver, const struct question *question)
{
	const double took_ms = (double)(uv_now(resolver->idle.loop) - question->sent_ms);

	resolver->answer_ms += (took_ms - resolver->answer_ms) / AVERAGE_OVER;
}

/* Most of what is asked now is answered after this time. */
static uint64_t later_ms(const struct mxdp_resolver *resolver)
{
	const double patient = LATER_ANSWERS * resolver->answer_ms;

	if (patient < LATER_MIN)
		return LATER_MIN;
	return patient > LATER_MAX ? LATER_MAX : (uint64_t)patient;
}

/* Takes over the reference to `answer`; without one it has failed. */
static void give_answer(struct question *question, struct mxdp_shared_answer *answer, uint32_t ttl)
{
	struct mxdp_query *query;

	while ((query = TAILQ_FIRST(&question->waiting)) != NULL) {
		TAILQ_REMOVE(&question->waiting, query, link);
		mxdp_query_make_ready(query, answer ? mxdp_answer_ref(answer) : NULL, ttl,
				      MXDP_DNS_SERVFAIL);
	}
	mxdp_answer_unref(answer);
	mxdp_question_free(question);
}

static void on_wire_done(void *context, struct mxdp_shared_answer *answer)
{
	struct question *question = context;
	struct mxdp_resolver *resolver = question->resolver;
	uint32_t ttl = 0;

	mxdp_resolver_count(&resolver->stats, answer ? answer->answer.status : MXDP_DNS_SERVFAIL);
	if (answer != NULL && !mxdp_dns_failed(answer->answer.status))
		note_time(resolver, question);
	if (answer != NULL) {
		ttl = mxdp_resolver_ttl(&resolver->settings, &answer->answer);
		mxdp_resolver_cache_put(resolver->cache, &question->key, answer, ttl,
					uv_now(resolver->idle.loop));
	}
	give_answer(question, answer, ttl);
}

/* Those who wait for it go over to one that others know. */
static void merge(struct question *question, struct question *known)
{
	struct mxdp_query *query;

	for (query = TAILQ_FIRST(&question->waiting); query; query = TAILQ_NEXT(query, link))
		query->question = known;
	TAILQ_CONCAT(&known->waiting, &question->waiting, link);
	question->resolver->stats.joined++;
	mxdp_question_free(question);
}

/* Whether somebody else has asked it meanwhile: then it is not sent, and is gone. */
static bool is_asked_by_others(struct question *question)
{
	struct mxdp_resolver *resolver = question->resolver;
	struct question *known = find_question(resolver, &question->key);
	struct mxdp_shared_answer *cached;
	uint32_t ttl;

	if (known != NULL) {
		merge(question, known);
		return true;
	}
	cached = mxdp_resolver_cache_get(resolver->cache, &question->key,
					 uv_now(resolver->idle.loop), &ttl);
	if (cached == NULL)
		return false;
	resolver->stats.cache_hits++;
	give_answer(question, cached, ttl);
	return true;
}

static void send_question(struct mxdp_resolver *resolver, struct question *question)
{
	if (!question->known) {
		if (is_asked_by_others(question))
			return;
		make_known(question);
	}
	TAILQ_REMOVE(queue_of(resolver, question), question, link);
	question->queued = false;
	resolver->stats.queued--;
	resolver->stats.sent++;
	question->sent_ms = uv_now(resolver->idle.loop);
	if (mxdp_wire_ask(resolver->wire, &question->key, on_wire_done, question) != 0)
		on_wire_done(question, NULL);
}

/* Sends from the one queue what is due, and tells when the next is; 0: none waits for its time. */
static uint64_t send_from(struct mxdp_resolver *resolver, struct question_queue *queue)
{
	const uint64_t now_ms = uv_now(resolver->idle.loop);
	struct question *question;

	while (mxdp_wire_has_room(resolver->wire) && (question = TAILQ_FIRST(queue)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): what was sent has left the queue */
		if (question->due_ms > now_ms)
			return question->due_ms - now_ms;
		send_question(resolver, question);
	}
	return 0;
}

bool mxdp_resolver_is_crowded(const struct mxdp_resolver *resolver)
{
	const struct question *later = TAILQ_FIRST(&resolver->later_queue);

	return !mxdp_wire_has_room(resolver->wire) &&
	       (!TAILQ_EMPTY(&resolver->queue) ||
		(later != NULL && later->due_ms <= uv_now(resolver->idle.loop)));
}

static void on_later_due(uv_timer_t *timer);

void mxdp_questions_send(void *context)
{
	struct mxdp_resolver *resolver = context;
	uint64_t wait_ms;

	send_from(resolver, &resolver->queue);
	wait_ms = send_from(resolver, &resolver->later_queue);
	if (wait_ms > 0)
		uv_timer_start(&resolver->later, on_later_due, wait_ms, 0);
}

static void on_later_due(uv_timer_t *timer)
{
	mxdp_questions_send(timer->data);
}

static void line_up(struct mxdp_resolver *resolver, struct question *question, enum turn turn)
{
	if (turn == TURN_FIRST)
		TAILQ_INSERT_HEAD(&resolver->queue, question, link);
	else
		TAILQ_INSERT_TAIL(queue_of(resolver, question), question, link);
}

static struct question *make_question(struct mxdp_resolver *resolver,
				      const struct mxdp_dns_key *key, enum turn turn)
{
	struct question *question;

	if (turn != TURN_FIRST && resolver->stats.queued >= resolver->settings.queue_max &&
	    !mxdp_wire_has_room(resolver->wire))
		return NULL;
	question = calloc(1, sizeof(*question));
	if (question == NULL)
		return NULL;
	question->resolver = resolver;
	question->key = *key;
	question->queued = true;
	if (turn == TURN_LATER) {
		question->later = true;
		question->due_ms = uv_now(resolver->idle.loop) + later_ms(resolver);
	} else {
		make_known(question);
	}
	TAILQ_INIT(&question->waiting);
	line_up(resolver, question, turn);
	resolver->stats.queued++;
	return question;
}

/* Somebody needs it sooner. */
static void move_forward(struct question *question, enum turn turn)
{
	struct mxdp_resolver *resolver = question->resolver;

	if (!question->queued || (turn == TURN_USUAL && !question->later))
		return;
	TAILQ_REMOVE(queue_of(resolver, question), question, link);
	question->later = false;
	question->due_ms = 0;
	line_up(resolver, question, turn);
}

enum mxdp_dns_status mxdp_question_join(struct mxdp_query *query, const struct mxdp_dns_key *key,
					enum turn turn)
{
	struct mxdp_resolver *resolver = query->resolver;
	/* A later one is most often taken back: it looks for others when it goes. */
	struct question *question = turn == TURN_LATER ? NULL : find_question(resolver, key);

	if (question != NULL) {
		resolver->stats.joined++;
		move_forward(question, turn);
	} else {
		question = make_question(resolver, key, turn);
		if (question == NULL)
			return MXDP_DNS_BUSY;
	}
	query->question = question;
	TAILQ_INSERT_TAIL(&question->waiting, query, link);
	return MXDP_DNS_OK;
}

void mxdp_questions_queue_again(struct mxdp_resolver *resolver)
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
