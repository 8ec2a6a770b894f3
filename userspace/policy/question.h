/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One policy request on its way: rules and never-block set first, then the screener's judgement and
 * the message's SPF at the same time, then the answer. Private to the policy server.
 */
#ifndef MXDP_POLICY_QUESTION_H
#define MXDP_POLICY_QUESTION_H

#include "parse.h"
#include "policy.h"
#include "userspace/checks/spf/lookup.h"

struct mxdp_policy_question;

/* All questions under way, of all connections. */
struct mxdp_policy_questions {
	uv_loop_t *loop;
	struct mxdp_policy_world world;
	struct mxdp_spf_lookup lookup;
	struct mxdp_policy_question *first;
	struct mxdp_policy_stats stats; /* all but the connections */
};

typedef void (*mxdp_policy_answered)(void *context, const char *answer, size_t length);

/*
 * Asks. `done` is called once, from inside this call when no checks are needed (NULL is returned
 * then), else from a later turn of the loop. `add_header`: this message has no Received-SPF yet.
 */
struct mxdp_policy_question *mxdp_policy_ask(struct mxdp_policy_questions *questions,
					     const struct mxdp_policy_request *request,
					     bool add_header, mxdp_policy_answered done,
					     void *context);
/* Nobody waits any more: `done` will not be called; what was learnt is kept all the same. */
void mxdp_policy_leave(struct mxdp_policy_question *question);
/* Ends all questions; the screener must be freed before the loop turns again. */
void mxdp_policy_questions_end(struct mxdp_policy_questions *questions);

#endif
