/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET and POST /rules, DELETE /entries: the operator's word, and taking back what is known. */
#include <string.h>
#include <time.h>

#include "parse.h"
#include "routes.h"
#include "show.h"
#include "userspace/log.h"

json_t *mxdp_show_rule(const struct mxdp_operator_rule *rule)
{
	char prefix[MXDP_PREFIX_TEXT];

	return json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:I}", "prefix",
			 mxdp_prefix_format(&rule->prefix, prefix), "action",
			 rule->action == MXDP_ACTION_PASS ? "allow" : "deny", "reason",
			 mxdp_show_text(rule->reason), "created", (json_int_t)rule->created,
			 "expires", (json_int_t)rule->expires, "hits", (json_int_t)rule->hits,
			 "last_seen", (json_int_t)rule->last_seen);
}

static int add_rule(void *list, const struct mxdp_operator_rule *rule)
{
	return json_array_append_new(list, mxdp_show_rule(rule)) < 0;
}

void mxdp_api_get_rules(struct mxdp_api_request *request)
{
	json_t *list = json_array();

	mxdp_rules_each(request->world->rules, add_rule, list);
	mxdp_api_give(request, json_pack("{s:o}", "rules", list));
}

void mxdp_api_post_rules(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT] = "";
	struct mxdp_operator_rule rule;
	char prefix[MXDP_PREFIX_TEXT];
	json_t *answer;
	int error;

	if (mxdp_api_parse_rule(request->body, request->length, time(NULL), &rule, fault) < 0) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
		return;
	}
	error = mxdp_rules_set(request->world->rules, &rule, fault, sizeof(fault));
	if (error < 0) {
		mxdp_api_refuse(request,
				error == -EPERM ? MHD_HTTP_CONFLICT : MHD_HTTP_SERVICE_UNAVAILABLE,
				"%s", fault[0] ? fault : strerror(-error));
		return;
	}
	mxdp_feeds_refresh(request->world->feeds);
	mxdp_log(MXDP_LOG_NOTICE, "operator: %s %s%s%s",
		 rule.action == MXDP_ACTION_PASS ? "allow" : "deny",
		 mxdp_prefix_format(&rule.prefix, prefix), rule.reason[0] ? ": " : "", rule.reason);
	answer = mxdp_show_rule(&rule);
	if (answer && fault[0])
		json_object_set_new(answer, "note", mxdp_show_text(fault));
	mxdp_api_give(request, answer);
}

void mxdp_api_delete_entries(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT], text[MXDP_PREFIX_TEXT];
	struct mxdp_prefix prefix;
	int rules, verdicts;

	if (mxdp_api_parse_prefix(request->arguments[0], &prefix, fault) < 0) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
		return;
	}
	rules = mxdp_rules_forget(request->world->rules, &prefix);
	verdicts = mxdp_screener_forget(request->world->screener, &prefix);
	mxdp_history_forget(request->world->history, &prefix);
	mxdp_greylist_forget(request->world->greylist, &prefix);
	mxdp_contacts_forget(request->world->contacts, &prefix);
	if (rules < 0 || verdicts < 0) {
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "cannot forget %s: %s",
				mxdp_prefix_format(&prefix, text),
				strerror(rules < 0 ? -rules : -verdicts));
		return;
	}
	mxdp_feeds_refresh(request->world->feeds);
	mxdp_log(MXDP_LOG_NOTICE, "operator: forget %s (%d rules, %d verdicts)",
		 mxdp_prefix_format(&prefix, text), rules, verdicts);
	mxdp_api_give(request, json_pack("{s:i, s:i}", "rules", rules, "verdicts", verdicts));
}
