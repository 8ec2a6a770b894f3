/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connection attempts of unknown clients, all from the first CPU, and what becomes of each. */
#ifndef MXDP_TEST_ATTEMPTS_H
#define MXDP_TEST_ATTEMPTS_H

#include "client.h"

#define V4 (&client_kinds[0])
#define V6 (&client_kinds[6])

static struct harness harness;

/* A CPU is in a flood by itself, so the tests stay on the first. */
static inline void open_harness(void)
{
	ck_assert_int_eq(move_to_cpu(0), 0);
	harness_open(&harness, NULL);
	harness_replies(&harness);
}

static inline void close_harness(void)
{
	harness_close(&harness);
}

/* A SYN of this client from a port that is not spared. */
static inline enum mxdp_counter attempt(const struct client_kind *kind, const char *from)
{
	struct client client = client_new(&harness, kind);

	client.from = from;
	client_choose_port(&client);
	return client_send_to(&client, SYN, client.next, "", CLIENT_BARE_REPLY).counter;
}

static inline void expect_attempt(const struct client_kind *kind, const char *from,
				  enum mxdp_counter expected, int line)
{
	enum mxdp_counter counter = attempt(kind, from);

	ck_assert_msg(counter == expected, "line %d: %s: %s instead of %s", line, from,
		      counter_name(counter), counter_name(expected));
}

#define held(kind, from)       expect_attempt(kind, from, MXDP_COUNT_unknown_held, __LINE__)
#define held_again(kind, from) expect_attempt(kind, from, MXDP_COUNT_unknown_held_again, __LINE__)
#define challenged(kind, from) expect_attempt(kind, from, MXDP_COUNT_challenge_sent, __LINE__)

#endif
