/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check of the sender's address: its syntax alone (envelope.h). */
#include "envelope.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "name.h"
#include "userspace/config/config.h"
#include "userspace/log.h"
#include "userspace/resolver/resolver.h"

#define LIFE           3600 /* seconds that the judgement holds */
#define LOCAL_PART_MAX 64   /* RFC 5321 4.5.3.1.1 */

struct mxdp_check_run {
	struct mxdp_check_sink sink;
	struct mxdp_query *later;
	struct mxdp_evidence evidence;
};

/* A quoted string must end where the local part ends; otherwise neither blank nor control. */
static bool local_part_is_good(const char *local, size_t length)
{
	if (length == 0 || length > LOCAL_PART_MAX)
		return false;
	if (local[0] == '"')
		return length > 2 && local[length - 1] == '"' && local[length - 2] != '\\';
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)local[i] <= ' ' || local[i] == 0x7f ||
		    strchr("()<>[]\\,;:\"@", local[i]))
			return false;
	return local[0] != '.' && local[length - 1] != '.';
}

/* NULL: nothing is wrong. */
static const char *sender_fault(const char *sender)
{
	const char *at = strrchr(sender, '@');
	struct mxdp_address literal;
	const char *fault;

	if (!at)
		return "the sender has no domain";
	if (!local_part_is_good(sender, (size_t)(at - sender)))
		return "the sender's local part is malformed";
	if (at[1] == '[')
		return mxdp_smtp_literal_parse(at + 1, &literal) == 0
			       ? NULL
			       : "the sender's domain is not an address literal";
	fault = mxdp_smtp_domain_fault(at + 1);
	if (!fault)
		return NULL;
	if (!strcmp(fault, "an address without brackets"))
		return "the sender's domain is an address without brackets";
	if (!strcmp(fault, "not fully qualified"))
		return "the sender's domain has no dot";
	return "the sender's domain is not a host name";
}

static void on_later(void *context, const struct mxdp_dns_answer *answer)
{
	struct mxdp_check_run *run = context;

	(void)answer;
	run->sink.add(run->sink.context, &run->evidence);
	run->sink.done(run->sink.context);
	free(run);
}

static struct mxdp_check_run *start(const struct mxdp_check_world *world,
				    const struct mxdp_check_subject *subject,
				    const struct mxdp_check_sink *sink)
{
	struct mxdp_check_run *run;
	const char *fault;

	/* The null sender of bounces is always in order. */
	if (!subject->sender || world->config->sender.bad == 0 || *subject->sender == '\0' ||
	    !strcmp(subject->sender, "<>"))
		return NULL;
	run = calloc(1, sizeof(*run));
	/* The empty name never leaves the resolver, but is answered in a later turn. */
	if (run)
		run->later = mxdp_resolver_query(world->resolver, "", MXDP_DNS_A, on_later, run);
	if (!run || !run->later) {
		mxdp_log_limited(MXDP_LOG_ERROR, "sender: a client isn't checked: memory is out");
		free(run);
		return NULL;
	}
	run->sink = *sink;

	fault = sender_fault(subject->sender);
	run->evidence = (struct mxdp_evidence){
		.class = MXDP_EVIDENCE_SENDER,
		.state = fault ? MXDP_EVIDENCE_ANSWERED : MXDP_EVIDENCE_NOTHING,
		.key = mxdp_prefix_host(&subject->client),
		.score = fault ? world->config->sender.bad : 0,
		.observed = time(NULL),
		.expires = time(NULL) + LIFE,
	};
	mxdp_evidence_set_source(&run->evidence, "sender");
	/* Never the address itself: a local part is a person's. */
	mxdp_evidence_set_reason(&run->evidence, "%s",
				 fault ? fault : "the sender's address is in order");
	return run;
}

static void outstanding(const struct mxdp_check_run *run, double *least, double *most)
{
	*least = *most = run->evidence.score;
}

static void cancel(struct mxdp_check_run *run)
{
	mxdp_query_cancel(run->later);
	free(run);
}

const struct mxdp_check mxdp_check_sender = {
	.name = "sender",
	.class = MXDP_EVIDENCE_SENDER,
	.start = start,
	.outstanding = outstanding,
	.cancel = cancel,
};
