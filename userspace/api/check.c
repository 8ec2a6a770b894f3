/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POST /check: runs the checks now; the request waits for their end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "routes.h"
#include "show.h"

/* A check under way: MHD keeps the suspended request until it is resumed. */
struct mxdp_api_check {
	struct mxdp_api_request *request;
};

static void on_checked(void *context, const struct mxdp_case *result)
{
	struct mxdp_api_check *check = context;
	struct mxdp_api_request *request = check->request;

	free(check);
	request->check = NULL;
	mxdp_api_give(request, mxdp_show_explain(request->world, &result->client, result));
	MHD_resume_connection(request->connection);
	mxdp_api_wake(request->api);
}

void mxdp_api_post_check(struct mxdp_api_request *request)
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

bool mxdp_api_waiting(const struct mxdp_api_request *request)
{
	return request->check != NULL;
}

void mxdp_api_abandon(struct mxdp_api_request *request)
{
	free(request->check);
	request->check = NULL;
}
