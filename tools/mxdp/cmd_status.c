/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp status: the daemon as a whole, on one page. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "mxdp.h"
#include "table.h"
#include "when.h"

static bool reads_wire(const json_t *status)
{
	return json_is_true(json_object_get(json_object_get(status, "wire"), "on"));
}

static void print_wire(const json_t *status)
{
	const json_t *wire = json_object_get(status, "wire");

	if (!reads_wire(status))
		printf("  wire        not read (wire_evidence = no)");
	else
		printf("  wire        %lld lines of passing clients", cli_number(wire, "heard"));
	printf(", %lld of refused ones; %lld messages looked into, %lld known, %lld skipped\n",
	       cli_number(wire, "refused"), cli_number(wire, "asked"), cli_number(wire, "repeated"),
	       cli_number(wire, "skipped"));
	if (cli_number(wire, "unproved"))
		printf("              %lld lines of unproved addresses, shown and not scored\n",
		       cli_number(wire, "unproved"));
}

static void print_sockets(const json_t *status)
{
	const char *reason = cli_text(status, "sockets_not_watched");

	printf("  sockets     %s%s\n",
	       reason[0] ? "not watched: "
			 : "a handshake with a mail server here proves an address",
	       reason);
}

static void print_interfaces(const struct cli *cli, const json_t *status)
{
	const json_t *list = json_object_get(status, "interfaces"), *entry;
	size_t i;

	if (json_array_size(list) == 0)
		printf("  interfaces  %snone: no packet is seen; see the daemon's log%s\n",
		       paint(cli->colour, PAINT_BAD), paint(cli->colour, PAINT_NONE));
	json_array_foreach(list, i, entry)
	{
		bool generic = strcmp(cli_text(entry, "mode"), "native") != 0;
		const char *others = cli_text(entry, "others");

		if (!strcmp(cli_text(entry, "mode"), "none")) {
			printf("  %-10s  %s: %sNOT SCREENED: the program is not attached; it is "
			       "tried "
			       "again, the daemon's log says why%s\n",
			       i ? "" : "interfaces", cli_text(entry, "name"),
			       paint(cli->colour, PAINT_BAD), paint(cli->colour, PAINT_NONE));
			continue;
		}
		printf("  %-10s  %s: %s%s%s by %s, %s%s%s\n", i ? "" : "interfaces",
		       cli_text(entry, "name"), generic ? paint(cli->colour, PAINT_WARN) : "",
		       generic ? "GENERIC mode (slow: the driver has no native XDP)" : "native XDP",
		       generic ? paint(cli->colour, PAINT_NONE) : "", cli_text(entry, "by"),
		       cli_text(entry, "since"), others[0] ? "; also there: " : "", others);
		if (cli_text(entry, "no_replies")[0])
			printf("              %sno replies to refused clients: %s%s\n",
			       paint(cli->colour, PAINT_BAD), cli_text(entry, "no_replies"),
			       paint(cli->colour, PAINT_NONE));
		if (cli_text(entry, "not_read")[0] && reads_wire(status))
			printf("              %sno evidence from the wire: %s%s\n",
			       paint(cli->colour, PAINT_BAD), cli_text(entry, "not_read"),
			       paint(cli->colour, PAINT_NONE));
	}
}

static void print_ports(const json_t *status)
{
	const json_t *entry;
	size_t i;

	printf("  ports       ");
	json_array_foreach(json_object_get(status, "ports"), i, entry) printf(
		"%s%lld (%s)", i ? ", " : "", cli_number(entry, "port"), cli_text(entry, "class"));
	putchar('\n');
}

static void print_flood(const struct cli *cli, const json_t *status)
{
	const json_t *flood = json_object_get(status, "flood");
	char text[WHEN_TEXT];

	if (json_is_true(json_object_get(flood, "on")))
		printf("  flood       %sfor %s, on %lld CPU%s: unknown clients must prove their "
		       "addresses%s\n",
		       paint(cli->colour, PAINT_BAD),
		       when_duration(time(NULL) - cli_number(flood, "since"), text),
		       cli_number(flood, "cpus"), cli_number(flood, "cpus") == 1 ? "" : "s",
		       paint(cli->colour, PAINT_NONE));
	else
		printf("  flood       none now, %lld so far\n", cli_number(flood, "floods"));
	if (cli_number(flood, "known_challenged"))
		printf("              %lld attempts in the names of clients that pass challenged\n",
		       cli_number(flood, "known_challenged"));
}

/* A map that is nearly full will soon take no more verdicts: say so before it does. */
static void print_fill(const struct cli *cli, const json_t *status, const char *map)
{
	const json_t *fill = json_object_get(json_object_get(status, "maps"), map);
	long long used = cli_number(fill, "used"), places = cli_number(fill, "places");
	bool tight = places > 0 && used * 10 >= places * 9;

	printf("  %-10s  %s%lld of %lld places%s%s\n", map,
	       tight ? paint(cli->colour, PAINT_BAD) : "", used, places,
	       tight ? ": nearly full; raise verdicts_max" : "",
	       tight ? paint(cli->colour, PAINT_NONE) : "");
}

static void print_checks(const json_t *status)
{
	const json_t *screener = json_object_get(status, "screener");
	const json_t *resolver = json_object_get(status, "resolver");
	const json_t *zone;
	size_t i;

	printf("  dnsbl       ");
	json_array_foreach(json_object_get(status, "dnsbl"), i, zone)
		printf("%s%s", i ? ", " : "", json_string_value(zone));
	printf("%s\n", i ? "" : "none configured: every client passes");
	printf("  judged      %lld (%lld running now), half within %lld ms, 99%% within %lld "
	       "ms\n",
	       cli_number(screener, "decided"), cli_number(screener, "running"),
	       cli_number(screener, "latency_ms_p50"), cli_number(screener, "latency_ms_p99"));
	printf("  unjudged    %lld passed because no check answered, %lld turned away (queue "
	       "full), "
	       "%lld found no place in the map\n",
	       cli_number(screener, "fail_open"), cli_number(screener, "refused"),
	       cli_number(screener, "not_stored"));
	printf("  resolver    %s: %lld questions, %lld sent, %lld from the cache, %lld timeouts, "
	       "%lld failures\n",
	       cli_text(resolver, "servers"), cli_number(resolver, "asked"),
	       cli_number(resolver, "sent"), cli_number(resolver, "cache_hits"),
	       cli_number(resolver, "timeouts"), cli_number(resolver, "failures"));
}

static void print_journal(const struct cli *cli, const json_t *status)
{
	const json_t *journal = json_object_get(status, "journal");
	const char *alarm = NULL;

	if (!json_is_true(json_object_get(journal, "open")))
		alarm = "none: it could not be opened, the daemon's log says why";
	else if (json_is_true(json_object_get(journal, "failing")))
		alarm = "cannot be written, the daemon's log says why";
	if (alarm)
		printf("  journal     %s%s%s\n", paint(cli->colour, PAINT_BAD), alarm,
		       paint(cli->colour, PAINT_NONE));
	else
		printf("  journal     %lld records written, %lld lost\n",
		       cli_number(journal, "written"), cli_number(journal, "lost"));
}

static void print_exempt(const struct cli *cli, const json_t *status)
{
	const json_t *list = json_object_get(status, "exempt"), *source;
	size_t i;

	json_array_foreach(list, i, source)
	{
		bool failing = json_is_true(json_object_get(source, "failing"));

		printf("  %-10s  %s: %lld ranges%s%s%s\n", i ? "" : "exempt",
		       cli_text(source, "source"), cli_number(source, "prefixes"),
		       failing ? paint(cli->colour, PAINT_BAD) : "",
		       failing ? "; cannot be refreshed, the daemon's log says why" : "",
		       failing ? paint(cli->colour, PAINT_NONE) : "");
	}
}

static void print_policy_server(const json_t *status)
{
	const json_t *server = json_object_get(status, "policy_server");

	if (!json_is_true(json_object_get(server, "open")))
		return;
	printf("  policy      %lld requests (%lld connections now), %lld deferred, "
	       "%lld rejected, %lld malformed\n",
	       cli_number(server, "requests"), cli_number(server, "connections"),
	       cli_number(server, "deferred"), cli_number(server, "rejected"),
	       cli_number(server, "malformed"));
}

static void print_greylist(const struct cli *cli, const json_t *status)
{
	const json_t *greylist = json_object_get(status, "greylist");
	long long waiting = cli_number(greylist, "networks"),
		  messages = cli_number(greylist, "triplets"),
		  returned = cli_number(greylist, "returned");

	if (waiting || messages || returned)
		printf("  greylist    %lld networks and %lld messages in their window, %lld "
		       "clients "
		       "came back\n",
		       waiting, messages, returned);
	if (cli_number(greylist, "not_stored") + cli_number(greylist, "refused"))
		printf("              %swas full: %lld networks and %lld messages passed%s\n",
		       paint(cli->colour, PAINT_BAD), cli_number(greylist, "not_stored"),
		       cli_number(greylist, "refused"), paint(cli->colour, PAINT_NONE));
}

/* What is wrong with the replies, and who is let in for postmaster and abuse. */
static void print_replies(const struct cli *cli, const json_t *status)
{
	const json_t *contacts = json_object_get(status, "contacts");
	const char *warning = cli_text(status, "reply_warning");
	bool consulted = json_is_true(json_object_get(contacts, "consulted"));

	if (warning[0])
		printf("  replies     %s%s%s\n", paint(cli->colour, PAINT_WARN), warning,
		       paint(cli->colour, PAINT_NONE));
	if (cli_number(status, "answered_again"))
		printf("  silent      answered again, as our words may have been lost: %lld "
		       "times\n",
		       cli_number(status, "answered_again"));
	if (!contacts)
		return;
	printf("  contacts    %lld refused clients may write to postmaster and abuse now, %lld "
	       "were "
	       "turned away\n",
	       cli_number(contacts, "open"), cli_number(contacts, "turned_away"));
	if (!consulted)
		printf("              %sno mail server has asked the policy server about a "
		       "recipient "
		       "yet: nobody is let in%s\n",
		       paint(cli->colour, PAINT_WARN), paint(cli->colour, PAINT_NONE));
}

static void print_feeds(const struct cli *cli, const json_t *status)
{
	const json_t *warning;
	size_t i;

	json_array_foreach(json_object_get(status, "feed_warnings"), i, warning)
	{
		printf("  feed        %s%s: %s%s\n", paint(cli->colour, PAINT_WARN),
		       cli_text(warning, "feed"), cli_text(warning, "warning"),
		       paint(cli->colour, PAINT_NONE));
	}
}

static void print_status(const struct cli *cli, const json_t *status)
{
	char text[WHEN_TEXT];

	printf("mxdpd %s, process %lld, user %s, up %s, configuration %s\n",
	       cli_text(status, "version"), cli_number(status, "pid"), cli_text(status, "user"),
	       when_duration(time(NULL) - cli_number(status, "started"), text),
	       cli_text(status, "config"));
	cli_print_mode(cli, status);
	print_interfaces(cli, status);
	print_ports(status);
	printf("  unknown     %s\n", json_is_true(json_object_get(status, "hold"))
					     ? "clients are held while they are checked"
					     : "clients pass while they are checked");
	print_flood(cli, status);
	print_fill(cli, status, "verdicts4");
	print_fill(cli, status, "verdicts6");
	printf("  rules       %lld, and %lld addresses that are never blocked\n",
	       cli_number(status, "rules"), cli_number(status, "never_block"));
	print_checks(status);
	print_feeds(cli, status);
	print_exempt(cli, status);
	print_policy_server(status);
	print_greylist(cli, status);
	print_replies(cli, status);
	print_wire(status);
	print_sockets(status);
	print_journal(cli, status);
}

enum cli_exit cmd_status(const struct cli *cli)
{
	static const struct client_view view = {.print = print_status};

	return client_show(cli, "GET", "/status", NULL, NULL, &view);
}
