/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy server over real sockets in a real event loop; rules, never-block set and screener are
 * the small fakes below.
 */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "userspace/policy/parse.h"
#include "userspace/policy/policy.h"
#include "tests/suite.h"

#define BEGIN "request=smtpd_access_policy\n"
#define ASK(client)                                                                      \
	BEGIN "protocol_state=RCPT\nclient_address=" client "\nhelo_name=h\nsender=a@b." \
	      "example\n\n"
#define CLEAN        "192.0.2.1"
#define LISTED       "192.0.2.66"
#define GREY         "192.0.2.20"
#define RETURNED     "192.0.2.30"
#define ALLOWED      "198.51.100.1"
#define DENIED       "198.51.100.2"
#define GATEWAY      "203.0.113.1"
#define LET_IN       "192.0.2.77"
#define ANSWER(text) "action=" text "\n\n"

static uv_loop_t loop;
static uv_timer_t judge;
static struct mxdp_policy_server *server;
static struct mxdp_config config;
static char directory[40], path[64];

/* What the screener was asked and has not answered. */
static struct {
	struct mxdp_address client;
	mxdp_case_fn done;
	void *context;
} waiting[16];
static size_t waiting_count;
static unsigned int asked;
static char last_helo[64], last_sender[64];
static bool busy, silent;
static char journal[256]; /* the latest line */
static unsigned int journal_lines;

static bool is(const struct mxdp_address *address, const char *text)
{
	struct mxdp_address other;

	return mxdp_address_parse(text, &other) == 0 && mxdp_address_equal(address, &other);
}

/* ---- fakes ---- */

int mxdp_rules_match(const struct mxdp_rules *rules, const struct mxdp_address *address,
		     struct mxdp_operator_rule *out)
{
	(void)rules;
	*out = (struct mxdp_operator_rule){.action = is(address, DENIED) ? MXDP_ACTION_DROP
									 : MXDP_ACTION_PASS};
	return is(address, DENIED) || is(address, ALLOWED) ? 0 : -ENOENT;
}

size_t mxdp_never_block_list(const struct mxdp_never_block *never_block,
			     const struct mxdp_protected **list)
{
	static struct mxdp_protected gateway;

	(void)never_block;
	mxdp_prefix_parse(GATEWAY, &gateway.prefix);
	*list = &gateway;
	return 1;
}

int mxdp_screener_ask(struct mxdp_screener *screener, const struct mxdp_check_subject *subject,
		      mxdp_case_fn done, void *context)
{
	(void)screener;
	if (busy || waiting_count == sizeof(waiting) / sizeof(waiting[0]))
		return -EBUSY;
	asked++;
	snprintf(last_helo, sizeof(last_helo), "%s", subject->helo ? subject->helo : "-");
	snprintf(last_sender, sizeof(last_sender), "%s", subject->sender ? subject->sender : "-");
	waiting[waiting_count].client = subject->client;
	waiting[waiting_count].done = done;
	waiting[waiting_count++].context = context;
	return 0;
}

void mxdp_history_message(struct mxdp_history *history, const struct mxdp_address *client,
			  const char *helo, const char *sender, const char *text)
{
	char address[MXDP_ADDRESS_TEXT];

	(void)history;
	journal_lines++;
	snprintf(journal, sizeof(journal), "%s %s %s %s", mxdp_address_format(client, address),
		 helo, sender, text);
}

/* LET_IN may write to postmaster alone. */
static unsigned int consulted;

void mxdp_contacts_consulted(struct mxdp_contacts *contacts)
{
	(void)contacts;
	consulted++;
}

bool mxdp_contacts_judge(struct mxdp_contacts *contacts, const struct mxdp_address *client,
			 const char *recipient, char refusal[MXDP_CONTACT_TEXT])
{
	(void)contacts;
	snprintf(refusal, MXDP_CONTACT_TEXT, "%s",
		 strcmp(recipient, "postmaster@example.net") == 0 ? "" : "550 5.7.1 Blocked");
	return is(client, LET_IN);
}

static unsigned int delivered;

int mxdp_screener_delivered(struct mxdp_screener *screener, const struct mxdp_address *client,
			    struct mxdp_trust_record *out)
{
	(void)screener;
	delivered++;
	*out = (struct mxdp_trust_record){.client = *client};
	return 0;
}

void mxdp_history_trust(struct mxdp_history *history, const struct mxdp_trust_record *earned)
{
	(void)history;
	ck_assert(is(&earned->client, CLEAN) || is(&earned->client, RETURNED));
}

static unsigned int judged, triplets;
static char last_triplet[128];

bool mxdp_greylist_came_back(struct mxdp_greylist *greylist, const struct mxdp_address *client)
{
	(void)greylist;
	return is(client, RETURNED);
}

unsigned int mxdp_greylist_triplet(struct mxdp_greylist *greylist,
				   const struct mxdp_address *client, const char *sender,
				   const char *recipient)
{
	(void)greylist;
	(void)client;
	snprintf(last_triplet, sizeof(last_triplet), "%s %s", sender, recipient);
	return triplets++ ? 0 : 300;
}

void mxdp_screener_judge(struct mxdp_screener *screener, const struct mxdp_address *client)
{
	(void)screener;
	ck_assert(is(client, RETURNED));
	judged++;
}

static void on_judge(uv_timer_t *timer)
{
	(void)timer;
	while (waiting_count > 0 && !silent) {
		struct mxdp_case result = {.client = waiting[--waiting_count].client};

		result.decision.action = is(&result.client, LISTED) || is(&result.client, LET_IN)
						 ? MXDP_ACTION_DROP
					 : is(&result.client, GREY) ? MXDP_ACTION_GREYLIST
								    : MXDP_ACTION_PASS;
		snprintf(result.decision.text, sizeof(result.decision.text),
			 "listed by bl.example");
		waiting[waiting_count].done(waiting[waiting_count].context, &result);
	}
}

static const struct mxdp_config *current(void *context)
{
	(void)context;
	return &config;
}

/* ---- the server and its clients ---- */

static const struct mxdp_policy_world world = {.config = current};

static void set_up(void)
{
	signal(SIGPIPE, SIG_IGN);
	snprintf(directory, sizeof(directory), "/tmp/mxdp-test-policy.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/policy", directory);
	config = (struct mxdp_config){
		.mode = MXDP_MODE_ENFORCE,
		.policy_service = {.socket = path, .refuse = MXDP_POLICY_DEFER}};
	uv_loop_init(&loop);
	uv_timer_init(&loop, &judge);
	uv_timer_start(&judge, on_judge, 1, 1);
	ck_assert_int_eq(mxdp_policy_server_new(&loop, &world, &config.policy_service, &server), 0);
}

static void tear_down(void)
{
	mxdp_policy_server_free(server);
	uv_close((uv_handle_t *)&judge, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	ck_assert_int_lt(access(path, F_OK), 0);
	rmdir(directory);
}

static int open_client(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

/* Reads until `bytes` have come or the server hangs up; returns how many came. */
static size_t receive(int fd, char *reply, size_t bytes)
{
	size_t received = 0;

	while (received < bytes) {
		ssize_t got = recv(fd, reply + received, bytes - received, MSG_DONTWAIT);

		if (got == 0 || (got < 0 && errno != EAGAIN))
			break;
		if (got > 0)
			received += (size_t)got;
		else
			uv_run(&loop, UV_RUN_ONCE);
	}
	reply[received] = '\0';
	return received;
}

static void expect(int fd, const char *answer)
{
	char reply[1024];

	receive(fd, reply, strlen(answer));
	ck_assert_str_eq(reply, answer);
}

static void expect_hang_up(int fd)
{
	char reply[16];

	ck_assert_uint_eq(receive(fd, reply, 1), 0);
}

static void tell(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

#define DEFERRED ANSWER("DEFER_IF_PERMIT 4.7.1 Client [" LISTED "]: listed by bl.example")

#define TO(client, recipient) \
	BEGIN "protocol_state=RCPT\nclient_address=" client "\nrecipient=" recipient "\n\n"

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

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tests = tcase_create("policy");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 30);
	tcase_add_loop_test(tests, each_request_has_its_answer, 0, COUNT_OF(requests));
	tcase_add_test(tests, a_message_of_the_grey_band_is_deferred_once);
	tcase_add_test(tests, a_client_that_came_back_is_judged_anew);
	tcase_add_test(tests, helo_and_sender_reach_the_screener);
	tcase_add_test(tests, who_is_let_in_for_postmaster_writes_to_nobody_else);
	tcase_add_loop_test(tests, each_request_is_a_line_of_the_journal, 0, COUNT_OF(journalled));
	tcase_add_test(tests, each_clean_message_earns_trust_once);
	tcase_add_test(tests, one_connection_carries_many_requests);
	tcase_add_test(tests, requests_sent_ahead_are_answered_in_order);
	tcase_add_test(tests, a_request_may_come_byte_by_byte);
	tcase_add_test(tests, in_observe_mode_nobody_waits_but_the_screener_learns);
	tcase_add_test(tests, when_the_queue_is_full_mail_flows);
	tcase_add_test(tests, malformed_and_endless_requests_are_hung_up_on);
	tcase_add_test(tests, a_client_may_leave_at_any_moment);
	tcase_add_test(tests, the_server_may_end_while_questions_run);
	tcase_add_test(tests, more_connections_than_allowed_are_closed);
	tcase_add_loop_test(tests, an_address_to_listen_on_must_be_one, 0, COUNT_OF(bad_addresses));
	tcase_add_test(tests, without_an_address_there_is_no_server);
	return run_suite(suite);
}
