/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy server's connections: shared, early, slow, malformed, left, too many. */
#include "policy_stand.h"
#include "userspace/policy/parse.h"

START_TEST(one_connection_carries_many_requests)
{
	int fd = open_client();

	for (int i = 0; i < 50; i++) {
		tell(fd, ASK(CLEAN));
		expect(fd, ANSWER("DUNNO"));
		tell(fd, ASK(LISTED));
		expect(fd, DEFERRED);
	}
	close(fd);
}
END_TEST

START_TEST(requests_sent_ahead_are_answered_in_order)
{
	int fd = open_client();

	tell(fd, ASK(LISTED) ASK(CLEAN) ASK(GATEWAY) ASK(LISTED));
	expect(fd, DEFERRED ANSWER("DUNNO") ANSWER("DUNNO") DEFERRED);
	close(fd);
}
END_TEST

START_TEST(a_request_may_come_byte_by_byte)
{
	static const char request[] = ASK(LISTED);
	int fd = open_client();

	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		ck_assert_int_eq(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	expect(fd, DEFERRED);
	close(fd);
}
END_TEST

START_TEST(when_the_queue_is_full_mail_flows)
{
	int fd = open_client();

	busy = true;
	tell(fd, ASK(LISTED));
	expect(fd, ANSWER("DUNNO"));
	close(fd);
}
END_TEST

START_TEST(malformed_and_endless_requests_are_hung_up_on)
{
	static char endless[MXDP_POLICY_REQUEST_MAX + 1000];
	int fd = open_client();

	tell(fd, "GET / HTTP/1.1\r\n\r\n");
	expect_hang_up(fd);
	close(fd);
	fd = open_client();
	memset(endless, 'a', sizeof(endless));
	ck_assert_int_gt(send(fd, endless, sizeof(endless), MSG_NOSIGNAL), 0);
	expect_hang_up(fd);
	close(fd);
	fd = open_client();
	tell(fd, ASK(LISTED));
	expect(fd, DEFERRED);
	close(fd);
}
END_TEST

START_TEST(a_client_may_leave_at_any_moment)
{
	static const char request[] = ASK(LISTED);

	for (size_t size = 0; size <= sizeof(request) - 1; size++) {
		int fd = open_client();

		if (size > 0)
			ck_assert_int_eq(send(fd, request, size, MSG_NOSIGNAL), (ssize_t)size);
		uv_run(&loop, UV_RUN_NOWAIT);
		close(fd);
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	while (waiting_count > 0)
		uv_run(&loop, UV_RUN_ONCE);
}
END_TEST

START_TEST(the_server_may_end_while_questions_run)
{
	int fd = open_client(), half = open_client();

	silent = true;
	tell(fd, ASK(LISTED));
	tell(half, BEGIN "client_add");
	while (asked == 0)
		uv_run(&loop, UV_RUN_ONCE);
	waiting_count = 0; /* as the screener, freed, forgets them */
	/* tear_down() ends the server; the sockets are left to the end of the process */
}
END_TEST

START_TEST(more_connections_than_allowed_are_closed)
{
	int fds[MXDP_POLICY_CONNECTIONS_MAX + 1];

	for (int i = 0; i <= MXDP_POLICY_CONNECTIONS_MAX; i++) {
		fds[i] = open_client();
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	expect_hang_up(fds[MXDP_POLICY_CONNECTIONS_MAX]);
	tell(fds[0], ASK(LISTED));
	expect(fds[0], DEFERRED);
	for (int i = 0; i <= MXDP_POLICY_CONNECTIONS_MAX; i++)
		close(fds[i]);
}
END_TEST

static const char *const bad_addresses[] = {"127.0.0.1",       "127.0.0.1:",    "127.0.0.1:0",
					    "127.0.0.1:65536", "127.0.0.1:25x", ":10040",
					    "localhost:10040", "[::1:10040"};

START_TEST(an_address_to_listen_on_must_be_one)
{
	struct mxdp_policy_server *second = NULL;
	char listen[32];
	const struct mxdp_policy_service settings = {.listen = listen};

	snprintf(listen, sizeof(listen), "%s", bad_addresses[_i]);
	ck_assert_int_lt(mxdp_policy_server_new(&loop, &world, &settings, &second), 0);
	ck_assert_ptr_null(second);
}
END_TEST

START_TEST(without_an_address_there_is_no_server)
{
	const struct mxdp_policy_service settings = {.socket = NULL};
	struct mxdp_policy_server *none = server;

	ck_assert_int_eq(mxdp_policy_server_new(&loop, &world, &settings, &none), 0);
	ck_assert_ptr_null(none);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy: server");
	TCase *tests = tcase_create("policy");

	tcase_add_test(tests, one_connection_carries_many_requests);
	tcase_add_test(tests, requests_sent_ahead_are_answered_in_order);
	tcase_add_test(tests, a_request_may_come_byte_by_byte);
	tcase_add_test(tests, when_the_queue_is_full_mail_flows);
	tcase_add_test(tests, malformed_and_endless_requests_are_hung_up_on);
	tcase_add_test(tests, a_client_may_leave_at_any_moment);
	tcase_add_test(tests, the_server_may_end_while_questions_run);
	tcase_add_test(tests, more_connections_than_allowed_are_closed);
	tcase_add_loop_test(tests, an_address_to_listen_on_must_be_one, 0, COUNT_OF(bad_addresses));
	tcase_add_test(tests, without_an_address_there_is_no_server);
	return run_policy_suite(suite, tests);
}
