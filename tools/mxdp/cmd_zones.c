/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp zones: each DNSBL, whether it is in use, what it finds, how its probes go. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "mxdp.h"
#include "table.h"
#include "when.h"

#define PROBE_SECONDS 15 /* a silent zone takes two time-outs of the resolver */
#define POLL_MS       200

static void latency_cell(struct table *table, const json_t *zone)
{
	const double latency = json_number_value(json_object_get(zone, "latency_ms"));

	if (latency > 0)
		table_cell(table, "%.0f ms", latency);
	else
		table_cell(table, "-");
}

static void probe_cell(struct table *table, const json_t *zone, time_t now)
{
	const long long last = cli_number(zone, "last_probe");
	char text[WHEN_TEXT];

	if (strcmp(cli_text(zone, "state"), "off") == 0)
		table_cell(table, "-");
	else if (!json_is_true(json_object_get(zone, "probed")))
		table_cell(table, "off (probe = no)");
	else if (last == 0)
		table_cell(table, "none yet");
	else
		table_cell(table, "%s: %s", when(last, now, text), cli_text(zone, "result"));
}

static void print_zones(const struct cli *cli, const json_t *zones)
{
	static const char *const heading[] = {"ZONE",   "STATE",  "ASKED",   "HITS",
					      "UNIQUE", "ERRORS", "LATENCY", "LAST PROBE"};
	time_t now = time(NULL);
	const json_t *zone;
	struct table table;
	size_t i;

	table_begin(&table, "llrrrrrl");
	for (i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, "%s", heading[i]);
	json_array_foreach(zones, i, zone)
	{
		table_cell(&table, "%s", cli_text(zone, "zone"));
		table_cell(&table, "%s", cli_text(zone, "state"));
		table_cell(&table, "%lld", cli_number(zone, "asked"));
		table_cell(&table, "%lld", cli_number(zone, "hits"));
		table_cell(&table, "%lld", cli_number(zone, "unique"));
		table_cell(&table, "%lld", cli_number(zone, "errors"));
		latency_cell(&table, zone);
		probe_cell(&table, zone, now);
	}
	table_print(&table, 0, true, cli->colour);
}

/* Why those that are not in use are not: too long for a column. */
static void print_reasons(const struct cli *cli, const json_t *zones)
{
	char text[WHEN_TEXT];
	const json_t *zone;
	size_t i;

	json_array_foreach(zones, i, zone)
	{
		if (!*cli_text(zone, "because"))
			continue;
		if (strcmp(cli_text(zone, "state"), "in doubt") == 0) {
			printf("%s%s%s is in doubt: %s; it refuses nobody for good\n",
			       paint(cli->colour, PAINT_WARN), cli_text(zone, "zone"),
			       paint(cli->colour, PAINT_NONE), cli_text(zone, "because"));
			continue;
		}
		printf("%s%s%s is %s since %s: %s\n", paint(cli->colour, PAINT_WARN),
		       cli_text(zone, "zone"), paint(cli->colour, PAINT_NONE),
		       cli_text(zone, "state"), when(cli_number(zone, "since"), time(NULL), text),
		       cli_text(zone, "because"));
	}
}

static bool any_probing(const json_t *answer)
{
	const json_t *zone;
	size_t i;

	json_array_foreach(json_object_get(answer, "zones"), i,
			   zone) if (json_is_true(json_object_get(zone, "probing"))) return true;
	return false;
}

/* Asks again until no probe is under way; what is still missing then is shown as it is. */
static enum cli_exit await_probes(const struct cli *cli, json_t **answer)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
	enum cli_exit result = CLI_DONE;

	for (int i = 0; i < PROBE_SECONDS * 1000 / POLL_MS && any_probing(*answer); i++) {
		nanosleep(&pause, NULL);
		json_decref(*answer);
		result = client_call(cli, "GET", "/zones", NULL, NULL, answer);
		if (result != CLI_DONE)
			return result;
	}
	return result;
}

enum cli_exit cmd_zones(const struct cli *cli)
{
	const json_t *zones;
	enum cli_exit result;
	json_t *answer;

	result = client_call(cli, cli->probe ? "POST" : "GET",
			     cli->probe ? "/zones/probe" : "/zones", NULL, NULL, &answer);
	if (result == CLI_DONE && cli->probe)
		result = await_probes(cli, &answer);
	if (result != CLI_DONE)
		return result;
	zones = json_object_get(answer, "zones");
	if (cli->json) {
		cli_print_json(answer);
	} else if (json_array_size(zones) == 0) {
		printf("no DNSBL is configured: add dnsbl sections, see mxdp.conf(5)\n");
	} else {
		print_zones(cli, zones);
		print_reasons(cli, zones);
	}
	json_decref(answer);
	return CLI_DONE;
}
