/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp report: what another program has seen of a client. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "userspace/api/parse.h"
#include "client.h"
#include "mxdp.h"
#include "when.h"

/* As people write it: strtod() alone would take 0x10, 1e3 and nan too. */
static bool parse_score(const char *text, double *score)
{
	static const char digits[] = "0123456789";
	const char *whole = text + (*text == '-' || *text == '+');
	const size_t length = strspn(whole, digits);
	const char *end = whole + length;
	size_t places = 0;

	if (*end == '.') {
		places = strspn(end + 1, digits);
		end += 1 + places;
	}
	*score = strtod(text, NULL);
	return length + places > 0 && *end == '\0' && isfinite(*score);
}

/* An option that was not given is left out. Returns non-zero when the text is not UTF-8. */
static int add_text(json_t *body, const char *key, const char *text)
{
	return text ? json_object_set_new(body, key, json_string(text)) : 0;
}

/* The body for the daemon, or NULL after saying what is wrong with the options. */
static json_t *make_body(const struct cli *cli)
{
	long long ttl = cli->ttl ? when_duration_parse(cli->ttl) : MXDP_API_REPORT_TTL;
	char fault[MXDP_API_FAULT];
	struct mxdp_address client;
	double score = 0;
	json_t *body;

	if (mxdp_api_parse_address(cli->target, &client, fault) < 0) {
		cli_complain("%s", fault);
		return NULL;
	}
	if (!cli->score) {
		cli_complain("what does it weigh? give --score NUMBER; below 0 speaks for the "
			     "client");
		return NULL;
	}
	if (!parse_score(cli->score, &score)) {
		cli_complain("--score %s is no number; give one like 2.5, or below 0 to speak for "
			     "the client",
			     cli->score);
		return NULL;
	}
	if (ttl <= 0) {
		cli_complain("--ttl %s is no duration; give one like 15m, 1h30m or 2d", cli->ttl);
		return NULL;
	}
	body = json_pack("{s:s, s:f, s:I}", "address", cli->target, "score", score, "ttl",
			 (json_int_t)ttl);
	if (body &&
	    (add_text(body, "source", cli->source) || add_text(body, "reason", cli->reason))) {
		json_decref(body);
		body = NULL;
	}
	if (!body)
		cli_complain("--source and --reason must be valid UTF-8");
	return body;
}

static void print_noted(const struct cli *cli, const json_t *report)
{
	char text[WHEN_TEXT];

	(void)cli;
	printf("noted: %s says %+.1f about %s, until %s\n", cli_text(report, "source"),
	       json_number_value(json_object_get(report, "score")), cli_text(report, "key"),
	       when(cli_number(report, "expires"), time(NULL), text));
}

enum cli_exit cmd_report(const struct cli *cli)
{
	static const struct client_view view = {.print = print_noted};
	json_t *body = make_body(cli);
	enum cli_exit result;

	if (!body)
		return CLI_USAGE;
	result = client_show(cli, "POST", "/reports", NULL, body, &view);
	json_decref(body);
	return result;
}
