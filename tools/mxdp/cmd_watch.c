/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp watch: one line an event, as it happens, until Ctrl-C. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "mxdp.h"
#include "table.h"
#include "when.h"

static void print_decision(const struct cli *cli, const json_t *event)
{
	const char *action = cli_text(event, "action");

	printf("%-39s %s%-8s%s %+.1f  %s (%lld ms)\n", cli_text(event, "client"),
	       paint(cli->colour, paint_of_action(action)), action, paint(cli->colour, PAINT_NONE),
	       json_number_value(json_object_get(event, "score")), cli_text(event, "text"),
	       cli_number(event, "took_ms"));
}

static void print_packet(const struct cli *cli, const json_t *event)
{
	const char *action = cli_text(event, "action");
	bool observed = json_is_true(json_object_get(event, "observed"));

	printf("%-39s %s%-8s%s to %s port %lld on %s", cli_text(event, "client"),
	       paint(cli->colour, paint_of_action(action)),
	       strcmp(cli_text(event, "event"), "refused") == 0 ? action : cli_text(event, "event"),
	       paint(cli->colour, PAINT_NONE), cli_text(event, "destination"),
	       cli_number(event, "port"), cli_text(event, "interface"));
	if (strcmp(cli_text(event, "event"), "refused") == 0)
		printf(" (%s%s)", cli_text(event, "reason"),
		       observed ? "; only observed, it went through" : "");
	putchar('\n');
}

static void print_flood(const struct cli *cli, const json_t *event)
{
	if (json_is_true(json_object_get(event, "on")))
		printf("%sa flood has begun: unknown clients must prove their addresses%s\n",
		       paint(cli->colour, PAINT_BAD), paint(cli->colour, PAINT_NONE));
	else
		printf("the flood is over\n");
}

static void print_message(const struct cli *cli, const json_t *event)
{
	const char *sender = cli_text(event, "sender"), *recipient = cli_text(event, "recipient");

	printf("%-39s says    HELO %s", cli_text(event, "client"), cli_text(event, "helo"));
	if (json_object_get(event, "sender"))
		printf(", sender %s", sender[0] ? sender : "<>");
	if (recipient[0])
		printf(", to %s", recipient);
	if (cli_text(event, "spf")[0])
		printf(", SPF %s", cli_text(event, "spf"));
	if (!json_is_true(json_object_get(event, "proved")))
		printf(" %s(unproved, not scored)%s", paint(cli->colour, PAINT_WARN),
		       paint(cli->colour, PAINT_NONE));
	printf("%s\n", json_is_true(json_object_get(event, "refused")) ? " (refused)" : "");
}

static void on_line(const struct cli *cli, const char *text)
{
	json_t *event = json_loads(text, 0, NULL);
	const char *kind = cli_text(event, "event");
	char clock[WHEN_TEXT];

	if (cli->json) {
		printf("%s\n", text);
	} else if (strcmp(kind, "watching") == 0) {
		printf("watching; Ctrl-C ends it\n");
	} else if (strcmp(kind, "lost") == 0) {
		printf("%s%lld events lost: this terminal was too slow%s\n",
		       paint(cli->colour, PAINT_WARN), cli_number(event, "count"),
		       paint(cli->colour, PAINT_NONE));
	} else if (strcmp(kind, "alive") != 0) {
		printf("%s  ", when_clock(cli_number(event, "time"), clock));
		if (strcmp(kind, "decision") == 0)
			print_decision(cli, event);
		else if (strcmp(kind, "flood") == 0)
			print_flood(cli, event);
		else if (strcmp(kind, "message") == 0)
			print_message(cli, event);
		else
			print_packet(cli, event);
	}
	json_decref(event);
	fflush(stdout);
}

/* Ctrl-C is how a watch ends, not a failure. */
static void on_interrupt(int number)
{
	(void)number;
	_exit(CLI_DONE);
}

enum cli_exit cmd_watch(const struct cli *cli)
{
	signal(SIGINT, on_interrupt);
	return client_stream(cli, "/watch", on_line);
}
