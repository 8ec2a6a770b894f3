/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "question.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "answer.h"
#include "userspace/log.h"

#define SPF_TIME_MS 10000 /* Postfix waits 100 s for an answer, a sender's patience is shorter */

struct mxdp_policy_question {
	struct mxdp_policy_questions *all;
	struct mxdp_policy_request request;
	mxdp_policy_answered done; /* NULL: nobody waits */
	void *context;
	bool add_header;
	bool judging; /* the screener will call back */
	bool clean;   /* it has judged, and found nothing to refuse */
	struct mxdp_spf_run *spf;
	bool denied;
	enum mxdp_action action;
	unsigned int come_back; /* seconds; 0: it is not greylisted here */
	bool certain;
	char text[MXDP_VERDICT_TEXT];
	bool has_spf;
	struct mxdp_spf_result spf_result;
	struct mxdp_policy_question *prev, *next;
};

static const struct mxdp_config *config_of(const struct mxdp_policy_questions *questions)
{
	return questions->world.config(questions->world.context);
}

static struct mxdp_spf_question spf_question(const struct mxdp_policy_question *question)
{
	return (struct mxdp_spf_question){.client = question->request.client,
					  .helo = question->request.helo,
					  .sender = question->request.sender,
					  .receiver = config_of(question->all)->reply.name,
					  .time_ms = SPF_TIME_MS};
}

/*
 * A line of the journal, and a figure. An added header names the sender in full, and so may a
 * domain's explanation: they are left out.
 */
static void remember(struct mxdp_policy_questions *all, const struct mxdp_policy_request *request,
		     const char *answer)
{
	const char *text = answer + sizeof("action=") - 1;
	bool prepend = strncmp(text, "PREPEND ", 8) == 0;
	char line[MXDP_JOURNAL_TEXT], *quoted;

	all->stats.requests++;
	if (strncmp(text, "REJECT ", 7) == 0 || text[0] == '5')
		all->stats.rejected++;
	else if (strncmp(text, "DEFER_IF_PERMIT ", 16) == 0 || text[0] == '4')
		all->stats.deferred++;
	if (!request->has_client)
		return;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"),
		 prepend ? "PREPEND Received-SPF" : text);
	quoted = strstr(line, "; the domain says: ");
	if (quoted)
		*quoted = '\0';
	mxdp_history_message(all->world.history, &request->client, request->helo, request->sender,
			     line);
}

static void answer(struct mxdp_policy_question *question)
{
	const struct mxdp_config *config = config_of(question->all);
	char text[MXDP_POLICY_ANSWER], client[MXDP_ADDRESS_TEXT], header[MXDP_SPF_RECEIVED];
	struct mxdp_spf_question asked = spf_question(question);
	struct mxdp_policy_findings findings = {
		.mode = config->mode,
		.denied = question->denied,
		.action = question->action,
		.certain = question->certain,
		.client = mxdp_address_format(&question->request.client, client),
		.text = question->text,
		.come_back = question->come_back,
		.spf = question->has_spf ? &question->spf_result : NULL,
	};
	mxdp_policy_answered done = question->done;
	size_t length;

	if (findings.spf && question->add_header && config->policy_service.received_spf &&
	    mxdp_spf_received(&asked, findings.spf, header, sizeof(header)) > 0)
		findings.received_spf = header;
	length = mxdp_policy_answer(&findings, &config->policy_service, text);
	question->done = NULL;
	remember(question->all, &question->request, text);
	done(question->context, text, length);
}

static void drop(struct mxdp_policy_question *question)
{
	if (question->spf)
		mxdp_spf_cancel(question->spf);
	DL_DELETE(question->all->first, question);
	free(question);
}

/* A message that was not refused earns its client trust; once, not for each recipient. */
static void count_delivery(struct mxdp_policy_question *question)
{
	const struct mxdp_policy_world *world = &question->all->world;
	struct mxdp_trust_record record;

	if (!question->clean || !question->add_header ||
	    (question->has_spf && question->spf_result.code == MXDP_SPF_FAIL &&
	     config_of(question->all)->policy_service.spf_fail != MXDP_POLICY_DUNNO))
		return;
	if (mxdp_screener_delivered(world->screener, &question->request.client, &record) == 0)
		mxdp_history_trust(world->history, &record);
}

/* Answers as soon as both have spoken. */
static void go_on(struct mxdp_policy_question *question)
{
	if (question->judging || question->spf)
		return;
	if (question->done)
		answer(question);
	count_delivery(question);
	drop(question);
}

/* Of a client in the grey band each message is greylisted by itself, where the operator wants it.
 */
static unsigned int greylist(const struct mxdp_policy_question *question,
			     const struct mxdp_decision *decision)
{
	const struct mxdp_policy_request *request = &question->request;
	const struct mxdp_config *config = config_of(question->all);

	if (decision->action != MXDP_ACTION_GREYLIST ||
	    config->greylist.at != MXDP_GREYLIST_POLICY || config->mode == MXDP_MODE_OBSERVE ||
	    !request->at_recipient || !request->recipient[0])
		return 0;
	return mxdp_greylist_triplet(question->all->world.greylist, &request->client,
				     request->sender, request->recipient);
}

static void on_judged(void *context, const struct mxdp_case *result)
{
	struct mxdp_policy_question *question = context;

	question->judging = false;
	question->action = result->decision.action;
	question->certain = result->decision.certain;
	question->clean = result->decision.action == MXDP_ACTION_PASS &&
			  result->decision.reason != MXDP_REASON_FAIL_OPEN;
	question->come_back = greylist(question, &result->decision);
	snprintf(question->text, sizeof(question->text), "%s", result->decision.text);
	go_on(question);
}

static void on_spf(void *context, const struct mxdp_spf_result *result)
{
	struct mxdp_policy_question *question = context;

	question->spf = NULL;
	question->has_spf = true;
	question->spf_result = *result;
	go_on(question);
}

static bool wants_spf(const struct mxdp_config *config, const struct mxdp_policy_request *request)
{
	return config->mode != MXDP_MODE_OBSERVE &&
	       (config->policy_service.received_spf ||
		config->policy_service.spf_fail != MXDP_POLICY_DUNNO) &&
	       (request->helo[0] || request->sender[0]);
}

static void start(struct mxdp_policy_question *question)
{
	struct mxdp_policy_questions *all = question->all;
	const struct mxdp_check_subject subject = {
		.client = question->request.client,
		.helo = question->request.helo[0] ? question->request.helo : NULL,
		.sender = question->request.sender[0] ? question->request.sender : NULL,
	};
	struct mxdp_spf_question asked = spf_question(question);
	int error;

	/* It has reached the mail server: its address is proved. */
	if (mxdp_greylist_came_back(all->world.greylist, &subject.client))
		mxdp_screener_judge(all->world.screener, &subject.client);
	error = mxdp_screener_ask(all->world.screener, &subject, on_judged, question);

	question->judging = error == 0;
	if (error < 0)
		mxdp_log_limited(MXDP_LOG_WARNING,
				 "policy: a request is answered without checks: %s",
				 error == -EBUSY ? "the queue is full" : strerror(-error));
	if (wants_spf(config_of(all), &question->request))
		question->spf = mxdp_spf_start(all->loop, &all->lookup, &asked, on_spf, question);
}

/* Rules and the never-block set come first, as in the packet path. */
static bool is_exempt(const struct mxdp_policy_world *world,
		      const struct mxdp_policy_request *request, bool *denied)
{
	const struct mxdp_protected *list;
	struct mxdp_operator_rule rule;
	size_t count;

	*denied = false;
	if (!request->has_client || request->authenticated)
		return true;
	if (mxdp_rules_match(world->rules, &request->client, &rule) == 0) {
		*denied = rule.action == MXDP_ACTION_DROP;
		return !*denied;
	}
	count = mxdp_never_block_list(world->never_block, &list);
	for (size_t i = 0; i < count; i++)
		if (mxdp_prefix_contains(&list[i].prefix, &request->client))
			return true;
	return false;
}

/* An answer that needs no checks. */
static void say(struct mxdp_policy_questions *questions, const struct mxdp_policy_request *request,
		const char *text, mxdp_policy_answered done, void *context)
{
	char line[MXDP_POLICY_ANSWER];
	int length = snprintf(line, sizeof(line), "action=%s\n\n", text);

	remember(questions, request, line);
	done(context, line, (size_t)length);
}

/*
 * What a client may that is refused but let in for postmaster and abuse; before it has named a
 * recipient, nothing is to be said. False: it is no such client.
 */
static bool is_let_in(const struct mxdp_policy_questions *questions,
		      const struct mxdp_policy_request *request, char answer[MXDP_CONTACT_TEXT])
{
	struct mxdp_contacts *contacts = questions->world.contacts;

	if (config_of(questions)->mode == MXDP_MODE_OBSERVE)
		return false;
	if (request->at_recipient)
		mxdp_contacts_consulted(contacts);
	if (!mxdp_contacts_judge(contacts, &request->client, request->recipient, answer))
		return false;
	if (!answer[0] || !request->recipient[0])
		snprintf(answer, MXDP_CONTACT_TEXT, "DUNNO");
	return true;
}

struct mxdp_policy_question *mxdp_policy_ask(struct mxdp_policy_questions *questions,
					     const struct mxdp_policy_request *request,
					     bool add_header, mxdp_policy_answered done,
					     void *context)
{
	struct mxdp_policy_question *question;
	char text[MXDP_CONTACT_TEXT];
	bool denied, exempt;

	exempt = is_exempt(&questions->world, request, &denied);
	if (!exempt && !denied && is_let_in(questions, request, text)) {
		say(questions, request, text, done, context);
		return NULL;
	}
	question = exempt ? NULL : calloc(1, sizeof(*question));
	if (!question) { /* exempt, or memory is out: mail flows */
		say(questions, request, "DUNNO", done, context);
		return NULL;
	}
	*question = (struct mxdp_policy_question){.all = questions,
						  .request = *request,
						  .done = done,
						  .context = context,
						  .add_header = add_header,
						  .denied = denied};
	DL_APPEND(questions->first, question);
	if (!denied)
		start(question);
	/* In observe mode the mail server need not wait for what changes nothing. */
	if (config_of(questions)->mode == MXDP_MODE_OBSERVE ||
	    (!question->judging && !question->spf)) {
		answer(question);
		if (!question->judging && !question->spf)
			drop(question);
		return NULL;
	}
	return question;
}

void mxdp_policy_leave(struct mxdp_policy_question *question)
{
	if (question->done)
		question->all->stats.left++;
	question->done = NULL;
	if (question->spf)
		mxdp_spf_cancel(question->spf);
	question->spf = NULL;
	go_on(question);
}

void mxdp_policy_questions_end(struct mxdp_policy_questions *questions)
{
	struct mxdp_policy_question *question, *next;

	DL_FOREACH_SAFE(questions->first, question, next)
	drop(question);
}
