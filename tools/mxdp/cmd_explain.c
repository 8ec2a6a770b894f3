/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp explain: what happens to a client's connections, why, until when, and how to change it. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "userspace/api/parse.h"
#include "client.h"
#include "mxdp.h"
#include "table.h"
#include "when.h"

/* What becomes of a client, as one would say it; "would" is for a mode that spares it. */
static const struct {
	const char *action, *is, *would;
} fates[] = {
	{"pass", "is let through", "is let through"},
	{"limit", "may connect only now and then", "might connect only now and then"},
	{"greylist", "is told to come back later", "would be told to come back later"},
	{"tempfail", "is refused for now (4xx)", "would be refused for now (4xx)"},
	{"reject", "is refused for good (5xx), and its sender's user reads why",
	 "would be refused for good (5xx)"},
	{"tarpit", "is left hanging: its handshake is answered, then nothing",
	 "would be left hanging"},
	{"drop", "gets no connection: its packets are dropped", "would get no connection"},
	{"none", "is unknown", "is unknown"},
};

static const char *fate_of(const char *action, bool spared)
{
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
		if (strcmp(fates[i].action, action) == 0)
			return spared ? fates[i].would : fates[i].is;
	return action;
}

static bool is_harmless(const char *action)
{
	return strcmp(action, "pass") == 0 || strcmp(action, "none") == 0;
}

/* Why a refusal is not carried out in this mode, or NULL when it is. */
static const char *spared_by(const json_t *answer, const json_t *decides)
{
	const char *mode = cli_text(answer, "mode"), *action = cli_text(decides, "action");

	if (is_harmless(action))
		return NULL;
	return strcmp(mode, "observe") == 0 ? "mxdp only observes" : NULL;
}

/* Soft mode makes a refusal by a list or the checks a temporary one, a silent drop too. */
static bool is_softened(const json_t *answer, const json_t *decides)
{
	const char *action = cli_text(decides, "action"), *by = cli_text(decides, "by");

	return strcmp(cli_text(answer, "mode"), "soft") == 0 &&
	       (strcmp(by, "verdict") == 0 || strcmp(by, "feed") == 0) &&
	       (strcmp(action, "reject") == 0 || strcmp(action, "tarpit") == 0 ||
		strcmp(action, "drop") == 0);
}

/* Where no reply can be made, a refusal is something else. */
static void print_unanswered(const struct cli *cli, const json_t *answer)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(answer, "unanswered"), i, entry)
		printf("  but %snot on %s%s, where it %s: %s.\n", paint(cli->colour, PAINT_WARN),
		       cli_text(entry, "interface"), paint(cli->colour, PAINT_NONE),
		       fate_of(cli_text(entry, "action"), false), cli_text(entry, "text"));
}

static void print_fate(const struct cli *cli, const json_t *answer)
{
	const json_t *decides = json_object_get(answer, "decides");
	const char *action = cli_text(decides, "action");
	const char *spared = spared_by(answer, decides);
	bool softened = is_softened(answer, decides);

	if (softened)
		action = "tempfail";
	printf("%s%s%s %s%s%s.\n", paint(cli->colour, PAINT_BOLD), cli_text(answer, "client"),
	       paint(cli->colour, PAINT_NONE), paint(cli->colour, paint_of_action(action)),
	       fate_of(action, spared != NULL), paint(cli->colour, PAINT_NONE));
	if (spared)
		printf("  but %s: its connections go through.\n", spared);
	if (softened)
		printf("  soft mode refuses nobody for good; in enforce mode it %s.\n",
		       fate_of(cli_text(decides, "action"), true));
	print_unanswered(cli, answer);
}

/* One of those that may decide, in words, with its prefix. */
static void print_decider(const json_t *decider, const char *label)
{
	const char *by = cli_text(decider, "by"), *text = cli_text(decider, "text");
	const char *prefix = cli_text(decider, "prefix"), *action = cli_text(decider, "action");

	printf("  %-9s ", label);
	if (strcmp(by, "rule") == 0)
		printf("the operator's rule: %s %s (%s)\n",
		       strcmp(action, "pass") == 0 ? "allow" : "deny", prefix, text);
	else if (strcmp(by, "never-block") == 0)
		printf("%s is never blocked: %s\n", prefix, text);
	else if (strcmp(by, "feed") == 0)
		printf("%s is on line %lld of the feed %s: %s\n", prefix,
		       cli_number(decider, "line"), cli_text(decider, "feed"), action);
	else if (strcmp(by, "verdict") == 0)
		printf("the checks' verdict on %s: %s, %s\n", prefix, action, text);
	else
		printf("%s\n", text);
}

/* "greylisted since ..., may come back from ... until ..." */
static void print_greylist(const json_t *entry)
{
	char since[WHEN_TEXT], from[WHEN_TEXT], until[WHEN_TEXT];
	time_t now = time(NULL);
	long long tries = cli_number(entry, "tries");

	if (!entry)
		return;
	when(cli_number(entry, "first"), now, since);
	when(cli_number(entry, "from"), now, from);
	when(cli_number(entry, "until"), now, until);
	printf("  %-9s ", "Greylist:");
	if (strcmp(cli_text(entry, "kind"), "returned") == 0)
		printf("%s came back in time at %s: it passes until %s, longer if it is heard of\n",
		       cli_text(entry, "prefix"), from, until);
	else if (cli_number(entry, "passed"))
		printf("%s came back in time: its clients pass until %s\n",
		       cli_text(entry, "prefix"), until);
	else
		printf("%s is greylisted since %s (%lld tr%s), may come back from %s until %s\n",
		       cli_text(entry, "prefix"), since, tries, tries == 1 ? "y" : "ies", from,
		       until);
}

/* What anybody can have said in the client's name. */
static void print_unproved(const json_t *message)
{
	const char *helo = cli_text(message, "helo"), *sender = cli_text(message, "sender");
	char text[WHEN_TEXT];

	if (!message)
		return;
	printf("  %-9s unproved, not scored: at %s whoever used this address said%s%s", "Heard",
	       when(cli_number(message, "time"), time(NULL), text), *helo ? " HELO " : "", helo);
	if (json_object_get(message, "sender"))
		printf("%s sender %s", *helo ? "," : "", *sender ? sender : "<>");
	putchar('\n');
}

static void print_why(const json_t *answer)
{
	const json_t *decides = json_object_get(answer, "decides"), *other;
	const char *by = cli_text(decides, "by");
	char text[WHEN_TEXT];
	time_t now = time(NULL);
	size_t i;

	print_decider(decides, "Because");
	if (strcmp(by, "rule") == 0 || strcmp(by, "verdict") == 0) {
		printf("  %-9s %s\n", "Until",
		       cli_number(decides, "expires")
			       ? when(cli_number(decides, "expires"), now, text)
			       : "you forget it");
		printf("  %-9s %lld connection attempt%s", "Met", cli_number(decides, "hits"),
		       cli_number(decides, "hits") == 1 ? "" : "s");
		if (cli_number(decides, "last_seen"))
			printf(", the last at %s",
			       when(cli_number(decides, "last_seen"), now, text));
		putchar('\n');
	}
	json_array_foreach(json_object_get(answer, "outranked"), i, other)
		print_decider(other, "Outranks");
	if (*cli_text(answer, "exempt"))
		printf("  %-9s %s: heuristics and limits do not count\n",
		       "Exempt:", cli_text(answer, "exempt"));
	print_greylist(json_object_get(answer, "greylist"));
	print_unproved(json_object_get(answer, "unproved"));
}

/* A weight as the sum shows it; what rounds to nothing has no sign. */
static void score_cell(struct table *table, double score)
{
	double shown = round(score * 10) / 10;

	if (fpclassify(shown) == FP_ZERO)
		table_cell(table, "0.0");
	else
		table_cell(table, "%+.1f", shown);
}

void cli_print_evidence(const struct cli *cli, const json_t *answer)
{
	const json_t *known = json_object_get(answer, "case"), *evidence;
	char text[WHEN_TEXT];
	struct table table;
	double sum = 0;
	size_t i;

	printf("\nWhat the checks found");
	if (json_is_true(json_object_get(known, "decided")))
		printf(" at %s, in %lld ms",
		       when(cli_number(known, "decided_at"), time(NULL), text),
		       cli_number(known, "took_ms"));
	printf(":\n");
	table_begin(&table, "rlll");
	json_array_foreach(json_object_get(known, "evidence"), i, evidence)
	{
		const char *state = cli_text(evidence, "state");
		double score = json_number_value(json_object_get(evidence, "score"));

		sum += score;
		if (strcmp(state, "failed") == 0)
			table_cell(&table, "?");
		else
			score_cell(&table, score);
		table_cell(&table, "%s", cli_text(evidence, "class"));
		table_cell(&table, "%s", cli_text(evidence, "source"));
		table_cell(&table, "%s%s%s", cli_text(evidence, "reason"),
			   *cli_text(evidence, "doubt") ? "; in doubt: " : "",
			   cli_text(evidence, "doubt"));
	}
	score_cell(&table, json_is_true(json_object_get(known, "decided"))
				   ? json_number_value(json_object_get(known, "score"))
				   : sum);
	table_cell(&table, "sum");
	table_cell(&table, "%s", "");
	if (json_object_get(answer, "threshold"))
		table_cell(&table, "refused from %+.1f",
			   json_number_value(json_object_get(answer, "threshold")));
	else
		table_cell(&table, "%s", "");
	table_print(&table, 2, false, cli->colour);
}

/* How what was reported will go on: the sum is not the reporter's last word. */
static void print_report_limits(const json_t *answer)
{
	const json_t *evidence,
		*list = json_object_get(json_object_get(answer, "case"), "evidence");
	const long long half_life = cli_number(answer, "report_half_life");
	size_t i;

	json_array_foreach(list, i, evidence)
	{
		if (strcmp(cli_text(evidence, "class"), "report") != 0)
			continue;
		printf("  One source's reports come to %g at most",
		       json_number_value(json_object_get(answer, "report_cap")));
		if (half_life >= 3600)
			printf(" and fade by half in %lld h", half_life / 3600);
		else if (half_life)
			printf(" and fade by half in %lld min", half_life / 60);
		printf(".\n");
		return;
	}
}

static void print_ways_out(const json_t *answer)
{
	const json_t *decides = json_object_get(answer, "decides");
	const char *by = cli_text(decides, "by"), *client = cli_text(answer, "client");
	bool harmless = is_harmless(cli_text(decides, "action"));

	printf("\nTo change it:\n");
	if (strcmp(by, "rule") == 0)
		printf("  mxdp forget %s\n", cli_text(decides, "prefix"));
	if (strcmp(by, "never-block") == 0) {
		printf("  it cannot be denied; never_block in the configuration lists the rest\n");
		return;
	}
	if (harmless)
		printf("  mxdp deny %s --ttl 1d --reason TEXT\n", client);
	else
		printf("  mxdp allow %s --ttl 1d --reason TEXT\n", client);
	if (strcmp(by, "rule") != 0)
		printf("  mxdp check %s\n", client);
}

void cli_print_explain(const struct cli *cli, const json_t *answer)
{
	print_fate(cli, answer);
	print_why(answer);
	if (json_array_size(json_object_get(json_object_get(answer, "case"), "evidence")) > 0)
		cli_print_evidence(cli, answer);
	print_report_limits(answer);
	print_ways_out(answer);
}

static bool is_known(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "known"));
}

enum cli_exit cmd_explain(const struct cli *cli)
{
	static const struct client_view view = {.print = cli_print_explain, .found = is_known};
	const struct client_argument arguments[] = {{"address", cli->target}, {NULL, NULL}};
	char fault[MXDP_API_FAULT];
	struct mxdp_address client;

	if (mxdp_api_parse_address(cli->target, &client, fault) < 0) {
		cli_complain("%s", fault);
		return CLI_USAGE;
	}
	return client_show(cli, "GET", "/explain", arguments, NULL, &view);
}
