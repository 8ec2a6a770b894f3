/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mxdp search: "Bob's mail is missing". An address or network is looked up in the journal as it is;
 * a domain by the HELO and sender of its messages, by the reverse names of clients, and by where
 * its mail comes from: the addresses of its MX and the networks that its SPF record permits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "userspace/api/parse.h"
#include "userspace/oneshot/oneshot.h"
#include "client.h"
#include "mxdp.h"
#include "table.h"
#include "when.h"

#define PLACES_MAX 64 /* networks of a domain that are looked up */

/* All that was found, by whatever way: the same line may be found twice. */
struct search {
	const struct cli *cli;
	char since[24];
	json_t *lines;
	bool cut;
	size_t places, skipped;
	enum cli_exit result;
};

static bool is_known(const json_t *lines, const json_t *line)
{
	const json_t *other;
	size_t i;

	json_array_foreach(lines, i, other)
	{
		if (json_equal(other, line))
			return true;
	}
	return false;
}

/* Asks the daemon; after a failure nothing more is asked. */
static void ask(struct search *search, const char *prefix, const char *domain)
{
	const struct client_argument arguments[] = {{"prefix", prefix},
						    {"domain", domain},
						    {"since", search->since},
						    {"limit", search->cli->limit},
						    {NULL, NULL}};
	json_t *answer, *line;
	size_t i;

	if (search->result != CLI_DONE)
		return;
	search->result = client_call(search->cli, "GET", "/search", arguments, NULL, &answer);
	if (search->result != CLI_DONE)
		return;
	search->cut |= json_is_true(json_object_get(answer, "cut"));
	json_array_foreach(json_object_get(answer, "lines"), i, line)
	{
		if (!is_known(search->lines, line))
			json_array_append(search->lines, line);
	}
	json_decref(answer);
}

static void ask_place(struct search *search, const struct mxdp_prefix *prefix)
{
	char text[MXDP_PREFIX_TEXT];

	if (search->places == PLACES_MAX) {
		search->skipped++;
		return;
	}
	search->places++;
	ask(search, mxdp_prefix_format(prefix, text), NULL);
}

static void on_ranges(void *context, const struct mxdp_spf_ranges *ranges)
{
	struct search *search = context;

	if (ranges->error)
		cli_complain("its SPF record does not help: %s", ranges->fault);
	for (size_t i = 0; i < ranges->count; i++)
		ask_place(search, &ranges->prefixes[i]);
}

static void on_mx(void *context, const struct mxdp_address *address)
{
	const struct mxdp_prefix host = mxdp_prefix_host(address);

	ask_place(context, &host);
}

static void search_domain(struct search *search)
{
	const struct cli *cli = search->cli;
	char error[MXDP_SPF_TEXT] = "";

	ask(search, NULL, cli->target);
	if (search->result != CLI_DONE)
		return;
	if (mxdp_oneshot_mx(cli->resolver, cli->target, on_mx, search, error, sizeof(error)) < 0 ||
	    mxdp_oneshot_spf_ranges(cli->resolver, cli->target, on_ranges, search, error,
				    sizeof(error)) < 0)
		cli_complain("%s", error);
	if (search->skipped)
		cli_complain("%zu more networks of %s were not looked up", search->skipped,
			     cli->target);
}

struct sortable {
	long long time;
	json_t *line;
};

static int newest_first(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;

	return (x->time < y->time) - (x->time > y->time);
}

static void sort(json_t *lines)
{
	const size_t count = json_array_size(lines);
	struct sortable *sorted = calloc(count ? count : 1, sizeof(*sorted));

	if (!sorted)
		return;
	for (size_t i = 0; i < count; i++) {
		sorted[i].line = json_incref(json_array_get(lines, i));
		sorted[i].time = cli_number(sorted[i].line, "time");
	}
	qsort(sorted, count, sizeof(*sorted), newest_first);
	json_array_clear(lines);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(lines, sorted[i].line);
	free(sorted);
}

/* What a line says in words. */
static void print_words(struct table *table, const json_t *line)
{
	const char *helo = cli_text(line, "helo"), *sender = cli_text(line, "sender");
	const long long count = cli_number(line, "count");
	const char *event = cli_text(line, "event");

	if (strcmp(event, "verdict") == 0)
		table_cell(table, "%s", cli_text(line, "text"));
	else if (strcmp(event, "message") == 0)
		table_cell(table, "from %s%s%s: %s", sender[0] ? sender : "<>",
			   helo[0] ? ", HELO " : "", helo, cli_text(line, "text"));
	else
		table_cell(table, "%lld attempt%s in this minute%s", count, count == 1 ? "" : "s",
			   strcmp(event, "observed") == 0 ? ", let through by observe mode" : "");
}

static void print_lines(const struct search *search)
{
	static const char *const heading[] = {"TIME", "CLIENT", "EVENT", "ACTION", "REASON", ""};
	const json_t *line;
	struct table table;
	char text[WHEN_TEXT];
	size_t i;

	table_begin(&table, "llllll");
	for (i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, "%s", heading[i]);
	json_array_foreach(search->lines, i, line)
	{
		table_cell(&table, "%s", when(cli_number(line, "time"), time(NULL), text));
		table_cell(&table, "%s%s%s%s", cli_text(line, "client"),
			   *cli_text(line, "name") ? " (" : "", cli_text(line, "name"),
			   *cli_text(line, "name") ? ")" : "");
		table_cell(&table, "%s", cli_text(line, "event"));
		table_cell(&table, "%s", cli_text(line, "action"));
		table_cell(&table, "%s", cli_text(line, "reason"));
		print_words(&table, line);
	}
	table_print(&table, 0, true, search->cli->colour);
	if (search->cut)
		printf("there is more: --limit shows more lines, --since fewer days\n");
}

static enum cli_exit finish(struct search *search)
{
	const size_t count = json_array_size(search->lines);

	if (search->result != CLI_DONE)
		return search->result;
	sort(search->lines);
	if (search->cli->json) {
		json_t *answer =
			json_pack("{s:O, s:b}", "lines", search->lines, "cut", (int)search->cut);

		cli_print_json(answer);
		json_decref(answer);
	} else if (count == 0) {
		printf("nothing in the journal about %s\n", search->cli->target);
	} else {
		print_lines(search);
	}
	return count ? CLI_DONE : CLI_NO;
}

/* Digits and colons make an address; what is neither is taken for a domain. */
static bool looks_like_address(const char *text)
{
	return strchr(text, ':') || strchr(text, '/') ||
	       strspn(text, "0123456789.") == strlen(text);
}

enum cli_exit cmd_search(const struct cli *cli)
{
	const long long back = cli->since ? when_duration_parse(cli->since) : 0;
	const bool by_address = looks_like_address(cli->target);
	struct search search = {.cli = cli, .result = CLI_DONE};
	char fault[MXDP_API_FAULT];
	struct mxdp_prefix prefix;
	size_t limit;

	if (cli->since && back <= 0) {
		cli_complain("--since %s is no duration; give one like 90s, 15m, 1h30m, 2d or 1w",
			     cli->since);
		return CLI_USAGE;
	}
	if ((by_address ? mxdp_api_parse_prefix(cli->target, &prefix, fault)
			: mxdp_api_parse_domain(cli->target, fault)) < 0 ||
	    mxdp_api_parse_limit(cli->limit, &limit, fault) < 0) {
		cli_complain("%s", fault);
		return CLI_USAGE;
	}
	snprintf(search.since, sizeof(search.since), "%lld",
		 back ? (long long)time(NULL) - back : 0LL);
	search.lines = json_array();
	if (by_address)
		ask(&search, cli->target, NULL);
	else
		search_domain(&search);
	search.result = finish(&search);
	json_decref(search.lines);
	return search.result;
}
