/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of an attempt that a rule, a verdict or a feed decides: the action, carried out in
 * this mode and on this interface, with hits and samples of what was refused.
 */
#ifndef MXDP_BPF_OUTCOME_H
#define MXDP_BPF_OUTCOME_H

#include "connection.h"
#include "count.h"
#include "events.h"
#include "feed.h"
#include "greylist.h"
#include "known.h"
#include "limit.h"
#include "lookup.h"
#include "refusal.h"
#include "unknown.h"

static __always_inline enum mxdp_counter apply_rule(const struct connection *connection,
						    const struct mxdp_settings *settings,
						    struct mxdp_rule *rule)
{
	add_hit(&rule->hits);
	rule->last_seen_ns = connection->now_ns;
	if (rule->action != MXDP_ACTION_DROP)
		return MXDP_COUNT_rule_allow;
	sample(connection, settings, MXDP_ACTION_DROP, MXDP_REASON_OPERATOR);
	return MXDP_COUNT_rule_deny;
}

/* A refusal that is answered, or where that cannot be, what comes nearest to it. */
static __always_inline enum mxdp_counter refusal_outcome(const struct connection *connection,
							 const struct mxdp_settings *settings,
							 enum mxdp_action action)
{
	if (action == MXDP_ACTION_TEMPFAIL && is_daemon_stale(connection, settings))
		return MXDP_COUNT_tempfail_stale;
	if (can_reply(connection, settings))
		return MXDP_COUNT_reply_syn_ack;
	return action == MXDP_ACTION_TEMPFAIL ? MXDP_COUNT_verdict_unanswered_pass
					      : MXDP_COUNT_verdict_unanswered_drop;
}

static __always_inline enum mxdp_counter
limit_outcome(const struct connection *connection, const struct mxdp_settings *settings, __u32 bits)
{
	struct mxdp_member *member = find_exempt(connection);

	if (member) {
		add_hit(&member->hits);
		count(MXDP_COUNT_limit_exempt);
		return MXDP_COUNT_limit_pass;
	}
	return within_limit(connection, settings, bits)
		       ? MXDP_COUNT_limit_pass
		       : screen_limited(connection, settings, bits);
}

static __always_inline bool refuses(enum mxdp_counter outcome)
{
	return (is_drop(outcome) || is_reply(outcome)) && outcome != MXDP_COUNT_known_challenged;
}

static __always_inline enum mxdp_counter action_outcome(const struct connection *connection,
							const struct mxdp_settings *settings,
							enum mxdp_action action, __u32 bits)
{
	action = action_in_force(settings, action);
	if (action == MXDP_ACTION_GREYLIST)
		return greylist_attempt(connection, settings);
	if (is_answered(action))
		return refusal_outcome(connection, settings, action);
	switch (action) {
	case MXDP_ACTION_PASS:
		return MXDP_COUNT_verdict_pass;
	case MXDP_ACTION_LIMIT:
		return limit_outcome(connection, settings, bits);
	case MXDP_ACTION_DROP:
		return MXDP_COUNT_verdict_drop;
	default:
		return MXDP_COUNT_verdict_unanswered_pass;
	}
}

static __always_inline enum mxdp_counter apply_verdict(const struct connection *connection,
						       const struct mxdp_settings *settings,
						       struct mxdp_verdict *verdict, __u32 bits)
{
	enum mxdp_counter outcome = action_outcome(connection, settings, verdict->action, bits);

	__sync_fetch_and_add(&verdict->hits, 1);
	verdict->last_seen_ns = connection->now_ns;
	if (outcome == MXDP_COUNT_greylist_pass)
		sample_return(connection, settings, verdict->reason);
	if (refuses(outcome))
		sample(connection, settings, verdict->action, verdict->reason);
	return outcome;
}

/* The same for what the feeds say. A listed IPv6 client is limited by its network. */
static __always_inline enum mxdp_counter apply_listing(const struct connection *connection,
						       const struct mxdp_settings *settings)
{
	enum mxdp_action action = connection->listing.action;
	enum mxdp_counter outcome;

	outcome = action_outcome(connection, settings, action, connection->version == 4 ? 32 : 64);
	if (refuses(outcome))
		sample(connection, settings, action, MXDP_REASON_FEED);
	switch (outcome) {
	case MXDP_COUNT_verdict_pass:
		return MXDP_COUNT_feed_pass;
	case MXDP_COUNT_verdict_drop:
		return MXDP_COUNT_feed_drop;
	case MXDP_COUNT_verdict_unanswered_drop:
		return MXDP_COUNT_feed_unanswered_drop;
	case MXDP_COUNT_verdict_unanswered_pass:
		return MXDP_COUNT_feed_unanswered_pass;
	default:
		return outcome; /* a reply's, the limit's, the stale daemon's */
	}
}

/* A client that passes by a verdict or a feed; beyond a limit it must know of the SYN. */
static __always_inline enum mxdp_counter let_pass(const struct connection *connection,
						  const struct mxdp_settings *settings,
						  enum mxdp_counter outcome)
{
	enum mxdp_counter asked = UNDECIDED;

	if (!is_drop(outcome) && !is_reply(outcome))
		asked = screen_known(connection, settings);
	return asked == UNDECIDED ? outcome : asked;
}

#endif
