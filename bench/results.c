/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads results of bench/run.
 * usage: results check FILE.json...    are they what bench/README.md says they are?
 *        results table FILE.json...    as Markdown, every figure
 *        results plot FILE.json FIELD  as lines "name entries sources median min max" for gnuplot
 */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result_file.h"

static void print_targets(const json_t *result)
{
	const json_t *targets = json_object_get(result, "targets");
	size_t i;

	for (i = 0; i < json_array_size(targets); i++) {
		const json_t *target = json_array_get(targets, i);

		printf("%s%s ", i ? "; " : "", result_text(target, "field"));
		result_print_target(result, target);
	}
	printf(" |\n");
}

/* A number that every round shares, and that the result's name does not tell. */
static bool is_single(const char *key, const json_t *value)
{
	return json_is_number(value) && strcmp(key, "entries") != 0 && strcmp(key, "sources") != 0;
}

/* A figure or a spread of them; false when the value is neither. */
static bool print_value(const char *key, const json_t *value, bool first)
{
	if (!result_is_spread(value) && !is_single(key, value))
		return false;
	printf("%s%s ", first ? "" : "; ", key);
	if (!result_is_spread(value)) {
		result_print_figure(json_number_value(value));
		return true;
	}
	result_print_figure(result_number(value, "median"));
	printf(" (");
	result_print_figure(result_number(value, "min"));
	printf(" to ");
	result_print_figure(result_number(value, "max"));
	printf(")");
	return true;
}

static void print_result(const json_t *result)
{
	bool first = !*result_text(result, "unmeasured"); /* some rounds may be */
	const char *key;
	json_t *value;

	printf("| %s", result_text(result, "name"));
	if (!isnan(result_number(result, "entries")))
		printf(", %.0f listed", result_number(result, "entries"));
	if (!isnan(result_number(result, "sources")))
		printf(", %.0f sources", result_number(result, "sources"));
	printf(" | ");
	if (!first)
		printf("could not be measured, because: %s", result_text(result, "unmeasured"));
	json_object_foreach((json_t *)result, key, value)
	{
		if (print_value(key, value, first))
			first = false;
	}
	printf(" | ");
	print_targets(result);
}

static void print_table(const json_t *report)
{
	const json_t *machine = json_object_get(report, "machine");
	const json_t *results = json_object_get(report, "results");
	const json_t *note = json_object_get(report, "conditions");
	size_t i;

	printf("**%s", result_text(report, "bench"));
	if (!isnan(result_number(report, "entries")))
		printf(", %.0f entries", result_number(report, "entries"));
	printf("** (`%s`; %s, %.0f CPUs, Linux %s; %.0f rounds%s%s)\n\n",
	       result_text(report, "command"), result_text(machine, "cpu"),
	       result_number(machine, "cpus"), result_text(machine, "kernel"),
	       result_number(report, "rounds"), note ? "; " : "",
	       note ? json_string_value(note) : "");
	printf("| what | median (least to most) | target |\n|---|---|---|\n");
	for (i = 0; i < json_array_size(results); i++)
		print_result(json_array_get(results, i));
	printf("\n");
}

static void print_points(const json_t *report, const char *field)
{
	const json_t *results = json_object_get(report, "results");
	size_t i;

	for (i = 0; i < json_array_size(results); i++) {
		const json_t *result = json_array_get(results, i);
		const json_t *value = json_object_get(result, field);

		if (result_is_spread(value))
			printf("\"%s\" %.0f %.0f %g %g %g\n", result_text(result, "name"),
			       result_number(result, "entries"), result_number(result, "sources"),
			       result_number(value, "median"), result_number(value, "min"),
			       result_number(value, "max"));
	}
}

int main(int argc, char **argv)
{
	int failed = 0, files = argc, i;

	if (argc < 3 ||
	    (strcmp(argv[1], "check") && strcmp(argv[1], "table") && strcmp(argv[1], "plot"))) {
		fprintf(stderr,
			"usage: results check|table FILE.json..., or plot FILE.json FIELD\n");
		return 2;
	}
	if (!strcmp(argv[1], "plot"))
		files = 3;
	for (i = 2; i < files; i++) {
		json_t *report = result_file_read(argv[i]);

		failed += !report;
		if (report && !strcmp(argv[1], "table"))
			print_table(report);
		else if (report && !strcmp(argv[1], "plot") && argc == 4)
			print_points(report, argv[3]);
		json_decref(report);
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
