/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The API over a real unix socket, in a real event loop, with a small fake daemon behind it. The
 * clients are blocking sockets on the loop's thread pool.
 */
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake_world.h"
#include "userspace/api/request.h"
#include "userspace/api/watch.h"

static char directory[] = "/tmp/mxdp-test-api.XXXXXX";
static char socket_path[sizeof(directory) + 16];

static void start(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.checks_answer = true;
	signal(SIGPIPE, SIG_IGN);
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(socket_path, sizeof(socket_path), "%s/api.sock", directory);
	uv_loop_init(&fake.loop);
	uv_timer_init(&fake.loop, &fake.check_timer);
	ck_assert_int_eq(mxdp_api_new(&fake.loop, &fake_world, socket_path, NULL, &fake.api), 0);
}

static void stop(void)
{
	mxdp_api_free(fake.api);
	uv_close((uv_handle_t *)&fake.check_timer, NULL);
	uv_run(&fake.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&fake.loop), 0);
	unlink(socket_path);
	rmdir(directory);
}

/* ---- clients ---- */

static int open_client(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(name.sun_path, socket_path);
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

static void send_and_receive(uv_work_t *work)
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

static void on_exchanged(uv_work_t *work, int status)
{
	struct exchange *exchange = work->data;

	(void)status;
	exchange->done = true;
}

static void run(struct exchange *exchange)
{
	exchange->work.data = exchange;
	uv_queue_work(&fake.loop, &exchange->work, send_and_receive, on_exchanged);
	while (!exchange->done)
		uv_run(&fake.loop, UV_RUN_ONCE);
}

/* The reply to a whole request; the caller frees it. */
static char *ask(const char *request, size_t size)
{
	struct exchange exchange = {.fd = open_client(), .request = request, .size = size};

	run(&exchange);
	close(exchange.fd);
	return exchange.reply;
}

static char *ask_for(const char *method, const char *target, const char *body)
{
	char request[4096];
	int size = snprintf(request, sizeof(request),
			    "%s %s HTTP/1.1\r\nHost: mxdp\r\nConnection: close\r\n"
			    "Content-Length: %zu\r\n\r\n%s",
			    method, target, strlen(body), body);

	return ask(request, (size_t)size);
}

static int status_of(const char *reply)
{
	return strncmp(reply, "HTTP/1.1 ", 9) == 0 ? atoi(reply + 9) : 0;
}

static json_t *body_of(const char *reply)
{
	const char *body = strstr(reply, "\r\n\r\n");
	json_t *json = body ? json_loads(body, 0, NULL) : NULL;

	ck_assert_msg(json, "no JSON in: %s", reply);
	return json;
}

/* ---- requests and answers ---- */

#define DENY(prefix) "{\"prefix\":\"" prefix "\",\"action\":\"deny\",\"ttl\":60}"

static const struct {
	const char *method, *target, *body;
	int status;
	const char *says; /* a part of the answer */
} requests[] = {
	{"GET", "/status", "", 200, "\"mode\": \"observe\""},
	{"GET", "/status", "", 200, "\"places\": 1000"},
	{"GET", "/status", "", 200, "\"used\": 300"},
	{"GET", "/status", "", 200, "\"latency_ms_p99\": 250"},
	{"GET", "/status", "", 200, "\"queued\": 5"},
	{"GET", "/status", "", 200, "xxxx.bl.example"},
	{"GET", "/status", "", 200, "xdp_filter"},
	{"GET", "/counters", "", 200, "packets that were only observed"},
	{"GET", "/verdicts", "", 200, "\"total\": 300"},
	{"GET", "/verdicts?action=drop", "", 200, "\"total\": 60"},
	{"GET", "/verdicts?action=tarpit", "", 200, "\"total\": 0"},
	{"GET", "/verdicts?action=bogus", "", 400, "is not an action"},
	{"GET", "/verdicts?limit=0", "", 400, "1 to 10000"},
	{"GET", "/rules", "", 200, "198.51.100.0/24"},
	{"GET", "/explain?address=192.0.2.1", "", 200, "listed: 127.0.0.2"},
	{"GET", "/explain?address=::ffff:192.0.2.1", "", 200, "\"client\": \"192.0.2.1\""},
	{"GET", "/explain?address=%31%392.0.2.1", "", 200, "\"client\": \"192.0.2.1\""},
	{"GET", "/explain?address=192.0.2.1%00x", "", 400, "NUL"},
	{"GET", "/explain", "", 400, "which client?"},
	{"GET", "/explain?address", "", 400, "no value"},
	{"GET", "/explain?address=", "", 400, "is not an IP address"},
	{"GET", "/explain?address=mail.example", "", 400, "is not an IP address"},
	{"GET", "/explain?address=192.0.2.0/24", "", 400, "is not an IP address"},
	{"GET", "/explain?address=1.2.3.4&address=1.2.3.5", "", 400, "comes twice"},
	{"GET", "/explain?client=1.2.3.4", "", 400, "takes no argument"},
	{"GET", "/explain?address=%ff%fe", "", 400, "is not an IP address"},
	{"POST", "/check?address=192.0.2.50", "", 200, "\"client\": \"192.0.2.50\""},
	{"POST", "/check?address=192.0.2.99", "", 503, "queue is full"},
	{"POST", "/check", "", 400, "which client?"},
	{"POST", "/rules", DENY("192.0.2.0/24"), 200, "\"prefix\": \"192.0.2.0/24\""},
	{"POST", "/rules", DENY("203.0.113.1"), 409, "default gateway 203.0.113.1"},
	{"POST", "/rules", DENY("192.0.2.1/24"), 400, "say 192.0.2.0/24"},
	{"POST", "/rules", "", 400, "body is empty"},
	{"POST", "/rules", "{", 400, "not JSON"},
	{"DELETE", "/entries?prefix=192.0.2.0/24", "", 200, "\"verdicts\": 3"},
	{"DELETE", "/entries?prefix=192.0.2.0%2f24", "", 200, "\"rules\": 2"},
	{"DELETE", "/entries", "", 400, "which prefix?"},
	{"POST", "/reload", "", 200, "read again"},
	{"GET", "/", "", 404, "there is no /"},
	{"GET", "/statusx", "", 404, "there is no /statusx"},
	{"GET", "/../status", "", 404, "there is no"},
	{"POST", "/status", "", 405, "is no method of /status"},
	{"GET", "/detach", "", 405, "is no method of /detach"},
	{"BREW", "/rules", "", 405, "BREW is no method of /rules"},
};

START_TEST(each_request_has_its_answer)
{
	char *reply = ask_for(requests[_i].method, requests[_i].target, requests[_i].body);

	ck_assert_msg(status_of(reply) == requests[_i].status && strstr(reply, requests[_i].says),
		      "%s %s: %s", requests[_i].method, requests[_i].target, reply);
	json_decref(body_of(reply));
	free(reply);
}
END_TEST

START_TEST(a_zone_is_never_shown_with_its_key)
{
	char *reply = ask_for("GET", "/status", "");

	ck_assert_ptr_null(strstr(reply, "secret"));
	free(reply);
}
END_TEST

START_TEST(verdicts_are_the_newest_and_in_order)
{
	char *reply = ask_for("GET", "/verdicts?limit=7", "");
	json_t *answer = body_of(reply), *verdict;
	unsigned long previous = ~0UL, newest = 0;
	size_t i;

	for (unsigned long n = 1; n <= FAKE_VERDICTS; n++)
		if (n * 7919 % 100003 > newest)
			newest = n * 7919 % 100003;
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "verdicts")), 7);
	json_array_foreach(json_object_get(answer, "verdicts"), i, verdict)
	{
		unsigned long n =
			(unsigned long)json_integer_value(json_object_get(verdict, "hits"));
		unsigned long decided = n * 7919 % 100003;

		ck_assert_uint_lt(decided, previous);
		if (i == 0)
			ck_assert_uint_eq(decided, newest);
		previous = decided;
	}
	json_decref(answer);
	free(reply);
}
END_TEST

static const struct {
	const char *address, *by, *prefix, *text;
	bool known;
} explanations[] = {
	{"192.0.2.1", "verdict", "192.0.2.1", "listed by bl.example (7)", true},
	{"198.51.100.7", "rule", "198.51.100.0/24", "a partner", true},
	{"203.0.113.1", "never-block", "203.0.113.1", "a default gateway", true},
	{"203.0.113.2", "never-block", "203.0.113.0/24", "the configuration", true},
	{"2001:db8::1", "unknown", NULL, "no rule and no verdict", false},
};

START_TEST(explain_names_what_decides)
{
	char target[100], *reply;
	json_t *answer, *decides;
	const char *prefix;

	snprintf(target, sizeof(target), "/explain?address=%s", explanations[_i].address);
	reply = ask_for("GET", target, "");
	answer = body_of(reply);
	decides = json_object_get(answer, "decides");
	prefix = json_string_value(json_object_get(decides, "prefix"));
	ck_assert_str_eq(json_string_value(json_object_get(decides, "by")), explanations[_i].by);
	ck_assert_pstr_eq(prefix, explanations[_i].prefix);
	ck_assert_msg(
		strstr(json_string_value(json_object_get(decides, "text")), explanations[_i].text),
		"%s", reply);
	ck_assert_int_eq(json_is_true(json_object_get(answer, "known")), explanations[_i].known);
	json_decref(answer);
	free(reply);
}
END_TEST

START_TEST(a_rule_arrives_as_it_was_said)
{
	char *reply = ask_for("POST", "/rules", DENY("192.0.2.0/24"));

	ck_assert_int_eq(fake.rules_set, 1);
	ck_assert_int_eq(fake.last_rule.action, MXDP_ACTION_DROP);
	ck_assert_int_eq(fake.last_rule.expires - fake.last_rule.created, 60);
	free(reply);
}
END_TEST

START_TEST(a_reload_that_fails_says_where)
{
	char *first = ask_for("POST", "/reload", "");
	char *second = ask_for("POST", "/reload", "");

	ck_assert_int_eq(status_of(second), 400);
	ck_assert_ptr_nonnull(strstr(second, "mxdp.conf:3"));
	free(first);
	free(second);
}
END_TEST

START_TEST(detach_comes_after_the_answer)
{
	char *reply = ask_for("POST", "/detach", "");

	ck_assert_int_eq(status_of(reply), 200);
	for (int turns = 0; fake.detaches == 0 && turns < 100; turns++)
		uv_run(&fake.loop, UV_RUN_ONCE);
	ck_assert_int_eq(fake.detaches, 1);
	free(reply);
}
END_TEST

/* ---- hostile requests ---- */

static char *ask_with_body(size_t length, bool chunked)
{
	char head[200];
	size_t size, used;
	char *request, *reply;

	if (chunked)
		snprintf(head, sizeof(head),
			 "POST /rules HTTP/1.1\r\nHost: mxdp\r\nConnection: close\r\n"
			 "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
			 length);
	else
		snprintf(head, sizeof(head),
			 "POST /rules HTTP/1.1\r\nHost: mxdp\r\nConnection: close\r\n"
			 "Content-Length: %zu\r\n\r\n",
			 length);
	used = strlen(head);
	size = used + length + (chunked ? 7 : 0);
	request = malloc(size);
	memcpy(request, head, used);
	memset(request + used, 'x', length);
	if (chunked)
		memcpy(request + used + length, "\r\n0\r\n\r\n", 7);
	reply = ask(request, size);
	free(request);
	return reply;
}

static const struct {
	size_t length;
	bool chunked;
	int status;
} lengths[] = {
	{MXDP_API_BODY_MAX, false, 400},         {MXDP_API_BODY_MAX + 1, false, 413},
	{MXDP_API_BODY_MAX, true, 400},          {MXDP_API_BODY_MAX + 1, true, 413},
	{MXDP_API_BODY_MAX + 500000, true, 413}, {3 * 1024 * 1024, true, 0}, /* hung up */
};

START_TEST(a_body_is_bounded)
{
	char *reply = ask_with_body(lengths[_i].length, lengths[_i].chunked);

	ck_assert_msg(status_of(reply) == lengths[_i].status, "%s", reply);
	free(reply);
	reply = ask_for("GET", "/rules", "");
	ck_assert_int_eq(status_of(reply), 200);
	free(reply);
}
END_TEST

/* Sends what may be no whole request, lets the server read it, then hangs up. */
static char *ask_and_hang_up(const char *request, size_t size)
{
	struct exchange exchange = {.fd = open_client(), .half_close = true};

	ck_assert_int_eq(write(exchange.fd, request, size), (ssize_t)size);
	for (int turns = 0; turns < 4; turns++)
		uv_run(&fake.loop, UV_RUN_NOWAIT);
	run(&exchange);
	close(exchange.fd);
	return exchange.reply;
}

START_TEST(a_request_cut_at_any_byte_does_no_harm)
{
	static const char whole[] = "POST /rules HTTP/1.1\r\nHost: mxdp\r\nConnection: close\r\n"
				    "Content-Length: 43\r\n\r\n"
				    "{\"prefix\":\"192.0.2.0/24\",\"action\":\"deny\"  }";
	char *reply;

	for (size_t size = 0; size < sizeof(whole) - 1; size++) {
		reply = ask_and_hang_up(whole, size);
		ck_assert_int_ne(status_of(reply), 200);
		free(reply);
	}
	ck_assert_int_eq(fake.rules_set, 0);
	reply = ask(whole, sizeof(whole) - 1);
	ck_assert_msg(status_of(reply) == 200, "%s", reply);
	ck_assert_int_eq(fake.rules_set, 1);
	free(reply);
}
END_TEST

START_TEST(a_half_sent_request_holds_up_nobody)
{
	int half = open_client();
	char *reply;

	ck_assert_int_eq(write(half, "GET /sta", 8), 8);
	reply = ask_for("GET", "/status", "");
	ck_assert_int_eq(status_of(reply), 200);
	free(reply);
	close(half);
}
END_TEST

START_TEST(garbage_is_refused)
{
	char garbage[3000], *reply;

	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (char)(i * 131 + i / 7);
	for (size_t size = 1; size < sizeof(garbage); size += 97) {
		reply = ask_and_hang_up(garbage, size);
		ck_assert_int_ne(status_of(reply), 200);
		free(reply);
	}
	reply = ask_for("GET", "/status", "");
	ck_assert_int_eq(status_of(reply), 200);
	free(reply);
}
END_TEST

/* ---- watch ---- */

/* HTTP/1.0: without chunks, so that no line is cut by their framing. */
#define WATCH "GET /watch HTTP/1.0\r\nHost: mxdp\r\n\r\n"

static struct exchange begin_watch(void)
{
	struct exchange exchange = {.fd = open_client(),
				    .request = WATCH,
				    .size = sizeof(WATCH) - 1,
				    .until = "watching\"}\n"};

	run(&exchange);
	ck_assert_int_eq(status_of(exchange.reply), 200);
	free(exchange.reply);
	return exchange;
}

static char *read_until(int fd, const char *until)
{
	struct exchange exchange = {.fd = fd, .until = until};

	run(&exchange);
	return exchange.reply;
}

static void publish(const char *client)
{
	struct mxdp_address address = fake_address(client);
	struct mxdp_case decided = fake_case(&address);

	mxdp_api_publish_decision(fake.api, &decided);
}

START_TEST(a_watcher_sees_events_and_decisions)
{
	struct exchange watch = begin_watch();
	struct mxdp_event event = {.kind = MXDP_EVENT_REFUSED,
				   .action = MXDP_ACTION_DROP,
				   .reason = MXDP_REASON_OPERATOR,
				   .port = htons(25),
				   .observed = 1};
	struct mxdp_address client = fake_address("192.0.2.77");
	char *reply;

	memcpy(event.client, client.bytes, sizeof(event.client));
	mxdp_api_publish_event(fake.api, &event);
	publish("192.0.2.78");
	reply = read_until(watch.fd, "192.0.2.78");
	ck_assert_msg(strstr(reply, "\"event\":\"refused\"") &&
			      strstr(reply, "\"client\":\"192.0.2.77\"") &&
			      strstr(reply, "\"observed\":true"),
		      "%s", reply);
	ck_assert_ptr_nonnull(strstr(reply, "\"event\":\"decision\""));
	free(reply);
	close(watch.fd);
}
END_TEST

START_TEST(a_slow_watcher_is_told_what_it_lost)
{
	struct exchange watch = begin_watch();
	unsigned long lost = 0, seen = 0;
	char *first, *rest, *all;

	for (int i = 0; i < 20000; i++) {
		publish("192.0.2.1");
		if (i % 100 == 0)
			uv_run(&fake.loop, UV_RUN_NOWAIT);
	}
	first = read_until(watch.fd, "\"event\":\"lost\"");
	publish("192.0.2.2"); /* the stream goes on */
	rest = read_until(watch.fd, "192.0.2.2");
	all = malloc(strlen(first) + strlen(rest) + 1);
	strcpy(stpcpy(all, first), rest);
	for (const char *at = all; (at = strstr(at, "\"client\":\"192.0.2.1\"")); at++)
		seen++;
	ck_assert_ptr_nonnull(strstr(all, "\"event\":\"lost\""));
	sscanf(strstr(all, "\"event\":\"lost\""), "\"event\":\"lost\",\"count\":%lu", &lost);
	ck_assert_msg(lost > 0 && seen > 0 && seen + lost == 20000, "%lu seen, %lu lost", seen,
		      lost);
	free(first);
	free(rest);
	free(all);
	close(watch.fd);
}
END_TEST

START_TEST(watchers_are_bounded)
{
	int fds[MXDP_API_WATCHERS_MAX];
	char *reply;

	for (int i = 0; i < MXDP_API_WATCHERS_MAX; i++)
		fds[i] = begin_watch().fd;
	reply = ask_for("GET", "/watch", "");
	ck_assert_int_eq(status_of(reply), 503);
	free(reply);
	for (int i = 0; i < MXDP_API_WATCHERS_MAX; i++)
		close(fds[i]);
	/* An event finds out who has gone. */
	for (int i = 0; i < 3; i++) {
		publish("192.0.2.1");
		reply = ask_for("GET", "/rules", "");
		free(reply);
	}
	close(begin_watch().fd);
}
END_TEST

START_TEST(the_end_comes_while_all_kinds_of_requests_are_open)
{
	static const char check[] = "POST /check?address=192.0.2.50 HTTP/1.1\r\nHost: mxdp\r\n"
				    "Content-Length: 0\r\n\r\n";
	struct exchange watch = begin_watch();
	int checking = open_client(), half = open_client();
	char *reply;

	fake.checks_answer = false;
	ck_assert_int_gt(write(checking, check, sizeof(check) - 1), 0);
	ck_assert_int_gt(write(half, check, 20), 0);
	reply = ask_for("GET", "/rules", ""); /* the loop has turned */
	ck_assert_ptr_nonnull(fake.check_done);
	free(reply);
	/* stop() now ends the API */
	close(half);
	(void)watch;
}
END_TEST

/* ---- the socket ---- */

START_TEST(the_socket_is_for_owner_and_group)
{
	struct stat found;

	ck_assert_int_eq(stat(socket_path, &found), 0);
	ck_assert_uint_eq(found.st_mode & 0777, 0660);
}
END_TEST

START_TEST(a_live_daemons_socket_is_left_alone)
{
	struct mxdp_api *second = NULL;
	char *reply;

	ck_assert_int_eq(mxdp_api_new(&fake.loop, &fake_world, socket_path, NULL, &second),
			 -EADDRINUSE);
	reply = ask_for("GET", "/status", "");
	ck_assert_int_eq(status_of(reply), 200);
	free(reply);
}
END_TEST

START_TEST(a_dead_daemons_socket_is_replaced)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	char path[sizeof(socket_path) + 8], saved[sizeof(socket_path)];
	struct mxdp_api *second = NULL;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char *reply;

	snprintf(path, sizeof(path), "%s/dead.sock", directory);
	strcpy(name.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	close(fd);
	ck_assert_int_eq(mxdp_api_new(&fake.loop, &fake_world, path, NULL, &second), 0);
	strcpy(saved, socket_path);
	snprintf(socket_path, sizeof(socket_path), "%s/dead.sock", directory);
	reply = ask_for("GET", "/status", "");
	ck_assert_int_eq(status_of(reply), 200);
	free(reply);
	mxdp_api_free(second);
	ck_assert_int_lt(access(path, F_OK), 0);
	strcpy(socket_path, saved);
}
END_TEST

START_TEST(a_file_in_the_way_stays)
{
	char path[sizeof(socket_path) + 8];
	struct mxdp_api *second = NULL;

	snprintf(path, sizeof(path), "%s/file", directory);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(mxdp_api_new(&fake.loop, &fake_world, path, NULL, &second), -EEXIST);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(an_unknown_group_is_refused)
{
	char path[sizeof(socket_path) + 8];
	struct mxdp_api *second = NULL;

	snprintf(path, sizeof(path), "%s/group", directory);
	ck_assert_int_lt(mxdp_api_new(&fake.loop, &fake_world, path, "no-such-group", &second), 0);
	ck_assert_int_lt(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_successors_socket_is_not_removed)
{
	char aside[sizeof(socket_path) + 8];

	snprintf(aside, sizeof(aside), "%s/aside", directory);
	ck_assert_int_eq(rename(socket_path, aside), 0);
	close(open(socket_path, O_CREAT | O_WRONLY, 0600));
	mxdp_api_free(fake.api);
	fake.api = NULL;
	ck_assert_int_eq(access(socket_path, F_OK), 0);
	ck_assert_int_eq(unlink(aside), 0);
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

static TCase *request_tests(void)
{
	TCase *tests = tcase_create("requests");

	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_loop_test(tests, each_request_has_its_answer, 0, COUNT_OF(requests));
	tcase_add_test(tests, a_zone_is_never_shown_with_its_key);
	tcase_add_test(tests, verdicts_are_the_newest_and_in_order);
	tcase_add_loop_test(tests, explain_names_what_decides, 0, COUNT_OF(explanations));
	tcase_add_test(tests, a_rule_arrives_as_it_was_said);
	tcase_add_test(tests, a_reload_that_fails_says_where);
	tcase_add_test(tests, detach_comes_after_the_answer);
	tcase_add_loop_test(tests, a_body_is_bounded, 0, COUNT_OF(lengths));
	tcase_add_test(tests, a_request_cut_at_any_byte_does_no_harm);
	tcase_add_test(tests, a_half_sent_request_holds_up_nobody);
	tcase_add_test(tests, garbage_is_refused);
	return tests;
}

static TCase *watch_tests(void)
{
	TCase *tests = tcase_create("watch");

	tcase_add_checked_fixture(tests, start, stop);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, a_watcher_sees_events_and_decisions);
	tcase_add_test(tests, a_slow_watcher_is_told_what_it_lost);
	tcase_add_test(tests, watchers_are_bounded);
	tcase_add_test(tests, the_end_comes_while_all_kinds_of_requests_are_open);
	return tests;
}

static TCase *socket_tests(void)
{
	TCase *tests = tcase_create("socket");

	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_test(tests, the_socket_is_for_owner_and_group);
	tcase_add_test(tests, a_live_daemons_socket_is_left_alone);
	tcase_add_test(tests, a_dead_daemons_socket_is_replaced);
	tcase_add_test(tests, a_file_in_the_way_stays);
	tcase_add_test(tests, an_unknown_group_is_refused);
	tcase_add_test(tests, a_successors_socket_is_not_removed);
	return tests;
}

int main(void)
{
	Suite *suite = suite_create("api");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, request_tests());
	suite_add_tcase(suite, watch_tests());
	suite_add_tcase(suite, socket_tests());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
