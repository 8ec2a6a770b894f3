/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "userspace/config/generic_names.h"
#include "tests/suite.h"

static char path[] = "/tmp/mxdp-generic-names-XXXXXX";

static void write_table(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void setup(void)
{
	const int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void teardown(void)
{
	unlink(path);
}

static const struct {
	const char *host, *client;
	const char *sign; /* NULL: an ordinary name */
} names[] = {
	{"mail.example.org", "192.0.2.1", NULL},
	{"", "192.0.2.1", NULL},
	{".", "192.0.2.1", NULL},
	{"...", "192.0.2.1", NULL},
	{"dyn", "192.0.2.1", NULL},
	/* words */
	{"dyn-12.isp.example", "192.0.2.1", "holds \"dyn\""},
	{"a.DYN7.isp.example.", "192.0.2.1", "holds \"dyn\""},
	{"x12pool34.isp.example", "192.0.2.1", "holds \"pool\""},
	{"dynamo.isp.example", "192.0.2.1", NULL},
	{"mydyn.isp.example", "192.0.2.1", NULL},
	{"server.dyn.example", "192.0.2.1", NULL}, /* the provider's own name */
	{"server.pool.dyn", "192.0.2.1", NULL},
	{"dyn.pool.example", "192.0.2.1", "holds \"dyn\""},
	{"mail.dyn.isp.example", "192.0.2.1", NULL}, /* an exception */
	{"mail-192-0-2-1.isp.example", "192.0.2.1", NULL},
	/* the address */
	{"192-0-2-1.isp.example", "192.0.2.1", "holds the client's address"},
	{"1.2.0.192.isp.example", "192.0.2.1", "holds the client's address"},
	{"h192x0x2x1.isp.example", "192.0.2.1", "holds the client's address"},
	{"ip192-000-002-001.isp.example", "192.0.2.1", "holds the client's address"},
	{"192000002001.isp.example", "192.0.2.1", "holds the client's address"},
	{"C0000201.isp.example", "192.0.2.1", "holds the client's address"},
	{"9-192-0-2-1.isp.example", "192.0.2.1", "holds the client's address"},
	{"192-0-2-10.isp.example", "192.0.2.1", NULL},
	{"192-0-7-2-1.isp.example", "192.0.2.1", NULL},
	{"192-0-2.isp.example", "192.0.2.1", NULL},
	{"1920002001-0-2-1.isp.example", "192.0.2.1", NULL},
	{"2001-db8-0-1-2-3-4-5ff.isp.example", "2001:db8:0:1:2:3:4:5ff",
	 "holds the client's address"},
	{"h-0002-0003-0004-05FF.isp.example", "2001:db8:0:1:2:3:4:5ff",
	 "holds the client's address"},
	{"20010db80000000100020003000405ff.isp.example", "2001:db8:0:1:2:3:4:5ff",
	 "holds the client's address"},
	{"h-2-3-4-5fe.isp.example", "2001:db8:0:1:2:3:4:5ff", NULL},
};

START_TEST(names_of_pools_and_of_servers)
{
	struct mxdp_generic_names *table;
	struct mxdp_address client;
	char error[256], sign[MXDP_GENERIC_SIGN] = "";
	bool generic;

	write_table("# a comment\n\ndyn\n  Pool\t# and another\n!mail");
	ck_assert_int_eq(mxdp_generic_names_read(path, &table, error, sizeof(error)), 0);
	ck_assert_int_eq(mxdp_address_parse(names[_i].client, &client), 0);
	generic = mxdp_generic_name(table, names[_i].host, &client, sign);
	ck_assert_msg(generic == (names[_i].sign != NULL), "%s: %s", names[_i].host, sign);
	if (generic)
		ck_assert_str_eq(sign, names[_i].sign);
	mxdp_generic_names_free(table);
}
END_TEST

START_TEST(without_a_table_the_address_counts)
{
	struct mxdp_address client;
	char sign[MXDP_GENERIC_SIGN];

	ck_assert_int_eq(mxdp_address_parse("192.0.2.1", &client), 0);
	ck_assert(mxdp_generic_name(NULL, "192-0-2-1.isp.example", &client, sign));
	ck_assert(!mxdp_generic_name(NULL, "dyn.isp.example", &client, sign));
}
END_TEST

static const struct {
	const char *table, *error; /* behind the path */
} bad[] = {
	{"dyn\nno-word\n", ":2: a word holds letters only; write one word a line"},
	{"dyn pool\n", ":1: a word holds letters only; write one word a line"},
	{"\n\n!\n", ":3: a word of 1 to 32 letters is needed, as dyn or !smtp"},
	{"abcdefghijklmnopqrstuvwxyzabcdefg\n",
	 ":1: a word of 1 to 32 letters is needed, as dyn or !smtp"},
};

START_TEST(faults_have_their_line)
{
	struct mxdp_generic_names *table = NULL;
	char error[256];

	write_table(bad[_i].table);
	ck_assert_int_eq(mxdp_generic_names_read(path, &table, error, sizeof(error)), -EINVAL);
	ck_assert_ptr_null(table);
	ck_assert_str_eq(error + strlen(path), bad[_i].error);
}
END_TEST

START_TEST(tables_are_bounded)
{
	struct mxdp_generic_names *table = NULL;
	char error[256], text[5000];

	memset(text, ' ', sizeof(text));
	memcpy(text + 400, "\n", 2);
	write_table(text);
	ck_assert_int_eq(mxdp_generic_names_read(path, &table, error, sizeof(error)), -EINVAL);
	for (size_t i = 0; i < 2100; i += 2)
		memcpy(text + i, "a\n", 3);
	write_table(text);
	ck_assert_int_eq(mxdp_generic_names_read(path, &table, error, sizeof(error)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error, ":1025: "));
}
END_TEST

START_TEST(a_missing_table_is_named)
{
	struct mxdp_generic_names *table = NULL;
	char error[256];

	ck_assert_int_eq(
		mxdp_generic_names_read("/nonexistent/table", &table, error, sizeof(error)),
		-ENOENT);
	ck_assert_ptr_nonnull(strstr(error, "/nonexistent/table: "));
}
END_TEST

/* A reload must not wait for whoever may write into it one day. */
START_TEST(a_pipe_is_no_table)
{
	struct mxdp_generic_names *table = NULL;
	char error[256];

	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(mxdp_generic_names_read(path, &table, error, sizeof(error)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error, "it is not a regular file"));
}
END_TEST

START_TEST(the_shipped_table_is_good)
{
	const char *root = getenv("MXDP_ROOT");
	struct mxdp_generic_names *table;
	struct mxdp_address client;
	char error[256], sign[MXDP_GENERIC_SIGN], where[512];

	snprintf(where, sizeof(where), "%s/conf/generic-names", root ? root : ".");
	ck_assert_msg(mxdp_generic_names_read(where, &table, error, sizeof(error)) == 0, "%s",
		      error);
	ck_assert_int_eq(mxdp_address_parse("192.0.2.1", &client), 0);
	ck_assert(mxdp_generic_name(table, "dslpool-12.isp.example", &client, sign));
	ck_assert(!mxdp_generic_name(table, "mx3.isp.example", &client, sign));
	mxdp_generic_names_free(table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("generic_names");
	TCase *tests = tcase_create("generic_names");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, names_of_pools_and_of_servers, 0,
			    sizeof(names) / sizeof(names[0]));
	tcase_add_test(tests, without_a_table_the_address_counts);
	tcase_add_loop_test(tests, faults_have_their_line, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, tables_are_bounded);
	tcase_add_test(tests, a_missing_table_is_named);
	tcase_add_test(tests, a_pipe_is_no_table);
	tcase_add_test(tests, the_shipped_table_is_good);
	return run_suite(suite);
}
