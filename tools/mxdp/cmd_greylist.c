/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp greylist: who was told to come back, and who did. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "userspace/api/parse.h"
#include "client.h"
#include "mxdp.h"
#include "table.h"
#include "when.h"

static bool has_triplets(const json_t *entries)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (json_object_get(entry, "recipient"))
			return true;
	}
	return false;
}

static void print_entries(const struct cli *cli, const json_t *answer)
{
	static const char *const heading[] = {"CLIENTS", "STATE", "SINCE", "TRIES",
					      "LAST",    "FROM",  "UNTIL"};
	const json_t *entries = json_object_get(answer, "entries"), *entry;
	char text[WHEN_TEXT];
	time_t now = time(NULL);
	struct table table;
	size_t i;

	if (cli_number(answer, "total") == 0) {
		printf("nothing is greylisted%s%s, and nobody came back\n",
		       cli->target ? " of " : "", cli->target ? cli->target : "");
		return;
	}
	bool triplets = has_triplets(entries);

	table_begin(&table, triplets ? "lllrllll" : "lllrlll");
	for (i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, "%s", heading[i]);
	if (triplets)
		table_cell(&table, "MESSAGE");
	json_array_foreach(entries, i, entry)
	{
		table_cell(&table, "%s", cli_text(entry, "prefix"));
		table_cell(&table, "%s", cli_text(entry, "state"));
		table_cell(&table, "%s", when(cli_number(entry, "first"), now, text));
		table_cell(&table, "%lld", cli_number(entry, "tries"));
		table_cell(&table, "%s", when(cli_number(entry, "last"), now, text));
		table_cell(&table, "%s", when(cli_number(entry, "from"), now, text));
		table_cell(&table, "%s", when(cli_number(entry, "until"), now, text));
		if (json_object_get(entry, "recipient"))
			table_cell(&table, "<%s> to <%s>", cli_text(entry, "sender"),
				   cli_text(entry, "recipient"));
		else if (triplets)
			table_cell(&table, "%s", "");
	}
	table_print(&table, 0, true, cli->colour);
	if ((size_t)cli_number(answer, "total") > json_array_size(entries))
		printf("%zu of %lld (--limit shows more)\n", json_array_size(entries),
		       cli_number(answer, "total"));
}

static enum cli_exit list(const struct cli *cli)
{
	static const struct client_view view = {.print = print_entries};
	const struct client_argument arguments[] = {{"prefix", cli->target},
						    {"state", cli->state},
						    {"limit", cli->limit},
						    {NULL, NULL}};

	return client_show(cli, "GET", "/greylist", arguments, NULL, &view);
}

static void print_forgotten(const struct cli *cli, const json_t *answer)
{
	const long long gone = cli_number(answer, "forgotten");

	printf("%s: %lld entr%s forgotten\n", cli->second, gone, gone == 1 ? "y" : "ies");
}

static bool any_forgotten(const json_t *answer)
{
	return cli_number(answer, "forgotten") > 0;
}

static enum cli_exit forget(const struct cli *cli)
{
	static const struct client_view view = {.print = print_forgotten, .found = any_forgotten};
	const struct client_argument arguments[] = {{"prefix", cli->second}, {NULL, NULL}};

	return client_show(cli, "DELETE", "/greylist", arguments, NULL, &view);
}

enum cli_exit cmd_greylist(const struct cli *cli)
{
	bool forgets = cli->target && strcmp(cli->target, "forget") == 0;
	const char *prefix_text = forgets ? cli->second : cli->target;
	char fault[MXDP_API_FAULT];
	struct mxdp_prefix prefix;

	if (forgets ? !cli->second : cli->second != NULL) {
		cli_complain("usage: mxdp greylist [ADDR[/LEN]] [--state waiting|passed], or "
			     "mxdp greylist forget ADDR[/LEN]");
		return CLI_USAGE;
	}
	if (prefix_text && mxdp_api_parse_prefix(prefix_text, &prefix, fault) < 0) {
		cli_complain("%s", fault);
		return CLI_USAGE;
	}
	if (cli->state && strcmp(cli->state, "waiting") != 0 && strcmp(cli->state, "passed") != 0) {
		cli_complain("\"%s\" is no state; there are waiting and passed", cli->state);
		return CLI_USAGE;
	}
	return forgets ? forget(cli) : list(cli);
}
