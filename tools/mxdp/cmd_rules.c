/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp allow, deny, forget, rules: what the operator decides. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "userspace/api/parse.h"
#include "client.h"
#include "mxdp.h"
#include "table.h"
#include "when.h"

/* The daemon would refuse a bad prefix too; here it is refused without one. */
static bool prefix_is_good(const struct cli *cli)
{
	char fault[MXDP_API_FAULT];
	struct mxdp_prefix prefix;

	if (mxdp_api_parse_prefix(cli->target, &prefix, fault) == 0)
		return true;
	cli_complain("%s", fault);
	return false;
}

static void print_rule_set(const struct cli *cli, const json_t *rule)
{
	const char *action = cli_text(rule, "action"), *prefix = cli_text(rule, "prefix");
	char text[WHEN_TEXT];

	printf("%s%s%s %s ", paint(cli->colour, paint_of_action(action)),
	       strcmp(action, "allow") == 0 ? "allowed" : "denied", paint(cli->colour, PAINT_NONE),
	       prefix);
	if (cli_number(rule, "expires"))
		printf("until %s\n", when(cli_number(rule, "expires"), time(NULL), text));
	else
		printf("for good (mxdp forget %s ends it)\n", prefix);
	if (cli_text(rule, "note")[0])
		cli_complain("%s", cli_text(rule, "note"));
}

static enum cli_exit set_rule(const struct cli *cli, const char *action)
{
	static const struct client_view view = {.print = print_rule_set};
	long long ttl = cli->ttl ? when_duration_parse(cli->ttl) : 0;
	enum cli_exit result;
	json_t *body;

	if (!prefix_is_good(cli))
		return CLI_USAGE;
	if (cli->ttl && ttl <= 0) {
		cli_complain("--ttl %s is no duration; give one like 90s, 15m, 1h30m, 2d or 1w, up "
			     "to ten years",
			     cli->ttl);
		return CLI_USAGE;
	}
	body = json_pack("{s:s, s:s, s:I, s:s}", "prefix", cli->target, "action", action, "ttl",
			 (json_int_t)ttl, "reason", cli->reason ? cli->reason : "");
	if (!body) {
		cli_complain("--reason is not valid UTF-8");
		return CLI_USAGE;
	}
	result = client_show(cli, "POST", "/rules", NULL, body, &view);
	json_decref(body);
	return result;
}

enum cli_exit cmd_allow(const struct cli *cli)
{
	return set_rule(cli, "allow");
}

enum cli_exit cmd_deny(const struct cli *cli)
{
	return set_rule(cli, "deny");
}

static void print_forgotten(const struct cli *cli, const json_t *answer)
{
	const long long rules = cli_number(answer, "rules");
	const long long verdicts = cli_number(answer, "verdicts");
	char prefix_text[MXDP_PREFIX_TEXT];
	struct mxdp_prefix prefix;

	if (mxdp_prefix_parse(cli->target, &prefix) < 0)
		return; /* cmd_forget() has looked */
	mxdp_prefix_format(&prefix, prefix_text);
	if (rules + verdicts == 0)
		printf("nothing to forget about %s\n", prefix_text);
	else
		printf("forgot %lld rule%s and %lld verdict%s about %s\n", rules,
		       rules == 1 ? "" : "s", verdicts, verdicts == 1 ? "" : "s", prefix_text);
}

static bool any_forgotten(const json_t *answer)
{
	return cli_number(answer, "rules") + cli_number(answer, "verdicts") > 0;
}

enum cli_exit cmd_forget(const struct cli *cli)
{
	static const struct client_view view = {.print = print_forgotten, .found = any_forgotten};
	const struct client_argument arguments[] = {{"prefix", cli->target}, {NULL, NULL}};

	if (!prefix_is_good(cli))
		return CLI_USAGE;
	return client_show(cli, "DELETE", "/entries", arguments, NULL, &view);
}

static void print_rules(const struct cli *cli, const json_t *answer)
{
	const json_t *rules = json_object_get(answer, "rules");
	static const char *const heading[] = {"PREFIX", "ACTION", "HITS",
					      "LAST",   "UNTIL",  "REASON"};
	char text[WHEN_TEXT];
	struct table table;
	const json_t *rule;
	size_t i;

	if (json_array_size(rules) == 0) {
		printf("no rules\n");
		return;
	}
	table_begin(&table, "llrlll");
	for (i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, "%s", heading[i]);
	json_array_foreach(rules, i, rule)
	{
		table_cell(&table, "%s", cli_text(rule, "prefix"));
		table_cell(&table, "%s", cli_text(rule, "action"));
		table_cell(&table, "%lld", cli_number(rule, "hits"));
		table_cell(&table, "%s", when(cli_number(rule, "last_seen"), time(NULL), text));
		table_cell(&table, "%s",
			   cli_number(rule, "expires")
				   ? when(cli_number(rule, "expires"), time(NULL), text)
				   : "for good");
		table_cell(&table, "%s", cli_text(rule, "reason"));
	}
	table_print(&table, 0, true, cli->colour);
}

enum cli_exit cmd_rules(const struct cli *cli)
{
	static const struct client_view view = {.print = print_rules};

	return client_show(cli, "GET", "/rules", NULL, NULL, &view);
}
