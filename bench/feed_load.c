/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A feed's way from text into force, step by step: reading, building, publishing, and what a
 * question about one address costs afterwards.
 * usage: feed_load [-n ENTRIES] [-c] [-s] [-r ROUNDS] [-o FILE.json]
 * -c takes a clustered set instead of a random one, -s a file that is sorted by address.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "addresses.h"
#include "bench/sets.skel.h"
#include "flip.h"
#include "report.h"
#include "sets.h"
#include "sets_fill.h"
#include "userspace/feeds/data.h"

#define ROUNDS_MAX 25
#define QUESTIONS  1000

/* Listed by a class that has no meaning yet: public lists have nothing there. */
#define MARKER       0x7f000001u
#define MARKER_CLASS 2

/*
 * SWAP: from the call of the update that swaps until the new generation judges packets. WAIT: until
 * that call returns, as no packet is judged by the old one any more.
 */
enum step { READ, BUILD, COPY, SWAP, WAIT, RELEASE, TOTAL, QUESTION, STEPS };

static const char *const step_names[STEPS] = {
	[READ] = "read_s",   [BUILD] = "build_s",        [COPY] = "copy_ms",
	[SWAP] = "swap_ms",  [WAIT] = "wait_ms",         [RELEASE] = "release_ms",
	[TOTAL] = "total_s", [QUESTION] = "question_us",
};

struct load {
	char **command;
	struct bench_addresses addresses;
	char path[64], copy[72];
	struct sets_bpf *skeleton; /* a program that asks the snapshot */
	int feeds_fd;
	double bytes;
	double took[STEPS][ROUNDS_MAX];
};

static int write_text(struct load *load, bool sorted)
{
	size_t count = load->addresses.count;
	FILE *file;

	snprintf(load->path, sizeof(load->path), "/tmp/mxdp-feed-load.%d", (int)getpid());
	file = fopen(load->path, "wx");
	if (!file)
		return -errno;
	snprintf(load->copy, sizeof(load->copy), "%s.copy", load->path);
	for (size_t i = 0; i < count; i++) {
		uint32_t address = load->addresses.address[sorted ? i : i * 2654435761u % count];

		fprintf(file, "%u.%u.%u.%u\n", address >> 24, address >> 16 & 255,
			address >> 8 & 255, address & 255);
	}
	return fclose(file) ? -errno : 0;
}

/* The program's packets come from the marker, all of them. */
static int load_program(struct load *load)
{
	const struct sets_source marker = {.address = htonl(MARKER)};
	uint32_t zero = 0;

	load->skeleton = sets_bpf__open_and_load();
	if (!load->skeleton)
		return -errno;
	load->feeds_fd = bpf_map__fd(load->skeleton->maps.feeds4);
	load->skeleton->bss->source_mask = 0;
	return bpf_map_update_elem(bpf_map__fd(load->skeleton->maps.sources), &zero, &marker,
				   BPF_ANY)
		       ? -errno
		       : 0;
}

static int build(const struct mxdp_feed_data *data, struct mxdp_snapshot *snapshot)
{
	const struct mxdp_prefix marker = {mxdp_address_from_v4(htonl(MARKER)), 32};
	static const struct mxdp_snapshot_class drop = {.action = MXDP_ACTION_DROP};
	struct mxdp_snapshot_builder *builder;
	int error = mxdp_snapshot_builder_new(&builder);

	if (error)
		return error;
	error = mxdp_snapshot_define(builder, 1, &drop);
	if (!error)
		error = mxdp_feed_data_add(data, builder, 1, 0);
	if (!error)
		error = mxdp_snapshot_add(builder, &marker, MARKER_CLASS, 0);
	if (!error)
		error = mxdp_snapshot_build4(builder, 1, snapshot);
	mxdp_snapshot_builder_free(builder);
	return error;
}

static double ask(const struct load *load, const struct mxdp_feed_data *data)
{
	double start = sets_now();

	for (size_t i = 0; i < QUESTIONS; i++) {
		uint32_t of = i * 2654435761u % load->addresses.count;
		struct mxdp_address address =
			mxdp_address_from_v4(htonl(load->addresses.address[of]));
		struct mxdp_feed_entry entry;

		if (mxdp_feed_data_find(data, &address, &entry))
			return -1;
	}
	return (sets_now() - start) / QUESTIONS * 1e6;
}

/* Publishes once more, with the marker's class in force, and looks when packets see it. */
static int swap(struct load *load, const struct mxdp_snapshot *snapshot, unsigned int round)
{
	uint8_t packet[SETS_PACKET];
	struct bench_flip flip = {
		.program = bpf_program__fd(load->skeleton->progs.run_snapshot),
		.packet = packet,
		.bytes = sizeof(packet),
	};
	struct mxdp_snapshot_map map;
	int error, late;

	sets_packet(packet);
	snapshot->lines[MXDP_SNAPSHOT_CLASS_AT].class[MARKER_CLASS].action = MXDP_ACTION_DROP;
	error = bench_flip_start(&flip);
	if (error)
		return error;
	error = mxdp_snapshot_publish(load->feeds_fd, snapshot, &map);
	late = bench_flip_end(&flip);
	if (error)
		return error;
	load->took[SWAP][round] = flip.after * 1e3 - (double)map.times.swap_at_us / 1e3;
	mxdp_snapshot_close(&map);
	return late;
}

static int run(struct load *load, unsigned int round)
{
	struct mxdp_feed_reading reading = {
		.path = load->path,
		.copy = load->copy,
		.format = MXDP_FEED_PLAIN,
		.limits = {.entries_max = load->addresses.count},
	};
	struct mxdp_snapshot snapshot = {NULL, 0};
	struct mxdp_feed_report report;
	struct mxdp_feed_data *data;
	struct mxdp_snapshot_map map;
	double start = sets_now(), read, built, in_force;
	int error = mxdp_feed_data_read(&reading, &data, &report);

	if (error) {
		fprintf(stderr, "feed_load: %s\n", report.refusal);
		return error;
	}
	read = sets_now();
	error = build(data, &snapshot);
	built = sets_now();
	if (!error)
		error = mxdp_snapshot_publish(load->feeds_fd, &snapshot, &map);
	in_force = sets_now();
	if (!error) {
		load->took[READ][round] = read - start;
		load->took[BUILD][round] = built - read;
		load->took[COPY][round] = map.times.copy_us / 1e3;
		load->took[WAIT][round] = map.times.wait_us / 1e3;
		load->took[TOTAL][round] = in_force - start;
		mxdp_snapshot_release(load->feeds_fd);
		load->took[RELEASE][round] = (sets_now() - in_force) * 1e3;
		load->took[QUESTION][round] = ask(load, data);
		load->bytes = (double)map.view.count * sizeof(*map.view.lines);
		mxdp_snapshot_close(&map);
		error = swap(load, &snapshot, round);
		mxdp_snapshot_release(load->feeds_fd);
	}
	mxdp_snapshot_free(&snapshot);
	mxdp_feed_data_unref(data);
	return error;
}

static int show(struct load *load, unsigned int rounds, bool sorted, const char *output)
{
	json_t *report = report_new("feed_load", load->command);
	json_t *result = json_pack("{s:s, s:I}", "name",
				   load->addresses.spread == BENCH_RANDOM ? "random" : "clustered",
				   "entries", (json_int_t)load->addresses.count);
	double per_entry = load->bytes / (double)load->addresses.count;

	printf("%zu lines, %s, %s:", load->addresses.count,
	       load->addresses.spread == BENCH_RANDOM ? "random" : "clustered",
	       sorted ? "sorted" : "in no order");
	for (int i = 0; i < STEPS; i++) {
		printf(" %s %.3f", step_names[i], report_median(load->took[i], rounds));
		json_object_set_new(result, step_names[i], report_spread(load->took[i], rounds));
	}
	printf(", %.2f bytes an address\n", per_entry);
	json_object_set_new(report, "rounds", json_integer(rounds));
	json_object_set_new(result, "sorted", json_boolean(sorted));
	report_number(result, "bytes_per_address", per_entry);
	report_target(result, "build_s", false, 1);
	report_target(result, "swap_ms", false, 10);
	json_object_set_new(report, "results", json_pack("[o]", result));
	return report_write(report, output);
}

static int measure(size_t entries, enum bench_spread spread, bool sorted, unsigned int rounds,
		   const char *output, char **command)
{
	struct load load = {.command = command};
	int error = bench_addresses_make(&load.addresses, entries, spread);

	if (error)
		return error;
	error = write_text(&load, sorted);
	if (!error)
		error = load_program(&load);
	for (unsigned int round = 0; round < rounds && !error; round++) {
		report_round("all steps", round, rounds);
		error = run(&load, round);
	}
	if (!error)
		error = show(&load, rounds, sorted, output);
	unlink(load.path);
	unlink(load.copy);
	sets_bpf__destroy(load.skeleton);
	bench_addresses_free(&load.addresses);
	return error;
}

int main(int argc, char **argv)
{
	enum bench_spread spread = BENCH_RANDOM;
	unsigned int rounds = 3;
	size_t entries = 1000000;
	const char *output = NULL;
	bool sorted = false;
	int option, error;

	while ((option = getopt(argc, argv, "n:csr:o:")) != -1) {
		if (option == 'n')
			entries = strtoull(optarg, NULL, 10);
		else if (option == 'c')
			spread = BENCH_CLUSTERED;
		else if (option == 's')
			sorted = true;
		else if (option == 'r')
			rounds = (unsigned int)strtoul(optarg, NULL, 10);
		else if (option == 'o')
			output = optarg;
		else
			return 2;
	}
	if (!entries || !rounds || rounds > ROUNDS_MAX) {
		fprintf(stderr, "feed_load: -n takes 1 or more, -r 1 to %d\n", ROUNDS_MAX);
		return 2;
	}
	error = measure(entries, spread, sorted, rounds, output, argv);
	if (error)
		fprintf(stderr, "feed_load: nothing measured: %s\n", strerror(-error));
	return error ? 1 : 0;
}
