/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reader of the README wants to know of bench/results/: for each question one figure of
 * mxdp, what one would use otherwise beside it, and the target. usage: summary DIRECTORY
 */
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "result_file.h"

#define FIELDS_MAX 3
#define PEERS_MAX  3

struct peer {
	const char *name, *result;
};

/* With a heading it begins a table of another file; with a result it is a line of that table. */
struct row {
	const char *heading, *file;
	const char *what, *result;
	double sources; /* 0: the result is the only one of its name */
	const char *fields[FIELDS_MAX];
	struct peer peers[PEERS_MAX];
};

#define TABLE(title, name)                         \
	{                                          \
		.heading = (title), .file = (name) \
	}
#define FIELDS(...)   .fields = {__VA_ARGS__}
#define BESIDE(...)   .peers = {__VA_ARGS__}
#define MAIL_KNOWN    FIELDS("delivered_share", "p99_ms", "times_quiet")
#define MAIL_NEW      FIELDS("delivered_share", "p99_ms", "p99_after_hold_ms")
#define OF_POSTSCREEN FIELDS("share_of_postscreen")

static const struct row rows[] = {
	TABLE("Listed SYNs dropped, of what an empty program drops; ten million listed",
	      "drop_rate"),
	{.what = "8,192 sources",
	 .result = "mxdp",
	 .sources = 8192,
	 FIELDS("ratio"),
	 BESIDE({"xdp-filter, 10,000 listed", "xdp_filter"}, {"BPF hash", "xdp_hash"},
		{"tc", "tc_hash"})},
	{.what = "a million sources",
	 .result = "mxdp",
	 .sources = 1048576,
	 FIELDS("ratio"),
	 BESIDE({"BPF hash", "xdp_hash"}, {"tc", "tc_hash"})},

	TABLE("... with 140,000 listed, which netfilter's sets load in time", "drop_rate_short"),
	{.what = "8,192 sources",
	 .result = "mxdp",
	 .sources = 8192,
	 FIELDS("ratio"),
	 BESIDE({"nft netdev", "nft_netdev"}, {"nft raw", "nft_raw"}, {"ipset", "ipset"})},
	{.what = "131,072 sources",
	 .result = "mxdp",
	 .sources = 131072,
	 FIELDS("ratio"),
	 BESIDE({"nft netdev", "nft_netdev"}, {"nft raw", "nft_raw"}, {"ipset", "ipset"})},

	TABLE("A packet's cost while all is in the caches; ten million listed", "packet_cost"),
	{.what = "for another port",
	 .result = "other_port",
	 FIELDS("ns"),
	 BESIDE({"a bare XDP_DROP", "drop_all"}, {"a bare parse", "parse"})},
	{.what = "of a live SMTP connection", .result = "live_connection", FIELDS("ns")},
	{.what = "a SYN that a feed refuses", .result = "feed_drop", FIELDS("ns")},
	{.what = "a SYN of a client with a verdict to drop",
	 .result = "verdict_drop",
	 FIELDS("ns")},
	{.what = "a SYN of an unknown client", .result = "unknown_held", FIELDS("ns")},

	TABLE("The set of ten million addresses, asked for a random one", "sets_10m"),
	{.what = "one that is listed",
	 .result = "snapshot",
	 FIELDS("hit"),
	 BESIDE({"BPF hash", "hash"}, {"LRU hash", "lru_hash"}, {"Bloom filter", "bloom"})},
	{.what = "one that is not",
	 .result = "snapshot",
	 FIELDS("miss"),
	 BESIDE({"BPF hash", "hash"}, {"LRU hash", "lru_hash"}, {"Bloom filter", "bloom"})},
	{.what = "memory, bytes",
	 .result = "snapshot",
	 FIELDS("kernel_bytes"),
	 BESIDE({"BPF hash", "hash"}, {"LRU hash", "lru_hash"}, {"Bloom filter", "bloom"})},

	TABLE("A feed of ten million lines", "feed_load"),
	{.what = "from text into force", .result = "random", FIELDS("total_s")},
	{.what = "the set built", .result = "random", FIELDS("build_s")},
	{.what = "swapped", .result = "random", FIELDS("swap_ms")},
	{.what = "memory", .result = "random", FIELDS("bytes_per_address")},

	TABLE("CPU until a listed client is refused, of what a tuned postscreen needs",
	      "screening"),
	{.what = "looked up, 500 a second", .result = "mxdp_looked_up", OF_POSTSCREEN},
	{.what = "looked up, 5,000 a second", .result = "mxdp_looked_up_5000", OF_POSTSCREEN},
	{.what = "named by a feed, 500 a second", .result = "mxdp_known", OF_POSTSCREEN},
	{.what = "named by a feed, 5,000 a second", .result = "mxdp_known_5000", OF_POSTSCREEN},
	{.what = "named by a feed, 50,000 a second", .result = "mxdp_known_50000", OF_POSTSCREEN},

	TABLE("Legitimate mail under attack: share delivered, and its delay at the 99th percentile",
	      "attack"),
	{.what = "known senders, 500 bots a second",
	 .result = "mxdp_500_known",
	 MAIL_KNOWN,
	 BESIDE({"postscreen", "postscreen_default_500_known"},
		{"tuned", "postscreen_tuned_500_known"}, {"bare Postfix", "postfix_500_known"})},
	{.what = "never-seen senders, 500 bots a second",
	 .result = "mxdp_500_new",
	 MAIL_NEW,
	 BESIDE({"postscreen", "postscreen_default_500_new"}, {"tuned", "postscreen_tuned_500_new"},
		{"bare Postfix", "postfix_500_new"})},
	{.what = "known senders, 5,000 bots a second",
	 .result = "mxdp_5000_known",
	 MAIL_KNOWN,
	 BESIDE({"tuned postscreen", "postscreen_tuned_5000_known"},
		{"bare Postfix", "postfix_5000_known"})},
	{.what = "never-seen senders, 5,000 bots a second",
	 .result = "mxdp_5000_new",
	 MAIL_NEW,
	 BESIDE({"tuned postscreen", "postscreen_tuned_5000_new"},
		{"bare Postfix", "postfix_5000_new"})},
	{.what = "known senders, 50,000 bots a second asked for",
	 .result = "mxdp_50000_known",
	 MAIL_KNOWN,
	 BESIDE({"tuned postscreen", "postscreen_tuned_50000_known"},
		{"bare Postfix", "postfix_50000_known"},
		{"nft, where all bots are listed", "nft_50000_known"})},
	{.what = "never-seen senders, likewise",
	 .result = "mxdp_50000_new",
	 MAIL_NEW,
	 BESIDE({"tuned postscreen", "postscreen_tuned_50000_new"},
		{"bare Postfix", "postfix_50000_new"},
		{"nft, where all bots are listed", "nft_50000_new"})},
	{.what = "such bots a second",
	 .result = "mxdp_50000_flood",
	 FIELDS("reached_a_second"),
	 BESIDE({"tuned postscreen", "postscreen_tuned_50000_flood"},
		{"bare Postfix", "postfix_50000_flood"},
		{"nft, where all bots are listed", "nft_50000_flood"})},
	{.what = "known senders, 150,000 spoofed SYNs a second",
	 .result = "mxdp_spoofed_known",
	 MAIL_KNOWN,
	 BESIDE({"tuned postscreen", "postscreen_tuned_spoofed_known"},
		{"bare Postfix", "postfix_spoofed_known"})},
	{.what = "never-seen senders, 150,000 spoofed SYNs a second",
	 .result = "mxdp_spoofed_new",
	 MAIL_NEW,
	 BESIDE({"tuned postscreen", "postscreen_tuned_spoofed_new"},
		{"bare Postfix", "postfix_spoofed_new"})},
	{.what = "known senders, as many spoofed SYNs as can be made",
	 .result = "mxdp_spoofed_most_known",
	 MAIL_KNOWN},
	{.what = "never-seen senders, likewise", .result = "mxdp_spoofed_most_new", MAIL_NEW},
	{.what = "such SYNs a second",
	 .result = "mxdp_spoofed_most_flood",
	 FIELDS("syns_a_second")},

	TABLE("Replies a second on one core, which the clients share", "replies"),
	{.what = "SYN-ACKs",
	 .result = "syn_ack_mxdp",
	 FIELDS("a_second"),
	 BESIDE({"the kernel's SYN cookies", "syn_ack_kernel"})},
	{.what = "whole refusals, until the client hangs up",
	 .result = "dialogue_mxdp",
	 FIELDS("a_second")},

	TABLE("The daemon's memory and CPU while nothing happens", "memory"),
	{.what = "idle", .result = "idle", FIELDS("resident_mib", "cpu_percent")},
	{.what = "with a million verdicts",
	 .result = "verdicts_1000000",
	 FIELDS("resident_mib", "cpu_percent")},
	{.what = "with a feed of ten million",
	 .result = "feed_10000000",
	 FIELDS("resident_mib", "cpu_percent")},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* What is written behind a field's figure. */
static const struct {
	const char *field, *unit;
} units[] = {
	{"ns", " ns"},
	{"hit", " ns"},
	{"miss", " ns"},
	{"total_s", " s"},
	{"build_s", " s"},
	{"swap_ms", " ms"},
	{"bytes_per_address", " bytes an address"},
	{"p99_ms", " ms"},
	{"p99_after_hold_ms", " ms without the held second"},
	{"times_quiet", " times the quiet one"},
	{"resident_mib", " MiB"},
	{"cpu_percent", " % of a CPU"},
};

static const char *unit_of(const char *field)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(units[i].field, field))
			return units[i].unit;
	return "";
}

/* The result of that name; of several, the one with so many sources. */
static const json_t *find_result(const json_t *report, const char *name, double sources)
{
	const json_t *results = json_object_get(report, "results");
	size_t i;

	for (i = 0; i < json_array_size(results); i++) {
		const json_t *result = json_array_get(results, i);

		if (!strcmp(result_text(result, "name"), name) &&
		    !(sources > 0 && result_number(result, "sources") != sources))
			return result;
	}
	return NULL;
}

/* The median of the rounds, or what all of them share. */
static double median_of(const json_t *result, const char *field)
{
	const json_t *value = json_object_get(result, field);

	return json_is_object(value) ? result_number(value, "median")
				     : result_number(result, field);
}

/* "1.00, 3.30 ms"; said only when one of the fields was measured. */
static void print_fields(const json_t *result, const struct row *row)
{
	const char *separator = "";
	unsigned int i;

	for (i = 0; i < FIELDS_MAX && row->fields[i]; i++) {
		double median = median_of(result, row->fields[i]);

		if (isnan(median))
			continue;
		printf("%s", separator);
		result_print_figure(median);
		printf("%s", unit_of(row->fields[i]));
		separator = ", ";
	}
	if (!*separator)
		printf("not measured");
	else if (*result_text(result, "unmeasured"))
		printf(" (not in every round)");
}

static void print_peers(const json_t *report, const struct row *row)
{
	unsigned int i;

	for (i = 0; i < PEERS_MAX && row->peers[i].name; i++) {
		printf("%s%s: ", i ? "; " : "", row->peers[i].name);
		print_fields(find_result(report, row->peers[i].result, row->sources), row);
	}
}

/* The targets of the fields that are shown. */
static void print_targets(const json_t *result, const struct row *row)
{
	const json_t *targets = json_object_get(result, "targets");
	const char *separator = "";
	unsigned int i;
	size_t k;

	for (i = 0; i < FIELDS_MAX && row->fields[i]; i++) {
		for (k = 0; k < json_array_size(targets); k++) {
			const json_t *target = json_array_get(targets, k);

			if (strcmp(result_text(target, "field"), row->fields[i]) != 0)
				continue;
			printf("%s", separator);
			result_print_target(result, target);
			separator = "; ";
		}
	}
}

static void print_row(const json_t *report, const struct row *row)
{
	const json_t *result = find_result(report, row->result, row->sources);

	printf("| %s | ", row->what);
	print_fields(result, row);
	printf(" | ");
	print_peers(report, row);
	printf(" | ");
	print_targets(result, row);
	printf(" |\n");
}

/* The head of a table: what it is about, and how to make it again. */
static void print_heading(const json_t *report, const struct row *row)
{
	const json_t *machine = json_object_get(report, "machine");

	printf("\n**%s** (`sudo bench/run %s`", row->heading, row->file);
	if (report)
		printf("; %s, %.0f CPUs, Linux %s; %.0f rounds", result_text(machine, "cpu"),
		       result_number(machine, "cpus"), result_text(machine, "kernel"),
		       result_number(report, "rounds"));
	printf(")\n\n| | mxdp | beside it | target |\n|---|---|---|---|\n");
}

int main(int argc, char **argv)
{
	json_t *report = NULL;
	int failed = 0;
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: summary DIRECTORY\n");
		return 2;
	}
	for (i = 0; i < ROWS; i++) {
		char path[PATH_MAX];

		if (!rows[i].heading) {
			print_row(report, &rows[i]);
			continue;
		}
		json_decref(report);
		snprintf(path, sizeof(path), "%s/%s.json", argv[1], rows[i].file);
		report = access(path, F_OK) ? NULL : result_file_read(path);
		failed += !report && !access(path, F_OK);
		print_heading(report, &rows[i]);
	}
	json_decref(report);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
