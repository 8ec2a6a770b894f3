/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a packet costs on each way through the packet path, by BPF_PROG_TEST_RUN, beside a program
 * that drops all. One packet again and again: code and tables are in the processor's cache, so this
 * is the work alone; bench/drop_rate.c and bench/sets.c show what memory adds.
 * usage: packet_cost [-n FEED-ENTRIES] [-r ROUNDS] [-p PACKETS] [-o FILE.json]
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"
#include "addresses.h"
#include "bench/sets.skel.h"
#include "report.h"
#include "sets_fill.h"
#include "tests/packet/client.h"

#define ROUNDS_MAX 25
#define CASES_MAX  16

struct options {
	size_t entries;
	unsigned int rounds;
	uint32_t packets;
	const char *output;
	char **command;
};

struct cost_case {
	const char *name;
	const struct harness *harness;
	int program;
	enum mxdp_counter counter; /* what must become of it; MXDP_OUTCOMES_END: not ours */
	bool rewritten;            /* into a reply: one run a call, or the next sees the reply */
	bool spares; /* one client in five, another each second: chosen anew for each round */
	struct frame frame;
	double ns[ROUNDS_MAX], times[ROUNDS_MAX]; /* times what the first case costs */
};

struct bench {
	struct harness harness;
	struct harness flooded;  /* where every unknown SYN is one of a flood */
	struct harness deserted; /* without a daemon */
	struct sets_bpf *sets;
	struct cost_case cases[CASES_MAX];
	unsigned int count;
};

static struct cost_case *add_case(struct bench *bench, const char *name, enum mxdp_counter counter,
				  const struct frame_spec *spec)
{
	struct cost_case *added = &bench->cases[bench->count++];

	added->name = name;
	added->harness = &bench->harness;
	added->program = bpf_program__fd(bench->harness.skeleton->progs.mxdp);
	added->counter = counter;
	build_frame(spec, &added->frame);
	return added;
}

/* Nanoseconds of one run on average, or a negative errno. */
static double run(const struct cost_case *test, uint32_t repeat)
{
	static uint8_t out[FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = test->frame.bytes,
		    .data_size_in = (uint32_t)test->frame.length, .data_out = out,
		    .data_size_out = sizeof(out), .repeat = (int)repeat);

	return bpf_prog_test_run_opts(test->program, &options) ? -1.0 : (double)options.duration;
}

/* Single runs: what the clock costs is in them, and is measured with the program that drops all. */
static double run_singly(const struct cost_case *test, uint32_t times)
{
	double sum = 0;
	uint32_t i;

	for (i = 0; i < times; i++)
		sum += run(test, 1);
	return sum / times;
}

/* The way that a name promises is the way that the packets take. */
static void check_way(const struct cost_case *test)
{
	struct outcome outcome;

	if (test->counter == MXDP_OUTCOMES_END)
		return;
	outcome = test->rewritten
			  ? harness_exchange(test->harness, test->frame.bytes, test->frame.length,
					     &(struct frame){0})
			  : harness_run(test->harness, test->frame.bytes, test->frame.length);
	if (outcome.counter != test->counter)
		ck_abort_msg("%s: %s", test->name, counter_name(outcome.counter));
}

static char listed[16];

/* A feed in which `listed` is, whose classes drop. */
static void fill_feed(const struct harness *harness, size_t entries)
{
	struct bench_addresses addresses;
	struct sets_cost cost;
	uint32_t address;

	ck_assert_int_eq(bench_addresses_make(&addresses, entries, BENCH_RANDOM), 0);
	bench_sources(&addresses, true, &address, 1);
	snprintf(listed, sizeof(listed), "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
		 address >> 8 & 255, address & 255);
	ck_assert_int_eq(sets_fill_snapshot(harness->maps.feeds4, &addresses, &cost), 0);
	bench_addresses_free(&addresses);
}

/* Not in the feed, and nothing else is known or wanted of it: nobody would look it up. */
static void add_feed_miss(struct bench *bench, size_t entries)
{
	struct cost_case *test = add_case(bench, "feed_miss", MXDP_COUNT_unknown_stale,
					  &(struct frame_spec){.from = "192.0.2.15"});

	harness_open(&bench->deserted, NULL);
	bench->deserted.settings.feeds_first = 1;
	bench->deserted.settings.heartbeat_stale_ns = SECOND;
	harness_configure(&bench->deserted);
	harness_heartbeat(&bench->deserted, 10 * SECOND, true);
	fill_feed(&bench->deserted, entries);
	test->harness = &bench->deserted;
	test->program = bpf_program__fd(bench->deserted.skeleton->progs.mxdp);
}

/* The acknowledgement that ends the handshake of a client whom the packet path answers. */
static void add_greeting(struct bench *bench, const char *from)
{
	const struct client_kind plain = {.name = "plain", .mss = true};
	struct client client = client_new(&bench->harness, &plain);
	struct answer answer;

	client.from = from;
	answer = client_send(&client, SYN, client.next, "");
	add_case(bench, "reply_greeting", MXDP_COUNT_reply_turn,
		 &(struct frame_spec){.from = from,
				      .from_port = client.port,
				      .flags = ACK,
				      .numbers = true,
				      .sequence = client.next + 1,
				      .acknowledged = answer.sequence + 1})
		->rewritten = true;
}

static void choose_challenged(struct cost_case *test)
{
	const struct client_kind plain = {.name = "plain", .mss = true};
	struct client client = client_unspared(test->harness, &plain);

	build_frame(&(struct frame_spec){.from_port = client.port, .numbers = true, .sequence = 1},
		    &test->frame);
}

/* An unknown client's SYN in a flood. */
static void add_challenge(struct bench *bench)
{
	struct cost_case *test = add_case(bench, "challenge", MXDP_COUNT_challenge_sent,
					  &(struct frame_spec){.port = 0});

	harness_open(&bench->flooded, NULL);
	bench->flooded.settings.flood_enter = 1;
	bench->flooded.settings.flood_leave = 1;
	bench->flooded.settings.flood_calm_ns = 3600 * SECOND;
	bench->flooded.settings.sample_interval_ns = 100 * MILLISECOND;
	harness_replies(&bench->flooded);
	test->harness = &bench->flooded;
	test->program = bpf_program__fd(bench->flooded.skeleton->progs.mxdp);
	test->rewritten = test->spares = true;
	choose_challenged(test);
}

static void add_cases(struct bench *bench, size_t entries)
{
	static const char *const from_rule = "192.0.2.10", *const from_drop = "192.0.2.11",
				 *const from_pass = "192.0.2.12", *const from_reject = "192.0.2.13";
	struct cost_case *test;

	set_rule(&bench->harness, from_rule, MXDP_ACTION_DROP, 0);
	set_verdict(&bench->harness, from_drop, MXDP_ACTION_DROP, 0);
	set_verdict(&bench->harness, from_pass, MXDP_ACTION_PASS, 0);
	set_verdict(&bench->harness, from_reject, MXDP_ACTION_REJECT, 0);
	test = add_case(bench, "drop_all", MXDP_OUTCOMES_END, &(struct frame_spec){.port = 0});
	test->program = bpf_program__fd(bench->sets->progs.run_drop);
	test = add_case(bench, "parse", MXDP_OUTCOMES_END, &(struct frame_spec){.port = 0});
	test->program = bpf_program__fd(bench->sets->progs.run_bare_parse);
	add_case(bench, "other_port", MXDP_COUNT_other, &(struct frame_spec){.port = 443});
	add_case(bench, "live_connection", MXDP_COUNT_established,
		 &(struct frame_spec){.flags = ACK | PSH, .payload = 1000});
	add_case(bench, "feed_drop", MXDP_COUNT_feed_drop, &(struct frame_spec){.from = listed});
	add_feed_miss(bench, entries);
	add_case(bench, "rule_deny", MXDP_COUNT_rule_deny, &(struct frame_spec){.from = from_rule});
	add_case(bench, "verdict_drop", MXDP_COUNT_verdict_drop,
		 &(struct frame_spec){.from = from_drop});
	add_case(bench, "verdict_pass", MXDP_COUNT_verdict_pass,
		 &(struct frame_spec){.from = from_pass});
	add_case(bench, "unknown_held", MXDP_COUNT_unknown_held,
		 &(struct frame_spec){.from = "192.0.2.14"});
	add_case(bench, "reply_syn_ack", MXDP_COUNT_reply_syn_ack,
		 &(struct frame_spec){.from = from_reject})
		->rewritten = true;
	add_greeting(bench, from_reject);
	add_challenge(bench);
}

static void measure(struct bench *bench, const struct options *options)
{
	unsigned int round, i;

	for (round = 0; round <= options->rounds; round++) { /* the first is a warm-up */
		const unsigned int slot = round ? round - 1 : 0;
		double clock;

		report_round("all ways (the first warms up)", round, options->rounds + 1);
		clock = run_singly(&bench->cases[0], options->packets / 50 + 1);

		for (i = 0; i < bench->count; i++) {
			struct cost_case *test = &bench->cases[i];

			if (test->spares)
				choose_challenged(test);
			test->ns[slot] =
				test->rewritten
					? run_singly(test, options->packets / 50 + 1) - clock
					: run(test, options->packets);
			test->times[slot] = test->ns[slot] / bench->cases[0].ns[slot];
		}
	}
}

static int show(const struct bench *bench, const struct options *options)
{
	json_t *report = report_new("packet_cost", options->command), *results = json_array();
	unsigned int i;

	json_object_set_new(report, "rounds", json_integer(options->rounds));
	json_object_set_new(report, "entries", json_integer((json_int_t)options->entries));
	for (i = 0; i < bench->count; i++) {
		const struct cost_case *test = &bench->cases[i];

		json_array_append_new(results,
				      json_pack("{s:s, s:o, s:o}", "name", test->name, "ns",
						report_spread(test->ns, options->rounds),
						"times_drop_all",
						report_spread(test->times, options->rounds)));
		printf("%-16s %6.0f ns\n", test->name, report_median(test->ns, options->rounds));
	}
	json_object_set_new(report, "results", results);
	return report_write(report, options->output);
}

static int read_options(int argc, char **argv, struct options *options)
{
	int option;

	options->command = argv;
	while ((option = getopt(argc, argv, "n:r:p:o:")) != -1) {
		if (option == 'n')
			options->entries = strtoull(optarg, NULL, 10);
		else if (option == 'r')
			options->rounds = (unsigned int)strtoul(optarg, NULL, 10);
		else if (option == 'p')
			options->packets = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option == 'o')
			options->output = optarg;
		else
			return -1;
	}
	if (options->entries && options->packets && options->rounds &&
	    options->rounds <= ROUNDS_MAX)
		return 0;
	fprintf(stderr, "packet_cost: -n and -p take 1 or more, -r 1 to %d\n", ROUNDS_MAX);
	return -1;
}

static struct options options = {10000000, 7, 1000000, NULL, NULL};

/* As a test of Check's: what the harness asserts ends it with a message. */
START_TEST(each_way)
{
	static struct bench bench;

	bench.sets = sets_bpf__open_and_load();
	ck_assert_ptr_nonnull(bench.sets);
	harness_open(&bench.harness, NULL);
	bench.harness.settings.feeds_first = 1;
	bench.harness.settings.sample_interval_ns = 100 * MILLISECOND;
	harness_replies(&bench.harness);
	fill_feed(&bench.harness, options.entries);
	add_cases(&bench, options.entries);
	for (unsigned int i = 0; i < bench.count; i++)
		check_way(&bench.cases[i]);
	measure(&bench, &options);
	ck_assert_int_eq(show(&bench, &options), 0);
	harness_close(&bench.deserted);
	harness_close(&bench.flooded);
	harness_close(&bench.harness);
	sets_bpf__destroy(bench.sets);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("packet cost");
	TCase *tests = tcase_create("all");

	if (read_options(argc, argv, &options))
		return 2;
	tcase_add_test(tests, each_way);
	suite_add_tcase(suite, tests);
	return run_measurements(suite);
}
