/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an unknown client's event to the verdict in a real kernel map, over a scripted DNS server:
 * what the daemon does, without the daemon.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <check.h>
#include <bpf/bpf.h>

#include "dns_server.h"
#include "userspace/screener/screener.h"
#include "tests/suite.h"

#define BURST 10000

static uv_loop_t loop;
static struct dns_server *server;
static struct mxdp_resolver *resolver;
static struct mxdp_screener *screener;
static struct mxdp_dnsbl_reply replies[2];
static struct mxdp_dnsbl_zone zones[2];
static struct mxdp_config config;
static struct mxdp_maps maps;
static struct mxdp_case seen; /* the latest decision */
static char seen_reason[MXDP_EVIDENCE_REASON];
static unsigned int decisions;
static uint8_t text_record[512]; /* what bl.example says of whom it lists */
static size_t text_length;
static unsigned int reverse_questions;
static unsigned int last_reversed; /* the last octet of whose name was asked for last */

/* Clients whose last octet is even are listed in bl.example; silent.example never answers. */
static void respond(void *context, const struct dns_request *request, struct dns_reply *reply)
{
	unsigned int last = (unsigned int)strtoul(request->name, NULL, 10);

	(void)context;
	if (request->type == MXDP_DNS_PTR) {
		reverse_questions++;
		last_reversed = last;
	}
	if (strstr(request->name, "silent.example"))
		reply->silent = true;
	else if (request->type == MXDP_DNS_TXT)
		dns_reply_raw(reply, NULL, MXDP_DNS_TXT, 300, text_record, text_length);
	else if (last % 2 == 0)
		dns_reply_a(reply, NULL, 300, "127.0.0.2");
	else
		dns_reply_rcode(reply, DNS_NXDOMAIN);
}

static void on_decision(void *context, const struct mxdp_case *decided)
{
	(void)context;
	decisions++;
	seen = *decided;
	seen_reason[0] = '\0';
	if (decided->evidence_count)
		strcpy(seen_reason, decided->evidence[0].reason);
}

static int hash(const char *name, uint32_t key, uint32_t value)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, name, key, value, BURST + 100, NULL);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void use_zone(size_t index, const char *zone, double score)
{
	ck_assert_int_eq(mxdp_dnsbl_filter_parse("127.0.0.2", &replies[index].filter, NULL), 0);
	replies[index].score = score;
	zones[index] = (struct mxdp_dnsbl_zone){.zone = (char *)zone,
						.shown = (char *)zone,
						.reply_count = 1,
						.replies = &replies[index]};
	config.dnsbl_count = index + 1;
	config.dnsbls = zones;
}

static void set_up(void)
{
	maps.verdicts4 = hash("verdicts4", 4, sizeof(struct mxdp_verdict));
	maps.verdicts6 =
		hash("verdicts6", sizeof(struct mxdp_client6), sizeof(struct mxdp_verdict));
	maps.pending4 = hash("pending4", 4, sizeof(struct mxdp_pending));
	maps.pending6 = hash("pending6", sizeof(struct mxdp_client6), sizeof(struct mxdp_pending));
	config = (struct mxdp_config){
		.references = 1,
		.policy = {.threshold = 5,
			   .action = MXDP_ACTION_DROP,
			   .ttl_min = 60,
			   .ttl_max = 3600,
			   .refuse_ttl_max = 900,
			   .pass_ttl = 600,
			   .fail_open_ttl = 30},
		.told = {.cap = 5, .half_life = 3600},
		.check_timeout_ms = 500,
		.clients_max = BURST,
		.resolver = mxdp_resolver_defaults(),
	};
	use_zone(0, "bl.example", 5);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	server = dns_server_new(&loop, respond, NULL);
	config.resolver.servers = dns_server_address(server);
	ck_assert_int_eq(mxdp_resolver_new(&loop, &config.resolver, &resolver), 0);
	ck_assert_int_eq(mxdp_screener_new(&loop, resolver, &maps, &config, &screener), 0);
	mxdp_screener_on_decision(screener, on_decision, NULL);
	mxdp_log_open(MXDP_LOG_ERROR);
}

static void tear_down(void)
{
	mxdp_screener_free(screener);
	mxdp_resolver_free(resolver);
	dns_server_free(server);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static struct mxdp_address client(const char *text)
{
	struct mxdp_address address;

	ck_assert_int_eq(mxdp_address_parse(text, &address), 0);
	return address;
}

static void run_until(unsigned int wanted)
{
	while (decisions < wanted)
		uv_run(&loop, UV_RUN_ONCE);
}

static int announce(const char *text)
{
	struct mxdp_address address = client(text);

	return mxdp_screener_announce(screener, &address);
}

/* The action that the packet path would find. */
static enum mxdp_action verdict_of(const char *text)
{
	struct mxdp_address address = client(text);
	struct mxdp_verdict verdict;
	struct mxdp_prefix key;

	if (mxdp_verdict_match(&maps, &address, &key, &verdict))
		return MXDP_ACTION_NONE;
	return verdict.action;
}

START_TEST(a_listed_client_is_refused_and_a_clean_one_passes)
{
	struct mxdp_address listed = client("192.0.2.66");
	struct mxdp_pending pending = {.first_seen_ns = 1};
	__u32 pending_key = mxdp_address_v4(&listed);

	ck_assert_int_eq(bpf_map_update_elem(maps.pending4, &pending_key, &pending, 0), 0);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_DROP);
	ck_assert_int_ne(bpf_map_lookup_elem(maps.pending4, &pending_key, &pending), 0);
	ck_assert(strstr(seen_reason, "127.0.0.2"));

	ck_assert_int_eq(announce("192.0.2.67"), 0);
	run_until(2);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_PASS);
	ck_assert_int_eq(seen.decision.reason, MXDP_REASON_CLEAN);
}
END_TEST

START_TEST(a_client_announced_twice_is_checked_once)
{
	ck_assert_int_eq(announce("192.0.2.67"), 0);
	ck_assert_int_eq(announce("192.0.2.67"), -EALREADY);
	run_until(1);
	ck_assert_uint_eq(dns_server_questions(server, false), 1);
}
END_TEST

START_TEST(silence_passes_for_a_short_time)
{
	use_zone(0, "silent.example", 5);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_PASS);
	ck_assert_int_eq(seen.decision.reason, MXDP_REASON_FAIL_OPEN);
	ck_assert_int_le(seen.decision.expires - seen.decided_at, 30);
	ck_assert(strstr(seen_reason, "500 ms"));
}
END_TEST

START_TEST(a_certain_verdict_does_not_wait_for_the_rest)
{
	struct mxdp_screener_stats stats;

	use_zone(1, "silent.example", 2);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	mxdp_screener_stats(screener, &stats);
	ck_assert_uint_eq(stats.timed_out, 0);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_DROP);
}
END_TEST

/*
 * No question about the name of one whom a list condemns; the others are asked after. The question
 * waits some milliseconds for the list: a slow machine may need several clients to see that.
 */
START_TEST(a_certain_verdict_asks_no_more)
{
	unsigned int asked, last = 0;
	char text[32];

	config.rdns.missing = 2;
	do {
		last += 2;
		ck_assert_uint_lt(last, 100);
		asked = reverse_questions;
		snprintf(text, sizeof(text), "192.0.2.%u", last);
		announce(text);
		run_until(last / 2);
		ck_assert_int_eq(seen.decision.action, MXDP_ACTION_DROP);
	} while (seen.evidence_count > 1 || reverse_questions > asked);
	announce("192.0.2.3");
	run_until(last / 2 + 1);
	ck_assert_int_eq(seen.decision.action, MXDP_ACTION_PASS);
	while (last_reversed != 3) /* by now the other question would have been sent, too */
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_eq(reverse_questions, asked + 1);
}
END_TEST

/* Here the silent list could still acquit the client. */
START_TEST(an_uncertain_verdict_waits_for_the_rest)
{
	struct mxdp_screener_stats stats;

	use_zone(1, "silent.example", -4);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	mxdp_screener_stats(screener, &stats);
	ck_assert_uint_eq(stats.timed_out, 1);
}
END_TEST

/* The silent DNSWL might have spoken for the client: no 5xx, and the case says so. */
START_TEST(a_dnswl_that_times_out_makes_a_reject_a_tempfail)
{
	struct mxdp_address address = client("192.0.2.66");
	struct mxdp_case known;

	config.policy.action = MXDP_ACTION_REJECT;
	use_zone(1, "silent.example", -4);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_TEMPFAIL);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_uint_eq(known.evidence_count, 2);
	ck_assert_int_eq(known.evidence[1].class, MXDP_EVIDENCE_WELCOME);
	ck_assert_str_eq(known.evidence[1].source, "silent.example");
	ck_assert_ptr_nonnull(strstr(known.decision.text, "silent.example, which might"));
	ck_assert_int_le(known.decision.expires - known.decided_at, 30);
}
END_TEST

/* Early, for the DNSWL could not have outweighed the list; that it then fails changes nothing. */
START_TEST(an_early_reject_stays_one)
{
	struct mxdp_address address = client("192.0.2.66");
	struct mxdp_screener_stats stats;
	struct mxdp_case known;

	config.policy.action = MXDP_ACTION_REJECT;
	use_zone(0, "bl.example", 20);
	use_zone(1, "silent.example", -4);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_REJECT);
	do {
		uv_run(&loop, UV_RUN_ONCE);
		mxdp_screener_stats(screener, &stats);
	} while (stats.running > 0);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_REJECT);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_int_eq(known.decision.action, MXDP_ACTION_REJECT);
	ck_assert_uint_eq(known.evidence_count, 2);
}
END_TEST

/* The verdict comes at once; what `explain` shows is completed later. */
START_TEST(a_pass_that_nothing_can_change_does_not_wait)
{
	struct mxdp_address address = client("192.0.2.1");
	struct mxdp_screener_stats stats;
	struct mxdp_case known;

	use_zone(1, "silent.example", 2);
	ck_assert_int_eq(announce("192.0.2.1"), 0);
	run_until(1);
	mxdp_screener_stats(screener, &stats);
	ck_assert_uint_eq(stats.timed_out, 0);
	ck_assert_uint_eq(stats.running, 1);
	ck_assert_int_eq(verdict_of("192.0.2.1"), MXDP_ACTION_PASS);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_uint_eq(known.evidence_count, 1);
	do {
		uv_run(&loop, UV_RUN_ONCE);
		mxdp_screener_stats(screener, &stats);
	} while (stats.running > 0);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_uint_eq(known.evidence_count, 2);
	ck_assert_int_eq(known.decision.expires, seen.decision.expires);
	ck_assert_uint_eq(stats.decided, 1);
	ck_assert_uint_eq(decisions, 1);
}
END_TEST

START_TEST(a_full_queue_turns_clients_away)
{
	use_zone(0, "silent.example", 5);
	config.clients_max = 2;
	ck_assert(mxdp_screener_has_room(screener));
	ck_assert_int_eq(announce("192.0.2.1"), 0);
	ck_assert_int_eq(announce("192.0.2.2"), 0);
	ck_assert(!mxdp_screener_has_room(screener));
	ck_assert_int_eq(announce("192.0.2.3"), -EBUSY);
	run_until(2);
	ck_assert(mxdp_screener_has_room(screener));
}
END_TEST

START_TEST(a_burst_gets_every_verdict)
{
	struct mxdp_screener_stats stats;

	config.check_timeout_ms = 30000;
	for (unsigned int i = 0; i < BURST; i++) {
		struct mxdp_address address = mxdp_address_from_v4(htonl(0x0a000000 + i));

		ck_assert_int_eq(mxdp_screener_announce(screener, &address), 0);
	}
	run_until(BURST);
	mxdp_screener_stats(screener, &stats);
	ck_assert_uint_eq(stats.decided, BURST);
	ck_assert_uint_eq(stats.fail_open, 0);
	ck_assert_uint_eq(stats.not_stored, 0);
	ck_assert_int_eq(verdict_of("10.0.39.14"), MXDP_ACTION_DROP);
	ck_assert_int_eq(verdict_of("10.0.39.15"), MXDP_ACTION_PASS);
}
END_TEST

static void on_case(void *context, const struct mxdp_case *result)
{
	(void)result;
	++*(unsigned int *)context;
}

START_TEST(a_check_that_is_only_shown_writes_nothing)
{
	struct mxdp_address address = client("192.0.2.66");
	struct mxdp_case known;
	unsigned int called = 0;

	ck_assert_int_eq(mxdp_screener_check(screener, &address, false, on_case, &called), 0);
	ck_assert_uint_eq(called, 0);
	while (!called)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_NONE);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), -ENOENT);
	ck_assert_uint_eq(decisions, 0);
}
END_TEST

static const struct {
	const char *said, *shown;
} texts[] = {
	{"See https://bl.example/?192.0.2.66",
	 "listed: 127.0.0.2: \"See https://bl.example/?192.0.2.66\""},
	{"two\r\nlines \033[31m\xff", "listed: 127.0.0.2: \"two??lines ?[31m?\""},
	{"", "listed: 127.0.0.2"},
	{"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
	 "890123456789012345678901234567890123456789012345678901234567890123456789",
	 "listed: 127.0.0.2: \"01234567890123456789012345678901234567890123456789012345678901234567"
	 "89012345678901234567890123456789012345678901234567890123456789012345678901234567"
	 "89...\""},
};

/* The decision does not wait for the words: a few turns later they are in the case. */
START_TEST(the_words_of_a_list_come_after_the_decision)
{
	struct mxdp_address address = client("192.0.2.66");
	struct mxdp_case known;

	text_length = strlen(texts[_i].said) + 1;
	text_record[0] = (uint8_t)(text_length - 1);
	memcpy(text_record + 1, texts[_i].said, text_length - 1);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_str_eq(seen_reason, "listed: 127.0.0.2");
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_DROP);
	/* The listing and its words; zones that set no probe are asked nothing else. */
	while (dns_server_questions(server, false) < 2)
		uv_run(&loop, UV_RUN_ONCE);
	for (int turn = 0; turn < 10; turn++)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_uint_eq(known.evidence_count, 1);
	ck_assert_str_eq(known.evidence[0].reason, texts[_i].shown);
	ck_assert_double_eq(known.evidence[0].score, 5);
}
END_TEST

START_TEST(a_forgotten_client_is_unknown_again)
{
	struct mxdp_address address = client("192.0.2.66");
	struct mxdp_prefix prefix;
	struct mxdp_case known;

	ck_assert_int_eq(announce("192.0.2.66"), 0);
	ck_assert_int_eq(announce("198.51.100.2"), 0);
	run_until(2);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_int_eq(mxdp_prefix_parse("192.0.2.0/24", &prefix), 0);
	ck_assert_int_eq(mxdp_screener_forget(screener, &prefix), 1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_NONE);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), -ENOENT);
	ck_assert_int_eq(verdict_of("198.51.100.2"), MXDP_ACTION_DROP);
}
END_TEST

static int tell(const char *key, double score)
{
	struct mxdp_evidence evidence = {.class = MXDP_EVIDENCE_REPORT,
					 .state = MXDP_EVIDENCE_ANSWERED,
					 .score = score,
					 .expires = time(NULL) + 3600};

	ck_assert_int_eq(mxdp_prefix_parse(key, &evidence.key), 0);
	mxdp_evidence_set_source(&evidence, "fail2ban");
	return mxdp_screener_tell(screener, &evidence);
}

START_TEST(a_report_judges_the_client_anew_at_once)
{
	ck_assert_int_eq(announce("192.0.2.67"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_PASS);
	ck_assert_int_eq(tell("192.0.2.67", 3), 0);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_PASS);
	ck_assert_int_eq(tell("192.0.2.67", 3), 0);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(a_report_counts_when_the_client_is_checked_later)
{
	ck_assert_int_eq(tell("192.0.2.67", 3), 0);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_NONE);
	ck_assert_int_eq(announce("192.0.2.67"), 0);
	run_until(1);
	ck_assert_double_eq_tol(seen.decision.score, 3, 0.01);
}
END_TEST

/* SPF of a message: explain has it, the verdict and whoever follows decisions don't. */
START_TEST(what_is_only_shown_decides_nothing)
{
	struct mxdp_address address = client("192.0.2.67");
	struct mxdp_evidence evidence = {.class = MXDP_EVIDENCE_SPF,
					 .state = MXDP_EVIDENCE_ANSWERED,
					 .key = mxdp_prefix_host(&address),
					 .score = 50,
					 .expires = time(NULL) + 3600};
	struct mxdp_case known;
	unsigned int before;

	mxdp_evidence_set_source(&evidence, "spf");
	ck_assert_int_eq(mxdp_screener_show(screener, &evidence), 0);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_NONE);
	ck_assert_int_eq(announce("192.0.2.67"), 0);
	run_until(1);
	before = decisions;
	mxdp_evidence_set_reason(&evidence, "the second");
	ck_assert_int_eq(mxdp_screener_show(screener, &evidence), 0);
	ck_assert_uint_eq(decisions, before);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_PASS);
	ck_assert_int_eq(mxdp_screener_case(screener, &address, &known), 0);
	ck_assert_str_eq(known.evidence[0].reason, "the second");
	ck_assert_double_eq(known.evidence[0].score, 0);
	ck_assert_double_eq(known.decision.score, 0);
}
END_TEST

static void keep_score(void *context, const struct mxdp_case *result)
{
	*(double *)context = result->decision.score;
}

/* Stands for the ranges: 192.0.2.67 is a provider's. */
bool mxdp_exempt_match(const struct mxdp_exempt *exempt, const struct mxdp_address *address,
		       char text[MXDP_EXEMPT_TEXT])
{
	const struct mxdp_address provider = client("192.0.2.67");

	snprintf(text, MXDP_EXEMPT_TEXT, "gmail.example's SPF");
	return exempt && mxdp_address_equal(address, &provider);
}

START_TEST(heuristics_spare_an_exempt_client)
{
	struct mxdp_check_subject subject = {.client = client("192.0.2.67"),
					     .helo = "[198.51.100.9]"};
	double score = -1;
	struct mxdp_case known;

	config.helo.bad = 1;
	config.policy.heuristics_max = 4;
	mxdp_screener_set_exempt(screener, (const struct mxdp_exempt *)&loop);
	ck_assert_int_eq(announce("192.0.2.67"), 0);
	run_until(1);
	ck_assert_int_eq(mxdp_screener_ask(screener, &subject, keep_score, &score), 0);
	while (score < 0)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_double_eq(score, 0);
	ck_assert_int_eq(mxdp_screener_case(screener, &subject.client, &known), 0);
	ck_assert_ptr_nonnull(strstr(known.decision.text, "exempt: gmail.example's SPF"));
	ck_assert_ptr_nonnull(strstr(known.decision.text, "heuristics (1) weigh nothing"));

	/* A reload without the domain: the next judgement is as for everybody. */
	mxdp_screener_set_exempt(screener, NULL);
	ck_assert_int_eq(tell("192.0.2.67", 4), 0);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(a_helo_said_twice_counts_once)
{
	struct mxdp_check_subject subject = {.client = client("192.0.2.67"),
					     .helo = "[198.51.100.9]"};

	config.helo.bad = 1;
	config.policy.heuristics_max = 4;
	for (int i = 0; i < 3; i++) {
		double score = -1;

		ck_assert_int_eq(mxdp_screener_ask(screener, &subject, keep_score, &score), 0);
		while (score < 0)
			uv_run(&loop, UV_RUN_ONCE);
		ck_assert_double_eq_tol(score, 1, 0.01);
	}
}
END_TEST

START_TEST(a_question_about_a_message_leaves_the_address_alone)
{
	struct mxdp_check_subject subject = {.client = client("192.0.2.66"),
					     .helo = "mail.example.org",
					     .sender = "a@example.org"};
	unsigned int called = 0;

	ck_assert_int_eq(mxdp_screener_ask(screener, &subject, on_case, &called), 0);
	ck_assert_uint_eq(called, 0);
	while (!called)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(a_restored_case_gives_way_to_a_verdict_that_is_there)
{
	struct mxdp_case known = {
		.client = client("192.0.2.67"),
		.decided = true,
		.decided_at = time(NULL) - 10,
		.decision.action = MXDP_ACTION_DROP,
		.decision.reason = MXDP_REASON_REPORT,
		.decision.expires = time(NULL) + 60,
	};
	struct mxdp_case kept;

	known.decision.key = mxdp_prefix_host(&known.client);
	mxdp_screener_restore(screener, &known);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_DROP);
	ck_assert_int_eq(mxdp_screener_case(screener, &known.client, &kept), 0);
	ck_assert_int_eq(kept.decision.reason, MXDP_REASON_REPORT);
	known.decision.action = MXDP_ACTION_PASS;
	mxdp_screener_restore(screener, &known);
	ck_assert_int_eq(verdict_of("192.0.2.67"), MXDP_ACTION_DROP);
}
END_TEST

START_TEST(without_checks_everybody_passes)
{
	config.dnsbl_count = 0;
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	run_until(1);
	ck_assert_int_eq(verdict_of("192.0.2.66"), MXDP_ACTION_PASS);
}
END_TEST

START_TEST(it_can_be_freed_with_checks_under_way)
{
	use_zone(0, "silent.example", 5);
	ck_assert_int_eq(announce("192.0.2.66"), 0);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(decisions, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_listed_client_is_refused_and_a_clean_one_passes,
		a_client_announced_twice_is_checked_once,
		silence_passes_for_a_short_time,
		a_certain_verdict_does_not_wait_for_the_rest,
		a_certain_verdict_asks_no_more,
		an_uncertain_verdict_waits_for_the_rest,
		a_dnswl_that_times_out_makes_a_reject_a_tempfail,
		an_early_reject_stays_one,
		a_pass_that_nothing_can_change_does_not_wait,
		a_full_queue_turns_clients_away,
		a_burst_gets_every_verdict,
		a_check_that_is_only_shown_writes_nothing,
		a_forgotten_client_is_unknown_again,
		a_report_judges_the_client_anew_at_once,
		a_report_counts_when_the_client_is_checked_later,
		what_is_only_shown_decides_nothing,
		heuristics_spare_an_exempt_client,
		a_helo_said_twice_counts_once,
		a_question_about_a_message_leaves_the_address_alone,
		a_restored_case_gives_way_to_a_verdict_that_is_there,
		without_checks_everybody_passes,
		it_can_be_freed_with_checks_under_way,
	};
	Suite *suite = suite_create("screener");
	TCase *cases = tcase_create("screener");

	if (geteuid()) {
		puts("1..0 # SKIP making kernel maps needs root");
		return 0;
	}
	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(cases, tests[i]);
	tcase_add_loop_test(cases, the_words_of_a_list_come_after_the_decision, 0,
			    sizeof(texts) / sizeof(texts[0]));
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
