/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /explain: asks the same sources in the same order as the packet path. */

#include <string.h>

#include "maps/maps.h"
#include "parse.h"
#include "routes.h"
#include "show.h"

static json_t *explain_rule(const struct mxdp_api_world *world, const struct mxdp_address *client)
{
	struct mxdp_operator_rule rule;
	json_t *shown;

	if (mxdp_rules_match(world->rules, client, &rule) < 0)
		return NULL;
	shown = mxdp_show_rule(&rule);
	if (!shown)
		return NULL;
	json_object_set_new(shown, "by", json_string("rule"));
	json_object_set_new(shown, "action", json_string(mxdp_action_name(rule.action)));
	json_object_set_new(shown, "text",
			    mxdp_show_text(rule.reason[0] ? rule.reason : "no reason was given"));
	json_object_set_new(shown, "reason", json_string(mxdp_reason_name(MXDP_REASON_OPERATOR)));
	return shown;
}

static json_t *explain_never_block(const struct mxdp_api_world *world,
				   const struct mxdp_address *client)
{
	const struct mxdp_protected *list;
	size_t count = mxdp_never_block_list(world->never_block, &list);
	const struct mxdp_protected *longest = NULL;
	char prefix[MXDP_PREFIX_TEXT];

	for (size_t i = 0; i < count; i++)
		if (mxdp_prefix_contains(&list[i].prefix, client) &&
		    (!longest || list[i].prefix.length > longest->prefix.length))
			longest = &list[i];
	if (!longest)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "by", "never-block", "action",
			 mxdp_action_name(MXDP_ACTION_PASS), "reason",
			 mxdp_reason_name(MXDP_REASON_NEVER_BLOCK), "prefix",
			 mxdp_prefix_format(&longest->prefix, prefix), "text",
			 mxdp_protected_text(longest->because), "expires", (json_int_t)0);
}

/* The map says what acts; the sentence behind it is in the case, if that is still kept. */
static json_t *explain_verdict(const struct mxdp_api_world *world,
			       const struct mxdp_address *client, const struct mxdp_case *known)
{
	const struct mxdp_maps *maps = mxdp_datapath_maps(world->datapath);
	char prefix[MXDP_PREFIX_TEXT];
	struct mxdp_verdict verdict;
	struct mxdp_prefix key;
	const char *text;

	if (mxdp_verdict_match(maps, client, &key, &verdict) < 0)
		return NULL;
	text = mxdp_show_reason_text(verdict.reason);
	if (known && known->decided && known->decision.action == verdict.action &&
	    known->decision.reason == verdict.reason && known->decision.text[0])
		text = known->decision.text;
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:i, s:I, s:I, s:I, s:I}", "by", "verdict",
			 "action", mxdp_action_name(verdict.action), "reason",
			 mxdp_reason_name(verdict.reason), "prefix",
			 mxdp_prefix_format(&key, prefix), "text", mxdp_show_text(text), "score",
			 (int)verdict.score, "decided",
			 (json_int_t)mxdp_boottime_to_unix(verdict.decided_ns), "expires",
			 (json_int_t)mxdp_boottime_to_unix(verdict.expires_ns), "hits",
			 (json_int_t)verdict.hits, "last_seen",
			 (json_int_t)mxdp_boottime_to_unix(verdict.last_seen_ns));
}

static json_t *explain_unknown(const struct mxdp_config *config)
{
	bool holds = config->hold && config->mode != MXDP_MODE_OBSERVE;
	const char *text = holds ? "no rule and no verdict: its next connection attempt starts the "
				   "checks and is held until they end"
				 : "no rule and no verdict: its next connection attempt starts the "
				   "checks and goes through meanwhile";

	return json_pack("{s:s, s:s, s:s, s:s, s:I}", "by", "unknown", "action",
			 mxdp_action_name(MXDP_ACTION_NONE), "reason",
			 mxdp_reason_name(MXDP_REASON_NONE), "text", text, "expires",
			 (json_int_t)0);
}

static json_t *explain_exempt(const struct mxdp_api_world *world, const struct mxdp_address *client)
{
	char text[MXDP_EXEMPT_TEXT];

	return mxdp_exempt_match(world->exempt, client, text) ? mxdp_show_text(text) : NULL;
}

/* What a refusal is where no reply can be made, as in bpf/refusal.h; NONE: it needs no reply. */
static enum mxdp_action without_reply(const struct mxdp_config *config, const json_t *decides)
{
	const char *by = json_string_value(json_object_get(decides, "by"));
	int action = mxdp_action_number(json_string_value(json_object_get(decides, "action")));

	if (config->mode == MXDP_MODE_OBSERVE ||
	    (strcmp(by, "verdict") != 0 && strcmp(by, "feed") != 0))
		return MXDP_ACTION_NONE;
	switch (action) {
	case MXDP_ACTION_DROP:
		return config->mode == MXDP_MODE_SOFT ? MXDP_ACTION_PASS : MXDP_ACTION_NONE;
	case MXDP_ACTION_REJECT:
	case MXDP_ACTION_TARPIT:
		return config->mode == MXDP_MODE_SOFT ? MXDP_ACTION_PASS : MXDP_ACTION_DROP;
	case MXDP_ACTION_TEMPFAIL:
	case MXDP_ACTION_GREYLIST:
		return MXDP_ACTION_PASS;
	default:
		return MXDP_ACTION_NONE;
	}
}

/* The interfaces on which what decides acts otherwise than it says; NULL: there are none. */
static json_t *explain_unanswered(const struct mxdp_api_world *world, const json_t *decides)
{
	enum mxdp_action action = without_reply(world->config(world->context), decides);
	const struct mxdp_attachment *attachments;
	size_t count = mxdp_datapath_attachments(world->datapath, &attachments);
	json_t *list = NULL;

	if (action == MXDP_ACTION_NONE)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (!attachments[i].no_replies)
			continue;
		list = list ? list : json_array();
		json_array_append_new(list, json_pack("{s:o, s:s, s:s}", "interface",
						      mxdp_show_text(attachments[i].interface),
						      "action", mxdp_action_name(action), "text",
						      attachments[i].no_replies));
	}
	return list;
}

/* Somebody's word in this client's name: it decides nothing. */
static json_t *explain_unproved(const struct mxdp_api_world *world,
				const struct mxdp_address *client)
{
	const struct mxdp_said_message *message = mxdp_said_unproved(world->said, client);
	json_t *shown;

	if (!message)
		return NULL;
	shown = json_pack("{s:I, s:o, s:b}", "time", (json_int_t)message->time, "helo",
			  mxdp_show_text(message->helo), "scored", 0);
	if (shown && message->has_sender)
		json_object_set_new(shown, "sender", mxdp_show_text(message->sender));
	return shown;
}

json_t *mxdp_show_explain(const struct mxdp_api_world *world, const struct mxdp_address *client,
			  const struct mxdp_case *known)
{
	const struct mxdp_config *config = world->config(world->context);
	enum mxdp_action feed_action = MXDP_ACTION_NONE;
	json_t *feed = mxdp_show_listing(world->feeds, client, &feed_action);
	bool drops = feed_action == MXDP_ACTION_DROP;
	json_t *sources[] = {
		explain_rule(world, client),
		explain_never_block(world, client),
		drops ? feed : NULL, /* an earned pass outranks a milder feed */
		explain_verdict(world, client, known),
		drops ? NULL : feed,
	};
	json_t *decides = NULL;
	json_t *outranked = json_array(), *unanswered;
	char text[MXDP_ADDRESS_TEXT];
	bool is_known;

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (sources[i] && decides)
			json_array_append_new(outranked, sources[i]);
		else if (sources[i])
			decides = sources[i];
	}
	is_known = decides || known;
	if (!decides)
		decides = explain_unknown(config);
	unanswered = explain_unanswered(world, decides);
	return json_pack(
		"{s:s, s:s, s:b, s:f, s:f, s:I, s:o, s:o, s:o*, s:o*, s:o*, s:o*, s:o*}", "client",
		mxdp_address_format(client, text), "mode", mxdp_mode_name(config->mode), "known",
		is_known, "threshold", config->policy.threshold, "report_cap", config->told.cap,
		"report_half_life", (json_int_t)config->told.half_life, "decides", decides,
		"outranked", outranked, "case", known ? mxdp_show_case(known) : NULL, "exempt",
		explain_exempt(world, client), "greylist", mxdp_show_greylisting(world, client),
		"unanswered", unanswered, "unproved", explain_unproved(world, client));
}

void mxdp_api_get_explain(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT];
	struct mxdp_address client;
	struct mxdp_case known;
	bool kept;

	if (mxdp_api_parse_address(request->arguments[0], &client, fault) < 0) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
		return;
	}
	kept = mxdp_screener_case(request->world->screener, &client, &known) == 0;
	mxdp_api_give(request, mxdp_show_explain(request->world, &client, kept ? &known : NULL));
}
