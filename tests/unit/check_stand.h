/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one check needs to be run: a loop, a resolver that asks a stand-in's DNS, a configuration;
 * and what the check added. There is one stand a test.
 */
#ifndef MXDP_TEST_CHECK_STAND_H
#define MXDP_TEST_CHECK_STAND_H

#include <check.h>
#include <string.h>

#include "dns_server.h"
#include "userspace/checks/check.h"
#include "userspace/checks/dnsbl/zones.h"
#include "userspace/config/config.h"

#define STAND_EVIDENCE_MAX 8

struct check_stand {
	uv_loop_t loop;
	struct dns_server *server;
	struct mxdp_resolver *resolver; /* tries once, for 100 ms */
	struct mxdp_zones *zones;       /* NULL unless the test makes them */
	struct mxdp_config config;      /* all 0 */
	struct mxdp_evidence evidence[STAND_EVIDENCE_MAX];
	size_t evidence_count;
	unsigned int done; /* how often the check said so */
};

static struct check_stand stand;

static inline void stand_up(dns_responder responder)
{
	struct mxdp_resolver_settings settings = mxdp_resolver_defaults();

	memset(&stand, 0, sizeof(stand));
	uv_loop_init(&stand.loop);
	stand.server = dns_server_new(&stand.loop, responder, NULL);
	settings.servers = dns_server_address(stand.server);
	settings.timeout_ms = 100;
	settings.tries = 1;
	ck_assert_int_eq(mxdp_resolver_new(&stand.loop, &settings, &stand.resolver), 0);
}

static inline void stand_down(void)
{
	mxdp_zones_free(stand.zones);
	mxdp_resolver_free(stand.resolver);
	dns_server_free(stand.server);
	uv_run(&stand.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&stand.loop), 0);
}

static void on_add(void *context, const struct mxdp_evidence *added)
{
	(void)context;
	ck_assert_uint_eq(stand.done, 0);
	ck_assert_uint_lt(stand.evidence_count, STAND_EVIDENCE_MAX);
	stand.evidence[stand.evidence_count++] = *added;
}

static void on_done(void *context)
{
	(void)context;
	stand.done++;
}

/* Starts a check for a client that calls itself, and its sender, `text`; NULL is unknown. */
static inline struct mxdp_check_run *stand_start(const struct mxdp_check *check, const char *client,
						 const char *text)
{
	static struct mxdp_check_world world;
	static struct mxdp_check_subject subject;
	static const struct mxdp_check_sink sink = {.add = on_add, .done = on_done};

	world = (struct mxdp_check_world){
		.resolver = stand.resolver, .config = &stand.config, .zones = stand.zones};
	subject = (struct mxdp_check_subject){.helo = text, .sender = text};
	ck_assert_int_eq(mxdp_address_parse(client, &subject.client), 0);
	return check->start(&world, &subject, &sink);
}

/* The same, until it is done: it must not be so at once. */
static inline void stand_run(const struct mxdp_check *check, const char *client, const char *text)
{
	ck_assert_ptr_nonnull(stand_start(check, client, text));
	ck_assert_uint_eq(stand.evidence_count + stand.done, 0);
	while (stand.done == 0)
		uv_run(&stand.loop, UV_RUN_ONCE);
}

#endif
