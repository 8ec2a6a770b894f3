/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A screener with its resolver over a scripted DNS server, and its verdicts in real kernel maps:
 * what the daemon does, without the daemon. Needs root for the maps.
 */
#ifndef MXDP_TEST_SCREENER_STAND_H
#define MXDP_TEST_SCREENER_STAND_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "dns_server.h"
#include "kernel_maps.h"
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

/* For an answer, on a busy machine too, and for one that never comes. */
#define PATIENCE_MS 10000
#define SILENCE_MS  500

/* Clients whose last octet is even are listed in bl.example; silent.example never answers. */
static inline void respond(void *context, const struct dns_request *request,
			   struct dns_reply *reply)
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

static inline void on_decision(void *context, const struct mxdp_case *decided)
{
	(void)context;
	decisions++;
	seen = *decided;
	seen_reason[0] = '\0';
	if (decided->evidence_count)
		strcpy(seen_reason, decided->evidence[0].reason);
}

static inline void use_zone(size_t index, const char *zone, double score)
{
	ck_assert_int_eq(mxdp_dnsbl_filter_parse("127.0.0.2", &replies[index].filter, NULL), 0);
	replies[index].score = score;
	zones[index] = (struct mxdp_dnsbl_zone){.zone = (char *)zone,
						.shown = (char *)zone,
						.reply_count = 1,
						.replies = &replies[index]};
	config.dnsbl_count = index + 1;
	config.dnsbls = zones;
	if (strcmp(zone, "silent.example") == 0)
		config.check_timeout_ms = SILENCE_MS;
}

static inline void set_up(void)
{
	make_verdicts(&maps, BURST + 100);
	make_pending(&maps, BURST + 100);
	make_proofs(&maps, BURST + 100);
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
		.check_timeout_ms = PATIENCE_MS,
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

static inline void tear_down(void)
{
	mxdp_screener_free(screener);
	mxdp_resolver_free(resolver);
	dns_server_free(server);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static inline struct mxdp_address client(const char *text)
{
	struct mxdp_address address;

	ck_assert_int_eq(mxdp_address_parse(text, &address), 0);
	return address;
}

static inline void run_until(unsigned int wanted)
{
	while (decisions < wanted)
		uv_run(&loop, UV_RUN_ONCE);
}

static inline int announce(const char *text)
{
	struct mxdp_address address = client(text);

	return mxdp_screener_announce(screener, &address);
}

/* The action that the packet path would find. */
static inline enum mxdp_action verdict_of(const char *text)
{
	struct mxdp_address address = client(text);
	struct mxdp_verdict verdict;
	struct mxdp_prefix key;

	if (mxdp_verdict_match(&maps, &address, &key, &verdict))
		return MXDP_ACTION_NONE;
	return verdict.action;
}

/* The end of main(). */
static inline int run_screener_suite(Suite *suite, TCase *tests)
{
	if (geteuid()) {
		puts("1..0 # SKIP making kernel maps needs root");
		return 0;
	}
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}

#endif
