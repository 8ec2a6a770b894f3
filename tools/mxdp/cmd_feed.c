/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp feed: the blocklist feeds, as they are synced. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "userspace/feeds/data.h"
#include "client.h"
#include "mxdp.h"
#include "table.h"
#include "when.h"

#define COLUMN_MAX 100 /* as in the configuration */

/* Where several apply, what asks for action comes first. */
static const char *state_of(const json_t *feed)
{
	bool old = json_is_true(json_object_get(feed, "old"));

	if (json_is_true(json_object_get(feed, "syncing")))
		return "syncing";
	if (cli_text(feed, "refusal")[0])
		return "refused";
	if (!json_is_true(json_object_get(feed, "loaded")))
		return "waiting";
	if (old && strcmp(cli_text(feed, "when_old"), "drop") == 0)
		return "expired";
	return old ? "old" : "good";
}

static void print_feeds(const struct cli *cli, const json_t *answer)
{
	static const char *const heading[] = {"FEED",   "USE",  "DOES",    "ENTRIES", "UNIQUE",
					      "FAULTS", "HITS", "CURRENT", "NEXT",    "STATE"};
	const json_t *feed;
	char text[WHEN_TEXT];
	time_t now = time(NULL);
	struct table table;
	const json_t *warning;
	size_t i, j;

	if (json_array_size(json_object_get(answer, "feeds")) == 0) {
		printf("no feeds: the configuration has no section feed (mxdp.conf(5))\n");
		return;
	}
	table_begin(&table, "lllrrrrlll");
	for (i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, "%s", heading[i]);
	json_array_foreach(json_object_get(answer, "feeds"), i, feed)
	{
		bool acts = strcmp(cli_text(feed, "use"), "act") == 0;
		long long synced = cli_number(feed, "synced"), next = cli_number(feed, "next");

		table_cell(&table, "%s", cli_text(feed, "name"));
		table_cell(&table, "%s", cli_text(feed, "use"));
		if (acts)
			table_cell(&table, "%s", cli_text(feed, "action"));
		else
			table_cell(&table, "%+.1f",
				   json_number_value(json_object_get(feed, "score")));
		table_cell(&table, "%lld", cli_number(feed, "entries"));
		table_cell(&table, "%lld", cli_number(feed, "unique"));
		table_cell(&table, "%lld", cli_number(feed, "faults"));
		if (acts)
			table_cell(&table, "%lld", cli_number(feed, "hits"));
		else
			table_cell(&table, "-");
		table_cell(&table, "%s", synced ? when(synced, now, text) : "never");
		table_cell(&table, "%s", next ? when(next, now, text) : "on change");
		table_cell(&table, "%s", state_of(feed));
	}
	table_print(&table, 0, true, cli->colour);
	json_array_foreach(json_object_get(answer, "feeds"), i, feed)
	{
		if (cli_text(feed, "refusal")[0])
			printf("%s: %s\n", cli_text(feed, "name"), cli_text(feed, "refusal"));
		json_array_foreach(json_object_get(feed, "warnings"), j, warning)
		{
			printf("%s: %s\n", cli_text(feed, "name"), json_string_value(warning));
		}
	}
}

static enum cli_exit feed_list(const struct cli *cli)
{
	static const struct client_view view = {.print = print_feeds};

	return client_show(cli, "GET", "/feeds", NULL, NULL, &view);
}

/* "+ 192.0.2.1 (line 7)" for each, and how many more there are. */
static void print_changes(const json_t *answer, const char *which, char sign)
{
	const json_t *changes = json_object_get(answer, which);
	const json_t *entries = json_object_get(changes, "entries"), *entry;
	long long more = cli_number(changes, "count") - (long long)json_array_size(entries);
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		printf("%c %s%s (line %lld)\n", sign,
		       json_is_true(json_object_get(entry, "excluded")) ? "!" : "",
		       cli_text(entry, "prefix"), cli_number(entry, "line"));
	}
	if (more > 0)
		printf("%c ... and %lld more\n", sign, more);
}

static void print_difference(const struct cli *cli, const json_t *answer)
{
	long long changed = cli_number(answer, "changed");
	char text[WHEN_TEXT];

	(void)cli;
	if (!changed) {
		printf("%s: no sync has changed it since the daemon's start\n",
		       cli_text(answer, "name"));
		return;
	}
	print_changes(answer, "removed", '-');
	print_changes(answer, "added", '+');
	printf("%s: %lld added, %lld removed by the sync of %s\n", cli_text(answer, "name"),
	       cli_number(json_object_get(answer, "added"), "count"),
	       cli_number(json_object_get(answer, "removed"), "count"),
	       when(changed, time(NULL), text));
}

static enum cli_exit feed_diff(const struct cli *cli)
{
	static const struct client_view view = {.print = print_difference};
	const struct client_argument arguments[] = {{"name", cli->second}, {NULL, NULL}};

	return client_show(cli, "GET", "/feeds/diff", arguments, NULL, &view);
}

/* How many of the feeds meant are syncing; with `print`, what became of each. */
static size_t look_at_syncs(const json_t *answer, const char *name, bool print)
{
	const json_t *feed;
	size_t syncing = 0, i;

	json_array_foreach(json_object_get(answer, "feeds"), i, feed)
	{
		if (name && strcmp(name, cli_text(feed, "name")) != 0)
			continue;
		syncing += json_is_true(json_object_get(feed, "syncing"));
		if (print && cli_text(feed, "refusal")[0])
			printf("%s: %s\n", cli_text(feed, "name"), cli_text(feed, "refusal"));
		else if (print)
			printf("%s: %lld entries\n", cli_text(feed, "name"),
			       cli_number(feed, "entries"));
	}
	return syncing;
}

/* On a terminal: shows that it goes on, until all have come or failed. */
static enum cli_exit follow_syncs(const struct cli *cli)
{
	const struct timespec pause = {.tv_nsec = 200000000};
	time_t start = time(NULL);
	enum cli_exit result;
	size_t syncing = 1;
	json_t *answer;

	while (syncing) {
		nanosleep(&pause, NULL);
		result = client_call(cli, "GET", "/feeds", NULL, NULL, &answer);
		if (result != CLI_DONE)
			return result;
		syncing = look_at_syncs(answer, cli->second, false);
		printf("\r%zu syncing, %ld s \r", syncing, (long)(time(NULL) - start));
		fflush(stdout);
		if (!syncing)
			look_at_syncs(answer, cli->second, true);
		json_decref(answer);
	}
	return CLI_DONE;
}

static enum cli_exit feed_sync(const struct cli *cli)
{
	const struct client_argument arguments[] = {{"name", cli->second}, {NULL, NULL}};
	json_t *answer;
	enum cli_exit result = client_call(cli, "POST", "/feeds/sync", arguments, NULL, &answer);
	long long syncing;

	if (result != CLI_DONE)
		return result;
	syncing = cli_number(answer, "syncing");
	if (cli->json)
		cli_print_json(answer);
	else if (isatty(STDOUT_FILENO))
		result = follow_syncs(cli);
	else
		printf("syncing %lld feed%s; mxdp feed list shows how it went\n", syncing,
		       syncing == 1 ? "" : "s");
	json_decref(answer);
	return result;
}

/* A column's number, from 1; 1 when none is named. Returns 0 after saying what is wrong with it. */
static unsigned int column_of(const struct cli *cli)
{
	char *end;
	unsigned long column = cli->column ? strtoul(cli->column, &end, 10) : 1;

	if (cli->column &&
	    (!isdigit((unsigned char)*cli->column) || *end || column == 0 || column > COLUMN_MAX)) {
		cli_complain("--column %s is no column; give a number from 1 to %d", cli->column,
			     COLUMN_MAX);
		return 0;
	}
	return (unsigned int)column;
}

static void print_report(const struct cli *cli, const struct mxdp_feed_report *report, bool refused)
{
	printf("%s: %llu entries, %llu faults\n", cli->second, (unsigned long long)report->entries,
	       (unsigned long long)report->faults);
	for (size_t i = 0; i < report->faults && i < MXDP_FEED_FAULTS_KEPT; i++)
		printf("  line %u: %s: %s\n", report->first[i].line, report->first[i].what,
		       report->first[i].text);
	if (refused)
		printf("It would be refused: %s\n", report->refusal);
}

/* A line of the file may be in any encoding: text that is none is left out. */
static void print_report_json(const struct cli *cli, const struct mxdp_feed_report *report,
			      bool refused)
{
	json_t *faults = json_array(), *answer;

	for (size_t i = 0; i < report->faults && i < MXDP_FEED_FAULTS_KEPT; i++)
		json_array_append_new(faults, json_pack("{s:i, s:s, s:s*}", "line",
							(int)report->first[i].line, "what",
							report->first[i].what, "text",
							report->first[i].text));
	answer = json_pack("{s:s*, s:I, s:I, s:o, s:s*}", "file", cli->second, "entries",
			   (json_int_t)report->entries, "faults", (json_int_t)report->faults,
			   "first", faults, "refusal", refused ? report->refusal : NULL);
	cli_print_json(answer);
	json_decref(answer);
}

/* A dry run, without a daemon. */
static enum cli_exit feed_check(const struct cli *cli)
{
	struct mxdp_feed_reading reading = {
		.path = cli->second,
		.column = column_of(cli),
		.limits = {.shrink_percent = 100, .grow_percent = 100, .entries_max = UINT32_MAX},
	};
	int format = mxdp_feed_format_number(cli->format ? cli->format : "plain");
	struct mxdp_feed_data *data = NULL;
	struct mxdp_feed_report report;
	int error;

	if (!cli->second || format < 0) {
		cli_complain("usage: mxdp feed check FILE [--format plain|drop|rbldnsd|"
			     "rbldnsd-ip6tset|csv|ipset|nft] [--column N]");
		return CLI_USAGE;
	}
	if (reading.column == 0)
		return CLI_USAGE;
	if (access(cli->second, R_OK) < 0) {
		cli_complain("%s: %s", cli->second[0] ? cli->second : "the file's name is empty",
			     strerror(errno));
		return CLI_NO;
	}
	reading.format = (enum mxdp_feed_format)format;
	error = mxdp_feed_data_read(&reading, &data, &report);
	if (cli->json)
		print_report_json(cli, &report, error != 0);
	else
		print_report(cli, &report, error != 0);
	mxdp_feed_data_unref(data);
	return error ? CLI_NO : CLI_DONE;
}

enum cli_exit cmd_feed(const struct cli *cli)
{
	if (strcmp(cli->target, "list") == 0 && !cli->second)
		return feed_list(cli);
	if (strcmp(cli->target, "sync") == 0)
		return feed_sync(cli);
	if (strcmp(cli->target, "diff") == 0 && cli->second)
		return feed_diff(cli);
	if (strcmp(cli->target, "check") == 0)
		return feed_check(cli);
	cli_complain("usage: mxdp feed list|sync [NAME]|diff NAME|"
		     "check FILE [--format F] [--column N]");
	return CLI_USAGE;
}
