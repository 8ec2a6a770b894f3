/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp counters: what became of all packets. */
#include <stdio.h>

#include "client.h"
#include "mxdp.h"
#include "table.h"

/* Adds the counters that are not 0 and returns how many are. */
static size_t add_counters(struct table *table, const json_t *counters, bool outcome)
{
	const json_t *counter;
	const char *name;
	size_t zeros = 0;

	json_object_foreach((json_t *)counters, name, counter)
	{
		if (cli_number(counter, "count") == 0) {
			zeros++;
			continue;
		}
		table_cell(table, "%lld", cli_number(counter, "count"));
		table_cell(table, "%s", outcome ? cli_text(counter, "becomes") : "");
		table_cell(table, "%s", name);
		table_cell(table, "%s", cli_text(counter, "meaning"));
	}
	return zeros;
}

static void print_counters(const struct cli *cli, const json_t *answer)
{
	struct table table;
	size_t zeros;

	table_begin(&table, "rlll");
	table_cell(&table, "COUNT");
	table_cell(&table, "THEN");
	table_cell(&table, "COUNTER");
	table_cell(&table, "MEANING");
	zeros = add_counters(&table, json_object_get(answer, "outcomes"), true);
	zeros += add_counters(&table, json_object_get(answer, "notes"), false);
	table_print(&table, 0, true, cli->colour);
	printf("%zu more are 0 (--json has them all)\n", zeros);
}

enum cli_exit cmd_counters(const struct cli *cli)
{
	static const struct client_view view = {.print = print_counters};

	return client_show(cli, "GET", "/counters", NULL, NULL, &view);
}
