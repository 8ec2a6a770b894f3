/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A resolver over a scripted DNS server: a name's first label says what the server does with it.
 */
#ifndef MXDP_TEST_RESOLVER_STAND_H
#define MXDP_TEST_RESOLVER_STAND_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "maps/address.h"
#include "userspace/resolver/resolver.h"
#include "dns_server.h"
#include "tests/suite.h"

#define RUNNING ((enum mxdp_dns_status) - 1)

static uv_loop_t loop;
static struct dns_server *server;
static struct mxdp_resolver *resolver;
static struct mxdp_resolver_settings settings;

/* What became of one query. */
struct result {
	struct mxdp_query *query;
	enum mxdp_dns_status status;
	uint32_t ttl;
	size_t count;
	char first[64]; /* the first record as text */
	unsigned int calls;
};

static unsigned int results_wanted;

static inline void respond_cname(struct dns_reply *reply)
{
	dns_reply_name(reply, NULL, DNS_TYPE_CNAME, 90, "target.example");
	dns_reply_a(reply, "stranger.example", 5, "192.0.2.66");
	dns_reply_a(reply, "TARGET.example", 300, "192.0.2.7");
}

static inline void respond_txt(struct dns_reply *reply)
{
	dns_reply_raw(reply, NULL, MXDP_DNS_TXT, 300, "\3one\0\5 t\0wo", 11);
}

/* What the server does, by the first label of the name. */
static inline void respond(void *context, const struct dns_request *request,
			   struct dns_reply *reply)
{
	const char *name = request->name;

	(void)context;
	if (!strncmp(name, "a.", 2) || !strncmp(name, "burst", 5)) {
		dns_reply_a(reply, NULL, 300, "192.0.2.1");
	} else if (!strncmp(name, "two.", 4)) {
		dns_reply_a(reply, NULL, 300, "192.0.2.1");
		dns_reply_a(reply, NULL, 200, "192.0.2.2");
	} else if (!strncmp(name, "brief.", 6)) {
		dns_reply_a(reply, NULL, 0, "192.0.2.3");
	} else if (!strncmp(name, "long.", 5)) {
		dns_reply_a(reply, NULL, 1000000, "192.0.2.4");
	} else if (!strncmp(name, "nxdomain.", 9)) {
		dns_reply_rcode(reply, DNS_NXDOMAIN);
		dns_reply_soa(reply, 900, 120);
	} else if (!strncmp(name, "nodata.", 7)) {
		dns_reply_soa(reply, 110, 900);
	} else if (!strncmp(name, "servfail.", 9)) {
		dns_reply_rcode(reply, DNS_SERVFAIL);
	} else if (!strncmp(name, "refused.", 8)) {
		dns_reply_rcode(reply, DNS_REFUSED);
	} else if (!strncmp(name, "silent.", 7)) {
		reply->silent = true;
	} else if (!strncmp(name, "truncated.", 10)) {
		if (request->tcp)
			for (int i = 0; i < 100; i++)
				dns_reply_a(reply, NULL, 300, "192.0.2.9");
		else
			dns_reply_set_truncated(reply);
	} else if (!strncmp(name, "wrong-id.", 9)) {
		dns_reply_a(reply, NULL, 300, "192.0.2.1");
		reply->bytes[0] ^= 0xff;
	} else if (!strncmp(name, "malformed.", 10)) {
		dns_reply_raw(reply, NULL, MXDP_DNS_A, 300, "\1\2\3", 3);
	} else if (!strncmp(name, "cut", 3)) {
		dns_reply_a(reply, NULL, 300, "192.0.2.1");
		reply->cut = strtoul(name + 3, NULL, 10);
	} else if (!strncmp(name, "cname.", 6)) {
		respond_cname(reply);
	} else if (!strncmp(name, "text.", 5)) {
		respond_txt(reply);
	} else if (!strncmp(name, "1.2.0.192.", 10)) {
		dns_reply_name(reply, NULL, MXDP_DNS_PTR, 300, "one.example");
		dns_reply_name(reply, NULL, MXDP_DNS_PTR, 300, "two.example");
	} else if (!strncmp(name, "mx.", 3)) {
		dns_reply_raw(reply, NULL, MXDP_DNS_MX, 300, "\0\12\4mail\7example\0", 16);
	} else {
		dns_reply_rcode(reply, DNS_NXDOMAIN);
	}
}

static inline void describe(const struct mxdp_dns_answer *answer, char text[64])
{
	const struct mxdp_dns_record *record = answer->records;

	if (answer->count == 0)
		return;
	switch (answer->type) {
	case MXDP_DNS_A:
		inet_ntop(AF_INET, &record->a, text, 64);
		break;
	case MXDP_DNS_AAAA:
		inet_ntop(AF_INET6, &record->aaaa, text, 64);
		break;
	case MXDP_DNS_PTR:
		snprintf(text, 64, "%s", record->name);
		break;
	case MXDP_DNS_MX:
		snprintf(text, 64, "%u %s", record->mx.preference, record->mx.name);
		break;
	case MXDP_DNS_TXT:
		snprintf(text, 64, "%zu %s", record->txt.length, record->txt.bytes);
		break;
	}
}

static inline void on_done(void *context, const struct mxdp_dns_answer *answer)
{
	struct result *result = context;

	result->query = NULL;
	result->status = answer->status;
	result->ttl = answer->ttl;
	result->count = answer->count;
	describe(answer, result->first);
	result->calls++;
	results_wanted--;
}

static inline void ask(struct result *result, const char *name, enum mxdp_dns_type type)
{
	*result = (struct result){.status = RUNNING};
	results_wanted++;
	result->query = mxdp_resolver_query(resolver, name, type, on_done, result);
	ck_assert_ptr_nonnull(result->query);
}

static inline void wait_for_results(void)
{
	while (results_wanted > 0)
		uv_run(&loop, UV_RUN_ONCE);
}

static inline struct result resolve(const char *name, enum mxdp_dns_type type)
{
	struct result result;

	ask(&result, name, type);
	ck_assert_uint_eq(result.calls, 0); /* never from inside the call */
	wait_for_results();
	return result;
}

static inline void open_resolver(void)
{
	ck_assert_int_eq(mxdp_resolver_new(&loop, &settings, &resolver), 0);
}

static inline void setup(void)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	server = dns_server_new(&loop, respond, NULL);
	settings = mxdp_resolver_defaults();
	settings.servers = dns_server_address(server);
	settings.timeout_ms = 100;
	settings.tries = 2;
	results_wanted = 0;
	resolver = NULL;
}

/* Everything must be closed and freed: no handle may keep the loop alive. */
static inline void teardown(void)
{
	mxdp_resolver_free(resolver);
	dns_server_free(server);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

/* The end of main(). */
static inline int run_resolver_suite(Suite *suite, TCase *tests)
{
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 120);
	return run_suite(suite);
}

#endif
