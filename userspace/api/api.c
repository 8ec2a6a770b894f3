/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "api.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "request.h"
#include "userspace/listen/listen.h"
#include "watch.h"
#include "userspace/log.h"

#define CONNECTIONS_MAX  64
#define IDLE_SECONDS     10
#define CONNECTION_BYTES (16 * 1024)   /* headers and one piece of a body */
#define SWALLOW_MAX      (1024 * 1024) /* of a body that is too long, before hanging up */

struct mxdp_api {
	struct mxdp_api_world world;
	struct mxdp_listener socket;
	struct MHD_Daemon *http;
	struct mxdp_api_watchers *watchers;
	struct mxdp_api_request *requests;
	struct mxdp_api_fill fill;
	bool detach;
	unsigned int connections; /* after the last turn */
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned int open_handles;
};

void mxdp_api_answer(struct mxdp_api_request *request, unsigned int status, json_t *answer)
{
	json_decref(request->answer);
	request->status = status;
	request->answer = answer;
}

void mxdp_api_refuse(struct mxdp_api_request *request, unsigned int status, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	mxdp_api_answer(request, status, json_pack("{ss}", "error", text));
}

void mxdp_api_give(struct mxdp_api_request *request, json_t *answer)
{
	if (answer)
		mxdp_api_answer(request, MHD_HTTP_OK, answer);
	else
		mxdp_api_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "memory is out");
}

static enum MHD_Result send_answer(struct mxdp_api_request *request)
{
	struct MHD_Response *response = request->stream;
	enum MHD_Result result;

	request->stream = NULL;
	if (!response) {
		char *text = request->answer ? json_dumps(request->answer, JSON_INDENT(1)) : NULL;

		if (!text)
			return MHD_NO; /* memory is out: the connection is closed */
		response =
			MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
		if (!response) {
			free(text);
			return MHD_NO;
		}
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	result = MHD_queue_response(request->connection, request->status, response);
	MHD_destroy_response(response);
	return result;
}

static struct mxdp_api_request *begin_request(struct mxdp_api *api,
					      struct MHD_Connection *connection)
{
	struct mxdp_api_request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->api = api;
	request->connection = connection;
	request->world = &api->world;
	request->watchers = api->watchers;
	request->fill = &api->fill;
	request->next = api->requests;
	request->link = &api->requests;
	if (request->next)
		request->next->link = &request->next;
	api->requests = request;
	return request;
}

static enum MHD_Result begin(struct mxdp_api *api, struct MHD_Connection *connection,
			     void **context)
{
	const char *announced = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							    MHD_HTTP_HEADER_CONTENT_LENGTH);
	struct mxdp_api_request *request = begin_request(api, connection);

	*context = request;
	if (!request)
		return MHD_NO;
	if (announced && strtoull(announced, NULL, 10) > MXDP_API_BODY_MAX) {
		mxdp_api_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE,
				"the body is longer than %d bytes", MXDP_API_BODY_MAX);
		return send_answer(request);
	}
	return MHD_YES;
}

/* Keeps a piece of the body, or only counts it once the body is too long. */
static enum MHD_Result collect(struct mxdp_api_request *request, const char *data, size_t size)
{
	char *body;

	request->length += size;
	if (request->length > MXDP_API_BODY_MAX)
		return request->length > SWALLOW_MAX ? MHD_NO : MHD_YES;
	body = realloc(request->body, request->length + 1);
	if (!body)
		return MHD_NO;
	memcpy(body + request->length - size, data, size);
	body[request->length] = '\0';
	request->body = body;
	return MHD_YES;
}

/* MHD calls this with the headers, for each piece of the body, at the end, and after a resume. */
static enum MHD_Result on_access(void *context, struct MHD_Connection *connection, const char *url,
				 const char *method, const char *version, const char *data,
				 size_t *size, void **request_context)
{
	struct mxdp_api_request *request = *request_context;
	size_t received = *size;

	(void)version;
	if (!request)
		return begin(context, connection, request_context);
	if (received > 0) {
		*size = 0;
		return collect(request, data, received);
	}
	if (mxdp_api_waiting(request))
		return MHD_YES;
	if (request->length > MXDP_API_BODY_MAX)
		mxdp_api_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE,
				"the body is longer than %d bytes", MXDP_API_BODY_MAX);
	else if (!request->status)
		mxdp_api_route(request, method, url);
	return mxdp_api_waiting(request) ? MHD_YES : send_answer(request);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
			 enum MHD_RequestTerminationCode code)
{
	struct mxdp_api *api = context;
	struct mxdp_api_request *request = *request_context;

	(void)connection;
	(void)code;
	if (!request)
		return;
	*request_context = NULL;
	api->detach = api->detach || request->detach;
	mxdp_api_abandon(request);
	*request->link = request->next;
	if (request->next)
		request->next->link = request->link;
	if (request->stream)
		MHD_destroy_response(request->stream);
	json_decref(request->answer);
	free(request->body);
	free(request);
}

static void on_http_message(void *context, const char *format, va_list arguments)
{
	char text[256];

	(void)context;
	vsnprintf(text, sizeof(text), format, arguments);
	text[strcspn(text, "\r\n")] = '\0';
	mxdp_log_limited(MXDP_LOG_DEBUG, "API: HTTP library: %s", text);
}

static void on_timer(uv_timer_t *timer);

static unsigned int count_connections(const struct mxdp_api *api)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(api->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info ? info->num_connections : 0;
}

/*
 * With as many connections as it may have, MHD ceases to listen. It looks whether to listen again
 * before it ends those that are over: with none left, nothing would ever make it look once more.
 */
static void run(struct mxdp_api *api)
{
	unsigned int before;

	do {
		before = api->connections;
		MHD_run(api->http);
		api->connections = count_connections(api);
	} while (api->connections < before);
}

/* Lets MHD do all it can do now, and asks to be called when it next has something to do. */
static void turn(struct mxdp_api *api)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	run(api);
	if (MHD_get_timeout(api->http, &timeout_ms) == MHD_YES)
		uv_timer_start(&api->timer, on_timer, timeout_ms, 0);
	else
		uv_timer_stop(&api->timer);
	if (api->detach) {
		api->detach = false;
		api->world.detach(api->world.context); /* may free the API: last */
	}
}

static void on_timer(uv_timer_t *timer)
{
	turn(timer->data);
}

void mxdp_api_wake(struct mxdp_api *api)
{
	uv_timer_start(&api->timer, on_timer, 0, 0);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	turn(poll->data);
}

static struct MHD_Daemon *start_http(struct mxdp_api *api)
{
	/* The logger comes first: it must be in place for what the later options say. */
	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
		on_access, api, MHD_OPTION_EXTERNAL_LOGGER, on_http_message, api,
		MHD_OPTION_LISTEN_SOCKET, api->socket.fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
		api, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
}

static int start_polling(struct mxdp_api *api, uv_loop_t *loop)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(api->http, MHD_DAEMON_INFO_EPOLL_FD);
	int error = info ? uv_poll_init(loop, &api->poll, info->epoll_fd) : -ENOTSUP;

	if (error < 0)
		return error;
	uv_timer_init(loop, &api->timer);
	api->poll.data = api;
	api->timer.data = api;
	api->open_handles = 2;
	return uv_poll_start(&api->poll, UV_READABLE, on_poll);
}

int mxdp_api_new(uv_loop_t *loop, const struct mxdp_api_world *world, const char *socket_path,
		 const char *group, struct mxdp_api **out)
{
	struct mxdp_api *api = calloc(1, sizeof(*api));
	int error;

	if (!api)
		return -ENOMEM;
	api->world = *world;
	error = mxdp_listen_unix(socket_path, group, &api->socket);
	if (error < 0) {
		free(api);
		return error;
	}
	api->http = start_http(api);
	if (!api->http) {
		mxdp_log(MXDP_LOG_ERROR, "API: the HTTP server on %s does not start", socket_path);
		close(api->socket.fd);
		mxdp_listen_remove(&api->socket);
		free(api);
		return -EIO;
	}
	error = mxdp_api_watchers_new(loop, api, &api->watchers);
	if (error == 0)
		error = start_polling(api, loop);
	if (error < 0) {
		mxdp_log(MXDP_LOG_ERROR, "API: cannot serve %s: %s", socket_path, strerror(-error));
		mxdp_api_free(api);
		return error;
	}
	*out = api;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct mxdp_api *api = handle->data;

	if (--api->open_handles == 0)
		free(api);
}

void mxdp_api_free(struct mxdp_api *api)
{
	if (!api)
		return;
	/* The loop must let go of MHD's epoll descriptor before MHD closes it. */
	if (api->open_handles) {
		uv_close((uv_handle_t *)&api->poll, on_closed);
		uv_close((uv_handle_t *)&api->timer, on_closed);
	}
	/* MHD refuses to stop while a connection is suspended. */
	mxdp_api_watchers_wake(api->watchers);
	for (struct mxdp_api_request *request = api->requests; request; request = request->next)
		if (mxdp_api_waiting(request))
			MHD_resume_connection(request->connection);
	MHD_stop_daemon(api->http);
	mxdp_api_watchers_free(api->watchers);
	mxdp_listen_remove(&api->socket);
	if (!api->open_handles)
		free(api);
}

void mxdp_api_publish_event(struct mxdp_api *api, const struct mxdp_event *event)
{
	mxdp_api_watchers_event(api->watchers, event);
}

void mxdp_api_publish_flood(struct mxdp_api *api, const struct mxdp_flood_view *flood)
{
	mxdp_api_watchers_flood(api->watchers, flood);
}

void mxdp_api_publish_decision(struct mxdp_api *api, const struct mxdp_case *decided)
{
	mxdp_api_watchers_decision(api->watchers, decided);
}

void mxdp_api_publish_message(struct mxdp_api *api, const struct mxdp_said_message *message)
{
	mxdp_api_watchers_message(api->watchers, message);
}
