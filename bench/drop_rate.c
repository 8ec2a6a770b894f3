/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end-to-end drop rate on a veth pair, one core for sender and receiver: mxdp with a large feed
 * against an XDP program that drops all, and against what else drops packets by their source, in
 * interleaved rounds of the same run.
 * usage: drop_rate [-n ENTRIES] [-c] [-r ROUNDS] [-f FRAMES] [-o FILE.json]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contenders.h"
#include "report.h"
#include "sets.h"

#define FEW_SOURCES    8192 /* what a botnet that floods has at a time */
#define CONTENDERS_MAX 16
#define ROUNDS_MAX     99
#define TRIES_MAX      10

struct options {
	size_t entries;
	unsigned int rounds;
	uint32_t frames;
	enum bench_spread spread;
	const char *output;
	char **command;
};

/* What was measured of one contender with one number of sources. */
struct rates {
	double rate[ROUNDS_MAX];
	double ratio[ROUNDS_MAX]; /* to drop-all in the same round */
	char reason[256];         /* why nothing was */
};

/* The frames that a contender let through are in the stack's count, or in mxdp's own. */
static bool dropped_all(const struct contest *contest, const struct contender *contender,
			uint32_t frames, long long delivered, long long drops)
{
	if (bench_link_delivered() - delivered > frames / 1000)
		return false;
	return strcmp(contender->name, "mxdp") != 0 ||
	       contender_mxdp_drops(contest) - drops >= frames - frames / 1000;
}

/* One run; frames that other work on this CPU made the link lose are no fault of the contender. */
static double run_once(struct contest *contest, const struct contender *contender, uint32_t frames)
{
	long long delivered = bench_link_delivered();
	long long drops = contender_mxdp_drops(contest);
	double rate = contender->enter(contest);
	int tries;

	if (rate) {
		contest_fail(contest, "it takes no place on the interface: %s",
			     strerror((int)-rate));
		return -EIO;
	}
	rate = -EAGAIN;
	for (tries = 0; tries < TRIES_MAX && rate == -EAGAIN; tries++)
		rate = bench_link_run(contest->link, frames);
	contender->leave(contest);
	if (rate == -EAGAIN)
		contest_fail(contest, "the link kept losing frames: this CPU has other work");
	else if (rate < 0)
		contest_fail(contest, "the sender failed: %s", strerror((int)-rate));
	else if (!dropped_all(contest, contender, frames, delivered, drops))
		rate = contest_fail(contest, "it let packets through");
	return rate;
}

/* A round: each contender once. Who cannot be measured is left out of the rounds that follow. */
static void run_round(struct contest *contest, struct rates *rates, unsigned int round,
		      uint32_t frames)
{
	unsigned int i;

	for (i = 0; i < contender_count; i++) {
		struct rates *mine = &rates[i];

		if (*mine->reason)
			continue;
		mine->rate[round] = run_once(contest, &contenders[i], frames);
		if (mine->rate[round] < 0)
			memcpy(mine->reason, contest->reason, sizeof(mine->reason));
		else
			mine->ratio[round] = mine->rate[round] / rates[0].rate[round];
	}
}

static json_t *result_of(const struct contest *contest, const struct contender *contender,
			 const struct rates *rates, unsigned int rounds)
{
	json_t *result = json_pack("{s:s, s:I, s:i}", "name", contender->name, "entries",
				   (json_int_t)contest->addresses->count, "sources",
				   (int)contest->source_count);

	printf("  %-12s", contender->name);
	if (*rates->reason) {
		json_object_set_new(result, "unmeasured", json_string(rates->reason));
		printf("not measured, because: %s\n", rates->reason);
		return result;
	}
	json_object_set_new(result, "packets_per_second", report_spread(rates->rate, rounds));
	json_object_set_new(result, "ratio", report_spread(rates->ratio, rounds));
	if (!strcmp(contender->name, "mxdp"))
		report_target(result, "ratio", true,
			      contest->source_count <= FEW_SOURCES ? 0.8 : 0.5);
	printf("%6.2f Mpps, %.2f of drop-all\n", report_median(rates->rate, rounds) / 1e6,
	       report_median(rates->ratio, rounds));
	return result;
}

/* All rounds with so many sources. `unfit`: reasons of those who cannot take part. */
static int run_sources(struct contest *contest, uint32_t count, const struct options *options,
		       char unfit[CONTENDERS_MAX][256], json_t *results)
{
	struct rates *rates = calloc(contender_count, sizeof(*rates));
	int error = rates ? bench_link_sources(contest->link, contest->sources, count) : -ENOMEM;
	unsigned int i, round;

	contest->source_count = count;
	for (i = 0; i < contender_count && !error; i++)
		memcpy(rates[i].reason, unfit[i], sizeof(rates[i].reason));
	/* The first round is a warm-up. */
	for (round = 0; round <= options->rounds && !error; round++) {
		report_round("the first warms up", round, options->rounds + 1);
		run_round(contest, rates, round ? round - 1 : 0, options->frames);
	}
	printf("%u sources, %zu listed\n", count, contest->addresses->count);
	for (i = 0; i < contender_count && !error; i++)
		json_array_append_new(
			results, result_of(contest, &contenders[i], &rates[i], options->rounds));
	free(rates);
	return error;
}

static void prepare_all(struct contest *contest, char unfit[CONTENDERS_MAX][256])
{
	unsigned int i;

	for (i = 0; i < contender_count; i++) {
		const struct contender *contender = &contenders[i];
		int error = 0;

		if (contender->entries_max && contest->addresses->count > contender->entries_max)
			error = contest_fail(contest, "%s", contender->entries_why);
		else
			error = contender->prepare(contest);
		if (error)
			memcpy(unfit[i], contest->reason, sizeof(contest->reason));
	}
}

/* A frame that nobody drops must reach the IP stack: else "all dropped" would mean nothing. */
static int check_link(struct contest *contest)
{
	long long before = bench_link_delivered();
	double rate = bench_link_run(contest->link, 64);

	if (rate < 0)
		return (int)rate;
	return bench_link_delivered() - before == 64 ? 0 : -ENOLINK;
}

static int measure(struct contest *contest, const struct options *options, json_t *results)
{
	static char unfit[CONTENDERS_MAX][256];
	uint32_t *sources = malloc(SETS_SOURCES * sizeof(*sources));
	uint32_t all = SETS_SOURCES;
	int error = sources ? 0 : -ENOMEM;

	while (all > contest->addresses->count)
		all /= 2;
	if (!error) {
		bench_sources(contest->addresses, true, sources, SETS_SOURCES);
		contest->sources = sources;
		contest->source_count = all < FEW_SOURCES ? all : FEW_SOURCES;
		error = bench_link_sources(contest->link, sources, contest->source_count);
	}
	if (!error)
		error = check_link(contest);
	if (!error) {
		prepare_all(contest, unfit);
		error = run_sources(contest, contest->source_count, options, unfit, results);
	}
	if (!error && all > FEW_SOURCES) {
		snprintf(unfit[3], sizeof(unfit[3]), "its map has 10,000 places");
		error = run_sources(contest, all, options, unfit, results);
	}
	free(sources);
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

static int run_all(struct contest *contest, struct bench_link *link, const struct options *options)
{
	json_t *report = report_new("drop_rate", options->command), *results = json_array();
	int error = bench_link_open(link, (uint32_t)contest->addresses->count);

	contest->link = link;
	json_object_set_new(report, "rounds", json_integer(options->rounds));
	json_object_set_new(report, "frames", json_integer(options->frames));
	json_object_set_new(report, "results", results);
	if (!error) {
		contest->mxdp = mxdp_bpf__open_and_load();
		error = contest->mxdp ? measure(contest, options, results) : -errno;
	}
	mxdp_bpf__destroy(contest->mxdp);
	bench_link_close(link);
	if (!error)
		return report_write(report, options->output);
	json_decref(report);
	return error;
}

int main(int argc, char **argv)
{
	struct options options = {10000000, 7, 1000000, BENCH_RANDOM, NULL, argv};
	struct bench_addresses addresses = {0};
	struct contest contest = {.addresses = &addresses};
	struct bench_link link = {0};
	int error;

	if (read_options(argc, argv, &options))
		return 2;
	error = bench_addresses_make(&addresses, options.entries, options.spread);
	if (!error)
		error = run_all(&contest, &link, &options);
	bench_addresses_free(&addresses);
	if (error)
		fprintf(stderr, "drop_rate: nothing measured: %s\n", strerror(-error));
	return error ? 1 : 0;
}
