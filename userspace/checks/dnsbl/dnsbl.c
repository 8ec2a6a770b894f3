/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dnsbl.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <arpa/inet.h>

#include "userspace/config/config.h"
#include "userspace/log.h"
#include "userspace/resolver/resolver.h"
#include "zones.h"

#define NETWORK_LENGTH 64  /* a listed IPv6 client speaks for its /64 */
#define REPLIES_TEXT   200 /* the replies of a zone as text */

/* The question to one zone. */
struct zone_run {
	struct mxdp_check_run *run;
	const struct mxdp_dnsbl_zone *zone;
	struct mxdp_query *query; /* NULL: answered, or never asked */
	bool suspended;           /* not asked: its probes fail */
	bool failed;
	double score; /* of its answer */
	uint64_t asked_ns, took_ns;
};

struct mxdp_check_run {
	struct mxdp_check_sink sink;
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

/* Every filter that matches any of the replies counts, and counts once. */
static double score_replies(const struct mxdp_dnsbl_zone *zone,
			    const struct mxdp_dns_answer *answer, bool *matched)
{
	double score = 0;

	*matched = false;
	for (size_t i = 0; i < zone->reply_count; i++) {
		const struct mxdp_dnsbl_reply *reply = &zone->replies[i];

		for (size_t r = 0; r < answer->count; r++) {
			if (mxdp_dnsbl_filter_match(&reply->filter, answer->records[r].a)) {
				score += reply->score;
				*matched = true;
				break;
			}
		}
	}
	return score;
}

/* The first reply that nothing may count, or NULL. */
static const char *find_fault(const struct mxdp_dns_answer *answer, struct in_addr *reply)
{
	for (size_t r = 0; r < answer->count; r++) {
		const char *fault = mxdp_dnsbl_reply_fault(answer->records[r].a);

		if (fault != NULL) {
			*reply = answer->records[r].a;
			return fault;
		}
	}
	return NULL;
}

/* What a reply means by the first filter that has a name for it, or NULL. */
static const char *reply_name(const struct mxdp_dnsbl_zone *zone, struct in_addr reply)
{
	for (size_t i = 0; i < zone->reply_count; i++)
		if (zone->replies[i].name &&
		    mxdp_dnsbl_filter_match(&zone->replies[i].filter, reply))
			return zone->replies[i].name;
	return NULL;
}

/* "127.0.0.4 (XBL), 127.0.0.99" */
static void format_replies(const struct mxdp_dnsbl_zone *zone, const struct mxdp_dns_answer *answer,
			   char text[REPLIES_TEXT])
{
	static const char more[] = " ...";
	size_t used = 0;

	text[0] = '\0';
	for (size_t r = 0; r < answer->count; r++) {
		const char *name = reply_name(zone, answer->records[r].a);
		char address[INET_ADDRSTRLEN], piece[REPLIES_TEXT];
		int length;

		inet_ntop(AF_INET, &answer->records[r].a, address, sizeof(address));
		length = snprintf(piece, sizeof(piece), "%s%s%s%s%s", used > 0 ? ", " : "", address,
				  name ? " (" : "", name ? name : "", name ? ")" : "");
		if (length < 0 || used + (size_t)length + sizeof(more) > REPLIES_TEXT) {
			snprintf(text + used, REPLIES_TEXT - used, "%s", more);
			return;
		}
		used += (size_t)snprintf(text + used, REPLIES_TEXT - used, "%s", piece);
	}
}

static void judge_listing(const struct mxdp_zones *health, const struct mxdp_dnsbl_zone *zone,
			  const struct mxdp_dns_answer *answer, struct mxdp_evidence *evidence)
{
	char replies[REPLIES_TEXT], address[INET_ADDRSTRLEN];
	struct in_addr reply;
	const char *fault = find_fault(answer, &reply);
	bool matched;

	if (fault != NULL) {
		inet_ntop(AF_INET, &reply, address, sizeof(address));
		mxdp_log_limited(MXDP_LOG_ERROR, "dnsbl %s: answered %s, not counted: %s",
				 zone->shown, address, fault);
		evidence->state = MXDP_EVIDENCE_FAILED;
		mxdp_evidence_set_reason(evidence, "answered %s: %s", address, fault);
		return;
	}
	evidence->state = MXDP_EVIDENCE_ANSWERED;
	evidence->score = score_replies(zone, answer, &matched);
	format_replies(zone, answer, replies);
	if (!matched)
		mxdp_evidence_set_reason(evidence, "listed: %s, which no reply filter counts",
					 replies);
	else
		mxdp_evidence_set_reason(evidence, "listed: %s", replies);
	if (evidence->score != 0)
		evidence->class = evidence->score < 0 ? MXDP_EVIDENCE_WELCOME : MXDP_EVIDENCE_LIST;
	if (evidence->score > 0 && !mxdp_address_is_v4(&evidence->key.address))
		evidence->key = mxdp_prefix_of(&evidence->key.address, NETWORK_LENGTH);
	if (evidence->score > 0)
		evidence->doubt = mxdp_zones_doubt(health, zone->zone, evidence->observed);
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
		const char *fault = mxdp_zones_suspended(zone_run->run->health, zone->zone);

		evidence->state = MXDP_EVIDENCE_FAILED;
		mxdp_evidence_set_reason(evidence, "suspended: %s",
					 fault ? fault : "its probes failed");
		return;
	}
	switch (answer->status) {
	case MXDP_DNS_OK:
		judge_listing(zone_run->run->health, zone, answer, evidence);
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

static void on_answer(void *context, const struct mxdp_dns_answer *answer)
{
	struct zone_run *zone_run = context;
	struct mxdp_check_run *run = zone_run->run;
	struct mxdp_evidence evidence;

	zone_run->query = NULL;
	run->waiting--;
	judge(zone_run, answer, &evidence);
	zone_run->took_ns = uv_hrtime() - zone_run->asked_ns;
	zone_run->failed = evidence.state == MXDP_EVIDENCE_FAILED;
	zone_run->score = evidence.score;
	run->sink.add(run->sink.context, &evidence);
	if (run->waiting > 0)
		return;
	count_outcomes(run);
	run->sink.done(run->sink.context);
	free(run);
}

static void ask_zone(struct mxdp_check_run *run, struct mxdp_resolver *resolver,
		     const struct mxdp_dnsbl_zone *zone)
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
	zone_run->query = mxdp_resolver_query(resolver, name, MXDP_DNS_A, on_answer, zone_run);
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
	run->health = world->zones;
	for (size_t i = 0; i < config->dnsbl_count; i++) {
		if (!config->dnsbls[i].gone && (v4 || config->dnsbls[i].ipv6))
			ask_zone(run, world->resolver, &config->dnsbls[i]);
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
		evidence.class = zone_class(run->zones[i].zone);
		mxdp_evidence_set_source(&evidence, run->zones[i].zone->shown);
		run->sink.add(run->sink.context, &evidence);
	}
}

static void cancel(struct mxdp_check_run *run)
{
	count_outcomes(run);
	for (size_t i = 0; i < run->count; i++)
		mxdp_query_cancel(run->zones[i].query);
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
