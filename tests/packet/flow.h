/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection of a client that passes: its segments through the packet path, the server's
 * answers through the return path, and the lines that were copied of it. Both programs must leave
 * every packet as it is; that is asserted here, for each.
 */
#ifndef MXDP_TEST_FLOW_H
#define MXDP_TEST_FLOW_H

#include "harness.h"
#include "return_path.skel.h"

#define URG 0x20

/* How the connection looks. */
struct flow_kind {
	const char *name;
	bool v6;
	bool tagged;            /* by a VLAN */
	const char *extensions; /* IPv6: of the client's segments */
	unsigned int tcp_options;
	uint32_t client_start; /* initial sequence numbers */
	uint32_t server_start;
};
extern const struct flow_kind flow_kinds[];
extern const size_t flow_kind_count;

struct flow {
	const struct harness *harness;
	struct return_path_bpf *return_path;
	struct flow_kind kind;
	uint16_t port;                /* the client's */
	uint32_t next;                /* the client's next sequence number */
	uint32_t heard;               /* what the client acknowledges */
	struct mxdp_counters counted; /* by its segments so far */
};

/* The return path's program, on the harness's maps. */
struct return_path_bpf *return_path_open(const struct harness *harness);

/* Both programs on the same maps: everybody passes, and what they say is read. */
struct return_path_bpf *flow_harness_open(struct harness *harness);

struct flow flow_new(const struct harness *harness, struct return_path_bpf *return_path,
		     const struct flow_kind *kind);
/* SYN, SYN-ACK, and, with `proved`, the ACK of the handshake. */
void flow_open(struct flow *flow, bool proved);
/* Runs a frame through the return path: it is asserted that it passes as it is. */
void return_path_run(struct return_path_bpf *return_path, const struct frame *frame);
/* The server's SYN-ACK. */
void flow_answer(struct flow *flow, uint32_t sequence, uint32_t acknowledged);
/* One segment of the client, from `sequence` on; its numbers stay. */
void flow_send(struct flow *flow, unsigned int flags, uint32_t sequence, const char *data,
	       size_t length);
/* The client's next bytes. */
void flow_say(struct flow *flow, const char *data, size_t length);
#define flow_says(flow, text) flow_say(flow, text, strlen(text))

/* What the map holds of it; false: nothing. */
bool flow_known(const struct flow *flow, struct mxdp_connection *known);

/*
 * Takes all lines out of the ring, each after a kind and a blank ("helo EHLO a\r\n"; of a client
 * without a proof "helo? EHLO a\r\n"), joined.
 */
#define FLOW_TEXT 8192
const char *take_lines(const struct harness *harness, char text[FLOW_TEXT]);
/* The latest record that take_lines() saw. */
extern struct mxdp_wire_line latest_line;

#endif
