/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One message of which the screener and SPF are asked, from the question to the evidence. Private
 * to this folder.
 */
#ifndef MXDP_SAID_QUESTION_H
#define MXDP_SAID_QUESTION_H

#include "said.h"

struct mxdp_said_question;

/* All that are under way. */
struct mxdp_said_questions {
	uv_loop_t *loop;
	const struct mxdp_said_world *world;
	struct mxdp_said_question *first;
	unsigned int count;
	/* Called when all that was asked has been answered; message->spf is set then. */
	void (*done)(void *context, const struct mxdp_said_message *message);
	void *context;
};

/*
 * Asks; `sender` is the whole address. `done` comes once from a later turn of the loop, or, when
 * there is nothing to ask, at once. Returns 0, or -EBUSY, -ENOMEM: nothing is asked then.
 */
int mxdp_said_ask(struct mxdp_said_questions *all, const struct mxdp_said_message *message,
		  const char *sender);
/* Ends them all without a callback; the screener must be freed before the loop turns again. */
void mxdp_said_questions_end(struct mxdp_said_questions *all);

#endif
