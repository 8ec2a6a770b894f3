/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "question.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utlist.h>

#include "userspace/checks/spf/spf.h"

#define SPF_TIME_MS 10000
#define LIFE        3600 /* seconds that explain shows what was found */

struct mxdp_said_question {
	struct mxdp_said_questions *all;
	struct mxdp_said_message message;
	char sender[MXDP_SAID_ARGUMENT]; /* the whole address: SPF's macros may ask for it */
	bool judging;                    /* the screener will call back */
	struct mxdp_spf_run *spf;
	struct mxdp_said_question *prev, *next;
};

static void drop(struct mxdp_said_question *question)
{
	if (question->spf)
		mxdp_spf_cancel(question->spf);
	DL_DELETE(question->all->first, question);
	question->all->count--;
	free(question);
}

static void go_on(struct mxdp_said_question *question)
{
	if (question->judging || question->spf)
		return;
	question->all->done(question->all->context, &question->message);
	drop(question);
}

static void on_judged(void *context, const struct mxdp_case *result)
{
	struct mxdp_said_question *question = context;

	(void)result;
	question->judging = false;
	go_on(question);
}

/* Evidence that weighs nothing, whatever it says. */
static void show(const struct mxdp_said_question *question, struct mxdp_evidence *evidence)
{
	evidence->key = mxdp_prefix_host(&question->message.client);
	evidence->observed = time(NULL);
	evidence->expires = evidence->observed + LIFE;
	mxdp_screener_show(question->all->world->screener, evidence);
}

/* Whose permission was looked for: the sender's domain, or without one the HELO name's. */
static const char *identity(const struct mxdp_said_message *message)
{
	return message->sender[0] ? message->sender : message->helo;
}

static void show_spf(const struct mxdp_said_question *question,
		     const struct mxdp_spf_result *result)
{
	const char *why = result->mechanism[0] ? result->mechanism : result->problem;
	struct mxdp_evidence evidence = {
		.class = MXDP_EVIDENCE_SPF,
		.state = result->code == MXDP_SPF_NONE || result->code == MXDP_SPF_TEMPERROR ||
					 result->code == MXDP_SPF_PERMERROR
				 ? MXDP_EVIDENCE_NOTHING
				 : MXDP_EVIDENCE_ANSWERED,
	};

	mxdp_evidence_set_source(&evidence, "spf");
	mxdp_evidence_set_reason(&evidence,
				 "SPF %s for %s%s%s%s; it judges the message, not the "
				 "client",
				 mxdp_spf_code_name(result->code), identity(&question->message),
				 why[0] ? " (" : "", why, why[0] ? ")" : "");
	show(question, &evidence);
}

static void on_spf(void *context, const struct mxdp_spf_result *result)
{
	struct mxdp_said_question *question = context;

	question->spf = NULL;
	question->message.spf = mxdp_spf_code_name(result->code);
	show_spf(question, result);
	go_on(question);
}

static void start(struct mxdp_said_question *question)
{
	const struct mxdp_said_message *message = &question->message;
	struct mxdp_said_questions *all = question->all;
	const struct mxdp_check_subject subject = {
		.client = message->client,
		.helo = message->helo[0] ? message->helo : NULL,
		.sender = question->sender[0] ? question->sender : NULL,
	};
	const struct mxdp_spf_question asked = {
		.client = message->client,
		.helo = message->helo,
		.sender = question->sender,
		.time_ms = SPF_TIME_MS,
	};

	question->judging =
		mxdp_screener_ask(all->world->screener, &subject, on_judged, question) == 0;
	if (identity(message)[0])
		question->spf =
			mxdp_spf_start(all->loop, &all->world->lookup, &asked, on_spf, question);
}

int mxdp_said_ask(struct mxdp_said_questions *all, const struct mxdp_said_message *message,
		  const char *sender)
{
	struct mxdp_said_question *question;

	if (all->count >= MXDP_SAID_QUESTIONS_MAX || !mxdp_screener_has_room(all->world->screener))
		return -EBUSY;
	question = calloc(1, sizeof(*question));
	if (!question)
		return -ENOMEM;
	question->all = all;
	question->message = *message;
	strncpy(question->sender, sender, sizeof(question->sender) - 1);
	DL_APPEND(all->first, question);
	all->count++;
	start(question);
	go_on(question);
	return 0;
}

void mxdp_said_questions_end(struct mxdp_said_questions *all)
{
	struct mxdp_said_question *question, *next;

	DL_FOREACH_SAFE(all->first, question, next)
	drop(question);
}
