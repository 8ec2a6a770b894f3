/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy server answers to a request, and what comes of it. */
#include "policy_stand.h"

static const struct {
	const char *request, *answer;
	unsigned int asked;
} requests[] = {
	{TO(LET_IN, "postmaster@example.net"), ANSWER("DUNNO"), 0},
	{TO(LET_IN, "bob@example.net"), ANSWER("550 5.7.1 Blocked"), 0},
	{TO(CLEAN, "bob@example.net"), ANSWER("DUNNO"), 1},
	{BEGIN "protocol_state=MAIL\nclient_address=" LET_IN "\n\n", ANSWER("DUNNO"), 0},
	{BEGIN "protocol_state=RCPT\nsasl_username=bob\nclient_address=" LET_IN
	       "\nrecipient=bob@example.net\n\n",
	 ANSWER("DUNNO"), 0},
	{ASK(CLEAN), ANSWER("DUNNO"), 1},
	{ASK(LISTED), DEFERRED, 1},
	{ASK(ALLOWED), ANSWER("DUNNO"), 0},
	{ASK(DENIED), ANSWER("DEFER_IF_PERMIT 4.7.1 Client is denied by this site"), 0},
	{ASK(GATEWAY), ANSWER("DUNNO"), 0},
	{ASK("unknown"), ANSWER("DUNNO"), 0},
	{BEGIN "client_address=" LISTED "\nsasl_username=bob\n\n", ANSWER("DUNNO"), 0},
};

START_TEST(each_request_has_its_answer)
{
	int fd = open_client();

	tell(fd, requests[_i].request);
	expect(fd, requests[_i].answer);
	ck_assert_uint_eq(asked, requests[_i].asked);
	close(fd);
}
END_TEST

#define ASK_RCPT(client)                                                             \
	BEGIN "client_address=" client "\nprotocol_state=RCPT\nsender=a@b.example\n" \
	      "recipient=c@d.example\n\n"
#define GREYLISTED ANSWER("DEFER_IF_PERMIT 4.7.1 Greylisted, come back in 300 seconds")

START_TEST(a_message_of_the_grey_band_is_deferred_once)
{
	int fd = open_client();

	config.greylist.at = MXDP_GREYLIST_POLICY;
	tell(fd, ASK_RCPT(GREY));
	expect(fd, GREYLISTED);
	ck_assert_str_eq(last_triplet, "a@b.example c@d.example");
	tell(fd, ASK_RCPT(GREY));
	expect(fd, ANSWER("DUNNO"));
	/* Without a recipient there is no triplet. */
	triplets = 0;
	tell(fd, ASK(GREY));
	expect(fd, ANSWER("DUNNO"));
	/* Nor in observe mode, nor where the packet path has told it already. */
	config.mode = MXDP_MODE_OBSERVE;
	tell(fd, ASK_RCPT(GREY));
	expect(fd, ANSWER("DUNNO"));
	while (waiting_count > 0) /* it is judged after the answer */
		uv_run(&loop, UV_RUN_ONCE);
	config.mode = MXDP_MODE_SOFT;
	config.greylist.at = MXDP_GREYLIST_XDP;
	tell(fd, ASK_RCPT(GREY));
	expect(fd, ANSWER("DUNNO"));
	ck_assert_uint_eq(triplets, 0);
	close(fd);
}
END_TEST

START_TEST(a_client_that_came_back_is_judged_anew)
{
	int fd = open_client();

	tell(fd, ASK(CLEAN));
	expect(fd, ANSWER("DUNNO"));
	ck_assert_uint_eq(judged, 0);
	tell(fd, ASK(RETURNED));
	expect(fd, ANSWER("DUNNO"));
	ck_assert_uint_eq(judged, 1);
	close(fd);
}
END_TEST

START_TEST(helo_and_sender_reach_the_screener)
{
	int fd = open_client();

	tell(fd, ASK(CLEAN));
	expect(fd, ANSWER("DUNNO"));
	ck_assert_str_eq(last_helo, "h");
	ck_assert_str_eq(last_sender, "a@b.example");
	close(fd);
}
END_TEST

START_TEST(who_is_let_in_for_postmaster_writes_to_nobody_else)
{
	struct mxdp_policy_stats stats;
	int fd = open_client();

	tell(fd, TO(LET_IN, "bob@example.net"));
	expect(fd, ANSWER("550 5.7.1 Blocked"));
	mxdp_policy_server_stats(server, &stats);
	ck_assert_uint_eq(stats.rejected, 1);
	ck_assert_uint_eq(consulted, 1);
	ck_assert_uint_eq(delivered, 0); /* and earns no trust */
	config.mode = MXDP_MODE_OBSERVE;
	tell(fd, TO(LET_IN, "bob@example.net"));
	expect(fd, ANSWER("DUNNO"));
	while (waiting_count > 0)
		uv_run(&loop, UV_RUN_ONCE);
	close(fd);
}
END_TEST

static const struct {
	const char *request;
	enum mxdp_mode mode;
	const char *line; /* NULL: none */
} journalled[] = {
	{ASK(CLEAN), MXDP_MODE_ENFORCE, CLEAN " h a@b.example DUNNO"},
	{ASK(LISTED), MXDP_MODE_ENFORCE,
	 LISTED " h a@b.example DEFER_IF_PERMIT 4.7.1 Client [" LISTED "]: listed by bl.example"},
	{ASK(LISTED), MXDP_MODE_OBSERVE, LISTED " h a@b.example DUNNO"},
	{ASK(ALLOWED), MXDP_MODE_ENFORCE, ALLOWED " h a@b.example DUNNO"},
	{ASK("unknown"), MXDP_MODE_ENFORCE, NULL},
};

START_TEST(each_request_is_a_line_of_the_journal)
{
	struct mxdp_policy_stats stats;
	char reply[8];
	int fd = open_client();

	config.mode = journalled[_i].mode;
	tell(fd, journalled[_i].request);
	ck_assert_uint_gt(receive(fd, reply, 1), 0);
	while (waiting_count > 0)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_eq(journal_lines, journalled[_i].line != NULL);
	if (journalled[_i].line)
		ck_assert_str_eq(journal, journalled[_i].line);
	mxdp_policy_server_stats(server, &stats);
	ck_assert_uint_eq(stats.requests, 1);
	ck_assert_uint_eq(stats.connections, 1);
	ck_assert_uint_eq(stats.deferred, strstr(journal, "DEFER") != NULL);
	close(fd);
}
END_TEST

#define AGAIN(instance)                                                                        \
	BEGIN "protocol_state=RCPT\nclient_address=" CLEAN "\nhelo_name=h\ninstance=" instance \
	      "\n\n"

START_TEST(each_clean_message_earns_trust_once)
{
	int fd = open_client();

	tell(fd, AGAIN("1") AGAIN("1") AGAIN("1") AGAIN("2") ASK(LISTED) ASK(ALLOWED) ASK(DENIED));
	for (int i = 0; i < 4; i++)
		expect(fd, ANSWER("DUNNO"));
	expect(fd, DEFERRED ANSWER("DUNNO"));
	ck_assert_uint_eq(delivered, 2);
	close(fd);
}
END_TEST

START_TEST(in_observe_mode_nobody_waits_but_the_screener_learns)
{
	int fd = open_client();

	config.mode = MXDP_MODE_OBSERVE;
	silent = true;
	tell(fd, ASK(LISTED));
	expect(fd, ANSWER("DUNNO"));
	ck_assert_uint_eq(asked, 1);
	silent = false;
	while (waiting_count > 0)
		uv_run(&loop, UV_RUN_ONCE);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tests = tcase_create("policy");

	tcase_add_loop_test(tests, each_request_has_its_answer, 0, COUNT_OF(requests));
	tcase_add_test(tests, a_message_of_the_grey_band_is_deferred_once);
	tcase_add_test(tests, a_client_that_came_back_is_judged_anew);
	tcase_add_test(tests, helo_and_sender_reach_the_screener);
	tcase_add_test(tests, who_is_let_in_for_postmaster_writes_to_nobody_else);
	tcase_add_loop_test(tests, each_request_is_a_line_of_the_journal, 0, COUNT_OF(journalled));
	tcase_add_test(tests, each_clean_message_earns_trust_once);
	tcase_add_test(tests, in_observe_mode_nobody_waits_but_the_screener_learns);
	return run_policy_suite(suite, tests);
}
