/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon knows, as JSON: the answers of the API (docs/api.md names every field). Each
 * function returns a new reference, or NULL when memory is out.
 */
#ifndef MXDP_API_SHOW_H
#define MXDP_API_SHOW_H

#include <jansson.h>

#include "api.h"
#include "request.h"

json_t *mxdp_show_status(const struct mxdp_api_world *world, struct mxdp_api_fill *fill);
json_t *mxdp_show_counters(const struct mxdp_counters *counters);
json_t *mxdp_show_rule(const struct mxdp_operator_rule *rule);
json_t *mxdp_show_rules(const struct mxdp_rules *rules);

/* The `limit` newest verdicts of an action (MXDP_ACTION_COUNT: of any), newest first. */
json_t *mxdp_show_verdicts(const struct mxdp_maps *maps, unsigned int action, size_t limit);

/* The DNSBLs: whether each is in use, what it found, how its last probe went. */
json_t *mxdp_show_zones(const struct mxdp_zones *zones);

/* What decides about a client now, what it outranks, and the case if not NULL. */
json_t *mxdp_show_explain(const struct mxdp_api_world *world, const struct mxdp_address *client,
			  const struct mxdp_case *known);
json_t *mxdp_show_case(const struct mxdp_case *known);
json_t *mxdp_show_evidence(const struct mxdp_evidence *evidence);

/* The journal's lines that match; `error` of the search is left for the caller. */
json_t *mxdp_show_journal(struct mxdp_history *history, const struct mxdp_journal_query *query,
			  int *error);

/* What is greylisted, and who came back; `prefix` and `state` may be NULL: all. */
json_t *mxdp_show_greylist(const struct mxdp_api_world *world, const struct mxdp_prefix *prefix,
			   const char *state, size_t most);
/* What of it holds good for one client, for explain; NULL when there is nothing. */
json_t *mxdp_show_greylisting(const struct mxdp_api_world *world,
			      const struct mxdp_address *client);

json_t *mxdp_show_feeds(struct mxdp_feeds *feeds);
/* What the last sync of a feed has changed; NULL when there is no such feed. */
json_t *mxdp_show_difference(const struct mxdp_feeds *feeds, const char *name);
json_t *mxdp_show_snapshot(const struct mxdp_feeds *feeds);
json_t *mxdp_show_lookup(const struct mxdp_feeds *feeds, const struct mxdp_address *address);
/* What the snapshot in force does to an address, for explain; NULL when it is not listed. */
json_t *mxdp_show_listing(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
			  enum mxdp_action *action);

/* Whether there is a flood: `{"on", "since", "cpus", "floods"}`. */
json_t *mxdp_show_flood(const struct mxdp_flood_view *flood);

/* Lines of the watch stream. */
json_t *mxdp_show_flood_event(const struct mxdp_flood_view *flood);
json_t *mxdp_show_event(const struct mxdp_event *event);
json_t *mxdp_show_decision(const struct mxdp_case *decided);
json_t *mxdp_show_message(const struct mxdp_said_message *message);

/* The sentence behind a number of actions.h; "?" for a number that is no member. */
const char *mxdp_show_reason_text(unsigned int reason);
const char *mxdp_show_mode_text(unsigned int mode);

/* A JSON string of any bytes: what is not UTF-8 becomes "?". */
json_t *mxdp_show_text(const char *text);

#endif
