/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fetching from a server that behaves, and from one that does not. */
#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "userspace/feeds/fetch/fetch.h"
#include "tests/suite.h"

static int listener;
static unsigned int port;
static char path[] = "/tmp/mxdp-feed-fetch.XXXXXX";
static char asked[4096]; /* the latest request */

/* The answer to each path; what comes after it is the end of the connection. */
static const struct {
	const char *path, *answer;
} answers[] = {
	{"/list", "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\n192.0.2.1\n"},
	{"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n192.0.2.1\n"},
	{"/chunk-cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n192.0.2.1\n\r\n"},
	{"/500", "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"},
	{"/404", "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n"},
	{"/loop", "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n"},
	{"/moved", "HTTP/1.1 302 Found\r\nLocation: /list\r\nContent-Length: 0\r\n\r\n"},
	{"/away",
	 "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"},
	{"/big", "HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n"},
	{"/garbage", "\x16\x03\x01 no HTTP at all\r\n\r\n"},
	{"/slow", NULL}, /* says nothing */
};

static void answer_one(int client)
{
	ssize_t length = recv(client, asked, sizeof(asked) - 1, 0);
	char wanted[64] = "";

	asked[length > 0 ? length : 0] = '\0';
	sscanf(asked, "GET %63s", wanted);
	if (strstr(asked, "If-None-Match: \"v1\"")) {
		static const char same[] = "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n";

		send(client, same, strlen(same), MSG_NOSIGNAL);
		return;
	}
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (strcmp(answers[i].path, wanted) != 0)
			continue;
		if (answers[i].answer)
			send(client, answers[i].answer, strlen(answers[i].answer), MSG_NOSIGNAL);
		else
			recv(client, wanted, sizeof(wanted), 0); /* until the client gives up */
		return;
	}
}

static void *serve(void *context)
{
	int client;

	(void)context;
	while ((client = accept(listener, NULL, NULL)) >= 0) {
		answer_one(client);
		shutdown(client, SHUT_RDWR);
		close(client);
	}
	return NULL;
}

static void start_server(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	pthread_t thread;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 16), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	port = ntohs(address.sin_port);
	ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
}

static enum mxdp_fetch_result fetch(const char *what, struct mxdp_fetch_version *version,
				    char fault[MXDP_FETCH_FAULT])
{
	static atomic_bool stop;
	char url[128];
	struct mxdp_fetch request = {.url = url,
				     .to = path,
				     .timeout = 1,
				     .size_max = 1024 * 1024,
				     .stop = &stop,
				     .proxy = ""};
	enum mxdp_fetch_result result;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", port, what);
	if (version)
		request.version = *version;
	result = mxdp_fetch_run(&request, fault);
	if (version)
		*version = request.version;
	return result;
}

static const struct {
	const char *path, *word; /* of the fault; NULL: it comes */
} cases[] = {
	{"/list", NULL},      {"/moved", NULL},    {"/cut", "cut off"},   {"/chunk-cut", "cut off"},
	{"/500", "500"},      {"/404", "404"},     {"/loop", "redirect"}, {"/away", "protocol"},
	{"/big", "size_max"}, {"/slow", "imeout"}, {"/garbage", ""},
};

START_TEST(a_transfer_comes_whole_or_says_why_not)
{
	char fault[MXDP_FETCH_FAULT];
	enum mxdp_fetch_result result;

	start_server();
	result = fetch(cases[_i].path, NULL, fault);
	ck_assert_msg((result == MXDP_FETCH_NEW) == !cases[_i].word, "%s: %d %s", cases[_i].path,
		      result, fault);
	if (cases[_i].word)
		ck_assert_msg(fault[0] && strcasestr(fault, cases[_i].word), "%s: \"%s\"",
			      cases[_i].path, fault);
}
END_TEST

START_TEST(what_has_not_changed_is_not_sent_again)
{
	struct mxdp_fetch_version version = {.etag = ""};
	char fault[MXDP_FETCH_FAULT], bytes[32] = "";
	FILE *file;

	start_server();
	ck_assert_int_eq(fetch("/list", &version, fault), MXDP_FETCH_NEW);
	ck_assert_str_eq(version.etag, "\"v1\"");
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(bytes, sizeof(bytes), file));
	fclose(file);
	ck_assert_str_eq(bytes, "192.0.2.1\n");
	ck_assert_int_eq(fetch("/list", &version, fault), MXDP_FETCH_UNCHANGED);
	ck_assert_ptr_nonnull(strstr(asked, "User-Agent: mxdp/"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feed fetch");
	TCase *tests = tcase_create("http");
	int failed, fd = mkstemp(path);

	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	tcase_set_timeout(tests, 30);
	tcase_add_loop_test(tests, a_transfer_comes_whole_or_says_why_not, 0,
			    (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tests, what_has_not_changed_is_not_sent_again);
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	unlink(path);
	return failed;
}
