/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of requests, and what each does. docs/api.md is its contract. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "maps/maps.h"
#include "mode.h"
#include "parse.h"
#include "request.h"
#include "show.h"
#include "watch.h"
#include "userspace/log.h"

struct route {
	const char *method, *path;
	const char *arguments[MXDP_API_ARGUMENTS_MAX]; /* the only ones it takes */
	void (*handle)(struct mxdp_api_request *request);
};

/* A check under way: MHD keeps the suspended request until it is resumed. */
struct mxdp_api_check {
	struct mxdp_api_request *request;
};

static const struct mxdp_maps *maps_of(const struct mxdp_api_request *request)
{
	return mxdp_datapath_maps(request->world->datapath);
}

static void answer_or_fail(struct mxdp_api_request *request, json_t *answer)
{
	if (answer)
		mxdp_api_answer(request, MHD_HTTP_OK, answer);
	else
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "memory is out");
}

static void get_status(struct mxdp_api_request *request)
{
	answer_or_fail(request, mxdp_show_status(request->world, request->fill));
}

static void get_counters(struct mxdp_api_request *request)
{
	struct mxdp_counters counters;
	int error = mxdp_counters_read(maps_of(request), &counters);

	if (error < 0)
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
				"cannot read the map \"counters\": %s", strerror(-error));
	else
		answer_or_fail(request, mxdp_show_counters(&counters));
}

static void get_verdicts(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT];
	unsigned int action;
	size_t limit;

	if (mxdp_api_parse_action(request->arguments[0], &action, fault) < 0 ||
	    mxdp_api_parse_limit(request->arguments[1], &limit, fault) < 0)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
	else
		answer_or_fail(request, mxdp_show_verdicts(maps_of(request), action, limit));
}

static void get_rules(struct mxdp_api_request *request)
{
	answer_or_fail(request, mxdp_show_rules(request->world->rules));
}

static void get_zones(struct mxdp_api_request *request)
{
	answer_or_fail(request, mxdp_show_zones(mxdp_screener_zones(request->world->screener)));
}

/* The answer comes before the results: whoever waits for them asks again while one is probing. */
static void post_zones_probe(struct mxdp_api_request *request)
{
	mxdp_screener_probe_zones(request->world->screener);
	get_zones(request);
}

static void get_explain(struct mxdp_api_request *request)
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
	answer_or_fail(request, mxdp_show_explain(request->world, &client, kept ? &known : NULL));
}

static void on_checked(void *context, const struct mxdp_case *result)
{
	struct mxdp_api_check *check = context;
	struct mxdp_api_request *request = check->request;

	free(check);
	request->check = NULL;
	answer_or_fail(request, mxdp_show_explain(request->world, &result->client, result));
	MHD_resume_connection(request->connection);
	mxdp_api_wake(request->api);
}

static void post_check(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT];
	struct mxdp_api_check *check;
	struct mxdp_address client;
	int error;

	if (mxdp_api_parse_address(request->arguments[0], &client, fault) < 0) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
		return;
	}
	check = calloc(1, sizeof(*check));
	error = !check ? -ENOMEM
		       : mxdp_screener_check(request->world->screener, &client, true, on_checked,
					     check);
	if (error < 0) {
		free(check);
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
				"the checks cannot start: %s; try again in a moment",
				error == -EBUSY ? "the queue is full" : strerror(-error));
		return;
	}
	check->request = request;
	request->check = check;
	MHD_suspend_connection(request->connection);
}

static void post_rules(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT] = "";
	struct mxdp_operator_rule rule;
	char prefix[MXDP_PREFIX_TEXT];
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
	answer_or_fail(request, mxdp_show_rule(&rule));
}

static void post_reports(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT] = "";
	struct mxdp_evidence report;
	int error;

	if (mxdp_api_parse_report(request->body, request->length, time(NULL), &report, fault) < 0) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
		return;
	}
	error = mxdp_screener_tell(request->world->screener, &report);
	if (error < 0)
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "the report is not kept: %s",
				error == -EBUSY    ? "the queue is full; try again in a moment"
				: error == -ENOSPC ? "too many sources speak about this client"
						   : strerror(-error));
	else
		answer_or_fail(request, mxdp_show_evidence(&report));
}

static void delete_entries(struct mxdp_api_request *request)
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
	answer_or_fail(request, json_pack("{s:i, s:i}", "rules", rules, "verdicts", verdicts));
}

static void get_greylist(struct mxdp_api_request *request)
{
	const char *prefix_text = request->arguments[0], *state = request->arguments[1];
	char fault[MXDP_API_FAULT];
	struct mxdp_prefix prefix;
	size_t limit;

	if ((prefix_text && mxdp_api_parse_prefix(prefix_text, &prefix, fault) < 0) ||
	    mxdp_api_parse_limit(request->arguments[2], &limit, fault) < 0)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
	else if (state && strcmp(state, "waiting") != 0 && strcmp(state, "passed") != 0)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST,
				"\"%.40s\" is no state; there are waiting and passed", state);
	else
		answer_or_fail(request,
			       mxdp_show_greylist(request->world, prefix_text ? &prefix : NULL,
						  state, limit));
}

static void delete_greylist(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT], text[MXDP_PREFIX_TEXT];
	struct mxdp_prefix prefix;
	int gone;

	if (mxdp_api_parse_prefix(request->arguments[0], &prefix, fault) < 0) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
		return;
	}
	gone = mxdp_greylist_forget(request->world->greylist, &prefix);
	if (gone && mxdp_prefix_is_host(&prefix))
		mxdp_screener_judge(request->world->screener, &prefix.address);
	mxdp_log(MXDP_LOG_NOTICE, "operator: the greylist forgets %s (%d entries)",
		 mxdp_prefix_format(&prefix, text), gone);
	answer_or_fail(request, json_pack("{s:i}", "forgotten", gone));
}

static void get_feeds(struct mxdp_api_request *request)
{
	answer_or_fail(request, mxdp_show_feeds(request->world->feeds));
}

static void get_snapshot(struct mxdp_api_request *request)
{
	answer_or_fail(request, mxdp_show_snapshot(request->world->feeds));
}

static void get_lookup(struct mxdp_api_request *request)
{
	char fault[MXDP_API_FAULT];
	struct mxdp_address address;

	if (mxdp_api_parse_address(request->arguments[0], &address, fault) < 0)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
	else
		answer_or_fail(request, mxdp_show_lookup(request->world->feeds, &address));
}

static void get_difference(struct mxdp_api_request *request)
{
	const char *name = request->arguments[0];
	json_t *difference = name ? mxdp_show_difference(request->world->feeds, name) : NULL;

	if (difference)
		answer_or_fail(request, difference);
	else
		mxdp_api_refuse(request, MHD_HTTP_NOT_FOUND,
				"there is no feed \"%.60s\"; mxdp feed list shows them",
				name ? name : "");
}

static void post_sync(struct mxdp_api_request *request)
{
	const char *name = request->arguments[0];
	int count = mxdp_feeds_sync(request->world->feeds, name);

	if (count < 0)
		mxdp_api_refuse(request, MHD_HTTP_NOT_FOUND,
				"there is no feed \"%.60s\"; mxdp feed list shows them", name);
	else
		answer_or_fail(request, json_pack("{s:i}", "syncing", count));
}

static void get_search(struct mxdp_api_request *request)
{
	const char *prefix_text = request->arguments[0], *domain = request->arguments[1];
	struct mxdp_journal_query query = {.domain = domain};
	char fault[MXDP_API_FAULT];
	struct mxdp_prefix prefix;
	json_t *answer;
	int error;

	if (!prefix_text == !domain) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "give either prefix or domain");
		return;
	}
	if (prefix_text)
		query.prefix = &prefix;
	if ((prefix_text ? mxdp_api_parse_prefix(prefix_text, &prefix, fault)
			 : mxdp_api_parse_domain(domain, fault)) < 0 ||
	    mxdp_api_parse_since(request->arguments[2], &query.since, fault) < 0 ||
	    mxdp_api_parse_limit(request->arguments[3], &query.most, fault) < 0) {
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s", fault);
		return;
	}
	answer = mxdp_show_journal(request->world->history, &query, &error);
	if (error < 0) {
		json_decref(answer);
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
				"the journal cannot be read: %s; the daemon's log says why",
				strerror(-error));
		return;
	}
	answer_or_fail(request, answer);
}

static void get_watch(struct mxdp_api_request *request)
{
	request->stream = mxdp_api_watch(request->watchers, request->connection);
	if (request->stream)
		request->status = MHD_HTTP_OK;
	else
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
				"there are %d watchers already; end one", MXDP_API_WATCHERS_MAX);
}

static void post_reload(struct mxdp_api_request *request)
{
	char text[MXDP_CONFIG_ERROR] = "";
	int error = request->world->reload(request->world->context, text, sizeof(text));

	if (error < 0)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s",
				text[0] ? text : strerror(-error));
	else
		answer_or_fail(request, json_pack("{s:o}", "note", mxdp_show_text(text)));
}

static void post_detach(struct mxdp_api_request *request)
{
	const struct mxdp_config *config = request->world->config(request->world->context);

	request->detach = true;
	answer_or_fail(request, json_pack("{s:o}", "pins", mxdp_show_text(config->pin_directory)));
}

static const struct route routes[] = {
	{"GET", "/status", {NULL}, get_status},
	{"GET", "/counters", {NULL}, get_counters},
	{"GET", "/verdicts", {"action", "limit"}, get_verdicts},
	{"GET", "/rules", {NULL}, get_rules},
	{"GET", "/zones", {NULL}, get_zones},
	{"POST", "/zones/probe", {NULL}, post_zones_probe},
	{"GET", "/explain", {"address"}, get_explain},
	{"POST", "/check", {"address"}, post_check},
	{"POST", "/rules", {NULL}, post_rules},
	{"POST", "/reports", {NULL}, post_reports},
	{"DELETE", "/entries", {"prefix"}, delete_entries},
	{"GET", "/greylist", {"prefix", "state", "limit"}, get_greylist},
	{"DELETE", "/greylist", {"prefix"}, delete_greylist},
	{"GET", "/feeds", {NULL}, get_feeds},
	{"GET", "/feeds/diff", {"name"}, get_difference},
	{"POST", "/feeds/sync", {"name"}, post_sync},
	{"GET", "/lookup", {"address"}, get_lookup},
	{"GET", "/snapshot", {NULL}, get_snapshot},
	{"GET", "/search", {"prefix", "domain", "since", "limit"}, get_search},
	{"GET", "/watch", {NULL}, get_watch},
	{"GET", "/mode", {NULL}, mxdp_api_get_mode},
	{"POST", "/mode", {NULL}, mxdp_api_post_mode},
	{"POST", "/reload", {NULL}, post_reload},
	{"POST", "/detach", {NULL}, post_detach},
};

/* Collects the query's arguments into the route's places. */
struct collector {
	struct mxdp_api_request *request;
	const struct route *route;
};

static enum MHD_Result collect_argument(void *context, enum MHD_ValueKind kind, const char *key,
					size_t key_size, const char *value, size_t value_size)
{
	struct collector *collector = context;
	struct mxdp_api_request *request = collector->request;
	size_t i = 0;

	(void)kind;
	while (i < MXDP_API_ARGUMENTS_MAX && collector->route->arguments[i] &&
	       strcmp(collector->route->arguments[i], key) != 0)
		i++;
	if (i == MXDP_API_ARGUMENTS_MAX || !collector->route->arguments[i])
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "%s takes no argument \"%.40s\"",
				collector->route->path, key);
	else if (!value || strlen(value) != value_size || strlen(key) != key_size)
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST,
				"the argument \"%.40s\" has no "
				"value or holds a NUL",
				key);
	else if (request->arguments[i])
		mxdp_api_refuse(request, MHD_HTTP_BAD_REQUEST, "the argument \"%.40s\" comes twice",
				key);
	else
		request->arguments[i] = value;
	return request->status ? MHD_NO : MHD_YES;
}

void mxdp_api_route(struct mxdp_api_request *request, const char *method, const char *path)
{
	const struct route *found = NULL;
	bool known_path = false;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]) && !found; i++) {
		if (strcmp(routes[i].path, path) != 0)
			continue;
		known_path = true;
		if (strcmp(routes[i].method, method) == 0)
			found = &routes[i];
	}
	if (!found && known_path) {
		mxdp_api_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED,
				"%s is no method of %.60s; docs/api.md lists the requests", method,
				path);
		return;
	}
	if (!found) {
		mxdp_api_refuse(request, MHD_HTTP_NOT_FOUND,
				"there is no %.60s; docs/api.md lists the requests", path);
		return;
	}
	MHD_get_connection_values_n(request->connection, MHD_GET_ARGUMENT_KIND, collect_argument,
				    &(struct collector){request, found});
	if (!request->status)
		found->handle(request);
}

bool mxdp_api_waiting(const struct mxdp_api_request *request)
{
	return request->check != NULL;
}

void mxdp_api_abandon(struct mxdp_api_request *request)
{
	free(request->check);
	request->check = NULL;
}
