/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose commands are read: clients that have answered the server's own SYN-ACK, and nobody who
 * only guesses. What the return path notes, and that it leaves all packets alone.
 */
#include <check.h>
#include <string.h>
#include <arpa/inet.h>

#include "wire_stand.h"

static struct flow new_flow(int kind)
{
	return flow_new(&harness, return_path, &flow_kinds[kind]);
}

static enum mxdp_connection_state state_of(const struct flow *flow)
{
	struct mxdp_connection known;

	return flow_known(flow, &known) ? known.state : MXDP_CONNECTION_NONE;
}

static uint64_t opened(void)
{
	struct mxdp_counters counters;

	ck_assert_int_eq(mxdp_counters_read(&harness.maps, &counters), 0);
	return counters.wire_opened;
}

START_TEST(a_record_says_whose_line_it_is)
{
	struct flow flow = new_flow(_i);
	struct mxdp_address client = address(flow.kind.v6 ? "2001:db8::1" : "192.0.2.1");
	struct mxdp_address server = address(flow.kind.v6 ? "2001:db8:25::25" : "198.51.100.25");
	uint64_t now = mxdp_boottime_ns();

	flow_open(&flow, true);
	ck_assert_uint_eq(flow.counted.wire_proved, 1);
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
	ck_assert_uint_eq(latest_line.kind, MXDP_UTTERANCE_HELO);
	ck_assert_uint_eq(latest_line.proved, 1);
	ck_assert_mem_eq(latest_line.client, client.bytes, 16);
	ck_assert_mem_eq(latest_line.destination, server.bytes, 16);
	ck_assert_uint_eq(ntohs(latest_line.client_port), flow.port);
	ck_assert_uint_eq(ntohs(latest_line.port), 25);
	ck_assert_uint_eq(latest_line.connection, flow.kind.server_start + 1);
	ck_assert_uint_ge(latest_line.time_ns, now);
}
END_TEST

/* The handshake's ACK was lost on the way to us, or came with the first command. */
START_TEST(the_first_data_prove_as_well_as_a_bare_ack)
{
	struct flow flow = new_flow(_i);

	flow_open(&flow, false);
	flow_says(&flow, HELO);
	ck_assert_uint_eq(flow.counted.wire_proved, 1);
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
}
END_TEST

/* Wrong by little, by much, and by what the client knows itself. */
START_TEST(a_wrong_ack_never_proves)
{
	static const uint32_t wrong[] = {1, 2, 0xffffffff, 0xfffffffe, 64, 0x80000000, 0x10000};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct flow flow = new_flow(_i);
		uint32_t right = flow.heard;

		flow_open(&flow, false);
		flow.heard = right + wrong[i];
		flow_send(&flow, ACK, flow.next, "", 0);
		ck_assert_uint_eq(flow.counted.wire_unproved, 1);
		ck_assert_int_eq(state_of(&flow), MXDP_CONNECTION_UNPROVED);
		flow_says(&flow, HELO);
		/* Nor does the right one that comes then: there is one try. */
		flow.heard = right;
		flow_send(&flow, ACK, flow.next, "", 0);
		flow_says(&flow, HELO);
		ck_assert_uint_eq(flow.counted.wire_proved, 0);
		ck_assert_str_eq(take_lines(&harness, lines), "helo? " HELO "helo? " HELO);
	}
}
END_TEST

START_TEST(blind_segments_prove_nothing)
{
	struct flow flow = new_flow(_i);

	flow_send(&flow, SYN, flow.kind.client_start, "", 0);
	flow_send(&flow, ACK, flow.next, "", 0);
	flow_says(&flow, HELO);
	ck_assert_int_eq(state_of(&flow), MXDP_CONNECTION_NONE);
	ck_assert_uint_eq(flow.counted.wire_proved + flow.counted.proofs, 0);
	ck_assert_str_eq(take_lines(&harness, lines), "helo? " HELO);
}
END_TEST

/* Segments of a proved connection that its server cannot have been answered by. */
START_TEST(acknowledging_what_was_never_said)
{
	struct flow flow = new_flow(_i);
	uint32_t start = flow.heard;

	flow_open(&flow, true);
	flow.heard = start + MXDP_WIRE_WINDOW;
	flow_send(&flow, ACK, flow.next, HELO, strlen(HELO));
	flow.heard = start - 1;
	flow_send(&flow, ACK, flow.next, HELO, strlen(HELO));
	ck_assert_uint_eq(flow.counted.wire_gaps, 2);
	ck_assert_str_eq(take_lines(&harness, lines), "");
	flow.heard = start + 200;
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
}
END_TEST

START_TEST(a_syn_ack_again_changes_nothing_a_new_one_begins_anew)
{
	struct flow flow = new_flow(_i);

	flow_open(&flow, true);
	flow_says(&flow, "EHLO cli");
	flow_answer(&flow, flow.kind.server_start, flow.kind.client_start + 1);
	flow_says(&flow, "ent.example.org\r\n");
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
	flow_says(&flow, "EHLO half");
	flow_answer(&flow, flow.kind.server_start + 5000, flow.next + 3);
	ck_assert_int_eq(state_of(&flow), MXDP_CONNECTION_OPENING);
	flow.next += 3;
	flow.heard = flow.kind.server_start + 5001;
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
}
END_TEST

/* TCP Fast Open: what the server took of the SYN's data, nobody has read (RFC 7413). */
START_TEST(data_of_a_syn)
{
	static const char data[] = HELO "DATA\r\n";
	struct flow flow = new_flow(_i);

	flow_send(&flow, SYN, flow.kind.client_start, data, strlen(data));
	ck_assert_int_eq(state_of(&flow), MXDP_CONNECTION_SYN_DATA);
	flow_answer(&flow, flow.kind.server_start, flow.next + (uint32_t)strlen(data));
	flow.next += (uint32_t)strlen(data);
	flow_says(&flow, "MAIL FROM:<in@the.message>\r\n");
	ck_assert_int_eq(state_of(&flow), MXDP_CONNECTION_OVER);
	ck_assert_str_eq(take_lines(&harness, lines), "");

	flow = new_flow(_i);
	flow_send(&flow, SYN, flow.kind.client_start, data, strlen(data));
	flow_answer(&flow, flow.kind.server_start, flow.next);
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
}
END_TEST

START_TEST(flags_that_end_or_disturb_the_reading)
{
	static const unsigned int skipped[] = {ACK | RST, ACK | URG, SYN | ACK, PSH, FIN};
	struct flow flow = new_flow(_i);

	flow_open(&flow, true);
	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++)
		flow_send(&flow, skipped[i], flow.next, HELO, strlen(HELO));
	ck_assert_str_eq(take_lines(&harness, lines), "");
	flow_send(&flow, ACK | FIN | PSH, flow.next, HELO, strlen(HELO));
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
}
END_TEST

START_TEST(switched_off)
{
	struct flow flow = new_flow(_i);

	harness.settings.wire_evidence = 0;
	harness_configure(&harness);
	flow_open(&flow, true);
	flow_says(&flow, HELO);
	ck_assert_int_eq(state_of(&flow), MXDP_CONNECTION_NONE);
	ck_assert_str_eq(take_lines(&harness, lines), "");
}
END_TEST

START_TEST(observe_mode_reads_too)
{
	struct flow flow = new_flow(_i);

	harness.settings.mode = MXDP_MODE_OBSERVE;
	harness_configure(&harness);
	flow_open(&flow, true);
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
}
END_TEST

/* A denied client's segments that are cut are not read. */
START_TEST(cut_segments_are_not_read)
{
	struct flow flow = new_flow(0);

	flow_open(&flow, true);
	harness.settings.cut_established = 1;
	harness_configure(&harness);
	flow_says(&flow, HELO);
	ck_assert_str_eq(take_lines(&harness, lines), "helo " HELO);
	set_rule(&harness, "192.0.2.1", MXDP_ACTION_DROP, 0);
	expect(&harness, established_cut, .from_port = flow.port, .flags = ACK, .numbers = true,
	       .sequence = flow.next, .acknowledged = flow.heard, .data = HELO,
	       .payload = strlen(HELO));
	ck_assert_str_eq(take_lines(&harness, lines), "");
}
END_TEST

/* What leaves that is no SYN-ACK of a protected port. */
static const struct frame_spec others[] = {
	{.flags = SYN, .from_port = 25},
	{.flags = ACK, .from_port = 25},
	{.flags = SYN | ACK | RST, .from_port = 25},
	{.flags = SYN | ACK, .from_port = 587},
	{.flags = SYN | ACK, .from_port = 80, .port = 25},
	{.flags = SYN | ACK, .from_port = 25, .fragment = MORE_FRAGMENTS},
	{.flags = SYN | ACK, .from_port = 25, .fragment = 8},
	{.flags = SYN | ACK, .from_port = 25, .protocol = 17},
	{.flags = SYN | ACK, .from_port = 25, .ethertype = 0x0806},
	{.flags = SYN | ACK, .from_port = 25, .tags = {0x8100, 0x88a8, 0x8100}},
	{.flags = SYN | ACK, .from_port = 25, .tcp_bytes = 19},
	{.flags = SYN | ACK, .from_port = 25, .tcp_bytes = 4},
	{.flags = SYN | ACK, .from_port = 25, .v6 = true, .extensions = "h"},
	{.flags = SYN | ACK, .from_port = 25, .v6 = true, .tcp_bytes = 13},
};

START_TEST(the_return_path_leaves_all_packets_alone)
{
	static struct frame frame;
	const uint64_t before = opened();
	const struct frame_spec answer = {
		.flags = SYN | ACK, .from_port = 25, .tags = {0x88a8, 0x8100}, .padding = 9};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		build_frame(&others[i], &frame);
		return_path_run(return_path, &frame);
		ck_assert_msg(opened() == before, "case %zu was noted", i);
	}
	build_frame(&answer, &frame);
	for (size_t cut = frame.length; cut > 14; cut--) {
		frame.length = cut;
		return_path_run(return_path, &frame);
	}
	ck_assert_uint_eq(opened(), before + 1);
}
END_TEST

static void add_tests(TCase *tests, int kinds)
{
	tcase_add_loop_test(tests, a_record_says_whose_line_it_is, 0, kinds);
	tcase_add_loop_test(tests, the_first_data_prove_as_well_as_a_bare_ack, 0, kinds);
	tcase_add_loop_test(tests, a_wrong_ack_never_proves, 0, kinds);
	tcase_add_loop_test(tests, blind_segments_prove_nothing, 0, kinds);
	tcase_add_loop_test(tests, acknowledging_what_was_never_said, 0, kinds);
	tcase_add_loop_test(tests, a_syn_ack_again_changes_nothing_a_new_one_begins_anew, 0, kinds);
	tcase_add_loop_test(tests, data_of_a_syn, 0, kinds);
	tcase_add_loop_test(tests, flags_that_end_or_disturb_the_reading, 0, kinds);
	tcase_add_loop_test(tests, switched_off, 0, kinds);
	tcase_add_loop_test(tests, observe_mode_reads_too, 0, kinds);
	tcase_add_test(tests, cut_segments_are_not_read);
	tcase_add_test(tests, the_return_path_leaves_all_packets_alone);
}

int main(void)
{
	Suite *suite = suite_create("wire proof");
	TCase *tests = tcase_create("proof");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_harness, close_harness);
	add_tests(tests, (int)flow_kind_count);
	suite_add_tcase(suite, tests);
	return harness_run_suite(suite, NULL);
}
