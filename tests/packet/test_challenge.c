/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The challenge, byte by byte: the SYN that comes in, the answer that goes out, the reset that
 * proves an address, and everything that does not.
 */
#include <bpf/bpf.h>
#include <check.h>
#include <string.h>

#include "client.h"
#include "flood.h"
#include "rings.h"

#define NUMBER_BITS CLIENT_NUMBER_BITS

static struct harness harness;

static void open_flood(void)
{
	harness_open(&harness, NULL);
	flood_begin(&harness, 1);
}

static void close_harness(void)
{
	harness_close(&harness);
}

static const char *client_of(const struct client_kind *kind)
{
	return kind->v6 ? "2001:db8::1" : "192.0.2.1";
}

static uint32_t epoch_now(void)
{
	return (uint32_t)(mxdp_boottime_ns() >> MXDP_EPOCH_SHIFT);
}

START_TEST(a_syn_becomes_the_challenge_and_is_not_written_down)
{
	struct client client = client_unspared(&harness, &client_kinds[_i]);
	struct client plain = client;
	uint32_t before = epoch_now();
	struct answer answer;

	/* Whatever the SYN offered: no options come back (client.c looks at every byte). */
	answer = client_send_to(&client, SYN, client.next, "", CLIENT_BARE_REPLY);
	ck_assert_str_eq(counter_name(answer.counter), "challenge_sent");
	ck_assert_uint_eq(answer.flags, SYN | ACK);
	ck_assert_str_eq(answer.text, "");
	ck_assert_uint_le(answer.frame, client.sent);
	answer.acknowledged &= NUMBER_BITS;
	ck_assert(answer.acknowledged == client_number(&plain, before) ||
		  answer.acknowledged == client_number(&plain, epoch_now()));
	flood_left_nothing(&harness);
}
END_TEST

/* RFC 9293 3.10.7.3: reset is what is behind ISS or beyond SND.NXT; behind is what firewalls pass.
 */
START_TEST(the_number_lies_behind_the_syns_own)
{
	static const uint32_t sequences[] = {0,          1,          0x7fffffff, 0x80000000,
					     0x80000001, 0xffffffff, 0x12345678, 0xabcdef01};
	struct client client = client_unspared(&harness, &client_kinds[_i]);
	const uint32_t number = client_number(&client, epoch_now());

	for (size_t i = 0; i < 2 * sizeof(sequences) / sizeof(sequences[0]); i++) {
		/* Around our number too: there the highest bit turns. */
		uint32_t sequence = i % 2 ? number + (i / 2) % 3 - 1 + (i > 8 ? 1U << 31 : 0)
					  : sequences[i / 2];
		struct answer answer =
			client_send_to(&client, SYN, sequence, "", CLIENT_BARE_REPLY);

		ck_assert_str_eq(counter_name(answer.counter), "challenge_sent");
		ck_assert_uint_le(sequence - answer.acknowledged, NUMBER_BITS);
	}
}
END_TEST

START_TEST(the_reset_proves_and_the_same_syn_is_judged)
{
	const struct client_kind *kind = &client_kinds[_i];
	struct client client = client_unspared(&harness, kind);
	struct answer answer = client_send_to(&client, SYN, client.next, "", CLIENT_BARE_REPLY);
	struct mxdp_event event;

	answer = client_send(&client, RST, answer.acknowledged, "");
	ck_assert_str_eq(counter_name(answer.counter), "challenge_proved");
	ck_assert(flood_proved(&harness, client_of(kind)));
	ck_assert(take_event(harness.maps.events, &event)); /* test_resets.c */

	answer = client_send(&client, SYN, client.next, "");
	ck_assert_str_eq(counter_name(answer.counter), "unknown_held_again");
	client.port++;
	answer = client_send(&client, SYN, client.next, "");
	ck_assert_str_eq(counter_name(answer.counter), "unknown_held_again");
	/* The same number again is no news, and goes no further either. */
	client.port--;
	answer = client_send(&client, RST, client_number(&client, epoch_now()), "");
	ck_assert_str_eq(counter_name(answer.counter), "challenge_proved");
	ck_assert(!take_event(harness.maps.events, &event));
}
END_TEST

START_TEST(no_other_reset_proves)
{
	const struct client_kind *kind = &client_kinds[_i];
	struct client client = client_unspared(&harness, kind), other = client;
	const uint32_t epoch = epoch_now(), number = client_number(&client, epoch);
	uint32_t stamp, wrong[8];

	for (uint32_t bit = 0; bit < 31; bit++)
		ck_assert_str_eq(
			counter_name(client_send(&client, RST, number ^ 1U << bit, "").counter),
			"established");
	wrong[0] = client_number(&client, epoch - 2);
	wrong[1] = client_number(&client, epoch + 2);
	wrong[2] = client_cookie(&client, epoch, &stamp); /* a dialogue's */
	wrong[3] = stamp;
	other.port++;
	wrong[4] = client_number(&other, epoch);
	other = client;
	other.from = kind->v6 ? "2001:db8::2" : "192.0.2.2";
	wrong[5] = client_number(&other, epoch);
	wrong[6] = client.next;
	wrong[7] = 0;
	for (size_t i = 0; i < 8; i++)
		ck_assert_str_eq(counter_name(client_send(&client, RST, wrong[i], "").counter),
				 "established");
	/* The right number in a segment that is no reset, or to a port of one's own users. */
	for (unsigned int flags = 0; flags < 2; flags++)
		client_send(&client, flags ? ACK : FIN | ACK, number, "");
	expect(&harness, established, .v6 = kind->v6, .from_port = client.port, .port = 587,
	       .flags = RST, .numbers = true, .sequence = number);
	flood_left_nothing(&harness);
}
END_TEST

START_TEST(a_number_of_the_epoch_before_still_proves)
{
	struct client client = client_unspared(&harness, &client_kinds[_i]);
	const uint32_t number = client_number(&client, epoch_now() - 1);

	/* Both values of the highest bit are the same number; a stack may add an ACK. */
	ck_assert_str_eq(counter_name(client_send(&client, RST | (_i % 2 ? ACK : 0),
						  number | ~NUMBER_BITS, "")
					      .counter),
			 "challenge_proved");
	ck_assert(flood_proved(&harness, client_of(&client_kinds[_i])));
}
END_TEST

/* A reset cut at every length: none but the whole header proves. */
START_TEST(a_truncated_reset_proves_nothing)
{
	static struct frame frame, cut;
	struct client client = client_unspared(&harness, &client_kinds[_i]);
	struct frame_spec spec = {
		.v6 = client.kind.v6,
		.from_port = client.port,
		.flags = RST,
		.numbers = true,
		.sequence = client_number(&client, epoch_now()),
	};

	build_frame(&spec, &frame);
	for (size_t length = 14; length < frame.length; length++)
		harness_run(&harness, frame.bytes, length);
	for (size_t end = frame.ip + (spec.v6 ? 40 : 20); end < frame.length; end++) {
		cut = frame;
		cut_packet(&cut, end);
		harness_run(&harness, cut.bytes, cut.length);
	}
	flood_left_nothing(&harness);
	harness_run(&harness, frame.bytes, frame.length);
	ck_assert(flood_proved(&harness, client_of(&client.kind)));
}
END_TEST

/* Sets when the client has proved its address, seconds ago; 0: never. */
static void set_proof(const struct client *client, uint64_t reset_ago, uint64_t handshake_ago)
{
	struct mxdp_client6 key6 = {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}, 128};
	struct mxdp_client4 key4 = {{192, 0, 2, 1}};
	struct mxdp_proof proof = {
		.reset_ns = reset_ago ? mxdp_boottime_ns() - reset_ago * SECOND : 0,
		.handshake_ns = handshake_ago ? mxdp_boottime_ns() - handshake_ago * SECOND : 0,
	};

	if (client->kind.v6)
		ck_assert_int_eq(bpf_map_update_elem(harness.maps.proofs6, &key6, &proof, 0), 0);
	else
		ck_assert_int_eq(bpf_map_update_elem(harness.maps.proofs4, &key4, &proof, 0), 0);
}

START_TEST(a_proof_grows_old)
{
	static const struct {
		uint64_t reset_ago, handshake_ago; /* seconds */
		bool proved;
	} cases[] = {
		{0, 0, false},   {1, 0, true},      {119, 0, true},   {121, 0, false},
		{0, 1, true},    {0, 3599, true},   {0, 3601, false}, {121, 3601, false},
		{1, 3601, true}, {121, 3599, true},
	};
	struct client client = client_unspared(&harness, &client_kinds[_i]);
	const struct mxdp_address parsed = address(client_of(&client.kind));

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer answer;

		set_proof(&client, cases[i].reset_ago, cases[i].handshake_ago);
		mxdp_pending_delete(&harness.maps, &parsed);
		answer = client_send_to(&client, SYN, client.next, "", CLIENT_BARE_REPLY);
		ck_assert_msg(answer.counter == (cases[i].proved ? MXDP_COUNT_unknown_held
								 : MXDP_COUNT_challenge_sent),
			      "case %zu: %s", i, counter_name(answer.counter));
	}
}
END_TEST

/* How many of a thousand connections are let through unchallenged. */
static unsigned int count_spared(struct client *client)
{
	unsigned int spared = 0;

	for (unsigned int i = 0; i < 1000; i++, client->port++) {
		struct answer answer =
			client_send_to(client, SYN, client->next, "", CLIENT_BARE_REPLY);

		if (answer.counter == MXDP_COUNT_challenge_spared)
			spared++;
		else
			ck_assert_str_eq(counter_name(answer.counter), "challenge_sent");
	}
	return spared;
}

/* The flood's height is over on this CPU, not the flood; on another one it was so long ago. */
static void end_height(struct client *client, int64_t ago)
{
	const uint64_t height_ns = mxdp_boottime_ns() - (uint64_t)ago;
	const __u32 zero = 0;

	client_send_to(client, SYN, client->next, "", CLIENT_BARE_REPLY);
	harness.settings.flood_enter = 1000000;
	harness_configure(&harness);
	ck_assert_int_eq(bpf_map_update_elem(bpf_map__fd(harness.skeleton->maps.flood_height),
					     &zero, &height_ns, BPF_ANY),
			 0);
}

/* Each connection in one second of five, each second one of five connections. */
START_TEST(a_fifth_is_spared)
{
	struct client client = client_new(&harness, &client_kinds[_i]);
	unsigned int spared;

	end_height(&client, (int64_t)SECOND);
	spared = count_spared(&client);
	ck_assert_uint_gt(spared, 140);
	ck_assert_uint_lt(spared, 260);
	flood_left_nothing(&harness);
}
END_TEST

START_TEST(nobody_is_spared_at_the_height)
{
	struct client client = client_new(&harness, &client_kinds[_i]);

	ck_assert_uint_eq(count_spared(&client), 0);
}
END_TEST

/* Of a moment in the future, so that it lasts for a thousand SYNs on a slow machine too. */
START_TEST(nor_at_the_height_on_another_cpu)
{
	struct client client = client_new(&harness, &client_kinds[_i]);

	end_height(&client, -30 * (int64_t)SECOND);
	ck_assert_uint_eq(count_spared(&client), 0);
}
END_TEST

START_TEST(where_no_reply_can_be_made_the_client_passes)
{
	struct client client = client_unspared(&harness, &client_kinds[_i]);

	harness.settings.reply_interfaces[0] = 4711;
	harness_configure(&harness);
	ck_assert_str_eq(counter_name(client_send(&client, SYN, client.next, "").counter),
			 "challenge_unanswered");
	flood_left_nothing(&harness);
}
END_TEST

START_TEST(observe_mode_sends_nothing)
{
	struct client client = client_unspared(&harness, &client_kinds[_i]);
	const struct frame_spec spec = {.v6 = client.kind.v6, .from_port = client.port};

	ck_assert_str_eq(counter_name(harness_observe(&harness, &spec)), "challenge_sent");
	flood_left_nothing(&harness);
}
END_TEST

START_TEST(challenges_keep_their_rate)
{
	struct client client = client_new(&harness, &client_kinds[_i]);
	unsigned int sent = 0, over = 0;

	harness.settings.challenges = (struct mxdp_rate){3600 * SECOND, 9 * 3600 * SECOND};
	harness_configure(&harness);
	for (unsigned int i = 0; i < 200; i++, client.port++) {
		struct answer answer =
			client_send_to(&client, SYN, client.next, "", CLIENT_BARE_REPLY);

		sent += answer.counter == MXDP_COUNT_challenge_sent;
		over += answer.counter == MXDP_COUNT_challenge_over;
	}
	/* Ten for each CPU that the test ran on. */
	ck_assert_uint_ge(sent, 10);
	ck_assert_int_le((int)sent, 10 * libbpf_num_possible_cpus());
	ck_assert_uint_gt(over, 0);
	flood_left_nothing(&harness);
}
END_TEST

START_TEST(known_clients_notice_nothing)
{
	const bool v6 = client_kinds[_i].v6;
	const struct mxdp_prefix protected[] = {prefix("192.0.2.3"), prefix("2001:db8::3")};

	harness_send(&harness, &(struct frame_spec){.v6 = v6, .from_port = 1});
	set_verdict(&harness, client_of(&client_kinds[_i]), MXDP_ACTION_PASS, 0);
	set_rule(&harness, v6 ? "2001:db8::2" : "192.0.2.2", MXDP_ACTION_PASS, 0);
	ck_assert_int_eq(mxdp_set_replace(&harness.maps, MXDP_SET_NEVER_BLOCK, protected, 2), 0);
	for (uint16_t port = 1000; port < 1020; port++) {
		expect(&harness, verdict_pass, .v6 = v6, .from_port = port);
		expect(&harness, rule_allow, .v6 = v6, .from_port = port,
		       .from = v6 ? "2001:db8::2" : "192.0.2.2");
		expect(&harness, never_block, .v6 = v6, .from_port = port,
		       .from = v6 ? "2001:db8::3" : "192.0.2.3");
		expect(&harness, established, .v6 = v6, .from_port = port, .flags = ACK);
		expect(&harness, submission_pass, .v6 = v6, .from_port = port, .port = 587);
	}
}
END_TEST

int main(void)
{
	const int kinds = (int)client_kind_count;
	Suite *suite = suite_create("challenge");
	TCase *tests = tcase_create("challenges");

	tcase_add_checked_fixture(tests, open_flood, close_harness);
	tcase_add_loop_test(tests, a_syn_becomes_the_challenge_and_is_not_written_down, 0, kinds);
	tcase_add_loop_test(tests, the_number_lies_behind_the_syns_own, 0, kinds);
	tcase_add_loop_test(tests, the_reset_proves_and_the_same_syn_is_judged, 0, kinds);
	tcase_add_loop_test(tests, no_other_reset_proves, 0, kinds);
	tcase_add_loop_test(tests, a_number_of_the_epoch_before_still_proves, 0, kinds);
	tcase_add_loop_test(tests, a_truncated_reset_proves_nothing, 0, kinds);
	tcase_add_loop_test(tests, a_proof_grows_old, 0, kinds);
	tcase_add_loop_test(tests, a_fifth_is_spared, 0, kinds);
	tcase_add_loop_test(tests, nobody_is_spared_at_the_height, 0, kinds);
	tcase_add_loop_test(tests, nor_at_the_height_on_another_cpu, 0, kinds);
	tcase_add_loop_test(tests, where_no_reply_can_be_made_the_client_passes, 0, kinds);
	tcase_add_loop_test(tests, observe_mode_sends_nothing, 0, kinds);
	tcase_add_loop_test(tests, challenges_keep_their_rate, 0, kinds);
	tcase_add_loop_test(tests, known_clients_notice_nothing, 0, kinds);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
