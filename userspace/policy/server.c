/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets, connections and bytes of the policy server. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <utlist.h>

#include "answer.h"
#include "question.h"
#include "userspace/listen/listen.h"
#include "userspace/log.h"

#define BACKLOG  128
#define SWEEP_MS 5000
#define HALF_MS  30000  /* a request that does not end */
#define IDLE_MS  900000 /* Postfix keeps a connection for 300 s by default */

union stream {
	uv_handle_t handle;
	uv_stream_t stream;
	uv_pipe_t pipe;
	uv_tcp_t tcp;
};

struct mxdp_policy_server {
	uv_loop_t *loop;
	struct mxdp_policy_questions questions;
	struct mxdp_listener unix_socket;
	union stream unix_listener, tcp_listener;
	bool has_unix, has_tcp;
	uv_timer_t sweep;
	struct connection *connections;
	unsigned int count;
	unsigned int handles; /* the server's own: freed when all are closed */
};

/* One mail server's connection: a request, its answer, the next request. */
struct connection {
	union stream as;
	struct mxdp_policy_server *server; /* NULL once the server is freed */
	struct mxdp_policy_question *asking;
	bool writing;
	uint64_t since_ms; /* the request's first byte came, the last answer went */
	char instance[sizeof(((struct mxdp_policy_request *)0)->instance)];
	uv_write_t write;
	char answer[MXDP_POLICY_ANSWER];
	size_t used;
	char buffer[MXDP_POLICY_REQUEST_MAX];
	struct connection *prev, *next;
};

static void on_connection_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void hang_up(struct connection *connection)
{
	struct mxdp_policy_server *server = connection->server;

	if (uv_is_closing(&connection->as.handle))
		return;
	if (connection->asking)
		mxdp_policy_leave(connection->asking);
	connection->asking = NULL;
	DL_DELETE(server->connections, connection);
	server->count--;
	uv_close(&connection->as.handle, on_connection_closed);
}

static void serve(struct connection *connection);

static void on_written(uv_write_t *write, int status)
{
	struct connection *connection = write->data;

	connection->writing = false;
	if (status < 0)
		hang_up(connection);
	else if (!uv_is_closing(&connection->as.handle))
		serve(connection);
}

static void on_answered(void *context, const char *answer, size_t length)
{
	struct connection *connection = context;
	uv_buf_t bytes = uv_buf_init(connection->answer, (unsigned int)length);

	connection->asking = NULL;
	connection->since_ms = uv_now(connection->server->loop);
	memcpy(connection->answer, answer, length);
	connection->writing = true;
	connection->write.data = connection;
	if (uv_write(&connection->write, &connection->as.stream, &bytes, 1, on_written) < 0) {
		connection->writing = false;
		hang_up(connection);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct connection *connection = handle->data;

	(void)suggested;
	*buffer = uv_buf_init(connection->buffer + connection->used,
			      (unsigned int)(sizeof(connection->buffer) - connection->used));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct connection *connection = stream->data;

	(void)buffer;
	if (size < 0) {
		hang_up(connection);
		return;
	}
	/* A request is given its time from its first byte: one that drips does not last for ever.
	 */
	if (connection->used == 0)
		connection->since_ms = uv_now(connection->server->loop);
	connection->used += (size_t)size;
	serve(connection);
}

static void ask(struct connection *connection, const struct mxdp_policy_request *request)
{
	/* The header belongs to the message, not to each of its recipients. */
	bool add_header =
		request->at_recipient &&
		(!request->instance[0] || strcmp(request->instance, connection->instance) != 0);
	struct mxdp_policy_question *question;

	memcpy(connection->instance, request->instance, sizeof(connection->instance));
	question = mxdp_policy_ask(&connection->server->questions, request, add_header, on_answered,
				   connection);
	/* An answer at once has already been noted by on_answered(). */
	if (question)
		connection->asking = question;
}

/* Takes the next request from the buffer, or reads on. While one is under way, nothing is read. */
static void serve(struct connection *connection)
{
	struct mxdp_policy_request request;
	const char *fault = "";
	int taken;

	if (connection->asking || connection->writing || uv_is_closing(&connection->as.handle))
		return;
	taken = mxdp_policy_parse(connection->buffer, connection->used, &request, &fault);
	if (taken < 0) {
		connection->server->questions.stats.malformed++;
		mxdp_log_limited(MXDP_LOG_WARNING, "policy: a request is refused: %s", fault);
		hang_up(connection);
		return;
	}
	if (taken == 0) {
		int error = uv_read_start(&connection->as.stream, on_alloc, on_read);

		if (error < 0 && error != UV_EALREADY)
			hang_up(connection);
		return;
	}
	uv_read_stop(&connection->as.stream);
	connection->used -= (size_t)taken;
	memmove(connection->buffer, connection->buffer + taken, connection->used);
	ask(connection, &request);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct mxdp_policy_server *server = listener->data;
	struct connection *connection = status < 0 ? NULL : calloc(1, sizeof(*connection));

	if (!connection) {
		mxdp_log_limited(MXDP_LOG_ERROR, "policy: a connection cannot be taken: %s",
				 status < 0 ? uv_strerror(status) : "memory is out");
		return;
	}
	if (listener == &server->tcp_listener.stream)
		uv_tcp_init(server->loop, &connection->as.tcp);
	else
		uv_pipe_init(server->loop, &connection->as.pipe, 0);
	connection->as.handle.data = connection;
	connection->server = server;
	connection->since_ms = uv_now(server->loop);
	DL_APPEND(server->connections, connection);
	server->count++;
	if (uv_accept(listener, &connection->as.stream) < 0) {
		hang_up(connection);
	} else if (server->count > MXDP_POLICY_CONNECTIONS_MAX) {
		mxdp_log_limited(MXDP_LOG_WARNING,
				 "policy: more than %d connections: one is closed; Postfix asks "
				 "again",
				 MXDP_POLICY_CONNECTIONS_MAX);
		hang_up(connection);
	} else {
		serve(connection);
	}
}

static void on_sweep(uv_timer_t *timer)
{
	struct mxdp_policy_server *server = timer->data;
	uint64_t now = uv_now(server->loop);
	struct connection *connection, *next;

	DL_FOREACH_SAFE(server->connections, connection, next)
	{
		uint64_t most = connection->used || connection->writing ? HALF_MS : IDLE_MS;

		if (!connection->asking && now - connection->since_ms > most)
			hang_up(connection);
	}
}

/* "192.0.2.1:10040" or "[2001:db8::1]:10040" */
static int parse_listen(const char *text, struct sockaddr_storage *address)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;
	char host[MXDP_ADDRESS_TEXT + 2], *end = NULL;
	long port = colon ? strtol(colon + 1, &end, 10) : 0;

	if (length == 0 || length >= sizeof(host) || *end || port < 1 || port > 65535)
		return -EINVAL;
	memcpy(host, text, length);
	host[length] = '\0';
	if (host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		return uv_ip6_addr(host + 1, (int)port, (struct sockaddr_in6 *)address);
	}
	return uv_ip4_addr(host, (int)port, (struct sockaddr_in *)address);
}

static int listen_tcp(struct mxdp_policy_server *server, const char *where)
{
	struct sockaddr_storage address;
	int error = parse_listen(where, &address);

	if (error == 0) {
		uv_tcp_init(server->loop, &server->tcp_listener.tcp);
		server->has_tcp = true;
		server->handles++;
		server->tcp_listener.handle.data = server;
		error = uv_tcp_bind(&server->tcp_listener.tcp, (struct sockaddr *)&address, 0);
	}
	if (error == 0)
		error = uv_listen(&server->tcp_listener.stream, BACKLOG, on_connection);
	if (error < 0)
		mxdp_log(MXDP_LOG_ERROR,
			 "policy: cannot listen on %s: %s; `listen` is ADDRESS:PORT of this "
			 "machine",
			 where, uv_strerror(error));
	return error;
}

static int listen_unix(struct mxdp_policy_server *server,
		       const struct mxdp_policy_service *settings)
{
	int error = mxdp_listen_unix(settings->socket, settings->group, &server->unix_socket);

	if (error < 0)
		return error;
	uv_pipe_init(server->loop, &server->unix_listener.pipe, 0);
	server->has_unix = true;
	server->handles++;
	server->unix_listener.handle.data = server;
	error = uv_pipe_open(&server->unix_listener.pipe, server->unix_socket.fd);
	if (error < 0)
		close(server->unix_socket.fd);
	else
		error = uv_listen(&server->unix_listener.stream, BACKLOG, on_connection);
	if (error < 0)
		mxdp_log(MXDP_LOG_ERROR, "policy: cannot listen on %s: %s", settings->socket,
			 uv_strerror(error));
	return error;
}

int mxdp_policy_server_new(uv_loop_t *loop, const struct mxdp_policy_world *world,
			   const struct mxdp_policy_service *settings,
			   struct mxdp_policy_server **out)
{
	struct mxdp_policy_server *server;
	int error = 0;

	*out = NULL;
	if (!settings->socket && !settings->listen)
		return 0;
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	server->loop = loop;
	server->questions.loop = loop;
	server->questions.world = *world;
	server->questions.lookup = mxdp_spf_lookup_resolver(world->resolver);
	uv_timer_init(loop, &server->sweep);
	server->handles = 1;
	server->sweep.data = server;
	uv_timer_start(&server->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	if (settings->socket)
		error = listen_unix(server, settings);
	if (error == 0 && settings->listen)
		error = listen_tcp(server, settings->listen);
	if (error < 0)
		mxdp_policy_server_free(server);
	else
		*out = server;
	return error;
}

static void on_server_closed(uv_handle_t *handle)
{
	struct mxdp_policy_server *server = handle->data;

	if (--server->handles == 0)
		free(server);
}

void mxdp_policy_server_free(struct mxdp_policy_server *server)
{
	if (!server)
		return;
	while (server->connections)
		hang_up(server->connections);
	mxdp_policy_questions_end(&server->questions);
	if (server->has_unix) {
		mxdp_listen_remove(&server->unix_socket);
		uv_close(&server->unix_listener.handle, on_server_closed);
	}
	if (server->has_tcp)
		uv_close(&server->tcp_listener.handle, on_server_closed);
	uv_close((uv_handle_t *)&server->sweep, on_server_closed);
}

void mxdp_policy_server_stats(const struct mxdp_policy_server *server,
			      struct mxdp_policy_stats *stats)
{
	*stats = server ? server->questions.stats : (struct mxdp_policy_stats){0};
	stats->connections = server ? server->count : 0;
}
