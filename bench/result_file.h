/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results as bench/run keeps them (bench/README.md has their shape): reading them, and writing
 * their figures for people.
 */
#ifndef MXDP_BENCH_RESULT_FILE_H
#define MXDP_BENCH_RESULT_FILE_H

#include <jansson.h>
#include <stdbool.h>

/* The report in a file, or NULL after a message when it is not what it should be. */
json_t *result_file_read(const char *path);

/* A member that is a number or a text; NAN or "" without one. */
double result_number(const json_t *object, const char *name);
const char *result_text(const json_t *object, const char *name);

/* {"median", "min", "max"}, in order. */
bool result_is_spread(const json_t *value);

/* 1234567 as 1.23 M; what is small with three digits that count. */
void result_print_figure(double value);

/* "≥ 0.80: met", of a result's target: {"field", "at_least" or "at_most"}. */
void result_print_target(const json_t *result, const json_t *target);

#endif
