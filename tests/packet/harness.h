/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet path under test: a program and maps of one's own, nothing pinned, nothing attached,
 * packets through BPF_PROG_TEST_RUN. Everything here asserts: a failure ends the test.
 */
#ifndef MXDP_TEST_HARNESS_H
#define MXDP_TEST_HARNESS_H

#include <check.h>
#include <linux/bpf.h>

#include "build.h"
#include "maps/maps.h"
#include "mxdp.skel.h"

#define MILLISECOND 1000000ULL
#define SECOND      (1000 * MILLISECOND)

struct harness {
	struct mxdp_bpf *skeleton; /* this harness's own, or what harness_run_suite() loaded */
	struct mxdp_maps maps;
	struct mxdp_settings settings; /* as last written */
};

/* What became of one packet. */
struct outcome {
	int verdict;               /* XDP_PASS, XDP_DROP, XDP_TX */
	enum mxdp_counter counter; /* the one outcome that was counted */
	struct mxdp_counters all;  /* what this packet added to every counter */
};

/*
 * The end of a program's main(), whose status it returns: loads the program once, with `change` as
 * in harness_open(), and runs the suite. Each harness that is opened with the same `change` then
 * takes this program, with all maps empty: one such harness at a time.
 */
int harness_run_suite(Suite *suite, void (*change)(struct mxdp_bpf *skeleton));

/*
 * Opens with small maps, mode enforce, port 25 (mx) and 587 (submission), hold of 2.5 s, a living
 * daemon with room, greylisting from 5 min to 4 h by /24 and /64. `change`, unless NULL, may resize
 * maps before they are made.
 */
void harness_open(struct harness *harness, void (*change)(struct mxdp_bpf *skeleton));
/* Replies can be made from now on: texts, secrets and the interface of the test runs. */
void harness_replies(struct harness *harness);
/* The texts that harness_replies() writes, by their index in reply_texts, for a client. */
void harness_text(uint32_t index, const char *client, char *text, size_t size);
#define HARNESS_SECRET0 0x0706050403020100ULL
#define HARNESS_SECRET1 0x0f0e0d0c0b0a0908ULL

void harness_close(struct harness *harness);

/* Writes harness->settings. */
void harness_configure(struct harness *harness);
/* The daemon was seen `ago` nanoseconds ago, and has room or not. */
void harness_heartbeat(struct harness *harness, uint64_t ago, bool room);

/* Asserts that the packet is left as it was, unless it became a reply: then that is in `reply`. */
struct outcome harness_run(const struct harness *harness, const void *bytes, size_t length);
struct outcome harness_exchange(const struct harness *harness, const void *bytes, size_t length,
				struct frame *reply);
struct outcome harness_send(const struct harness *harness, const struct frame_spec *spec);

/* Sends the frame and asserts what becomes of it. */
#define expect(harness, counter_name, ...)                                                    \
	harness_expect(harness, &(struct frame_spec){__VA_ARGS__}, MXDP_COUNT_##counter_name, \
		       __LINE__)
struct outcome harness_expect(const struct harness *harness, const struct frame_spec *spec,
			      enum mxdp_counter counter, int line);

/*
 * Sends the frame in observe mode, which stays, and asserts that it passes and that this is
 * counted. Returns what would have become of it.
 */
enum mxdp_counter harness_observe(struct harness *harness, const struct frame_spec *spec);

const char *counter_name(enum mxdp_counter counter);
/* XDP_PASS, XDP_DROP or XDP_TX: what an outcome becomes outside observe mode. */
int counter_verdict(enum mxdp_counter counter);

struct mxdp_prefix prefix(const char *text);
struct mxdp_address address(const char *text);

void set_rule(const struct harness *harness, const char *prefix_text, enum mxdp_action action,
	      uint64_t expires_ns);
void set_verdict(const struct harness *harness, const char *key, enum mxdp_action action,
		 uint64_t expires_ns);

/* This thread runs there from now on. 0, or -1 with errno: no assertion, for threads. */
int move_to_cpu(int cpu);

#endif
