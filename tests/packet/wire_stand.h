/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of reading on the wire stand on: a packet path with its return path, made anew for
 * each case, and what the clients say.
 */
#ifndef MXDP_TESTS_WIRE_STAND_H
#define MXDP_TESTS_WIRE_STAND_H

#include "flow.h"

#define HELO "EHLO client.example.org\r\n"
#define MAIL "MAIL FROM:<a@example.org> SIZE=1000\r\n"

static struct harness harness;
static struct return_path_bpf *return_path;
static char lines[FLOW_TEXT];

static inline void open_harness(void)
{
	return_path = flow_harness_open(&harness);
}

static inline void close_harness(void)
{
	return_path_bpf__destroy(return_path);
	harness_close(&harness);
}

#endif
