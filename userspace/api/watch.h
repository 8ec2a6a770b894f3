/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET /watch: an endless stream of JSON objects, one a line, to everybody who asks. Each watcher
 * has a bounded backlog; one that reads too slowly loses events and is told how many it lost.
 */
#ifndef MXDP_API_WATCH_H
#define MXDP_API_WATCH_H

#include <uv.h>

#include "maps/maps.h"
#include "userspace/screener/screener.h"
#include "userspace/said/said.h"

#define MXDP_API_WATCHERS_MAX  16
#define MXDP_API_WATCH_BACKLOG (256 * 1024) /* bytes a watcher may be behind */

struct mxdp_api;
struct mxdp_api_watchers;

/* `api` is woken when there is something to send. Returns 0 or -ENOMEM. */
int mxdp_api_watchers_new(uv_loop_t *loop, struct mxdp_api *api, struct mxdp_api_watchers **out);
/* Only after the connections are gone, or woken and stopped. */
void mxdp_api_watchers_free(struct mxdp_api_watchers *watchers);

/* Resumes every suspended watcher, as MHD demands before it stops. */
void mxdp_api_watchers_wake(struct mxdp_api_watchers *watchers);

void mxdp_api_watchers_event(struct mxdp_api_watchers *watchers, const struct mxdp_event *event);
void mxdp_api_watchers_flood(struct mxdp_api_watchers *watchers,
			     const struct mxdp_flood_view *flood);
void mxdp_api_watchers_decision(struct mxdp_api_watchers *watchers,
				const struct mxdp_case *decided);
void mxdp_api_watchers_message(struct mxdp_api_watchers *watchers,
			       const struct mxdp_said_message *message);

#endif
