/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for people: aligned columns, and colours on a terminal. */
#ifndef MXDP_TABLE_H
#define MXDP_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum paint { PAINT_NONE, PAINT_BOLD, PAINT_GOOD, PAINT_BAD, PAINT_WARN, PAINT_DIM };

/* The escape sequence that starts a colour, or ends it (PAINT_NONE); "" without `colour`. */
const char *paint(bool colour, enum paint paint);
/* Words that name an action: pass green, refusals red, what is between yellow; others plain. */
enum paint paint_of_action(const char *action);

#define TABLE_COLUMNS_MAX 12

/* Cells are kept, row after row, until table_print() prints and frees them. */
struct table {
	const char *align; /* 'l' or 'r' for each of 1 .. TABLE_COLUMNS_MAX columns; not owned */
	size_t columns;
	size_t count, places;
	char **cells;
};

/* Begins an empty table. Each cell then takes the next place of a row, from printf-style text. */
void table_begin(struct table *table, const char *align);
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints with `indent` spaces before each line; a heading, if it is one, is the first row. */
void table_print(struct table *table, int indent, bool heading, bool colour);

#endif
