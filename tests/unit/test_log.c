/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the log does to its reader, and what the reader can do to the daemon. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "userspace/log.h"
#include "tests/suite.h"

#define PIPE_BYTES 4096

/* Standard error leads into a small pipe. */
static int reader, writer, before;
static char heard[4 * PIPE_BYTES];

static void begin(void)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	reader = ends[0];
	writer = ends[1];
	ck_assert_int_eq(fcntl(reader, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(fcntl(writer, F_SETPIPE_SZ, PIPE_BYTES), PIPE_BYTES);
	before = dup(STDERR_FILENO);
	dup2(writer, STDERR_FILENO);
	mxdp_log_open(MXDP_LOG_INFO);
}

static void end(void)
{
	dup2(before, STDERR_FILENO);
	close(before);
	close(reader);
	close(writer);
}

static const char *read_log(void)
{
	ssize_t length = read(reader, heard, sizeof(heard) - 1);

	heard[length > 0 ? length : 0] = '\0';
	return heard;
}

START_TEST(a_name_forges_no_line)
{
	mxdp_log(MXDP_LOG_NOTICE, "client %s", "\033[2Ja\r\nmxdpd error: b\177\t");
	read_log();
	ck_assert_ptr_nonnull(strstr(heard, "notice: client ?[2Ja??mxdpd error: b??\n"));
	ck_assert_ptr_eq(strchr(heard, '\n'), heard + strlen(heard) - 1);
}
END_TEST

START_TEST(a_reader_who_stops_holds_up_nobody)
{
	for (int i = 0; i < 200; i++)
		mxdp_log(MXDP_LOG_NOTICE, "%0200d", i);
	ck_assert_ptr_nonnull(strstr(read_log(), "0000\n"));
	ck_assert_ptr_null(strstr(heard, "199\n"));
	mxdp_log(MXDP_LOG_NOTICE, "again");
	ck_assert_ptr_nonnull(strstr(read_log(), "lines of the log are lost"));
	ck_assert_ptr_nonnull(strstr(heard, "notice: again\n"));
	mxdp_log(MXDP_LOG_NOTICE, "and again");
	ck_assert_ptr_null(strstr(read_log(), "lost"));
}
END_TEST

START_TEST(without_a_reader_nothing_happens)
{
	close(reader);
	reader = -1;
	signal(SIGPIPE, SIG_IGN);
	mxdp_log(MXDP_LOG_NOTICE, "unheard");
	dup2(before, STDERR_FILENO);
	close(STDERR_FILENO);
	mxdp_log(MXDP_LOG_NOTICE, "unheard");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *tests = tcase_create("log");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, a_name_forges_no_line);
	tcase_add_test(tests, a_reader_who_stops_holds_up_nobody);
	tcase_add_test(tests, without_a_reader_nothing_happens);
	return run_suite(suite);
}
