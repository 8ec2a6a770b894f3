/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POST /reports: another program's word about a client. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "parse.h"
#include "routes.h"
#include "show.h"

void mxdp_api_post_reports(struct mxdp_api_request *request)
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
		mxdp_api_give(request, mxdp_show_evidence(&report));
}
