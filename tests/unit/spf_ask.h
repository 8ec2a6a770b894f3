/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A loop, a zone in memory and one question: what the tests of SPF evaluations share. */
#ifndef MXDP_TEST_SPF_ASK_H
#define MXDP_TEST_SPF_ASK_H

#include <check.h>

#include "spf_zone.h"
#include "userspace/checks/spf/spf.h"

static uv_loop_t loop;
static struct spf_zone *zone;

static void setup(void)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	zone = spf_zone_new(&loop);
}

static void teardown(void)
{
	spf_zone_free(zone);
	ck_assert_int_eq(uv_loop_close(&loop), 0); /* no handle was left open */
}

static void on_done(void *context, const struct mxdp_spf_result *result)
{
	*(struct mxdp_spf_result *)context = *result;
	uv_stop(&loop);
}

static struct mxdp_spf_result evaluate(const char *client, const char *helo, const char *sender)
{
	const struct mxdp_spf_lookup lookup = spf_zone_lookup(zone);
	struct mxdp_spf_question question = {.helo = helo,
					     .sender = sender,
					     .receiver = "mx.example.org",
					     .default_explanation = "DEFAULT"};
	struct mxdp_spf_result result = {.code = (enum mxdp_spf_code)99};

	ck_assert_int_eq(mxdp_address_parse(client, &question.client), 0);
	ck_assert_ptr_nonnull(mxdp_spf_start(&loop, &lookup, &question, on_done, &result));
	ck_assert_int_eq(result.code, 99); /* never from inside start */
	uv_run(&loop, UV_RUN_DEFAULT);
	return result;
}

#endif
