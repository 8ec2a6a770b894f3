/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp verdicts: what the checks decided, newest first. */
#include <stdio.h>
#include <time.h>

#include "userspace/api/parse.h"
#include "client.h"
#include "mxdp.h"
#include "table.h"
#include "when.h"

static void print_verdicts(const struct cli *cli, const json_t *answer)
{
	static const char *const heading[] = {"CLIENT", "ACTION",  "REASON", "SCORE",
					      "HITS",   "DECIDED", "UNTIL"};
	const json_t *verdicts = json_object_get(answer, "verdicts"), *verdict;
	char text[WHEN_TEXT];
	time_t now = time(NULL);
	struct table table;
	size_t i;

	if (cli_number(answer, "total") == 0) {
		printf("no verdicts%s%s\n", cli->action ? " with action " : "",
		       cli->action ? cli->action : "");
		return;
	}
	table_begin(&table, "lllrrll");
	for (i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, "%s", heading[i]);
	json_array_foreach(verdicts, i, verdict)
	{
		table_cell(&table, "%s", cli_text(verdict, "client"));
		table_cell(&table, "%s", cli_text(verdict, "action"));
		table_cell(&table, "%s", cli_text(verdict, "reason"));
		table_cell(&table, "%lld", cli_number(verdict, "score"));
		table_cell(&table, "%lld", cli_number(verdict, "hits"));
		table_cell(&table, "%s", when(cli_number(verdict, "decided"), now, text));
		table_cell(&table, "%s", when(cli_number(verdict, "expires"), now, text));
	}
	table_print(&table, 0, true, cli->colour);
	if ((size_t)cli_number(answer, "total") > json_array_size(verdicts))
		printf("the newest %zu of %lld (--limit shows more)\n", json_array_size(verdicts),
		       cli_number(answer, "total"));
}

enum cli_exit cmd_verdicts(const struct cli *cli)
{
	static const struct client_view view = {.print = print_verdicts};
	const struct client_argument arguments[] = {
		{"action", cli->action}, {"limit", cli->limit}, {NULL, NULL}};
	char fault[MXDP_API_FAULT];
	unsigned int action;
	size_t limit;

	if (mxdp_api_parse_action(cli->action, &action, fault) < 0 ||
	    mxdp_api_parse_limit(cli->limit, &limit, fault) < 0) {
		cli_complain("%s", fault);
		return CLI_USAGE;
	}
	return client_show(cli, "GET", "/verdicts", arguments, NULL, &view);
}
