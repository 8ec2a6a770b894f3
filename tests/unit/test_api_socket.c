/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The API's unix socket: who may use it, and whom it replaces. */
#include <fcntl.h>
#include <sys/stat.h>

#include "api_client.h"
#include "tests/suite.h"

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
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	close(fd);
	ck_assert_int_eq(mxdp_api_new(&fake.loop, &fake_world, path, NULL, &second), 0);
	memcpy(saved, socket_path, sizeof(saved));
	snprintf(socket_path, sizeof(socket_path), "%s/dead.sock", directory);
	reply = ask_for("GET", "/status", "");
	ck_assert_int_eq(status_of(reply), 200);
	free(reply);
	mxdp_api_free(second);
	ck_assert_int_lt(access(path, F_OK), 0);
	memcpy(socket_path, saved, sizeof(saved));
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

/* All places taken at once, and all left at once. */
START_TEST(a_crowd_that_left_leaves_the_socket_open)
{
	int clients[80];
	char *reply;

	for (size_t i = 0; i < 80; i++) {
		clients[i] = open_client();
		uv_run(&fake.loop, UV_RUN_NOWAIT);
	}
	for (size_t i = 0; i < 80; i++)
		close(clients[i]);
	for (int i = 0; i < 100; i++)
		uv_run(&fake.loop, UV_RUN_NOWAIT);
	reply = ask_for("GET", "/status", "");
	ck_assert_int_eq(status_of(reply), 200);
	free(reply);
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

int main(void)
{
	Suite *suite = suite_create("api_socket");
	TCase *tests = tcase_create("api_socket");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, start, stop);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, the_socket_is_for_owner_and_group);
	tcase_add_test(tests, a_live_daemons_socket_is_left_alone);
	tcase_add_test(tests, a_dead_daemons_socket_is_replaced);
	tcase_add_test(tests, a_file_in_the_way_stays);
	tcase_add_test(tests, an_unknown_group_is_refused);
	tcase_add_test(tests, a_crowd_that_left_leaves_the_socket_open);
	tcase_add_test(tests, a_successors_socket_is_not_removed);
	return run_suite(suite);
}
