/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each request does: a function a route (the table in routes.c), in the file of the resource
 * that it is about. Each leaves an answer, a running check or a stream in the request.
 */
#ifndef MXDP_API_ROUTES_H
#define MXDP_API_ROUTES_H

#include "request.h"

void mxdp_api_get_status(struct mxdp_api_request *request);
void mxdp_api_get_mode(struct mxdp_api_request *request);
void mxdp_api_post_mode(struct mxdp_api_request *request);
void mxdp_api_get_counters(struct mxdp_api_request *request);
void mxdp_api_get_verdicts(struct mxdp_api_request *request);
void mxdp_api_get_rules(struct mxdp_api_request *request);
void mxdp_api_post_rules(struct mxdp_api_request *request);
void mxdp_api_delete_entries(struct mxdp_api_request *request);
void mxdp_api_post_reports(struct mxdp_api_request *request);
void mxdp_api_get_zones(struct mxdp_api_request *request);
void mxdp_api_post_zones_probe(struct mxdp_api_request *request);
void mxdp_api_get_explain(struct mxdp_api_request *request);
void mxdp_api_post_check(struct mxdp_api_request *request);
void mxdp_api_get_greylist(struct mxdp_api_request *request);
void mxdp_api_delete_greylist(struct mxdp_api_request *request);
void mxdp_api_get_feeds(struct mxdp_api_request *request);
void mxdp_api_get_difference(struct mxdp_api_request *request);
void mxdp_api_post_sync(struct mxdp_api_request *request);
void mxdp_api_get_lookup(struct mxdp_api_request *request);
void mxdp_api_get_snapshot(struct mxdp_api_request *request);
void mxdp_api_get_search(struct mxdp_api_request *request);
void mxdp_api_get_watch(struct mxdp_api_request *request);
void mxdp_api_post_reload(struct mxdp_api_request *request);
void mxdp_api_post_detach(struct mxdp_api_request *request);

#endif
