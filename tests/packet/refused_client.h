/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A harness whose clients of each family are refused, by a verdict, and one such client's dialogue.
 */
#ifndef MXDP_TEST_REFUSED_CLIENT_H
#define MXDP_TEST_REFUSED_CLIENT_H

#include "client.h"

#define CLIENT4  "192.0.2.1"
#define NETWORK6 "2001:db8::/64"
#define REFUSAL  (MXDP_REPLIES_END + MXDP_REFUSAL_AT(MXDP_REPLY_AT_DIALOGUE))

static struct harness harness;

static inline void refuse(enum mxdp_action action)
{
	set_verdict(&harness, CLIENT4, action, 0);
	set_verdict(&harness, NETWORK6, action, 0);
}

static inline void open_harness(void)
{
	harness_open(&harness, NULL);
	harness_replies(&harness);
	refuse(MXDP_ACTION_REJECT);
}

static inline void close_harness(void)
{
	harness_close(&harness);
}

static inline struct client open_client(int kind)
{
	struct client client = client_new(&harness, &client_kinds[kind]);

	client_open(&client);
	return client;
}

#define expect_count(answer, name) ck_assert_str_eq(counter_name((answer).counter), #name)

#endif
