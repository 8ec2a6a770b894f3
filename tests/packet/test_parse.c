/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the packet path reads out of a frame: the table says what becomes of each. An allow rule
 * over everything makes an accepted connection attempt visible as rule_allow.
 */
#include <check.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "harness.h"

#define Q  ETH_P_8021Q
#define AD ETH_P_8021AD

#define COUNTED(name) MXDP_COUNT_##name

static const struct {
	const char *description;
	struct frame_spec frame;
	enum mxdp_counter counter;
} table[] = {
	/* Ethernet */
	{"SYN to port 25", {}, COUNTED(rule_allow)},
	{"SYN to port 25, padded", {.padding = 6}, COUNTED(rule_allow)},
	{"one 802.1Q tag", {.tags = {Q}}, COUNTED(rule_allow)},
	{"one 802.1ad tag", {.tags = {AD}}, COUNTED(rule_allow)},
	{"two tags", {.tags = {AD, Q}}, COUNTED(rule_allow)},
	{"two 802.1Q tags", {.tags = {Q, Q}}, COUNTED(rule_allow)},
	{"three tags", {.tags = {AD, Q, Q}}, COUNTED(vlan_too_deep)},
	{"ARP", {.ethertype = ETH_P_ARP}, COUNTED(other)},
	{"802.3 length instead of a type", {.ethertype = 60}, COUNTED(other)},
	{"tagged ARP", {.tags = {Q}, .ethertype = ETH_P_ARP}, COUNTED(other)},

	/* IPv4 */
	{"UDP", {.protocol = IPPROTO_UDP}, COUNTED(other)},
	{"ICMP", {.protocol = IPPROTO_ICMP}, COUNTED(other)},
	{"IPv4 options", {.ip_options = 4}, COUNTED(rule_allow)},
	{"longest IPv4 header", {.ip_options = 40}, COUNTED(rule_allow)},
	{"longest IPv4 header, tagged", {.tags = {Q}, .ip_options = 40}, COUNTED(rule_allow)},
	{"IPv4 says version 5", {.version = 5}, COUNTED(ipv4_malformed)},
	{"IPv6 ethertype over IPv4", {.ethertype = ETH_P_IPV6}, COUNTED(ipv6_malformed)},
	{"IPv4 header of 16 bytes", {.header_words = 4}, COUNTED(ipv4_malformed)},
	{"total length less than its header", {.ip_length = 19}, COUNTED(ipv4_malformed)},
	{"total length 0", {.ip_length_zero = true}, COUNTED(ipv4_malformed)},
	{"header longer than the packet",
	 {.header_words = 15, .payload = 4},
	 COUNTED(ipv4_malformed)},
	{"total length more than the frame", {.ip_length = 200}, COUNTED(ipv4_truncated)},
	{"TCP header in the padding", {.ip_length = 28, .padding = 6}, COUNTED(tcp_truncated)},
	{"no TCP bytes", {.tcp_bytes = NOTHING, .padding = 40}, COUNTED(tcp_truncated)},

	/* IPv4 fragments */
	{"do not fragment", {.fragment = 0x4000}, COUNTED(rule_allow)},
	{"first fragment with SYN",
	 {.fragment = MORE_FRAGMENTS, .payload = 8},
	 COUNTED(fragment_first)},
	{"first fragment, data",
	 {.fragment = MORE_FRAGMENTS, .flags = ACK, .payload = 8},
	 COUNTED(established)},
	{"first fragment to another port",
	 {.fragment = MORE_FRAGMENTS, .port = 80},
	 COUNTED(other)},
	{"first fragment of 16 bytes",
	 {.fragment = MORE_FRAGMENTS, .flags = ACK, .tcp_bytes = 16},
	 COUNTED(fragment_first)},
	{"first fragment of 8 bytes",
	 {.fragment = MORE_FRAGMENTS, .tcp_bytes = 8},
	 COUNTED(fragment_first)},
	{"first fragment of 8 bytes to another port",
	 {.fragment = MORE_FRAGMENTS, .port = 80, .tcp_bytes = 8},
	 COUNTED(other)},
	{"first fragment without ports",
	 {.fragment = MORE_FRAGMENTS, .tcp_bytes = 2},
	 COUNTED(fragment_first)},
	{"first fragment cut in the TCP options",
	 {.fragment = MORE_FRAGMENTS, .flags = ACK, .tcp_options = 12, .tcp_bytes = 24},
	 COUNTED(fragment_first)},
	{"fragment at offset 1", {.fragment = 1}, COUNTED(fragment_overlap)},
	{"fragment at offset 1, not the last",
	 {.fragment = MORE_FRAGMENTS | 1},
	 COUNTED(fragment_overlap)},
	{"UDP fragment at offset 1", {.fragment = 1, .protocol = IPPROTO_UDP}, COUNTED(other)},
	{"later fragment", {.fragment = 185}, COUNTED(fragment_later)},
	{"later fragment, not the last", {.fragment = MORE_FRAGMENTS | 2}, COUNTED(fragment_later)},

	/* IPv6 */
	{"IPv6 SYN", {.v6 = true}, COUNTED(rule_allow)},
	{"IPv6 SYN, padded", {.v6 = true, .padding = 8}, COUNTED(rule_allow)},
	{"IPv6 behind two tags", {.v6 = true, .tags = {AD, Q}}, COUNTED(rule_allow)},
	{"IPv6 UDP", {.v6 = true, .protocol = IPPROTO_UDP}, COUNTED(other)},
	{"IPv6 no next header", {.v6 = true, .protocol = IPPROTO_NONE}, COUNTED(other)},
	{"IPv6 says version 4", {.v6 = true, .version = 4}, COUNTED(ipv6_malformed)},
	{"IPv4 ethertype over IPv6", {.v6 = true, .ethertype = ETH_P_IP}, COUNTED(ipv4_malformed)},
	{"payload length 0", {.v6 = true, .ip_length_zero = true}, COUNTED(ipv6_malformed)},
	{"payload length more than the frame",
	 {.v6 = true, .ip_length = 200},
	 COUNTED(ipv6_truncated)},
	{"IPv6, TCP header in the padding",
	 {.v6 = true, .ip_length = 13, .padding = 6},
	 COUNTED(tcp_truncated)},
	{"hop-by-hop", {.v6 = true, .extensions = "h"}, COUNTED(rule_allow)},
	{"payload length 0 behind hop-by-hop: Linux takes the whole frame",
	 {.v6 = true, .extensions = "h", .ip_length_zero = true},
	 COUNTED(rule_allow)},
	{"payload length 0 before destination options",
	 {.v6 = true, .extensions = "d", .ip_length_zero = true},
	 COUNTED(ipv6_malformed)},
	{"routing", {.v6 = true, .extensions = "r"}, COUNTED(rule_allow)},
	{"destination options", {.v6 = true, .extensions = "d"}, COUNTED(rule_allow)},
	{"authentication header", {.v6 = true, .extensions = "a"}, COUNTED(rule_allow)},
	{"mobility, HIP, Shim6", {.v6 = true, .extensions = "mis"}, COUNTED(rule_allow)},
	{"every kind, in order", {.v6 = true, .extensions = "hdrwad"}, COUNTED(rule_allow)},
	{"every kind, tagged",
	 {.v6 = true, .tags = {Q}, .extensions = "hdrwad"},
	 COUNTED(rule_allow)},
	{"eight headers", {.v6 = true, .extensions = "hddddddd"}, COUNTED(rule_allow)},
	{"nine headers", {.v6 = true, .extensions = "hdddddddd"}, COUNTED(ipv6_too_many_headers)},
	{"a header of 2048 bytes", {.v6 = true, .extensions = "D"}, COUNTED(rule_allow)},
	{"extension, then UDP",
	 {.v6 = true, .extensions = "d", .protocol = IPPROTO_UDP},
	 COUNTED(other)},
	{"extension longer than the packet",
	 {.v6 = true, .extensions = "X"},
	 COUNTED(ipv6_malformed)},
	{"headers beyond the first buffer",
	 {.v6 = true, .extensions = "DD"},
	 COUNTED(headers_split)},
	{"data beyond the first buffer",
	 {.v6 = true, .flags = ACK, .payload = 6000},
	 COUNTED(established)},

	/* IPv6 fragments */
	{"a fragment header around a whole packet",
	 {.v6 = true, .extensions = "w"},
	 COUNTED(rule_allow)},
	{"IPv6 first fragment with SYN",
	 {.v6 = true, .extensions = "f", .payload = 8},
	 COUNTED(fragment_first)},
	{"IPv6 first fragment, data",
	 {.v6 = true, .extensions = "f", .flags = ACK, .payload = 8},
	 COUNTED(established)},
	{"IPv6 first fragment to another port",
	 {.v6 = true, .extensions = "f", .port = 80, .payload = 8},
	 COUNTED(other)},
	{"IPv6 first fragment of 8 bytes of TCP",
	 {.v6 = true, .extensions = "f", .tcp_bytes = 8},
	 COUNTED(fragment_first)},
	{"IPv6 first fragment without TCP",
	 {.v6 = true, .extensions = "fd", .tcp_bytes = NOTHING},
	 COUNTED(fragment_first)},
	{"IPv6 first fragment cut in an extension",
	 {.v6 = true, .extensions = "fX"},
	 COUNTED(fragment_first)},
	{"IPv6 later fragment", {.v6 = true, .extensions = "l"}, COUNTED(fragment_later)},
	{"IPv6 later fragment behind options",
	 {.v6 = true, .extensions = "hl"},
	 COUNTED(fragment_later)},
	{"first fragment inside a whole one",
	 {.v6 = true, .extensions = "wf", .payload = 8},
	 COUNTED(fragment_first)},

	/* TCP */
	{"SYN to another port", {.port = 80}, COUNTED(other)},
	{"IPv6 SYN to another port", {.v6 = true, .port = 80}, COUNTED(other)},
	{"SYN from port 25", {.from_port = 25, .port = 40000}, COUNTED(other)},
	{"SYN to the last protected port", {.port = 2525}, COUNTED(rule_allow)},
	{"TCP options", {.tcp_options = 20}, COUNTED(rule_allow)},
	{"longest TCP header", {.tcp_options = 40}, COUNTED(rule_allow)},
	{"longest headers of IPv4 and TCP",
	 {.ip_options = 40, .tcp_options = 40},
	 COUNTED(rule_allow)},
	{"SYN with data", {.payload = 100}, COUNTED(rule_allow)},
	{"SYN with PSH", {.flags = SYN | PSH}, COUNTED(rule_allow)},
	{"ACK", {.flags = ACK}, COUNTED(established)},
	{"IPv6 ACK", {.v6 = true, .flags = ACK}, COUNTED(established)},
	{"SYN and ACK", {.flags = SYN | ACK}, COUNTED(established)},
	{"data", {.flags = PSH | ACK, .payload = 100}, COUNTED(established)},
	{"FIN", {.flags = FIN | ACK}, COUNTED(established)},
	{"RST", {.flags = RST}, COUNTED(established)},
	{"no flags at all", {.flags = NO_FLAGS}, COUNTED(established)},
	{"SYN and FIN", {.flags = SYN | FIN}, COUNTED(tcp_flags)},
	{"SYN and RST", {.flags = SYN | RST}, COUNTED(tcp_flags)},
	{"IPv6 SYN and FIN", {.v6 = true, .flags = SYN | FIN}, COUNTED(tcp_flags)},
	{"TCP header of 16 bytes", {.tcp_words = 4}, COUNTED(tcp_malformed)},
	{"TCP header longer than the packet", {.tcp_words = 6}, COUNTED(tcp_truncated)},
	{"TCP header cut", {.tcp_bytes = 19}, COUNTED(tcp_truncated)},
	{"TCP header cut, another port", {.port = 80, .tcp_bytes = 19}, COUNTED(other)},
	{"TCP header cut before the ports", {.tcp_bytes = 3}, COUNTED(tcp_truncated)},
};

static struct harness harness;

static void open_harness(void)
{
	harness_open(&harness, NULL);
	harness.settings.ports[2] = (struct mxdp_port){htons(2525), MXDP_PORT_MX};
	harness_configure(&harness);
	set_rule(&harness, "0.0.0.0/0", MXDP_ACTION_PASS, 0);
	set_rule(&harness, "::/0", MXDP_ACTION_PASS, 0);
}

static void close_harness(void)
{
	harness_close(&harness);
}

START_TEST(frames_of_the_table)
{
	struct outcome outcome = harness_send(&harness, &table[_i].frame);

	ck_assert_msg(outcome.counter == table[_i].counter, "%s: counted as %s instead of %s",
		      table[_i].description, counter_name(outcome.counter),
		      counter_name(table[_i].counter));
	ck_assert_msg(outcome.verdict == counter_verdict(table[_i].counter), "%s: returned %d",
		      table[_i].description, outcome.verdict);
}
END_TEST

/* The short way (bpf/short_way.h) reads plain frames alone: a tag sends these the long one. */
START_TEST(a_tag_makes_no_difference)
{
	struct frame_spec tagged = table[_i].frame;
	enum mxdp_counter counter;

	if (tagged.tags[1])
		return; /* one more may be too many */
	tagged.tags[tagged.tags[0] ? 1 : 0] = Q;
	counter = harness_send(&harness, &tagged).counter;
	ck_assert_msg(counter == table[_i].counter, "%s: with a tag %s instead of %s",
		      table[_i].description, counter_name(counter),
		      counter_name(table[_i].counter));
}
END_TEST

/* TEST_RUN takes no frame shorter than its Ethernet header. */
START_TEST(no_truncated_frame_is_a_connection_attempt)
{
	struct frame frame;

	build_frame(&table[_i].frame, &frame);
	if (table[_i].frame.ip_length_zero) /* these have no length of their own to be short of */
		return;
	for (size_t length = ETH_HLEN; length < frame.ip_end; length++) {
		struct outcome outcome = harness_run(&harness, frame.bytes, length);

		ck_assert_msg(outcome.counter != MXDP_COUNT_rule_allow,
			      "%s, cut to %zu of %zu bytes: accepted", table[_i].description,
			      length, frame.length);
	}
}
END_TEST

/* The IP packet ends early, and says so: only a whole TCP header may count as an attempt. */
START_TEST(no_shortened_packet_is_a_connection_attempt_without_its_tcp_header)
{
	const struct frame_spec *spec = &table[_i].frame;
	size_t header_end, first;
	struct frame frame;

	build_frame(spec, &frame);
	header_end = frame.ip_end - spec->payload;
	first = frame.ip + (frame.v6 ? 40 : 20 + spec->ip_options);
	for (size_t end = first; end < header_end; end++) {
		struct outcome outcome;

		build_frame(spec, &frame);
		cut_packet(&frame, end);
		outcome = harness_run(&harness, frame.bytes, frame.length);
		ck_assert_msg(outcome.counter != MXDP_COUNT_rule_allow,
			      "%s, packet of %zu bytes: accepted", table[_i].description, end);
	}
}
END_TEST

START_TEST(an_unconfigured_program_passes_everything)
{
	harness.settings.abi_version = 0;
	harness_configure(&harness);
	expect(&harness, no_settings, .port = 25);
	expect(&harness, no_settings, .fragment = 1);
	expect(&harness, no_settings, .v6 = true, .flags = SYN | FIN);
}
END_TEST

START_TEST(another_abi_passes_everything)
{
	harness.settings.abi_version = MXDP_ABI_VERSION + 1;
	harness_configure(&harness);
	expect(&harness, no_settings, .flags = SYN | FIN);
}
END_TEST

START_TEST(only_listed_destinations_are_protected)
{
	struct mxdp_prefix listed[] = {prefix("198.51.100.0/24"), prefix("2001:db8:25::/48")};

	harness.settings.filter_destinations = 1;
	harness_configure(&harness);
	expect(&harness, other, .to = "198.51.100.25");
	expect(&harness, other, .v6 = true);
	expect(&harness, other, .flags = SYN | FIN);
	expect(&harness, other, .fragment = 1);
	expect(&harness, other, .fragment = MORE_FRAGMENTS, .payload = 8);
	expect(&harness, other, .v6 = true, .extensions = "hdddddddd");

	ck_assert_int_eq(mxdp_set_replace(&harness.maps, MXDP_SET_DESTINATIONS, listed, 2), 0);
	expect(&harness, rule_allow, .to = "198.51.100.25");
	expect(&harness, rule_allow, .v6 = true);
	expect(&harness, tcp_flags, .flags = SYN | FIN);
	expect(&harness, fragment_overlap, .fragment = 1);
	expect(&harness, fragment_first, .fragment = MORE_FRAGMENTS, .payload = 8);
	expect(&harness, ipv6_too_many_headers, .v6 = true, .extensions = "hdddddddd");
	expect(&harness, other, .to = "198.51.101.25");
	expect(&harness, other, .v6 = true, .to = "2001:db8:26::25");
}
END_TEST

START_TEST(observe_mode_drops_nothing_and_counts_it)
{
	struct outcome outcome;

	harness.settings.mode = MXDP_MODE_OBSERVE;
	harness_configure(&harness);
	outcome = expect(&harness, tcp_flags, .flags = SYN | FIN);
	ck_assert_uint_eq(outcome.all.observed, 1);
	outcome = expect(&harness, fragment_overlap, .fragment = 1);
	ck_assert_uint_eq(outcome.all.observed, 1);
	outcome = expect(&harness, established, .flags = ACK);
	ck_assert_uint_eq(outcome.all.observed, 0);
}
END_TEST

int main(void)
{
	const int frames = sizeof(table) / sizeof(table[0]);
	Suite *suite = suite_create("parse");
	TCase *tests = tcase_create("frames"), *modes = tcase_create("modes");

	tcase_add_unchecked_fixture(tests, open_harness, close_harness); /* one for all frames */
	tcase_add_loop_test(tests, frames_of_the_table, 0, frames);
	tcase_add_loop_test(tests, a_tag_makes_no_difference, 0, frames);
	tcase_add_loop_test(tests, no_truncated_frame_is_a_connection_attempt, 0, frames);
	tcase_add_loop_test(tests,
			    no_shortened_packet_is_a_connection_attempt_without_its_tcp_header, 0,
			    frames);
	suite_add_tcase(suite, tests);

	tcase_add_checked_fixture(modes, open_harness, close_harness);
	tcase_add_test(modes, an_unconfigured_program_passes_everything);
	tcase_add_test(modes, another_abi_passes_everything);
	tcase_add_test(modes, only_listed_destinations_are_protected);
	tcase_add_test(modes, observe_mode_drops_nothing_and_counts_it);
	suite_add_tcase(suite, modes);
	return harness_run_suite(suite, NULL);
}
