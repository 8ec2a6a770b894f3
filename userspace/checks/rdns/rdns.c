/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rdns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "userspace/config/config.h"
#include "userspace/log.h"
#include "userspace/resolver/resolver.h"

#define NAMES_MAX 10 /* of one address that are looked at, as SPF does (RFC 7208 4.6.4) */

enum forward_state {
	FORWARD_OTHER,     /* the name leads elsewhere, or nowhere */
	FORWARD_CONFIRMED, /* it leads back to the client */
	FORWARD_FAILED,    /* it could not be looked up now */
};

/* One of the client's names and where it leads. */
struct forward {
	struct mxdp_check_run *run;
	struct mxdp_query *query; /* NULL: answered */
	enum forward_state state;
	char name[MXDP_DNS_NAME];
};

struct mxdp_check_run {
	struct mxdp_check_sink sink;
	struct mxdp_resolver *resolver;
	const struct mxdp_config *config;
	struct mxdp_address client;
	struct mxdp_query *reverse; /* NULL: answered */
	uint32_t ttl;               /* the shortest of all answers */
	size_t count, waiting;
	struct forward *names; /* made for the answer: of most clients it is never asked for */
};

static void add_evidence(const struct mxdp_check_run *run, const char *source,
			 enum mxdp_evidence_state state, double score, const char *reason)
{
	const int64_t now = time(NULL);
	struct mxdp_evidence evidence = {
		.class = MXDP_EVIDENCE_REVERSE,
		.state = state,
		.key = mxdp_prefix_host(&run->client),
		.score = score,
		.observed = now,
		.expires = now + (run->ttl > 0 ? run->ttl : 1),
	};

	mxdp_evidence_set_source(&evidence, source);
	mxdp_evidence_set_reason(&evidence, "%s", reason);
	run->sink.add(run->sink.context, &evidence);
}

static void free_run(struct mxdp_check_run *run)
{
	free(run->names);
	free(run);
}

static void finish(struct mxdp_check_run *run)
{
	run->sink.done(run->sink.context);
	free_run(run);
}

static const struct forward *find_state(const struct mxdp_check_run *run, enum forward_state state)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->names[i].state == state)
			return &run->names[i];
	return NULL;
}

static bool is_below(const char *name, const char *domain)
{
	const size_t length = strlen(name), suffix = strlen(domain);

	return length >= suffix && strcasecmp(name + length - suffix, domain) == 0 &&
	       (length == suffix || name[length - suffix - 1] == '.');
}

/* A partner's host shows itself by a name below the partner's domain that leads back to it. */
static void judge_partner(const struct mxdp_check_run *run)
{
	const int64_t now = time(NULL);
	struct mxdp_evidence evidence = {
		.class = MXDP_EVIDENCE_EXEMPT,
		.state = MXDP_EVIDENCE_ANSWERED,
		.key = mxdp_prefix_host(&run->client),
		.observed = now,
		.expires = now + (run->ttl > 0 ? run->ttl : 1),
	};

	for (size_t i = 0; i < run->count; i++) {
		const struct forward *forward = &run->names[i];

		if (forward->state != FORWARD_CONFIRMED)
			continue;
		for (size_t j = 0; j < run->config->partner_count; j++) {
			if (!is_below(forward->name, run->config->partners[j]))
				continue;
			mxdp_evidence_set_source(&evidence, "rdns");
			mxdp_evidence_set_reason(&evidence, "%.100s's confirmed name %.120s",
						 run->config->partners[j], forward->name);
			run->sink.add(run->sink.context, &evidence);
			return;
		}
	}
}

/* RFC 8601 2.7.3: pass, fail, temperror or permerror. */
static void judge_confirmation(const struct mxdp_check_run *run)
{
	const struct forward *confirmed = find_state(run, FORWARD_CONFIRMED);
	const struct forward *failed = find_state(run, FORWARD_FAILED);
	char reason[MXDP_EVIDENCE_REASON];

	if (confirmed) {
		snprintf(reason, sizeof(reason), "%.200s leads back to it (iprev pass)",
			 confirmed->name);
		add_evidence(run, "rdns", MXDP_EVIDENCE_NOTHING, 0, reason);
	} else if (failed) {
		snprintf(reason, sizeof(reason), "%.160s could not be looked up (iprev temperror)",
			 failed->name);
		add_evidence(run, "rdns", MXDP_EVIDENCE_FAILED, 0, reason);
	} else {
		snprintf(reason, sizeof(reason),
			 "its name %.160s does not lead back to it (iprev fail)",
			 run->names[0].name);
		add_evidence(run, "rdns", MXDP_EVIDENCE_ANSWERED, run->config->rdns.unconfirmed,
			     reason);
	}
}

/* Names that anybody may have made up don't excuse: where some are confirmed, only they count. */
static void judge_names(const struct mxdp_check_run *run)
{
	const bool some_confirmed = find_state(run, FORWARD_CONFIRMED) != NULL;
	const struct forward *shown = NULL;
	char sign[MXDP_GENERIC_SIGN];
	char reason[MXDP_EVIDENCE_REASON];

	for (size_t i = 0; i < run->count; i++) {
		const struct forward *forward = &run->names[i];

		if (some_confirmed && forward->state != FORWARD_CONFIRMED)
			continue;
		if (!mxdp_generic_name(run->config->rdns.generic_names, forward->name, &run->client,
				       sign))
			return;
		shown = forward;
	}
	if (!shown || run->config->rdns.generic == 0)
		return;
	snprintf(reason, sizeof(reason), "its name %.160s looks like a pool's: %s", shown->name,
		 sign);
	add_evidence(run, "rdns-name", MXDP_EVIDENCE_ANSWERED, run->config->rdns.generic, reason);
}

static bool leads_back(const struct mxdp_dns_answer *answer, const struct mxdp_address *client)
{
	for (size_t i = 0; i < answer->count; i++) {
		const struct mxdp_dns_record *record = &answer->records[i];
		struct mxdp_address address;

		address = answer->type == MXDP_DNS_A
				  ? mxdp_address_from_v4(record->a.s_addr)
				  : mxdp_address_from_bytes(record->aaaa.s6_addr);
		if (mxdp_address_equal(&address, client))
			return true;
	}
	return false;
}

static void on_forward(void *context, const struct mxdp_dns_answer *answer)
{
	struct forward *forward = context;
	struct mxdp_check_run *run = forward->run;

	forward->query = NULL;
	if (answer->status != MXDP_DNS_BADNAME && answer->ttl < run->ttl)
		run->ttl = answer->ttl;
	if (mxdp_dns_failed(answer->status))
		forward->state = FORWARD_FAILED;
	else if (leads_back(answer, &run->client))
		forward->state = FORWARD_CONFIRMED;
	if (--run->waiting > 0)
		return;
	if (run->sink.named) {
		const struct forward *confirmed = find_state(run, FORWARD_CONFIRMED);

		run->sink.named(run->sink.context,
				confirmed ? confirmed->name : run->names[0].name);
	}
	judge_partner(run);
	judge_confirmation(run);
	judge_names(run);
	finish(run);
}

static void ask_forward(struct mxdp_check_run *run, const char *name)
{
	struct forward *forward = &run->names[run->count++];
	const bool v4 = mxdp_address_is_v4(&run->client);

	forward->run = run;
	snprintf(forward->name, sizeof(forward->name), "%s", *name ? name : ".");
	forward->query = mxdp_resolver_query(run->resolver, name, v4 ? MXDP_DNS_A : MXDP_DNS_AAAA,
					     on_forward, forward);
	if (forward->query)
		run->waiting++;
	else
		forward->state = FORWARD_FAILED;
}

/* No name to follow: missing, or not to be known now. */
static void judge_reverse(const struct mxdp_check_run *run, enum mxdp_dns_status status)
{
	char reason[MXDP_EVIDENCE_REASON];

	if (status == MXDP_DNS_NXDOMAIN || status == MXDP_DNS_NODATA) {
		add_evidence(run, "rdns", MXDP_EVIDENCE_ANSWERED, run->config->rdns.missing,
			     "no reverse record (iprev permerror)");
		return;
	}
	snprintf(reason, sizeof(reason), "no answer about its reverse record: %s (iprev temperror)",
		 mxdp_dns_status_name(status));
	add_evidence(run, "rdns", MXDP_EVIDENCE_FAILED, 0, reason);
}

static void on_reverse(void *context, const struct mxdp_dns_answer *answer)
{
	struct mxdp_check_run *run = context;

	const size_t names = answer->count < NAMES_MAX ? answer->count : NAMES_MAX;

	run->reverse = NULL;
	run->ttl = answer->ttl;
	run->names = names > 0 ? calloc(names, sizeof(*run->names)) : NULL;
	for (size_t i = 0; i < names && run->names; i++)
		ask_forward(run, answer->records[i].name);
	if (run->waiting > 0)
		return;
	judge_reverse(run, names > 0 ? MXDP_DNS_BUSY : answer->status);
	finish(run);
}

static struct mxdp_check_run *start(const struct mxdp_check_world *world,
				    const struct mxdp_check_subject *subject,
				    const struct mxdp_check_sink *sink)
{
	const struct mxdp_rdns_setting *setting = &world->config->rdns;
	const bool v4 = mxdp_address_is_v4(&subject->client);
	struct mxdp_check_run *run;
	char name[MXDP_DNS_NAME];

	if (setting->missing == 0 && setting->unconfirmed == 0 && setting->generic == 0 &&
	    world->config->partner_count == 0)
		return NULL;
	run = calloc(1, sizeof(*run));
	if (!run) {
		mxdp_log_limited(MXDP_LOG_ERROR, "rdns: a client isn't checked: memory is out");
		return NULL;
	}
	run->sink = *sink;
	run->resolver = world->resolver;
	run->config = world->config;
	run->client = subject->client;
	mxdp_dns_reverse_name(&run->client, v4 ? "in-addr.arpa" : "ip6.arpa", name);
	/* The lists go first: a client that they condemn is not asked after. */
	run->reverse =
		mxdp_resolver_query_later(run->resolver, name, MXDP_DNS_PTR, on_reverse, run);
	if (!run->reverse) {
		mxdp_log_limited(MXDP_LOG_ERROR, "rdns: a client isn't checked: memory is out");
		free(run);
		return NULL;
	}
	return run;
}

static void outstanding(const struct mxdp_check_run *run, double *least, double *most)
{
	const struct mxdp_rdns_setting *setting = &run->config->rdns;

	/* A partner's name would take their weight from all heuristics. */
	*least = run->config->partner_count > 0 ? -run->config->policy.heuristics_max : 0;
	*most = setting->unconfirmed + setting->generic;
	if (run->reverse && setting->missing > *most)
		*most = setting->missing;
}

static bool is_waiting(const struct mxdp_check_run *run)
{
	return run->reverse && mxdp_query_is_waiting(run->reverse);
}

static void cancel(struct mxdp_check_run *run)
{
	mxdp_query_cancel(run->reverse);
	for (size_t i = 0; i < run->count; i++)
		mxdp_query_cancel(run->names[i].query);
	free_run(run);
}

const struct mxdp_check mxdp_check_rdns = {
	.name = "rdns",
	.class = MXDP_EVIDENCE_REVERSE,
	.start = start,
	.outstanding = outstanding,
	.is_waiting = is_waiting,
	.cancel = cancel,
};
