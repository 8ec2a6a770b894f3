/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy server over real sockets in a real event loop. What it asks, rules, never-block set,
 * screener and the like, are the small fakes below: a link needs none of the real modules.
 */
#ifndef MXDP_TEST_POLICY_STAND_H
#define MXDP_TEST_POLICY_STAND_H

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "directory.h"
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

#define COUNT_OF(table) (int)(sizeof(table) / sizeof((table)[0]))

static uv_loop_t loop;
static uv_timer_t judge;
static struct mxdp_policy_server *server;
static struct mxdp_config config;
static char path[DIRECTORY_BYTES + 16];

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

static inline bool is(const struct mxdp_address *address, const char *text)
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

static inline void on_judge(uv_timer_t *timer)
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

static inline const struct mxdp_config *current(void *context)
{
	(void)context;
	return &config;
}

/* ---- the server and its clients ---- */

static const struct mxdp_policy_world world = {.config = current};

static inline void set_up(void)
{
	signal(SIGPIPE, SIG_IGN);
	make_directory();
	snprintf(path, sizeof(path), "%s/policy", directory);
	config = (struct mxdp_config){
		.mode = MXDP_MODE_ENFORCE,
		.policy_service = {.socket = path, .refuse = MXDP_POLICY_DEFER}};
	uv_loop_init(&loop);
	uv_timer_init(&loop, &judge);
	uv_timer_start(&judge, on_judge, 1, 1);
	ck_assert_int_eq(mxdp_policy_server_new(&loop, &world, &config.policy_service, &server), 0);
}

static inline void tear_down(void)
{
	mxdp_policy_server_free(server);
	uv_close((uv_handle_t *)&judge, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	ck_assert_int_lt(access(path, F_OK), 0);
	remove_directory();
}

static inline int open_client(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

/* Reads until `bytes` have come or the server hangs up; returns how many came. */
static inline size_t receive(int fd, char *reply, size_t bytes)
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

static inline void expect(int fd, const char *answer)
{
	char reply[1024];

	receive(fd, reply, strlen(answer));
	ck_assert_str_eq(reply, answer);
}

static inline void expect_hang_up(int fd)
{
	char reply[16];

	ck_assert_uint_eq(receive(fd, reply, 1), 0);
}

static inline void tell(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

#define DEFERRED ANSWER("DEFER_IF_PERMIT 4.7.1 Client [" LISTED "]: listed by bl.example")

#define TO(client, recipient) \
	BEGIN "protocol_state=RCPT\nclient_address=" client "\nrecipient=" recipient "\n\n"

/* The end of main(). */
static inline int run_policy_suite(Suite *suite, TCase *tests)
{
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 30);
	return run_suite(suite);
}

#endif
