/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads results of bench/run.
 * usage: results check FILE.json...    are they what bench/README.md says they are?
 *        results table FILE.json...    as Markdown, for the README
 *        results plot FILE.json FIELD  as lines "name entries sources median min max" for gnuplot
 */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_text(const json_t *value)
{
	return json_is_string(value) && *json_string_value(value);
}

static double number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* {"median", "min", "max"}, in order. */
static bool is_spread(const json_t *value)
{
	double least = number(value, "min"), middle = number(value, "median");

	return json_is_object(value) && least <= middle && middle <= number(value, "max");
}

static bool are_targets(const json_t *value)
{
	size_t i;

	for (i = 0; i < json_array_size(value); i++)
		if (!is_text(json_object_get(json_array_get(value, i), "field")))
			return false;
	return json_is_array(value);
}

/* A result has a name and says what was measured, or why nothing was. Returns a fault or NULL. */
static const char *fault_of_result(const json_t *result)
{
	unsigned int spreads = 0;
	const char *key;
	json_t *value;

	if (!is_text(json_object_get(result, "name")))
		return "a result without a name";
	if (json_object_get(result, "unmeasured"))
		return is_text(json_object_get(result, "unmeasured"))
			       ? NULL
			       : "unmeasured, without a reason";
	json_object_foreach((json_t *)result, key, value)
	{
		if (!strcmp(key, "target")) /* of older results */
			continue;
		if (!strcmp(key, "targets") && !are_targets(value))
			return "targets that are none";
		if (json_is_object(value) && !is_spread(value))
			return "a spread that is none";
		spreads += json_is_object(value);
	}
	return spreads ? NULL : "a result with no number and no reason";
}

static const char *fault_of(const json_t *report)
{
	const json_t *machine = json_object_get(report, "machine");
	const json_t *results = json_object_get(report, "results");
	const char *fault = NULL;
	size_t i;

	if (!is_text(json_object_get(report, "bench")))
		return "no name of a bench";
	if (!json_is_integer(json_object_get(report, "time")))
		return "no time";
	if (!is_text(json_object_get(machine, "kernel")) ||
	    !is_text(json_object_get(machine, "cpu")) || !(number(machine, "cpus") >= 1))
		return "no machine";
	if (!(number(report, "rounds") >= 1))
		return "no number of rounds";
	if (!json_array_size(results))
		return "no results";
	for (i = 0; i < json_array_size(results) && !fault; i++)
		fault = fault_of_result(json_array_get(results, i));
	return fault;
}

/* The report in a file, or NULL after a message. */
static json_t *read_report(const char *path)
{
	json_error_t error;
	json_t *report = json_load_file(path, 0, &error);
	const char *fault = report ? fault_of(report) : error.text;

	if (!fault)
		return report;
	fprintf(stderr, "%s: %s\n", path, fault);
	json_decref(report);
	return NULL;
}

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

/* 1234567 as 1.23 M; what is small keeps its decimals. */
static void print_figure(double value)
{
	if (value >= 1e6)
		printf("%.2f M", value / 1e6);
	else if (value >= 1e4)
		printf("%.0f k", value / 1e3);
	else if (value >= 100)
		printf("%.0f", value);
	else if (value >= 0.1 || value <= 0)
		printf("%.2f", value);
	else
		printf("%.4f", value);
}

/* A target of a field, and whether it was reached: {"field": …, "at_least"|"at_most": …}. */
static void print_target(const json_t *result, const json_t *target)
{
	bool least = !isnan(number(target, "at_least"));
	double wanted = number(target, least ? "at_least" : "at_most");
	double median = number(json_object_get(result, text(target, "field")), "median");

	printf("%s %s ", text(target, "field"), least ? "≥" : "≤");
	print_figure(wanted);
	if (isnan(median))
		printf(": **not measured**");
	else
		printf(": %s",
		       (least ? median >= wanted : median <= wanted) ? "met" : "**missed**");
}

static void print_targets(const json_t *result)
{
	const json_t *targets = json_object_get(result, "targets");
	const json_t *target = json_object_get(result, "target"); /* of older results */
	size_t i;

	if (target)
		print_target(result, target);
	for (i = 0; i < json_array_size(targets); i++) {
		printf("%s", i ? "; " : "");
		print_target(result, json_array_get(targets, i));
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
	if (!is_spread(value) && !is_single(key, value))
		return false;
	printf("%s%s ", first ? "" : "; ", key);
	if (!is_spread(value)) {
		print_figure(json_number_value(value));
		return true;
	}
	print_figure(number(value, "median"));
	printf(" (");
	print_figure(number(value, "min"));
	printf(" to ");
	print_figure(number(value, "max"));
	printf(")");
	return true;
}

static void print_result(const json_t *result)
{
	bool first = !is_text(json_object_get(result, "unmeasured")); /* some rounds may be */
	const char *key;
	json_t *value;

	printf("| %s", text(result, "name"));
	if (!isnan(number(result, "entries")))
		printf(", %.0f listed", number(result, "entries"));
	if (!isnan(number(result, "sources")))
		printf(", %.0f sources", number(result, "sources"));
	printf(" | ");
	if (!first)
		printf("could not be measured, because: %s", text(result, "unmeasured"));
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

	printf("**%s", text(report, "bench"));
	if (!isnan(number(report, "entries")))
		printf(", %.0f entries", number(report, "entries"));
	printf("** (`%s`; %s, %.0f CPUs, Linux %s; %.0f rounds%s%s)\n\n", text(report, "command"),
	       text(machine, "cpu"), number(machine, "cpus"), text(machine, "kernel"),
	       number(report, "rounds"), note ? "; " : "", note ? json_string_value(note) : "");
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

		if (is_spread(value))
			printf("\"%s\" %.0f %.0f %g %g %g\n", text(result, "name"),
			       number(result, "entries"), number(result, "sources"),
			       number(value, "median"), number(value, "min"), number(value, "max"));
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
		json_t *report = read_report(argv[i]);

		failed += !report;
		if (report && !strcmp(argv[1], "table"))
			print_table(report);
		else if (report && !strcmp(argv[1], "plot") && argc == 4)
			print_points(report, argv[3]);
		json_decref(report);
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
