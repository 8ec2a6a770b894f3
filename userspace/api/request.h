/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One HTTP request from its first header to its answer: what api.c collects, the routes (routes.h)
 * answer, and the watch stream takes over. Private to the API.
 */
#ifndef MXDP_API_REQUEST_H
#define MXDP_API_REQUEST_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "api.h"

#define MXDP_API_BODY_MAX      (64 * 1024)
#define MXDP_API_ARGUMENTS_MAX 4

struct mxdp_api_check;
struct mxdp_api_watchers;

/* Verdicts in the map, counted seldom: counting walks the map. */
struct mxdp_api_fill {
	int64_t counted; /* Unix seconds, 0: never */
	uint32_t v4, v6;
};

struct mxdp_api_request {
	struct mxdp_api *api;
	struct MHD_Connection *connection;
	const struct mxdp_api_world *world;
	struct mxdp_api_watchers *watchers;
	struct mxdp_api_fill *fill;

	char *body; /* NUL after `length` bytes; NULL when there is none */
	size_t length;
	const char *arguments[MXDP_API_ARGUMENTS_MAX]; /* in the route's order; NULL: not given */

	/* What a route leaves: an answer, a running check, or a stream. */
	unsigned int status; /* HTTP; 0 while there is no answer */
	json_t *answer;
	struct MHD_Response *stream;
	struct mxdp_api_check *check;
	bool detach; /* when the answer is out */

	struct mxdp_api_request *next, **link; /* all requests, for the end of the API */
};

/* Lets the HTTP server run soon: MHD notices a resumed connection only then. */
void mxdp_api_wake(struct mxdp_api *api);

/* Leave an answer (the reference is taken) or a fault as {"error": ...}. */
void mxdp_api_answer(struct mxdp_api_request *request, unsigned int status, json_t *answer);
/* 200 with this answer; NULL, which memory being out has left, is a fault. */
void mxdp_api_give(struct mxdp_api_request *request, json_t *answer);
void mxdp_api_refuse(struct mxdp_api_request *request, unsigned int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Finds the route and runs it. Afterwards the request has an answer, a stream, or a check that
 * runs: the connection is then suspended until the check has left its answer.
 */
void mxdp_api_route(struct mxdp_api_request *request, const char *method, const char *path);
/* Whether a check is still running for this request. */
bool mxdp_api_waiting(const struct mxdp_api_request *request);
/* The request ends without its check, because the whole API does. */
void mxdp_api_abandon(struct mxdp_api_request *request);

#endif
