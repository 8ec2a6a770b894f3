/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listing.h"

#include <stdio.h>
#include <arpa/inet.h>

#include "userspace/log.h"

#define NETWORK_LENGTH 64  /* a listed IPv6 client speaks for its /64 */
#define REPLIES_TEXT   200 /* the replies of a zone as text */

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

void mxdp_dnsbl_judge_listing(const struct mxdp_zones *health, const struct mxdp_dnsbl_zone *zone,
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
