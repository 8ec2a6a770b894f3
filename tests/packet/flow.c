/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow.h"

#include <arpa/inet.h>
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <linux/pkt_cls.h>

#define CLIENT4 "192.0.2.1"
#define CLIENT6 "2001:db8::1"
#define SERVER4 "198.51.100.25"
#define SERVER6 "2001:db8:25::25"

struct mxdp_wire_line latest_line;

const struct flow_kind flow_kinds[] = {
	{.name = "IPv4", .client_start = 0x10000000, .server_start = 0x20000000},
	{.name = "IPv4, timestamps, tagged",
	 .tcp_options = 12,
	 .tagged = true,
	 .client_start = 7,
	 .server_start = 9},
	{.name = "IPv4, numbers that wrap", .client_start = 0xfffffff0, .server_start = 0xffffffff},
	{.name = "IPv6", .v6 = true, .client_start = 0xfffffffe, .server_start = 0x7fffffff},
	{.name = "IPv6 with extension headers",
	 .v6 = true,
	 .extensions = "hdw",
	 .tcp_options = 20,
	 .client_start = 0x7ffffffe,
	 .server_start = 0},
};
const size_t flow_kind_count = sizeof(flow_kinds) / sizeof(flow_kinds[0]);

static void share(struct bpf_map *map, int fd)
{
	ck_assert_int_eq(bpf_map__reuse_fd(map, fd), 0);
}

struct return_path_bpf *return_path_open(const struct harness *harness)
{
	struct return_path_bpf *skeleton = return_path_bpf__open();

	ck_assert_ptr_nonnull(skeleton);
	share(skeleton->maps.settings, harness->maps.settings);
	share(skeleton->maps.counters, harness->maps.counters);
	share(skeleton->maps.connections, harness->maps.connections);
	ck_assert_int_eq(return_path_bpf__load(skeleton), 0);
	return skeleton;
}

struct return_path_bpf *flow_harness_open(struct harness *harness)
{
	harness_open(harness, NULL);
	harness->settings.wire_evidence = 1;
	harness_configure(harness);
	set_rule(harness, "0.0.0.0/0", MXDP_ACTION_PASS, 0);
	set_rule(harness, "::/0", MXDP_ACTION_PASS, 0);
	return return_path_open(harness);
}

struct flow flow_new(const struct harness *harness, struct return_path_bpf *return_path,
		     const struct flow_kind *kind)
{
	static uint16_t port = 20000;

	return (struct flow){
		.harness = harness,
		.return_path = return_path,
		.kind = *kind,
		.port = port++,
		.next = kind->client_start + 1,
		.heard = kind->server_start + 1,
	};
}

void return_path_run(struct return_path_bpf *return_path, const struct frame *frame)
{
	static uint8_t after[FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame->bytes,
		    .data_size_in = (uint32_t)frame->length, .data_out = after,
		    .data_size_out = sizeof(after));

	ck_assert_int_eq(
		bpf_prog_test_run_opts(bpf_program__fd(return_path->progs.mxdp_return), &options),
		0);
	ck_assert_int_eq((int)options.retval, TC_ACT_UNSPEC);
	ck_assert_uint_eq(options.data_size_out, frame->length);
	ck_assert_mem_eq(after, frame->bytes, frame->length);
}

void flow_answer(struct flow *flow, uint32_t sequence, uint32_t acknowledged)
{
	static struct frame frame;
	const struct frame_spec spec = {
		.v6 = flow->kind.v6,
		.tags = {flow->kind.tagged ? 0x8100 : 0},
		.from = flow->kind.v6 ? SERVER6 : SERVER4,
		.to = flow->kind.v6 ? CLIENT6 : CLIENT4,
		.from_port = 25,
		.port = flow->port,
		.flags = SYN | ACK,
		.numbers = true,
		.sequence = sequence,
		.acknowledged = acknowledged,
		.tcp_options = flow->kind.tcp_options,
	};

	build_frame(&spec, &frame);
	return_path_run(flow->return_path, &frame);
}

void flow_send(struct flow *flow, unsigned int flags, uint32_t sequence, const char *data,
	       size_t length)
{
	static struct frame frame;
	__u64 *sum = (__u64 *)&flow->counted;
	const __u64 *added;
	struct outcome outcome;
	const struct frame_spec spec = {
		.v6 = flow->kind.v6,
		.tags = {flow->kind.tagged ? 0x8100 : 0},
		.extensions = flow->kind.extensions,
		.from_port = flow->port,
		.flags = (uint16_t)flags,
		.numbers = true,
		.sequence = sequence,
		.acknowledged = flags & ACK ? flow->heard : 0,
		.tcp_options = flow->kind.tcp_options,
		.data = data,
		.payload = (unsigned int)length,
	};

	build_frame(&spec, &frame);
	outcome = harness_run(flow->harness, frame.bytes, frame.length);
	ck_assert_int_eq(outcome.verdict, XDP_PASS);
	added = (const __u64 *)&outcome.all;
	for (size_t i = 0; i < MXDP_COUNTERS_END; i++)
		sum[i] += added[i];
}

void flow_open(struct flow *flow, bool proved)
{
	flow_send(flow, SYN, flow->kind.client_start, "", 0);
	flow_answer(flow, flow->kind.server_start, flow->kind.client_start + 1);
	if (proved)
		flow_send(flow, ACK, flow->next, "", 0);
}

void flow_say(struct flow *flow, const char *data, size_t length)
{
	flow_send(flow, ACK | PSH, flow->next, data, length);
	flow->next += (uint32_t)length;
}

bool flow_known(const struct flow *flow, struct mxdp_connection *known)
{
	struct mxdp_address client = address(flow->kind.v6 ? CLIENT6 : CLIENT4);
	struct mxdp_address server = address(flow->kind.v6 ? SERVER6 : SERVER4);
	struct mxdp_connection_key key = {.client_port = htons(flow->port), .port = htons(25)};

	memcpy(key.client, client.bytes, sizeof(key.client));
	memcpy(key.server, server.bytes, sizeof(key.server));
	return bpf_map_lookup_elem(flow->harness->maps.connections, &key, known) == 0;
}

static char *taken; /* where add_line() adds */

static int add_line(void *context, void *data, size_t size)
{
	const struct mxdp_wire_line *line = data;
	char *text = taken;
	size_t used = strlen(text);

	(void)context;
	ck_assert_uint_eq(size, offsetof(struct mxdp_wire_line, line) + line->length);
	ck_assert_uint_le(used + line->length + 7, FLOW_TEXT);
	used += (size_t)sprintf(text + used, "%s%s ",
				line->kind == MXDP_UTTERANCE_MAIL ? "mail" : "helo",
				line->proved ? "" : "?");
	memcpy(text + used, line->line, line->length);
	text[used + line->length] = '\0';
	memcpy(&latest_line, line, size);
	return 0;
}

const char *take_lines(const struct harness *harness, char text[FLOW_TEXT])
{
	static struct ring_buffer *ring; /* a test has a process, and one harness */

	taken = text;
	text[0] = '\0';
	if (!ring)
		ring = ring_buffer__new(harness->maps.wire, add_line, NULL, NULL);
	ck_assert_ptr_nonnull(ring);
	ck_assert_int_ge(ring_buffer__consume(ring), 0);
	return text;
}
