/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The API over a real unix socket, in a real event loop, with the fake world behind it. The clients
 * are blocking sockets on the loop's thread pool. Included by the test_api*.c.
 */
#ifndef MXDP_TEST_API_CLIENT_H
#define MXDP_TEST_API_CLIENT_H

#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "directory.h"
#include "fake_world.h"

static char socket_path[sizeof(directory) + 16];

static inline void start(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.mode = (struct mxdp_mode_choice){.made = true, .since = 4711, .by = "alice, uid 0"};
	fake.checks_answer = true;
	signal(SIGPIPE, SIG_IGN);
	make_directory();
	snprintf(socket_path, sizeof(socket_path), "%s/api.sock", directory);
	uv_loop_init(&fake.loop);
	uv_timer_init(&fake.loop, &fake.check_timer);
	ck_assert_int_eq(mxdp_api_new(&fake.loop, &fake_world, socket_path, NULL, &fake.api), 0);
}

static inline void stop(void)
{
	mxdp_api_free(fake.api);
	uv_close((uv_handle_t *)&fake.check_timer, NULL);
	uv_run(&fake.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&fake.loop), 0);
	remove_directory();
}

/* ---- clients ---- */

static inline int open_client(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", socket_path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

/* One exchange: sends, says that no more comes, reads to the end or to `until`. */
struct exchange {
	uv_work_t work;
	int fd;
	const char *request;
	size_t size;
	bool half_close;
	const char *until; /* NULL: to the end */
	char *reply;       /* NUL-terminated */
	size_t received;
	bool done;
};

static inline void send_and_receive(uv_work_t *work)
{
	struct exchange *exchange = work->data;
	size_t places = 4 * 1024 * 1024;
	ssize_t got;

	for (size_t sent = 0; sent < exchange->size; sent += (size_t)got) {
		got = send(exchange->fd, exchange->request + sent, exchange->size - sent,
			   MSG_NOSIGNAL);
		if (got < 0)
			break; /* the server hung up: its answer, if any, is still to be read */
	}
	if (exchange->half_close)
		shutdown(exchange->fd, SHUT_WR);
	exchange->reply = calloc(1, places);
	while (exchange->received + 1 < places &&
	       (got = recv(exchange->fd, exchange->reply + exchange->received,
			   places - 1 - exchange->received, 0)) > 0) {
		exchange->received += (size_t)got;
		if (exchange->until && strstr(exchange->reply, exchange->until))
			break;
	}
}

static inline void on_exchanged(uv_work_t *work, int status)
{
	struct exchange *exchange = work->data;

	(void)status;
	exchange->done = true;
}

static inline void run(struct exchange *exchange)
{
	exchange->work.data = exchange;
	uv_queue_work(&fake.loop, &exchange->work, send_and_receive, on_exchanged);
	while (!exchange->done)
		uv_run(&fake.loop, UV_RUN_ONCE);
}

/* The reply to a whole request; the caller frees it. */
static inline char *ask(const char *request, size_t size)
{
	struct exchange exchange = {.fd = open_client(), .request = request, .size = size};

	run(&exchange);
	close(exchange.fd);
	return exchange.reply;
}

static inline char *ask_for(const char *method, const char *target, const char *body)
{
	char request[4096];
	int size = snprintf(request, sizeof(request),
			    "%s %s HTTP/1.1\r\nHost: mxdp\r\nConnection: close\r\n"
			    "Content-Length: %zu\r\n\r\n%s",
			    method, target, strlen(body), body);

	return ask(request, (size_t)size);
}

static inline int status_of(const char *reply)
{
	return strncmp(reply, "HTTP/1.", 7) == 0 ? (int)strtol(reply + 9, NULL, 10) : 0;
}

static inline json_t *body_of(const char *reply)
{
	const char *body = strstr(reply, "\r\n\r\n");
	json_t *json = body ? json_loads(body, 0, NULL) : NULL;

	ck_assert_msg(json, "no JSON in: %s", reply);
	return json;
}

#endif
