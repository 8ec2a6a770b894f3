/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a result must have, and how its figures are written. */
#include "result_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *result_text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

static bool is_text(const json_t *value)
{
	return json_is_string(value) && *json_string_value(value);
}

double result_number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

bool result_is_spread(const json_t *value)
{
	double least = result_number(value, "min"), middle = result_number(value, "median");

	return json_is_object(value) && least <= middle && middle <= result_number(value, "max");
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
		if (!strcmp(key, "targets") && !are_targets(value))
			return "targets that are none";
		if (json_is_object(value) && !result_is_spread(value))
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
	    !is_text(json_object_get(machine, "cpu")) || !(result_number(machine, "cpus") >= 1))
		return "no machine";
	if (!(result_number(report, "rounds") >= 1))
		return "no number of rounds";
	if (!json_array_size(results))
		return "no results";
	for (i = 0; i < json_array_size(results) && !fault; i++)
		fault = fault_of_result(json_array_get(results, i));
	return fault;
}

json_t *result_file_read(const char *path)
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

void result_print_figure(double value)
{
	if (value >= 1e6)
		printf("%.2f M", value / 1e6);
	else if (value >= 1e4)
		printf("%.0f k", value / 1e3);
	else if (value >= 100)
		printf("%.0f", value);
	else
		printf("%#.3g", value);
}

void result_print_target(const json_t *result, const json_t *target)
{
	bool least = !isnan(result_number(target, "at_least"));
	double wanted = result_number(target, least ? "at_least" : "at_most");
	double median =
		result_number(json_object_get(result, result_text(target, "field")), "median");

	printf("%s ", least ? "≥" : "≤");
	result_print_figure(wanted);
	if (isnan(median))
		printf(": **not measured**");
	else
		printf(": %s",
		       (least ? median >= wanted : median <= wanted) ? "met" : "**missed**");
}
