/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end-to-end drop rate on a veth pair, one core for sender and receiver: mxdp with a large feed
 * against an XDP program that drops all, in the same run.
 * usage: drop_rate [-n ENTRIES] [-c] [-r ROUNDS] [-f FRAMES] [-o FILE.json]
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/drop_rate.skel.h"
#include "link.h"
#include "maps/maps.h"
#include "mxdp.skel.h"
#include "report.h"
#include "sets.h"
#include "sets_fill.h"

#define ROUNDS_MAX 25
#define TRIES_MAX  10

struct options {
	size_t entries;
	unsigned int rounds;
	uint32_t frames;
	enum bench_spread spread;
	const char *output;
};

enum contender { DROP_ALL, MXDP, CONTENDERS };
static const char *const contenders[CONTENDERS] = {"drop_all", "mxdp"};

static const uint32_t source_counts[] = {8192, SETS_SOURCES};
#define SOURCE_COUNTS (sizeof(source_counts) / sizeof(*source_counts))

struct rates {
	double rate[CONTENDERS][ROUNDS_MAX];
	double ratio[ROUNDS_MAX]; /* of mxdp to drop-all in the same round */
};

/* mxdp as the daemon leaves it once the rules are subtracted from the feeds. */
static int prepare_mxdp(struct mxdp_bpf *mxdp, struct mxdp_maps *maps,
			const struct bench_addresses *addresses, struct sets_cost *cost)
{
	const struct mxdp_settings settings = {
		.abi_version = MXDP_ABI_VERSION,
		.mode = MXDP_MODE_ENFORCE,
		.feeds_first = 1,
		.hold_ns = 2500000000,
		.retry_ns = 60000000000,
		.heartbeat_stale_ns = 10000000000,
		.sample_interval_ns = 100000000,
		.ports = {{htons(25), MXDP_PORT_MX}},
	};
	int error;

	maps->settings = bpf_map__fd(mxdp->maps.settings);
	maps->counters = bpf_map__fd(mxdp->maps.counters);
	error = mxdp_settings_write(maps, &settings);
	return error ? error : sets_fill_snapshot(bpf_map__fd(mxdp->maps.feeds4), addresses, cost);
}

/* One run; frames that other work on this CPU made the link lose are no fault of the program. */
static double run_once(struct bench_link *link, int program, uint32_t frames)
{
	double rate = -EAGAIN;
	int tries;

	for (tries = 0; tries < TRIES_MAX && rate == -EAGAIN; tries++)
		rate = bench_link_run(link, program, frames);
	return rate;
}

/* One round. Returns 0, or a negative errno after saying what went wrong. */
static int run_round(struct bench_link *link, const int programs[CONTENDERS],
		     const struct mxdp_maps *maps, uint32_t frames, struct rates *rates,
		     unsigned int round)
{
	struct mxdp_counters before, after;
	int i;

	for (i = 0; i < CONTENDERS; i++) {
		int error = mxdp_counters_read(maps, &before);
		double rate = error ? error : run_once(link, programs[i], frames);

		if (rate < 0) {
			fprintf(stderr, "drop_rate: %s was not measured: %s\n", contenders[i],
				rate == -EAGAIN ? "the link keeps losing frames, is the CPU busy?"
						: strerror((int)-rate));
			return (int)rate;
		}
		rates->rate[i][round] = rate;
		if (mxdp_counters_read(maps, &after))
			return -EIO;
		if (i == MXDP && after.feed_drop - before.feed_drop < frames - frames / 1000) {
			fprintf(stderr, "drop_rate: mxdp dropped %llu of %u frames\n",
				(unsigned long long)(after.feed_drop - before.feed_drop), frames);
			return -EIO;
		}
	}
	rates->ratio[round] = rates->rate[MXDP][round] / rates->rate[DROP_ALL][round];
	return 0;
}

static json_t *result_of(const struct rates *rates, uint32_t sources, unsigned int rounds)
{
	json_t *result = json_pack("{s:i}", "sources", (int)sources);
	int i;

	for (i = 0; i < CONTENDERS; i++)
		json_object_set_new(result, contenders[i], report_spread(rates->rate[i], rounds));
	json_object_set_new(result, "ratio", report_spread(rates->ratio, rounds));
	printf("%8u sources: drop-all %.2f Mpps, mxdp %.2f Mpps, ratio %.2f\n", sources,
	       report_median(rates->rate[DROP_ALL], rounds) / 1e6,
	       report_median(rates->rate[MXDP], rounds) / 1e6, report_median(rates->ratio, rounds));
	return result;
}

static int run_all(struct bench_link *link, const int programs[CONTENDERS],
		   const struct mxdp_maps *maps, const struct bench_addresses *addresses,
		   const struct options *options, json_t *results)
{
	uint32_t *sources = malloc(SETS_SOURCES * sizeof(*sources));
	struct rates *rates = calloc(1, sizeof(*rates));
	int error = sources && rates ? 0 : -ENOMEM;
	unsigned int round;
	size_t i;

	if (!error)
		bench_sources(addresses, true, sources, SETS_SOURCES);
	for (i = 0; i < SOURCE_COUNTS && !error; i++) {
		error = bench_link_sources(link, sources, source_counts[i]);
		/* The first is a warm-up. */
		for (round = 0; round <= options->rounds && !error; round++)
			error = run_round(link, programs, maps, options->frames, rates,
					  round ? round - 1 : 0);
		if (!error)
			json_array_append_new(results,
					      result_of(rates, source_counts[i], options->rounds));
	}
	free(sources);
	free(rates);
	return error;
}

static int measure(struct bench_link *link, struct mxdp_bpf *mxdp, const struct options *options)
{
	const int programs[CONTENDERS] = {
		[DROP_ALL] = bpf_program__fd(link->skeleton->progs.drop_all),
		[MXDP] = bpf_program__fd(mxdp->progs.mxdp),
	};
	struct bench_addresses addresses = {0};
	struct sets_cost cost = {-1, -1, -1, -1};
	json_t *report = report_new("drop_rate");
	json_t *results = json_array();
	struct mxdp_maps maps = {0};
	int error = bench_addresses_make(&addresses, options->entries, options->spread);

	if (!error)
		error = prepare_mxdp(mxdp, &maps, &addresses, &cost);
	json_object_set_new(report, "entries", json_integer((json_int_t)addresses.count));
	json_object_set_new(report, "rounds", json_integer(options->rounds));
	report_number(report, "kernel_bytes", cost.kernel_bytes);
	if (!error)
		error = run_all(link, programs, &maps, &addresses, options, results);
	json_object_set_new(report, "results", results);
	bench_addresses_free(&addresses);
	if (!error)
		return report_write(report, options->output);
	json_decref(report);
	return error;
}

static int read_options(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt(argc, argv, "n:cr:f:o:")) != -1) {
		if (option == 'n')
			options->entries = strtoull(optarg, NULL, 10);
		else if (option == 'c')
			options->spread = BENCH_CLUSTERED;
		else if (option == 'r')
			options->rounds = (unsigned int)strtoul(optarg, NULL, 10);
		else if (option == 'f')
			options->frames = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option == 'o')
			options->output = optarg;
		else
			return -EINVAL;
	}
	if (options->entries && options->frames && options->rounds && options->rounds <= ROUNDS_MAX)
		return 0;
	fprintf(stderr, "drop_rate: -n and -f take 1 or more, -r 1 to %d\n", ROUNDS_MAX);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	struct options options = {10000000, 7, 1000000, BENCH_RANDOM, NULL};
	struct mxdp_bpf *mxdp = NULL;
	struct bench_link link;
	int error;

	if (read_options(argc, argv, &options))
		return 2;
	error = bench_link_open(&link);
	if (!error) {
		mxdp = mxdp_bpf__open_and_load();
		error = mxdp ? measure(&link, mxdp, &options) : -errno;
	}
	mxdp_bpf__destroy(mxdp);
	bench_link_close(&link);
	if (error)
		fprintf(stderr, "drop_rate: nothing measured: %s\n", strerror(-error));
	return error ? 1 : 0;
}
