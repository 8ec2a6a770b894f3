/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who counts as having proved its address: what writes the maps proofs4/6, and what never does. */
#include <check.h>
#include <errno.h>

#include "client.h"

static struct harness harness;

static void open_harness(void)
{
	harness_open(&harness, NULL);
	harness_replies(&harness);
}

static void close_harness(void)
{
	harness_close(&harness);
}

static bool is_proved(const char *client)
{
	struct mxdp_address parsed = address(client);
	uint64_t now_ns = mxdp_boottime_ns();
	struct mxdp_proof proof;
	int error = mxdp_proof_get(&harness.maps, &parsed, &proof);

	ck_assert(!error || error == -ENOENT);
	if (!error) {
		ck_assert_uint_eq(proof.reset_ns, 0);
		ck_assert(proof.handshake_ns && proof.handshake_ns <= now_ns &&
			  now_ns - proof.handshake_ns < SECOND);
	}
	return !error;
}

static const char *client_of(const struct client_kind *kind)
{
	return kind->v6 ? "2001:db8::1" : "192.0.2.1";
}

START_TEST(the_handshake_of_a_dialogue_proves)
{
	const struct client_kind *kind = &client_kinds[_i];
	struct client client = client_new(&harness, kind);
	struct answer answer;

	set_verdict(&harness, client_of(kind), MXDP_ACTION_REJECT, 0);
	answer = client_send(&client, SYN, client.next, "");
	ck_assert_str_eq(counter_name(answer.counter), "reply_syn_ack");
	ck_assert(!is_proved(client_of(kind)));

	client.heard = answer.sequence + 1;
	answer = client_send(&client, ACK, client.next + 1, "");
	ck_assert_str_eq(counter_name(answer.counter), "reply_turn");
	ck_assert(is_proved(client_of(kind)));
	ck_assert(!is_proved(kind->v6 ? "192.0.2.1" : "2001:db8::1"));
}
END_TEST

/* Segments of nobody we have spoken with; with an offset that a dialogue could have, too. */
START_TEST(what_only_looks_like_a_dialogue_does_not)
{
	const struct client_kind *kind = &client_kinds[_i];
	struct client client = client_new(&harness, kind);
	uint32_t cookie;

	set_verdict(&harness, client_of(kind), MXDP_ACTION_REJECT, 0);
	cookie = client_send(&client, SYN, client.next, "").sequence;
	for (uint32_t bit = 0; bit < 32; bit++) {
		client.heard = (cookie ^ 1U << bit) + 1;
		client_send(&client, ACK, client.next + 1, "");
		client_send(&client, ACK | PSH, client.next + 1, "EHLO a\r\n");
	}
	ck_assert(!is_proved(client_of(kind)));
}
END_TEST

START_TEST(no_connection_attempt_does)
{
	static const enum mxdp_action actions[] = {
		MXDP_ACTION_NONE,   MXDP_ACTION_PASS,     MXDP_ACTION_LIMIT,  MXDP_ACTION_GREYLIST,
		MXDP_ACTION_REJECT, MXDP_ACTION_TEMPFAIL, MXDP_ACTION_TARPIT, MXDP_ACTION_DROP,
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		for (int v6 = 0; v6 < 2; v6++) {
			const char *client = v6 ? "2001:db8::1" : "192.0.2.1";

			set_verdict(&harness, client, actions[i], 0);
			for (int again = 0; again < 3; again++)
				harness_send(&harness, &(struct frame_spec){.v6 = v6});
			harness_send(&harness, &(struct frame_spec){.v6 = v6, .flags = ACK});
			harness_send(&harness, &(struct frame_spec){.v6 = v6, .flags = RST});
			ck_assert(!is_proved(client));
		}
}
END_TEST

int main(void)
{
	const int kinds = (int)client_kind_count;
	Suite *suite = suite_create("proof");
	TCase *tests = tcase_create("proofs of an address");

	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_loop_test(tests, the_handshake_of_a_dialogue_proves, 0, kinds);
	tcase_add_loop_test(tests, what_only_looks_like_a_dialogue_does_not, 0, kinds);
	tcase_add_test(tests, no_connection_attempt_does);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
