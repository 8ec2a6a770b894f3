/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a report of what a script measured: reads lines
 *   RESULT FIELD NUMBER                      once for each round
 *   RESULT unmeasured WHY...
 *   RESULT target FIELD at_least|at_most NUMBER
 *   conditions - TEXT...
 * usage: gather NAME ROUNDS FILE.json COMMAND... <LINES
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define ROUNDS_MAX 99

/* The result of that name among the report's. */
static json_t *result_named(json_t *results, const char *name)
{
	json_t *result;
	size_t i;

	json_array_foreach(results, i, result)
	{
		if (!strcmp(json_string_value(json_object_get(result, "name")), name))
			return result;
	}
	result = json_pack("{s:s}", "name", name);
	json_array_append_new(results, result);
	return result;
}

static void add_value(json_t *result, const char *field, double value)
{
	json_t *values = json_object_get(result, field);

	if (!json_is_array(values)) {
		values = json_array();
		json_object_set_new(result, field, values);
	}
	if (isfinite(value))
		json_array_append_new(values, json_real(value));
}

static void take_target(json_t *result, const char *words)
{
	char field[64], side[16];
	double value;

	if (sscanf(words, "%63s %15s %lf", field, side, &value) == 3)
		report_target(result, field, !strcmp(side, "at_least"), value);
}

static void take_line(json_t *report, json_t *results, char *line)
{
	char name[64], field[64];
	int at = 0;

	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "%63s %63s %n", name, field, &at) != 2 || !at)
		return;
	if (!strcmp(name, "conditions"))
		json_object_set_new(report, "conditions", json_string(line + at));
	else if (!strcmp(field, "unmeasured"))
		json_object_set_new(result_named(results, name), field, json_string(line + at));
	else if (!strcmp(field, "target"))
		take_target(result_named(results, name), line + at);
	else
		add_value(result_named(results, name), field, strtod(line + at, NULL));
}

/* Lists of numbers become spreads. */
static void spread_all(json_t *result)
{
	const char *key;
	json_t *values;
	void *next;

	json_object_foreach_safe(result, next, key, values)
	{
		double numbers[ROUNDS_MAX];
		unsigned int count = (unsigned int)json_array_size(values), i;

		if (!json_is_number(json_array_get(values, 0)) || count > ROUNDS_MAX)
			continue; /* also a list of targets */
		for (i = 0; i < count; i++)
			numbers[i] = json_real_value(json_array_get(values, i));
		json_object_set_new(result, key, report_spread(numbers, count));
	}
}

int main(int argc, char **argv)
{
	json_t *report, *results = json_array(), *result;
	char line[512];
	size_t i;

	if (argc < 5) {
		fprintf(stderr, "usage: gather NAME ROUNDS FILE.json COMMAND... <LINES\n");
		return 2;
	}
	report = report_new(argv[1], argv + 4);
	json_object_set_new(report, "rounds", json_integer(strtol(argv[2], NULL, 10)));
	while (fgets(line, sizeof(line), stdin))
		take_line(report, results, line);
	json_array_foreach(results, i, result) spread_all(result);
	json_object_set_new(report, "results", results);
	return report_write(report, argv[3]) ? 1 : 0;
}
