/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /watch: what watchers see, what slow ones lose, and how all of it ends. */
#include "api_client.h"
#include "userspace/api/watch.h"
#include "tests/suite.h"

/* HTTP/1.0: without chunks, so that no line is cut by their framing. */
#define WATCH "GET /watch HTTP/1.0\r\nHost: mxdp\r\n\r\n"

#define LOST "\"event\":\"lost\",\"count\":"

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
	char *first, *rest, *all, *note;

	for (int i = 0; i < 20000; i++) {
		publish("192.0.2.1");
		if (i % 100 == 0)
			uv_run(&fake.loop, UV_RUN_NOWAIT);
	}
	first = read_until(watch.fd, "\"event\":\"lost\"");
	publish("192.0.2.2"); /* the stream goes on */
	rest = read_until(watch.fd, "192.0.2.2");
	ck_assert_int_ge(asprintf(&all, "%s%s", first, rest), 0);
	for (const char *at = all; (at = strstr(at, "\"client\":\"192.0.2.1\"")); at++)
		seen++;
	note = strstr(all, LOST);
	ck_assert_ptr_nonnull(note);
	lost = strtoul(note + strlen(LOST), NULL, 10);
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

int main(void)
{
	Suite *suite = suite_create("api_watch");
	TCase *tests = tcase_create("api_watch");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, start, stop);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, a_watcher_sees_events_and_decisions);
	tcase_add_test(tests, a_slow_watcher_is_told_what_it_lost);
	tcase_add_test(tests, watchers_are_bounded);
	tcase_add_test(tests, the_end_comes_while_all_kinds_of_requests_are_open);
	return run_suite(suite);
}
