/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A forwarder's mail fails SPF all day, for the senders did not permit its address: the policy
 * server, the screener and SPF together, over a scripted DNS server and real maps. SPF judges each
 * message; the address stays deliverable and nothing adds up.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dns_server.h"
#include "kernel_maps.h"
#include "userspace/policy/answer.h"
#include "userspace/policy/question.h"
#include "tests/suite.h"

#define MESSAGES  1000
#define FORWARDER "198.51.100.7"

static uv_loop_t loop;
static struct dns_server *server;
static struct mxdp_resolver *resolver;
static struct mxdp_screener *screener;
static struct mxdp_policy_questions questions;
static struct mxdp_config config;
static struct mxdp_maps maps;
static struct mxdp_address forwarder;
static char reply[MXDP_POLICY_ANSWER];
static unsigned int answers;
static unsigned int worse; /* decisions other than pass or greylist */
static double highest;

/* Each sender's domain permits nobody but 192.0.2.1; the forwarder's own records are in order. */
static void respond(void *context, const struct dns_request *request, struct dns_reply *made)
{
	static const char spf[] = "\x19v=spf1 ip4:192.0.2.1 -all";

	(void)context;
	if (request->type == MXDP_DNS_TXT && strstr(request->name, ".sender.example"))
		dns_reply_raw(made, NULL, MXDP_DNS_TXT, 300, spf, sizeof(spf) - 1);
	else if (request->type == MXDP_DNS_PTR && !strncmp(request->name, "7.100.51.198.", 13))
		dns_reply_name(made, NULL, MXDP_DNS_PTR, 300, "mx.forwarder.example");
	else if (request->type == MXDP_DNS_A && !strcmp(request->name, "mx.forwarder.example"))
		dns_reply_a(made, NULL, 300, FORWARDER);
	else
		dns_reply_rcode(made, DNS_NXDOMAIN);
}

/* ---- no rules and nothing that is never blocked ---- */

int mxdp_rules_match(const struct mxdp_rules *rules, const struct mxdp_address *address,
		     struct mxdp_operator_rule *out)
{
	(void)rules;
	(void)address;
	(void)out;
	return -ENOENT;
}

size_t mxdp_never_block_list(const struct mxdp_never_block *never_block,
			     const struct mxdp_protected **list)
{
	(void)never_block;
	*list = NULL;
	return 0;
}

static const struct mxdp_config *current(void *context)
{
	(void)context;
	return &config;
}

static void on_decision(void *context, const struct mxdp_case *decided)
{
	const enum mxdp_action action = decided->decision.action;

	(void)context;
	worse += action != MXDP_ACTION_PASS && action != MXDP_ACTION_GREYLIST;
	if (decided->decision.score > highest)
		highest = decided->decision.score;
}

static void set_up(void)
{
	make_verdicts(&maps, 100);
	make_pending(&maps, 100);
	config = (struct mxdp_config){
		.references = 1,
		.mode = MXDP_MODE_ENFORCE,
		.policy = {.threshold = 5,
			   .grey_threshold = 2,
			   .action = MXDP_ACTION_REJECT,
			   .heuristics_max = 4,
			   .ttl_min = 60,
			   .ttl_max = 3600,
			   .refuse_ttl_max = 900,
			   .pass_ttl = 600,
			   .fail_open_ttl = 30},
		.told = {.cap = 5, .half_life = 3600},
		.rdns = {.missing = 2, .unconfirmed = 1, .generic = 1},
		.helo.bad = 1,
		.sender.bad = 1,
		.check_timeout_ms = 5000,
		.clients_max = 100,
		.resolver = mxdp_resolver_defaults(),
		.policy_service = {.refuse = MXDP_POLICY_REJECT, .received_spf = true},
	};
	mxdp_address_parse(FORWARDER, &forwarder);
	uv_loop_init(&loop);
	server = dns_server_new(&loop, respond, NULL);
	config.resolver.servers = dns_server_address(server);
	ck_assert_int_eq(mxdp_resolver_new(&loop, &config.resolver, &resolver), 0);
	ck_assert_int_eq(mxdp_screener_new(&loop, resolver, &maps, &config, &screener), 0);
	mxdp_screener_on_decision(screener, on_decision, NULL);
	questions = (struct mxdp_policy_questions){
		.loop = &loop,
		.world = {.resolver = resolver, .screener = screener, .config = current},
		.lookup = mxdp_spf_lookup_resolver(resolver),
	};
}

static void tear_down(void)
{
	mxdp_policy_questions_end(&questions);
	mxdp_screener_free(screener);
	mxdp_resolver_free(resolver);
	dns_server_free(server);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static void on_answer(void *context, const char *answer, size_t length)
{
	(void)context;
	memcpy(reply, answer, length);
	reply[length] = '\0';
	answers++;
}

/* One message, from the connection attempt to Postfix's answer. */
static const char *deliver(unsigned int number)
{
	const unsigned int before = answers;
	struct mxdp_policy_request request = {.has_client = true,
					      .client = forwarder,
					      .at_recipient = true,
					      .helo = "mx.forwarder.example"};

	snprintf(request.sender, sizeof(request.sender), "user@d%u.sender.example", number % 50);
	snprintf(request.instance, sizeof(request.instance), "%u", number);
	if (number % 10 == 0)
		mxdp_screener_announce(screener, &forwarder);
	mxdp_policy_ask(&questions, &request, true, on_answer, NULL);
	while (answers == before)
		uv_run(&loop, UV_RUN_ONCE);
	return reply;
}

static const struct {
	enum mxdp_policy_refusal spf_fail;
	const char *answer; /* its beginning */
} settings[] = {
	{MXDP_POLICY_DUNNO, "action=PREPEND Received-SPF: fail"},
	{MXDP_POLICY_DEFER, "action=DEFER_IF_PERMIT 4.7.23 SPF: "},
	{MXDP_POLICY_REJECT, "action=REJECT 5.7.23 SPF: "},
};

START_TEST(a_thousand_failures_leave_the_address_alone)
{
	struct mxdp_verdict verdict;
	struct mxdp_prefix key;
	struct mxdp_case known;

	config.policy_service.spf_fail = settings[_i].spf_fail;
	for (unsigned int i = 0; i < MESSAGES; i++) {
		const char *answer = deliver(i);

		ck_assert_msg(!strncmp(answer, settings[_i].answer, strlen(settings[_i].answer)),
			      "message %u: %s", i, answer);
	}
	ck_assert_uint_eq(worse, 0);
	ck_assert_double_lt(highest, 0.01);
	ck_assert_int_eq(mxdp_verdict_match(&maps, &forwarder, &key, &verdict), 0);
	ck_assert_int_eq(verdict.action, MXDP_ACTION_PASS);
	ck_assert_int_eq(mxdp_screener_case(screener, &forwarder, &known), 0);
	ck_assert_int_eq(known.decision.action, MXDP_ACTION_PASS);
	for (size_t i = 0; i < known.evidence_count; i++)
		ck_assert_int_ne(known.evidence[i].class, MXDP_EVIDENCE_SPF);
	/* As many pieces as after the first message: reverse name, HELO, sender, trust. */
	ck_assert_uint_le(known.evidence_count, 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forwarder");
	TCase *tests = tcase_create("forwarder");

	if (geteuid()) {
		puts("1..0 # SKIP making kernel maps needs root");
		return 0;
	}
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, a_thousand_failures_leave_the_address_alone, 0,
			    sizeof(settings) / sizeof(settings[0]));
	return run_suite(suite);
}
