/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "report.h"

static json_t *cpu_model(void)
{
	json_t *model = NULL;
	char line[256];
	FILE *file = fopen("/proc/cpuinfo", "r");

	while (file && !model && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !colon)
			continue;
		line[strcspn(line, "\n")] = 0;
		model = json_string(colon + 2);
	}
	if (file)
		fclose(file);
	return model ? model : json_null();
}

/* The command line that makes the report again; where it writes to is no matter. */
static json_t *command_line(char **words)
{
	char line[256] = "";
	size_t used = 0;

	for (; *words && used < sizeof(line); words++) {
		if (!strcmp(*words, "-o") && words[1])
			words++;
		else
			used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s",
						 used ? " " : "", *words);
	}
	return json_string(line);
}

json_t *report_new(const char *name, char **command)
{
	struct utsname system;

	uname(&system);
	return json_pack("{s:s, s:o, s:I, s:{s:s, s:s, s:i, s:o}}", "bench", name, "command",
			 command_line(command), "time", (json_int_t)time(NULL), "machine", "kernel",
			 system.release, "architecture", system.machine, "cpus",
			 (int)sysconf(_SC_NPROCESSORS_ONLN), "cpu", cpu_model());
}

void report_round(const char *of, unsigned int round, unsigned int rounds)
{
	static time_t began;
	long passed;

	if (!began)
		began = time(NULL);
	passed = (long)(time(NULL) - began);
	printf("  %s: round %u of %u, %ld:%02ld min\n", of, round + 1, rounds, passed / 60,
	       passed % 60);
	fflush(stdout);
}

void report_target(json_t *result, const char *field, bool at_least, double value)
{
	json_t *targets = json_object_get(result, "targets");

	if (!targets) {
		targets = json_array();
		json_object_set_new(result, "targets", targets);
	}
	json_array_append_new(targets, json_pack("{s:s, s:f}", "field", field,
						 at_least ? "at_least" : "at_most", value));
}

static int compare(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

double report_median(const double *values, unsigned int count)
{
	double *sorted = malloc(count * sizeof(*sorted));
	double median;

	if (!sorted)
		abort();
	memcpy(sorted, values, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	median = count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
	free(sorted);
	return median;
}

json_t *report_spread(const double *values, unsigned int count)
{
	double least = values[0], most = values[0];
	unsigned int i;

	for (i = 1; i < count; i++) {
		least = values[i] < least ? values[i] : least;
		most = values[i] > most ? values[i] : most;
	}
	return json_pack("{s:f, s:f, s:f}", "median", report_median(values, count), "min", least,
			 "max", most);
}

void report_number(json_t *object, const char *name, double value)
{
	if (value >= 0)
		json_object_set_new(object, name, json_real(value));
}

int report_write(json_t *report, const char *path)
{
	int error = 0;

	if (path && json_dump_file(report, path, JSON_INDENT(1) | JSON_REAL_PRECISION(6))) {
		fprintf(stderr, "cannot write %s\n", path);
		error = -EIO;
	}
	json_decref(report);
	return error;
}
