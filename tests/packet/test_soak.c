/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A long mixture of packets, sane and mangled, from known clients, refused ones, unknown ones and
 * floods: at the end the counters add up to the packet, and so do the program's return codes.
 * SOAK_PACKETS says how many (100,000).
 */
#include <bpf/bpf.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define PACKETS_DEFAULT 100000
#define CLIENTS         64

static struct harness harness;
static uint64_t random_state = 0x9e3779b97f4a7c15ULL;

static void open_harness(void)
{
	static const enum mxdp_action actions[] = {
		MXDP_ACTION_PASS,   MXDP_ACTION_LIMIT,  MXDP_ACTION_GREYLIST, MXDP_ACTION_TEMPFAIL,
		MXDP_ACTION_REJECT, MXDP_ACTION_TARPIT, MXDP_ACTION_DROP,
	};
	char text[64];

	harness_open(&harness, NULL);
	harness.settings.flood_enter = 200;
	harness.settings.flood_leave = 100;
	harness.settings.flood_calm_ns = SECOND;
	harness.settings.attempts[MXDP_SCOPE_CLIENT] = (struct mxdp_rate){SECOND, 10 * SECOND};
	harness.settings.known[MXDP_SCOPE_CLIENT] = (struct mxdp_rate){SECOND, 10 * SECOND};
	harness_replies(&harness);
	/* Half of the clients are known, for better or worse. */
	for (unsigned int i = 0; i < CLIENTS / 2; i++) {
		snprintf(text, sizeof(text), "192.0.2.%u", i);
		set_verdict(&harness, text, actions[i % 7], 0);
		snprintf(text, sizeof(text), "2001:db8::%x", i);
		set_verdict(&harness, text, actions[i % 7], 0);
	}
	set_rule(&harness, "192.0.2.5", MXDP_ACTION_DROP, 0);
	set_rule(&harness, "2001:db8::6", MXDP_ACTION_PASS, 0);
}

static void close_harness(void)
{
	harness_close(&harness);
}

/* xorshift64*: the same packets each time. */
static uint32_t below(uint32_t end)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1dULL) >> 32) % end;
}

/* Any client, any kind of packet; one in four is then mangled or cut. */
static void make_packet(struct frame *frame)
{
	static const uint16_t flags[] = {SYN,       SYN,       SYN,       ACK,       ACK | PSH,
					 FIN | ACK, RST,       RST | ACK, SYN | ACK, SYN | FIN,
					 NO_FLAGS,  SYN | PSH, ACK};
	static const uint16_t ports[] = {25, 25, 25, 25, 587, 80};
	static const char *const extensions[] = {NULL, NULL, NULL, "h", "hd", "w", "f", "l", "X"};
	char from[64];
	struct frame_spec spec = {
		.v6 = below(3) == 0,
		.from = from,
		.flags = flags[below(13)],
		.port = ports[below(6)],
		.from_port = (uint16_t)(1024 + below(60000)),
		.numbers = true,
		.sequence = below(UINT32_MAX),
		.acknowledged = below(UINT32_MAX),
		.payload = below(4) ? 0 : below(600),
		.tcp_options = 4 * below(10),
		.padding = below(8) ? 0 : below(20),
		.tags = {below(10) ? 0 : 0x8100},
	};

	if (spec.v6)
		spec.extensions = extensions[below(9)];
	else if (!below(20))
		spec.fragment = (uint16_t)(below(3) | (below(2) ? MORE_FRAGMENTS : 0));
	snprintf(from, sizeof(from), spec.v6 ? "2001:db8::%x" : "192.0.2.%u", below(CLIENTS));
	build_frame(&spec, frame);
	if (!below(8))
		frame->bytes[12 + below((uint32_t)frame->length - 12)] ^= (uint8_t)(1 + below(255));
	if (!below(8))
		frame->length = 14 + below((uint32_t)frame->length - 13);
}

static unsigned long packets_to_send(void)
{
	const char *text = getenv("SOAK_PACKETS");
	unsigned long packets = text ? strtoul(text, NULL, 10) : 0;

	return packets ? packets : PACKETS_DEFAULT;
}

START_TEST(every_packet_is_counted_once)
{
	static struct frame frame, reply;
	const unsigned long packets = packets_to_send();
	uint64_t returned[XDP_REDIRECT + 1] = {0}, counted[XDP_REDIRECT + 1] = {0};
	struct mxdp_counters counters;
	const __u64 *fields = (const __u64 *)&counters;
	uint64_t total = 0;

	for (unsigned long i = 0; i < packets; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.bytes,
			    .data_out = reply.bytes, .data_size_out = sizeof(reply.bytes));

		make_packet(&frame);
		options.data_size_in = (uint32_t)frame.length;
		ck_assert_int_eq(bpf_prog_test_run_opts(
					 bpf_program__fd(harness.skeleton->progs.mxdp), &options),
				 0);
		ck_assert_uint_le(options.retval, XDP_REDIRECT);
		returned[options.retval]++;
	}
	ck_assert_int_eq(mxdp_counters_read(&harness.maps, &counters), 0);
	for (unsigned int i = 0; i < MXDP_OUTCOMES_END; i++) {
		total += fields[i];
		counted[counter_verdict(i)] += fields[i];
	}
	ck_assert_uint_eq(total, packets);
	ck_assert_mem_eq(counted, returned, sizeof(counted));
	ck_assert_uint_eq(returned[XDP_ABORTED], 0);
	/* The mixture is one: nothing of what matters is missing. */
	ck_assert(counters.challenge_sent && counters.unknown_held && counters.reply_syn_ack &&
		  counters.verdict_pass && counters.known_challenged && counters.verdict_drop &&
		  counters.rule_deny && counters.established && counters.limit_pass &&
		  counters.fragment_first);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("soak");
	TCase *tests = tcase_create("soak");

	tcase_set_timeout(tests, 0);
	tcase_add_checked_fixture(tests, open_harness, close_harness);
	tcase_add_test(tests, every_packet_is_counted_once);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
