/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the kernel and its news, in a network namespace with nothing but a loopback. */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "userspace/netlink/netlink.h"
#include "tests/suite.h"

#define ADDRESSES 1500 /* more than a packet holds */

struct told {
	int messages;
	int type;       /* of the latest */
	int end_at;     /* the message that the reader ends at, 0: none */
	int end_result; /* and what it returns */
};

static int on_message(void *context, const struct nlmsghdr *message)
{
	struct told *told = context;

	told->type = message->nlmsg_type;
	return ++told->messages == told->end_at ? told->end_result : 0;
}

static int ask(int protocol, uint16_t type, uint16_t flags, int ifindex, struct told *told)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = type,
			   .nlmsg_flags = NLM_F_REQUEST | flags},
		.link = {.ifi_index = ifindex},
	};

	return mxdp_netlink_ask(protocol, &request.header, on_message, told);
}

static void run(const char *command)
{
	ck_assert_msg(system(command) == 0, "%s", command); /* NOLINT(cert-env33-c) */
}

static void set_up(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	run("ip link set lo up");
}

static const struct {
	const char *what;
	int protocol;
	uint16_t type, flags;
	int ifindex, end_at, end_result;
	int result, messages;
} questions[] = {
	{"one answer", NETLINK_ROUTE, RTM_GETLINK, 0, 1, 0, 0, 0, 1},
	{"the kernel refuses", NETLINK_ROUTE, RTM_GETLINK, 0, 4711, 0, 0, -ENODEV, 0},
	{"a kind of question that there is not", NETLINK_ROUTE, 4000, 0, 0, 0, 0, -EOPNOTSUPP, 0},
	{"a protocol that there is not", 999, 0, 0, 0, 0, 0, -EPROTONOSUPPORT, 0},
	{"a dump of one", NETLINK_ROUTE, RTM_GETLINK, NLM_F_DUMP, 0, 0, 0, 0, 1},
	{"a dump of nothing", NETLINK_ROUTE, RTM_GETNEIGH, NLM_F_DUMP, 0, 0, 0, 0, 0},
	{"a dump of many packets", NETLINK_ROUTE, RTM_GETADDR, NLM_F_DUMP, 0, 0, 0, 0,
	 ADDRESSES + 2},
	{"a dump that its reader ends", NETLINK_ROUTE, RTM_GETADDR, NLM_F_DUMP, 0, 3, 7, 7, 3},
};

START_TEST(each_question_has_its_answer)
{
	struct told told = {.end_at = questions[_i].end_at, .end_result = questions[_i].end_result};
	int result;

	if (questions[_i].type == RTM_GETADDR)
		run("seq 1500 | awk '{ print \"address add 10.0.\" int($1 / 250) \".\" "
		    "$1 % 250 \"/32 dev lo\" }' | ip -batch -");
	result = ask(questions[_i].protocol, questions[_i].type, questions[_i].flags,
		     questions[_i].ifindex, &told);
	ck_assert_msg(result == questions[_i].result, "%s: %d", questions[_i].what, result);
	ck_assert_msg(told.messages == questions[_i].messages, "%s: %d messages",
		      questions[_i].what, told.messages);
}
END_TEST

START_TEST(news_is_read_as_it_comes)
{
	struct told told = {0};
	int fd = mxdp_netlink_news_open(RTMGRP_LINK);

	ck_assert_int_ge(fd, 0);
	mxdp_netlink_news_read(fd, on_message, &told);
	ck_assert_int_eq(told.messages, 0);
	run("ip link set lo down");
	mxdp_netlink_news_read(fd, on_message, &told);
	ck_assert_int_ge(told.messages, 1);
	ck_assert_int_eq(told.type, RTM_NEWLINK);
	told.messages = 0;
	run("ip link set lo up");
	mxdp_netlink_news_read(fd, NULL, NULL);
	mxdp_netlink_news_read(fd, on_message, &told);
	ck_assert_int_eq(told.messages, 0);
	close(fd);
}
END_TEST

START_TEST(too_much_news_is_lost_and_the_rest_is_read)
{
	struct told told = {0};
	int fd = mxdp_netlink_news_open(RTMGRP_IPV4_IFADDR), small = 1;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	run("seq 200 | awk '{ print \"address add 10.1.0.\" $1 \"/32 dev lo\" }' | ip -batch -");
	mxdp_netlink_news_read(fd, on_message, &told);
	ck_assert_int_ge(told.messages, 1);
	ck_assert_int_lt(told.messages, 200);
	run("ip address add 10.2.0.1/32 dev lo");
	told.messages = 0;
	mxdp_netlink_news_read(fd, on_message, &told);
	ck_assert_int_eq(told.messages, 1);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netlink");
	TCase *tests = tcase_create("netlink");

	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_add_loop_test(tests, each_question_has_its_answer, 0,
			    (int)(sizeof(questions) / sizeof(questions[0])));
	tcase_add_test(tests, news_is_read_as_it_comes);
	tcase_add_test(tests, too_much_news_is_lost_and_the_rest_is_read);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
