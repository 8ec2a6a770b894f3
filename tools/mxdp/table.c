/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *paint(bool colour, enum paint paint)
{
	static const char *const sequences[] = {
		[PAINT_NONE] = "\033[0m", [PAINT_BOLD] = "\033[1m",  [PAINT_GOOD] = "\033[32m",
		[PAINT_BAD] = "\033[31m", [PAINT_WARN] = "\033[33m", [PAINT_DIM] = "\033[2m",
	};

	return colour ? sequences[paint] : "";
}

enum paint paint_of_action(const char *action)
{
	static const struct {
		const char *action;
		enum paint paint;
	} paints[] = {
		{"pass", PAINT_GOOD},     {"allow", PAINT_GOOD},    {"limit", PAINT_WARN},
		{"greylist", PAINT_WARN}, {"tempfail", PAINT_WARN}, {"reject", PAINT_BAD},
		{"tarpit", PAINT_BAD},    {"drop", PAINT_BAD},      {"deny", PAINT_BAD},
	};

	for (size_t i = 0; i < sizeof(paints) / sizeof(paints[0]); i++)
		if (strcmp(paints[i].action, action) == 0)
			return paints[i].paint;
	return PAINT_NONE;
}

void table_begin(struct table *table, const char *align)
{
	*table = (struct table){.align = align, .columns = strlen(align)};
}

void table_cell(struct table *table, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (table->count == table->places) {
		size_t places = table->places ? 2 * table->places : 64;
		char **grown = realloc(table->cells, places * sizeof(*grown));

		if (!grown)
			abort(); /* out of memory: a command has nothing left to say */
		table->cells = grown;
		table->places = places;
	}
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		abort();
	va_end(arguments);
	table->cells[table->count++] = text;
}

/* Characters, not bytes: an operator's reason may be UTF-8. */
static int text_width(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

static void measure(const struct table *table, int widths[TABLE_COLUMNS_MAX])
{
	memset(widths, 0, TABLE_COLUMNS_MAX * sizeof(*widths));
	for (size_t i = 0, column = 0; i < table->count; i++) {
		if (text_width(table->cells[i]) > widths[column])
			widths[column] = text_width(table->cells[i]);
		column = column + 1 < table->columns ? column + 1 : 0;
	}
}

/* The last cell of a row is not padded: it may be a long sentence. */
static void print_cell(const char *cell, char align, int width, bool last, const char *start,
		       const char *end)
{
	int pad = width - text_width(cell);

	printf("%*s%s%s%s", align == 'r' ? pad : 0, "", start, cell, end);
	if (last)
		putchar('\n');
	else
		printf("%*s", align == 'r' ? 2 : pad + 2, "");
}

void table_print(struct table *table, int indent, bool heading, bool colour)
{
	int widths[TABLE_COLUMNS_MAX];

	measure(table, widths);
	for (size_t i = 0, column = 0; i < table->count; i++) {
		bool last = column + 1 == table->columns;
		enum paint hue = heading && i < table->columns ? PAINT_BOLD
							       : paint_of_action(table->cells[i]);

		if (column == 0)
			printf("%*s", indent, "");
		print_cell(table->cells[i], table->align[column], widths[column], last,
			   hue ? paint(colour, hue) : "", hue ? paint(colour, PAINT_NONE) : "");
		column = last ? 0 : column + 1;
		free(table->cells[i]);
	}
	free(table->cells);
	table_begin(table, table->align);
}
