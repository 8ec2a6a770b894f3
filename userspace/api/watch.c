/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "routes.h"
#include "show.h"

/* Also how a watcher that went away while nothing happened is noticed. */
#define ALIVE_MS 10000

struct watcher {
	struct mxdp_api_watchers *all;
	struct MHD_Connection *connection;
	struct watcher *next, **link;
	bool suspended;
	uint64_t lost;      /* events that found no place since the last note about it */
	size_t start, used; /* of the ring `backlog` */
	char backlog[MXDP_API_WATCH_BACKLOG];
};

struct mxdp_api_watchers {
	struct mxdp_api *api;
	uv_timer_t alive;
	struct watcher *first;
	unsigned int count;
};

static void append(struct watcher *watcher, const char *data, size_t size)
{
	size_t end = (watcher->start + watcher->used) % MXDP_API_WATCH_BACKLOG;
	size_t first = MXDP_API_WATCH_BACKLOG - end;

	if (first > size)
		first = size;
	memcpy(watcher->backlog + end, data, first);
	memcpy(watcher->backlog, data + first, size - first);
	watcher->used += size;
}

/* Stores the line if it fits, after a note about what was lost before it. */
static void push(struct watcher *watcher, const char *line, size_t size)
{
	char note[64] = "";
	size_t note_size = 0;

	if (watcher->lost)
		note_size = (size_t)snprintf(note, sizeof(note),
					     "{\"event\":\"lost\",\"count\":%llu}\n",
					     (unsigned long long)watcher->lost);
	if (watcher->used + note_size + size > MXDP_API_WATCH_BACKLOG) {
		watcher->lost++;
		return;
	}
	append(watcher, note, note_size);
	append(watcher, line, size);
	watcher->lost = 0;
}

static ssize_t on_read(void *context, uint64_t position, char *buffer, size_t max)
{
	struct watcher *watcher = context;
	size_t size = watcher->used < max ? watcher->used : max;
	size_t first = MXDP_API_WATCH_BACKLOG - watcher->start;

	(void)position;
	if (size == 0) {
		watcher->suspended = true;
		MHD_suspend_connection(watcher->connection);
		return 0;
	}
	if (first > size)
		first = size;
	memcpy(buffer, watcher->backlog + watcher->start, first);
	memcpy(buffer + first, watcher->backlog, size - first);
	watcher->start = (watcher->start + size) % MXDP_API_WATCH_BACKLOG;
	watcher->used -= size;
	if (watcher->used == 0 && watcher->lost)
		push(watcher, "", 0);
	return (ssize_t)size;
}

static void on_gone(void *context)
{
	struct watcher *watcher = context;

	*watcher->link = watcher->next;
	if (watcher->next)
		watcher->next->link = watcher->link;
	if (--watcher->all->count == 0)
		uv_timer_stop(&watcher->all->alive);
	free(watcher);
}

static void resume(struct watcher *watcher)
{
	if (!watcher->suspended)
		return;
	watcher->suspended = false;
	MHD_resume_connection(watcher->connection);
}

/* Takes the object. */
static void publish(struct mxdp_api_watchers *watchers, json_t *object)
{
	char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
	size_t length = line ? strlen(line) : 0;

	json_decref(object);
	if (!line)
		return;
	line[length] = '\n'; /* in the place of the NUL */
	for (struct watcher *watcher = watchers->first; watcher; watcher = watcher->next) {
		push(watcher, line, length + 1);
		resume(watcher);
	}
	free(line);
	mxdp_api_wake(watchers->api);
}

static void on_alive(uv_timer_t *timer)
{
	publish(timer->data,
		json_pack("{s:s, s:I}", "event", "alive", "time", (json_int_t)time(NULL)));
}

int mxdp_api_watchers_new(uv_loop_t *loop, struct mxdp_api *api, struct mxdp_api_watchers **out)
{
	struct mxdp_api_watchers *watchers = calloc(1, sizeof(*watchers));

	if (!watchers)
		return -ENOMEM;
	watchers->api = api;
	uv_timer_init(loop, &watchers->alive);
	watchers->alive.data = watchers;
	*out = watchers;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void mxdp_api_watchers_free(struct mxdp_api_watchers *watchers)
{
	if (watchers)
		uv_close((uv_handle_t *)&watchers->alive, on_closed);
}

/* A stream for this connection; NULL when there are too many watchers or memory is out. */
static struct MHD_Response *new_stream(struct mxdp_api_watchers *watchers,
				       struct MHD_Connection *connection)
{
	struct watcher *watcher;
	struct MHD_Response *response;
	static const char hello[] = "{\"event\":\"watching\"}\n";

	if (watchers->count >= MXDP_API_WATCHERS_MAX)
		return NULL;
	watcher = calloc(1, sizeof(*watcher));
	if (!watcher)
		return NULL;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16 * 1024, on_read, watcher,
						     on_gone);
	if (!response) {
		free(watcher);
		return NULL;
	}
	watcher->all = watchers;
	watcher->connection = connection;
	watcher->next = watchers->first;
	watcher->link = &watchers->first;
	if (watcher->next)
		watcher->next->link = &watcher->next;
	watchers->first = watcher;
	if (watchers->count++ == 0)
		uv_timer_start(&watchers->alive, on_alive, ALIVE_MS, ALIVE_MS);
	/* A pager that stops reading is no reason to hang up: its backlog is bounded. */
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
	push(watcher, hello, sizeof(hello) - 1);
	return response;
}

void mxdp_api_watchers_wake(struct mxdp_api_watchers *watchers)
{
	if (!watchers)
		return;
	for (struct watcher *watcher = watchers->first; watcher; watcher = watcher->next)
		resume(watcher);
}

void mxdp_api_watchers_event(struct mxdp_api_watchers *watchers, const struct mxdp_event *event)
{
	if (watchers->first)
		publish(watchers, mxdp_show_event(event));
}

void mxdp_api_watchers_flood(struct mxdp_api_watchers *watchers,
			     const struct mxdp_flood_view *flood)
{
	if (watchers->first)
		publish(watchers, mxdp_show_flood_event(flood));
}

void mxdp_api_watchers_decision(struct mxdp_api_watchers *watchers, const struct mxdp_case *decided)
{
	if (watchers->first)
		publish(watchers, mxdp_show_decision(decided));
}

void mxdp_api_watchers_message(struct mxdp_api_watchers *watchers,
			       const struct mxdp_said_message *message)
{
	if (watchers->first)
		publish(watchers, mxdp_show_message(message));
}

void mxdp_api_get_watch(struct mxdp_api_request *request)
{
	request->stream = new_stream(request->watchers, request->connection);
	if (request->stream)
		request->status = MHD_HTTP_OK;
	else
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
				"there are %d watchers already; end one", MXDP_API_WATCHERS_MAX);
}
