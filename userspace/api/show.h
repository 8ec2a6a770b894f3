/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon knows, as JSON: the answers of the API (docs/api.md names every field). Each
 * function returns a new reference, or NULL when memory is out.
 */
#ifndef MXDP_API_SHOW_H
#define MXDP_API_SHOW_H

#include <jansson.h>

#include "api.h"

json_t *mxdp_show_rule(const struct mxdp_operator_rule *rule);

/* What decides about a client now, what it outranks, and the case if not NULL. */
json_t *mxdp_show_explain(const struct mxdp_api_world *world, const struct mxdp_address *client,
			  const struct mxdp_case *known);
json_t *mxdp_show_case(const struct mxdp_case *known);
json_t *mxdp_show_evidence(const struct mxdp_evidence *evidence);

/* What of it holds good for one client, for explain; NULL when there is nothing. */
json_t *mxdp_show_greylisting(const struct mxdp_api_world *world,
			      const struct mxdp_address *client);

/* What the snapshot in force does to an address, for explain; NULL when it is not listed. */
json_t *mxdp_show_listing(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
			  enum mxdp_action *action);

/* What should be mended about feeds: `[{"feed", "warning"}]`. */
json_t *mxdp_show_feed_warnings(struct mxdp_feeds *feeds);

/* Whether there is a flood: `{"on", "since", "cpus", "floods"}`. */
json_t *mxdp_show_flood(const struct mxdp_flood_view *flood);

/* Adds the mode's fields to an answer. */
void mxdp_show_mode(const struct mxdp_api_world *world, json_t *answer);

/* Lines of the watch stream (watch_lines.c). */
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
