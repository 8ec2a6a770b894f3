/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results as JSON: what machine and kernel they come from, medians with their spread. A number that
 * was not measured is left out, never written as zero.
 */
#ifndef MXDP_BENCH_REPORT_H
#define MXDP_BENCH_REPORT_H

#include <jansson.h>
#include <stdbool.h>

/* {"bench": NAME, "command", "time", "machine": {…}}; `command` is main's argv. */
json_t *report_new(const char *name, char **command);

/* Tells whoever waits that a round of so many begins, and since when the program runs. From 0 on.
 */
void report_round(const char *of, unsigned int round, unsigned int rounds);

/* What a result should reach: the median of its spread `field` at least or at most this. */
void report_target(json_t *result, const char *field, bool at_least, double value);

/* {"median", "min", "max"} of `count` numbers. */
json_t *report_spread(const double *values, unsigned int count);
double report_median(const double *values, unsigned int count);

/* Adds a number that is not negative. */
void report_number(json_t *object, const char *name, double value);

/* Writes the report into a file, if one is named, and frees it. 0 or -EIO after a message. */
int report_write(json_t *report, const char *path);

#endif
