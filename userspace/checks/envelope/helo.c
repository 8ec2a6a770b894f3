/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check of the name that a client gives itself (envelope.h). */
#include "envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "name.h"
#include "userspace/config/config.h"
#include "userspace/log.h"
#include "userspace/resolver/resolver.h"

#define LIFE      3600 /* seconds: how long a judgement holds that no DNS answer limits */
#define SHOWN_MAX 100  /* characters of a HELO that a reason repeats */

/* A name that has any of these exists. */
static const enum mxdp_dns_type types[] = {MXDP_DNS_A, MXDP_DNS_AAAA, MXDP_DNS_MX};
#define TYPES (sizeof(types) / sizeof(types[0]))

struct mxdp_check_run {
	struct mxdp_check_sink sink;
	struct mxdp_address client;
	double bad;
	const char *fault; /* known before any question; NULL: look it up */
	const char *praise;
	struct mxdp_query *queries[TYPES];
	size_t waiting;
	bool exists, failed;
	uint32_t ttl;
	char helo[SHOWN_MAX + 1];
};

static bool is_own_name(const struct mxdp_helo_setting *setting, const char *helo)
{
	const size_t length = strlen(helo);
	const size_t without_dot = length > 0 && helo[length - 1] == '.' ? length - 1 : length;

	for (size_t i = 0; i < setting->own_name_count; i++)
		if (strlen(setting->own_names[i]) == without_dot &&
		    strncasecmp(setting->own_names[i], helo, without_dot) == 0)
			return true;
	return false;
}

/* What can be said without the DNS. */
static void judge_text(struct mxdp_check_run *run, const struct mxdp_helo_setting *setting,
		       const char *helo)
{
	struct mxdp_address literal;

	if (*helo == '[') {
		if (mxdp_smtp_literal_parse(helo, &literal) != 0)
			run->fault = "not an address literal";
		else if (!mxdp_address_equal(&literal, &run->client))
			run->fault = "an address literal, but not its address";
		else
			run->praise = "its own address literal";
		return;
	}
	run->fault = mxdp_smtp_domain_fault(helo);
	if (!run->fault && is_own_name(setting, helo))
		run->fault = "our own name";
}

static void finish(struct mxdp_check_run *run)
{
	const int64_t now = time(NULL);
	struct mxdp_evidence evidence = {
		.class = MXDP_EVIDENCE_HELO,
		.state = MXDP_EVIDENCE_NOTHING,
		.key = mxdp_prefix_host(&run->client),
		.observed = now,
		.expires = now + run->ttl,
	};

	if (!run->fault && !run->praise && !run->exists && !run->failed)
		run->fault = "a name that does not exist";
	mxdp_evidence_set_source(&evidence, "helo");
	if (run->fault) {
		evidence.state = MXDP_EVIDENCE_ANSWERED;
		evidence.score = run->bad;
		mxdp_evidence_set_reason(&evidence, "HELO \"%s\" is %s", run->helo, run->fault);
	} else if (run->praise) {
		mxdp_evidence_set_reason(&evidence, "HELO \"%s\" is %s", run->helo, run->praise);
	} else if (run->exists) {
		mxdp_evidence_set_reason(&evidence, "HELO \"%s\" exists", run->helo);
	} else {
		evidence.state = MXDP_EVIDENCE_FAILED;
		mxdp_evidence_set_reason(&evidence, "HELO \"%s\" could not be looked up",
					 run->helo);
	}
	run->sink.add(run->sink.context, &evidence);
	run->sink.done(run->sink.context);
	free(run);
}

static void on_answer(void *context, const struct mxdp_dns_answer *answer)
{
	struct mxdp_check_run *run = context;

	for (size_t i = 0; i < TYPES; i++)
		if (types[i] == answer->type)
			run->queries[i] = NULL;
	run->exists |= answer->status == MXDP_DNS_OK;
	run->failed |= mxdp_dns_failed(answer->status);
	if (answer->ttl > 0 && answer->ttl < run->ttl)
		run->ttl = answer->ttl;
	if (--run->waiting == 0)
		finish(run);
}

/* The empty name never leaves the resolver, but is answered in a later turn, as a check must. */
static void ask(struct mxdp_check_run *run, struct mxdp_resolver *resolver, const char *helo)
{
	const bool known = run->fault || run->praise;
	const size_t count = known ? 1 : TYPES;

	for (size_t i = 0; i < count; i++) {
		run->queries[i] =
			mxdp_resolver_query(resolver, known ? "" : helo, types[i], on_answer, run);
		if (run->queries[i])
			run->waiting++;
		else
			run->failed = true;
	}
}

static struct mxdp_check_run *start(const struct mxdp_check_world *world,
				    const struct mxdp_check_subject *subject,
				    const struct mxdp_check_sink *sink)
{
	const struct mxdp_helo_setting *setting = &world->config->helo;
	struct mxdp_check_run *run;

	if (!subject->helo || setting->bad == 0)
		return NULL;
	run = calloc(1, sizeof(*run));
	if (!run) {
		mxdp_log_limited(MXDP_LOG_ERROR, "helo: a client isn't checked: memory is out");
		return NULL;
	}
	run->sink = *sink;
	run->client = subject->client;
	run->bad = setting->bad;
	run->ttl = LIFE;
	snprintf(run->helo, sizeof(run->helo), "%s", subject->helo);
	judge_text(run, setting, subject->helo);
	ask(run, world->resolver, subject->helo);
	if (run->waiting == 0) {
		mxdp_log_limited(MXDP_LOG_ERROR, "helo: a client isn't checked: memory is out");
		free(run);
		return NULL;
	}
	return run;
}

static void outstanding(const struct mxdp_check_run *run, double *least, double *most)
{
	*least = 0;
	*most = run->bad;
}

static void cancel(struct mxdp_check_run *run)
{
	for (size_t i = 0; i < TYPES; i++)
		mxdp_query_cancel(run->queries[i]);
	free(run);
}

const struct mxdp_check mxdp_check_helo = {
	.name = "helo",
	.class = MXDP_EVIDENCE_HELO,
	.start = start,
	.outstanding = outstanding,
	.cancel = cancel,
};
