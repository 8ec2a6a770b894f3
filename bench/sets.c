/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a packet costs in each set structure: ours against the kernel's own, by BPF_PROG_TEST_RUN.
 * usage: sets [-n ENTRIES] [-c] [-r ROUNDS] [-l LPM_LIMIT] [-s STRUCTURE]… [-o FILE.json]
 * -c takes a clustered set instead of a random one, -s only the structures named. bench/README.md
 * says how to read the result.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bench/sets.skel.h"
#include "report.h"
#include "sets.h"
#include "sets_fill.h"

#define ROUNDS_MAX 25
#define RUNS       (1u << 19) /* the next round asks for the other half of the sources */

struct options {
	size_t entries;
	size_t lpm_limit;
	unsigned int rounds;
	unsigned int chosen; /* bit i: structure i; 0: all */
	enum bench_spread spread;
	const char *output;
	char **command;
};

/* The sources that are asked for. */
enum traffic { HIT, MISS, HOT, ROTATING, TRAFFICS };

static const struct {
	const char *name;
	uint32_t sources;
	bool listed;
} traffics[TRAFFICS] = {
	[HIT] = {"hit", SETS_SOURCES, true},
	[MISS] = {"miss", SETS_SOURCES, false},
	[HOT] = {"hot_1024", 1024, true},
	[ROTATING] = {"rotating_8192", 8192, true},
};

enum structure { DROP, PARSE, SNAPSHOT, HASH, LRU, LPM, BLOOM, STRUCTURES };

static const struct {
	const char *name;
	int (*fill)(int fd, const struct bench_addresses *addresses, struct sets_cost *cost);
	bool exact; /* finds all that is listed and nothing else */
} structures[STRUCTURES] = {
	[DROP] = {"drop", NULL, false},
	[PARSE] = {"parse", NULL, false},
	[SNAPSHOT] = {"snapshot", sets_fill_snapshot, true},
	[HASH] = {"hash", sets_fill_hash, true},
	[LRU] = {"lru_hash", sets_fill_hash, false},
	[LPM] = {"lpm_trie", sets_fill_lpm, true},
	[BLOOM] = {"bloom", sets_fill_bloom, false},
};

struct measured {
	int program, map;
	char fault[96]; /* why it was not measured, or "" */
	struct sets_cost cost;
	double ns[TRAFFICS][ROUNDS_MAX];
	double false_share; /* of misses found listed */
};

static void find_parts(struct sets_bpf *skeleton, struct measured measured[STRUCTURES])
{
	struct bpf_program *programs[STRUCTURES] = {
		skeleton->progs.run_drop,  skeleton->progs.run_parse, skeleton->progs.run_snapshot,
		skeleton->progs.run_hash,  skeleton->progs.run_lru,   skeleton->progs.run_lpm,
		skeleton->progs.run_bloom,
	};
	struct bpf_map *maps[STRUCTURES] = {
		[SNAPSHOT] = skeleton->maps.feeds4, [HASH] = skeleton->maps.hash,
		[LRU] = skeleton->maps.lru,         [LPM] = skeleton->maps.lpm,
		[BLOOM] = skeleton->maps.bloom,
	};
	int i;

	for (i = 0; i < STRUCTURES; i++) {
		measured[i].program = bpf_program__fd(programs[i]);
		measured[i].map = maps[i] ? bpf_map__fd(maps[i]) : -1;
	}
}

static void fill_all(struct measured measured[STRUCTURES], const struct options *options,
		     const struct bench_addresses *addresses)
{
	int i;

	for (i = 0; i < STRUCTURES; i++) {
		int error;

		measured[i].cost = (struct sets_cost){-1, -1, -1};
		if (options->chosen && !(options->chosen & 1u << i)) {
			snprintf(measured[i].fault, sizeof(measured[i].fault), "not asked for");
			continue;
		}
		if (!structures[i].fill)
			continue;
		if (i == LPM && addresses->count > options->lpm_limit) {
			snprintf(measured[i].fault, sizeof(measured[i].fault),
				 "not tried beyond %zu entries: freeing it stalls a CPU",
				 options->lpm_limit);
			continue;
		}
		error = structures[i].fill(measured[i].map, addresses, &measured[i].cost);
		if (error)
			snprintf(measured[i].fault, sizeof(measured[i].fault),
				 "could not be filled: %s", strerror(-error));
	}
}

/* One run. Returns ns a packet, or a negative errno. */
static double run(struct sets_bpf *skeleton, int program)
{
	uint8_t packet[SETS_PACKET];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = RUNS);

	sets_packet(packet);
	skeleton->bss->listed = 0;
	if (bpf_prog_test_run_opts(program, &options))
		return -errno;
	return options.duration;
}

static void check_answers(struct sets_bpf *skeleton, int structure, int traffic,
			  struct measured *measured)
{
	uint64_t listed = skeleton->bss->listed;

	if (structure < SNAPSHOT)
		return;
	if (traffic == MISS)
		measured->false_share = (double)listed / RUNS;
	if (structures[structure].exact && listed != (traffics[traffic].listed ? RUNS : 0))
		snprintf(measured->fault, sizeof(measured->fault),
			 "wrong answers: %llu of %u found listed with %s",
			 (unsigned long long)listed, RUNS, traffics[traffic].name);
}

static void run_traffic(struct sets_bpf *skeleton, struct measured measured[STRUCTURES],
			int traffic, unsigned int rounds)
{
	unsigned int round;
	int i;

	skeleton->bss->source_mask = traffics[traffic].sources - 1;
	for (round = 0; round < rounds; round++) {
		uint32_t first = round * RUNS;

		report_round(traffics[traffic].name, round, rounds);
		for (i = 0; i < STRUCTURES; i++) {
			double ns;

			if (measured[i].fault[0])
				continue;
			skeleton->bss->source_next = first;
			ns = run(skeleton, measured[i].program);
			measured[i].ns[traffic][round] = ns;
			if (ns < 0)
				snprintf(measured[i].fault, sizeof(measured[i].fault),
					 "did not run: %s", strerror(-ns));
			else
				check_answers(skeleton, i, traffic, &measured[i]);
		}
	}
}

static int run_all(struct sets_bpf *skeleton, struct measured measured[STRUCTURES],
		   const struct options *options, const struct bench_addresses *addresses)
{
	size_t bytes = SETS_SOURCES * sizeof(struct sets_source);
	uint32_t *chosen = malloc(SETS_SOURCES * sizeof(*chosen));
	struct sets_source *sources = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
					   bpf_map__fd(skeleton->maps.sources), 0);
	int traffic;
	size_t i;

	if (sources == MAP_FAILED || !chosen) {
		free(chosen);
		return -ENOMEM;
	}
	for (traffic = 0; traffic < TRAFFICS; traffic++) {
		bench_sources(addresses, traffics[traffic].listed, chosen, SETS_SOURCES);
		for (i = 0; i < SETS_SOURCES; i++)
			sources[i].address = htonl(chosen[i]);
		run_traffic(skeleton, measured, traffic, options->rounds);
	}
	munmap(sources, bytes);
	free(chosen);
	return 0;
}

static json_t *result_of(struct measured *measured, int structure, unsigned int rounds)
{
	json_t *result = json_pack("{s:s}", "name", structures[structure].name);
	const struct sets_cost *cost = &measured->cost;
	int traffic;

	if (measured->fault[0]) {
		json_object_set_new(result, "unmeasured", json_string(measured->fault));
		return result;
	}
	for (traffic = 0; traffic < TRAFFICS; traffic++)
		json_object_set_new(result, traffics[traffic].name,
				    report_spread(measured->ns[traffic], rounds));
	report_number(result, "build_s", cost->build_s);
	report_number(result, "publish_ms", cost->publish_ms);
	report_number(result, "kernel_bytes", cost->kernel_bytes);
	if (structure >= SNAPSHOT)
		report_number(result, "false_share", measured->false_share);
	return result;
}

static void print_line(struct measured *measured, int structure, unsigned int rounds)
{
	int traffic;

	printf("%-10s", structures[structure].name);
	if (measured->fault[0]) {
		printf(" %s\n", measured->fault);
		return;
	}
	for (traffic = 0; traffic < TRAFFICS; traffic++)
		printf(" %13.0f", report_median(measured->ns[traffic], rounds));
	if (measured->cost.kernel_bytes >= 0)
		printf(" %9.1f MiB", measured->cost.kernel_bytes / 1048576);
	if (measured->cost.build_s >= 0)
		printf(" built in %.2f s", measured->cost.build_s);
	if (measured->cost.publish_ms >= 0)
		printf(", published in %.1f ms", measured->cost.publish_ms);
	printf("\n");
}

static int show(struct measured measured[STRUCTURES], const struct options *options,
		const struct bench_addresses *addresses)
{
	json_t *report = report_new("sets", options->command);
	json_t *results = json_array();
	int i;

	printf("%zu entries, %s; ns a packet\n%-10s", addresses->count,
	       options->spread == BENCH_RANDOM ? "random" : "clustered", "");
	for (i = 0; i < TRAFFICS; i++)
		printf(" %13s", traffics[i].name);
	printf("\n");
	for (i = 0; i < STRUCTURES; i++) {
		print_line(&measured[i], i, options->rounds);
		json_array_append_new(results, result_of(&measured[i], i, options->rounds));
	}
	json_object_set_new(report, "entries", json_integer(addresses->count));
	json_object_set_new(report, "spread",
			    json_string(options->spread == BENCH_RANDOM ? "random" : "clustered"));
	json_object_set_new(report, "rounds", json_integer(options->rounds));
	json_object_set_new(report, "results", results);
	return report_write(report, options->output);
}

static int compare_all(const struct options *options)
{
	struct measured *measured = calloc(STRUCTURES, sizeof(*measured));
	struct bench_addresses addresses = {0};
	struct sets_bpf *skeleton = sets_bpf__open();
	int error = measured && skeleton ? 0 : -ENOMEM;

	if (!error)
		error = bench_addresses_make(&addresses, options->entries, options->spread);
	if (!error) {
		bpf_map__set_max_entries(skeleton->maps.hash, addresses.count);
		bpf_map__set_max_entries(skeleton->maps.lru, addresses.count);
		bpf_map__set_max_entries(skeleton->maps.lpm, options->lpm_limit);
		bpf_map__set_max_entries(skeleton->maps.bloom, addresses.count);
		error = sets_bpf__load(skeleton);
	}
	if (!error) {
		find_parts(skeleton, measured);
		fill_all(measured, options, &addresses);
		error = run_all(skeleton, measured, options, &addresses);
	}
	if (!error)
		error = show(measured, options, &addresses);
	sets_bpf__destroy(skeleton);
	bench_addresses_free(&addresses);
	free(measured);
	return error;
}

/* The bit of a structure, or 0. */
static unsigned int bit_of(const char *name)
{
	int i;

	for (i = 0; i < STRUCTURES; i++) {
		if (!strcmp(structures[i].name, name))
			return 1u << i;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = {1000000, 1000000, 5, 0, BENCH_RANDOM, NULL, argv};
	int option, error;

	while ((option = getopt(argc, argv, "n:cr:l:o:s:")) != -1) {
		if (option == 'n')
			options.entries = strtoull(optarg, NULL, 10);
		else if (option == 'c')
			options.spread = BENCH_CLUSTERED;
		else if (option == 'r')
			options.rounds = strtoul(optarg, NULL, 10);
		else if (option == 'l')
			options.lpm_limit = strtoull(optarg, NULL, 10);
		else if (option == 'o')
			options.output = optarg;
		else if (option == 's' && bit_of(optarg))
			options.chosen |= bit_of(optarg) | 1u << DROP | 1u << PARSE;
		else
			return 2;
	}
	if (!options.entries || !options.rounds || options.rounds > ROUNDS_MAX) {
		fprintf(stderr, "sets: -n takes 1 or more, -r 1 to %d\n", ROUNDS_MAX);
		return 2;
	}
	error = compare_all(&options);
	if (error)
		fprintf(stderr, "sets: nothing measured: %s\n", strerror(-error));
	return error ? 1 : 0;
}
