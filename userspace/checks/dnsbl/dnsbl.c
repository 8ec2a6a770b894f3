/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dnsbl.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "listing.h"
#include "userspace/config/config.h"
#include "userspace/log.h"
#include "userspace/resolver/resolver.h"
#include "zones.h"

/* The question to one zone. */
struct zone_run {
	struct mxdp_check_run *run;
	const struct mxdp_dnsbl_zone *zone;
	struct mxdp_query *query; /* NULL: answered, or never asked */
	bool suspended;           /* not asked: its probes fail */
	bool failed;
	double score;                  /* of its answer */
	struct mxdp_evidence *listing; /* owned; waits until the zone is confirmed */
	uint64_t asked_ns, took_ns;
};

struct mxdp_check_run {
	struct mxdp_check_sink sink;
	struct mxdp_resolver *resolver;
	struct mxdp_zones *health;
	struct mxdp_address client;
	bool trusted;
	size_t waiting; /* zones that have not answered */
	size_t count;
	struct zone_run zones[];
};

/* The least and the most that a zone can say. */
static void zone_bounds(const struct mxdp_dnsbl_zone *zone, double *least, double *most)
{
	*least = *most = 0;
	for (size_t i = 0; i < zone->reply_count; i++) {
		double score = zone->replies[i].score;

		*(score < 0 ? least : most) += score;
	}
}

/* Of evidence that has no score to tell it by. */
static enum mxdp_evidence_class zone_class(const struct mxdp_dnsbl_zone *zone)
{
	double least, most;

	zone_bounds(zone, &least, &most);
	return most > 0 || least == 0 ? MXDP_EVIDENCE_LIST : MXDP_EVIDENCE_WELCOME;
}

/* What it says counts nothing, or was never asked for. */
static void judge_suspended(const struct zone_run *zone_run, struct mxdp_evidence *evidence)
{
	const char *fault = mxdp_zones_suspended(zone_run->run->health, zone_run->zone->zone);

	evidence->class = zone_class(zone_run->zone);
	evidence->state = MXDP_EVIDENCE_FAILED;
	evidence->doubt = MXDP_DOUBT_NONE;
	evidence->score = 0;
	mxdp_evidence_set_reason(evidence, "suspended: %s", fault ? fault : "its probes failed");
}

static void judge(const struct zone_run *zone_run, const struct mxdp_dns_answer *answer,
		  struct mxdp_evidence *evidence)
{
	const struct mxdp_dnsbl_zone *zone = zone_run->zone;
	int64_t now = time(NULL);

	*evidence = (struct mxdp_evidence){
		.class = zone_class(zone),
		.key = mxdp_prefix_host(&zone_run->run->client),
		.observed = now,
		.expires = now + (answer->ttl > 0 ? answer->ttl : 1),
	};
	mxdp_evidence_set_source(evidence, zone->shown);
	if (zone_run->suspended) {
		judge_suspended(zone_run, evidence);
		return;
	}
	switch (answer->status) {
	case MXDP_DNS_OK:
		mxdp_dnsbl_judge_listing(zone_run->run->health, zone, answer, evidence);
		return;
	case MXDP_DNS_NXDOMAIN:
	case MXDP_DNS_NODATA:
		evidence->state = MXDP_EVIDENCE_NOTHING;
		mxdp_evidence_set_reason(evidence, "not listed");
		return;
	case MXDP_DNS_TIMEOUT:
	case MXDP_DNS_SERVFAIL:
	case MXDP_DNS_BADNAME:
	case MXDP_DNS_BUSY:
		break;
	}
	evidence->state = MXDP_EVIDENCE_FAILED;
	mxdp_evidence_set_reason(evidence, "no answer: %s", mxdp_dns_status_name(answer->status));
	mxdp_log_limited(MXDP_LOG_WARNING,
			 "dnsbl %s: no answer (%s), counted as 0; if it lasts, check the resolver "
			 "or remove the zone",
			 zone->shown, mxdp_dns_status_name(answer->status));
}

/* Whether another zone of the same kind has named the client too. */
static bool is_unique(const struct mxdp_check_run *run, const struct zone_run *hit)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct zone_run *other = &run->zones[i];

		if (other != hit && (hit->score > 0 ? other->score > 0 : other->score < 0))
			return false;
	}
	return true;
}

/* At the end, for only then it is known which hits were a zone's alone. */
static void count_outcomes(const struct mxdp_check_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct zone_run *zone_run = &run->zones[i];
		const bool hit = zone_run->score > 0 || zone_run->score < 0;
		const struct mxdp_zone_outcome outcome = {
			.failed = zone_run->failed || zone_run->query != NULL,
			.hit = hit,
			.unique = hit && is_unique(run, zone_run),
			.trusted = run->trusted && zone_run->score > 0 ? &run->client : NULL,
			.took_ms = (double)zone_run->took_ns / 1e6,
		};

		if (!zone_run->suspended)
			mxdp_zones_count(run->health, zone_run->zone->zone, &outcome);
	}
}

static void conclude(struct zone_run *zone_run, const struct mxdp_evidence *evidence)
{
	struct mxdp_check_run *run = zone_run->run;

	run->waiting--;
	zone_run->failed = evidence->state == MXDP_EVIDENCE_FAILED;
	zone_run->score = evidence->score;
	run->sink.add(run->sink.context, evidence);
	if (run->waiting > 0)
		return;
	count_outcomes(run);
	run->sink.done(run->sink.context);
	free(run);
}

/* Nobody said lately that the zone does not list everybody. */
static void doubt(struct mxdp_evidence *evidence)
{
	if (evidence->doubt == MXDP_DOUBT_NONE)
		evidence->doubt = MXDP_DOUBT_OLD;
}

static void on_confirmed(void *context, const struct mxdp_dns_answer *answer)
{
	struct zone_run *zone_run = context;
	const struct mxdp_check_run *run = zone_run->run;
	struct mxdp_evidence evidence = *zone_run->listing;
	int error = mxdp_zones_confirm(run->health, zone_run->zone->zone,
				       mxdp_address_is_v4(&run->client), answer);

	zone_run->query = NULL;
	free(zone_run->listing);
	zone_run->listing = NULL;
	if (error == -EINVAL)
		judge_suspended(zone_run, &evidence);
	else if (error)
		doubt(&evidence);
	conclude(zone_run, &evidence);
}

/*
 * A list that has begun to name everybody must not refuse anybody until its next probe: its word
 * against a client waits. False: it need not wait.
 */
static bool confirm(struct zone_run *zone_run, struct mxdp_evidence *evidence)
{
	const struct mxdp_check_run *run = zone_run->run;
	char question[MXDP_DNS_NAME];

	if (!mxdp_zones_unconfirmed(run->health, zone_run->zone->zone,
				    mxdp_address_is_v4(&run->client), question))
		return false;
	zone_run->listing = malloc(sizeof(*zone_run->listing));
	if (zone_run->listing) {
		*zone_run->listing = *evidence;
		/*
		 * The world's answer is wanted, not the cache's, and before all others: whom the
		 * zone names waits for it.
		 */
		mxdp_resolver_forget(run->resolver, question, MXDP_DNS_A);
		zone_run->query = mxdp_resolver_query_first(run->resolver, question, MXDP_DNS_A,
							    on_confirmed, zone_run);
		if (zone_run->query)
			return true;
		free(zone_run->listing);
		zone_run->listing = NULL;
	}
	doubt(evidence); /* memory is out */
	return false;
}

static void on_answer(void *context, const struct mxdp_dns_answer *answer)
{
	struct zone_run *zone_run = context;
	struct mxdp_evidence evidence;

	zone_run->query = NULL;
	judge(zone_run, answer, &evidence);
	zone_run->took_ns = uv_hrtime() - zone_run->asked_ns;
	if (evidence.score <= 0 || !confirm(zone_run, &evidence))
		conclude(zone_run, &evidence);
}

static void ask_zone(struct mxdp_check_run *run, const struct mxdp_dnsbl_zone *zone)
{
	struct zone_run *zone_run = &run->zones[run->count];
	char name[MXDP_DNS_NAME];

	zone_run->suspended = mxdp_zones_suspended(run->health, zone->zone) != NULL;
	/* The empty name never leaves the resolver, but is answered in a later turn. */
	if (zone_run->suspended) {
		name[0] = '\0';
	} else if (mxdp_dns_reverse_name(&run->client, zone->zone, name) != 0) {
		mxdp_log_limited(MXDP_LOG_ERROR,
				 "dnsbl %s: the zone's name is too long to be asked; shorten it",
				 zone->shown);
		return;
	}
	zone_run->run = run;
	zone_run->zone = zone;
	zone_run->asked_ns = uv_hrtime();
	zone_run->query = mxdp_resolver_query(run->resolver, name, MXDP_DNS_A, on_answer, zone_run);
	if (zone_run->query == NULL) {
		mxdp_log_limited(MXDP_LOG_ERROR, "dnsbl %s: not asked: memory is out", zone->shown);
		return;
	}
	run->count++;
	run->waiting++;
}

static struct mxdp_check_run *start(const struct mxdp_check_world *world,
				    const struct mxdp_check_subject *subject,
				    const struct mxdp_check_sink *sink)
{
	const struct mxdp_config *config = world->config;
	bool v4 = mxdp_address_is_v4(&subject->client);
	struct mxdp_check_run *run;

	if (config->dnsbl_count == 0)
		return NULL;
	run = calloc(1, sizeof(*run) + config->dnsbl_count * sizeof(run->zones[0]));
	if (run == NULL) {
		mxdp_log_limited(MXDP_LOG_ERROR, "dnsbl: a client isn't checked: memory is out");
		return NULL;
	}
	run->sink = *sink;
	run->client = subject->client;
	run->trusted = subject->trusted;
	run->resolver = world->resolver;
	run->health = world->zones;
	for (size_t i = 0; i < config->dnsbl_count; i++) {
		if (!config->dnsbls[i].gone && (v4 || config->dnsbls[i].ipv6))
			ask_zone(run, &config->dnsbls[i]);
	}
	if (run->waiting == 0) {
		free(run);
		return NULL;
	}
	return run;
}

static void outstanding(const struct mxdp_check_run *run, double *least, double *most)
{
	*least = *most = 0;
	for (size_t i = 0; i < run->count; i++) {
		double zone_least, zone_most;

		if (run->zones[i].query == NULL || run->zones[i].suspended)
			continue;
		zone_bounds(run->zones[i].zone, &zone_least, &zone_most);
		*least += zone_least;
		*most += zone_most;
	}
}

static void give_up(const struct mxdp_check_run *run, const struct mxdp_evidence *missing)
{
	for (size_t i = 0; i < run->count; i++) {
		struct mxdp_evidence evidence = *missing;

		if (run->zones[i].query == NULL)
			continue;
		if (run->zones[i].listing != NULL) {
			doubt(run->zones[i].listing);
			run->sink.add(run->sink.context, run->zones[i].listing);
			continue;
		}
		evidence.class = zone_class(run->zones[i].zone);
		mxdp_evidence_set_source(&evidence, run->zones[i].zone->shown);
		run->sink.add(run->sink.context, &evidence);
	}
}

static void cancel(struct mxdp_check_run *run)
{
	count_outcomes(run);
	for (size_t i = 0; i < run->count; i++) {
		mxdp_query_cancel(run->zones[i].query);
		free(run->zones[i].listing);
	}
	free(run);
}

const struct mxdp_check mxdp_check_dnsbl = {
	.name = "dnsbl",
	.class = MXDP_EVIDENCE_LIST,
	.start = start,
	.outstanding = outstanding,
	.give_up = give_up,
	.cancel = cancel,
};
