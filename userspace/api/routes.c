/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of requests. docs/api.md is its contract. */
#include "routes.h"

#include <string.h>

struct route {
	const char *method, *path;
	const char *arguments[MXDP_API_ARGUMENTS_MAX]; /* the only ones it takes */
	void (*handle)(struct mxdp_api_request *request);
};

static const struct route routes[] = {
	{"GET", "/status", {NULL}, mxdp_api_get_status},
	{"GET", "/counters", {NULL}, mxdp_api_get_counters},
	{"GET", "/verdicts", {"action", "limit"}, mxdp_api_get_verdicts},
	{"GET", "/rules", {NULL}, mxdp_api_get_rules},
	{"GET", "/zones", {NULL}, mxdp_api_get_zones},
	{"POST", "/zones/probe", {NULL}, mxdp_api_post_zones_probe},
	{"GET", "/explain", {"address"}, mxdp_api_get_explain},
	{"POST", "/check", {"address"}, mxdp_api_post_check},
	{"POST", "/rules", {NULL}, mxdp_api_post_rules},
	{"POST", "/reports", {NULL}, mxdp_api_post_reports},
	{"DELETE", "/entries", {"prefix"}, mxdp_api_delete_entries},
	{"GET", "/greylist", {"prefix", "state", "limit"}, mxdp_api_get_greylist},
	{"DELETE", "/greylist", {"prefix"}, mxdp_api_delete_greylist},
	{"GET", "/feeds", {NULL}, mxdp_api_get_feeds},
	{"GET", "/feeds/diff", {"name"}, mxdp_api_get_difference},
	{"POST", "/feeds/sync", {"name"}, mxdp_api_post_sync},
	{"GET", "/lookup", {"address"}, mxdp_api_get_lookup},
	{"GET", "/snapshot", {NULL}, mxdp_api_get_snapshot},
	{"GET", "/search", {"prefix", "domain", "since", "limit"}, mxdp_api_get_search},
	{"GET", "/watch", {NULL}, mxdp_api_get_watch},
	{"GET", "/mode", {NULL}, mxdp_api_get_mode},
	{"POST", "/mode", {NULL}, mxdp_api_post_mode},
	{"POST", "/reload", {NULL}, mxdp_api_post_reload},
	{"POST", "/detach", {NULL}, mxdp_api_post_detach},
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
