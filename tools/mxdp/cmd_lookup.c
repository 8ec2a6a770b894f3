/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp lookup, snapshot: the feeds as the kernel has them. */
#include <stdio.h>
#include <time.h>

#include "userspace/api/parse.h"
#include "client.h"
#include "mxdp.h"
#include "when.h"

static void print_lookup(const struct cli *cli, const json_t *answer)
{
	const json_t *word;
	size_t i;

	(void)cli;
	if (json_is_true(json_object_get(answer, "listed")))
		printf("%s is listed: the feed %s, %s (class %lld, generation %lld)\n",
		       cli_text(answer, "address"), cli_text(answer, "feed"),
		       cli_text(answer, "action"), cli_number(answer, "class"),
		       cli_number(answer, "generation"));
	else
		printf("%s is not listed in the kernel%s\n", cli_text(answer, "address"),
		       json_is_true(json_object_get(answer, "subtracted"))
			       ? ": a rule or the never-block set keeps it out"
			       : "");
	json_array_foreach(json_object_get(answer, "feeds"), i, word)
	{
		printf("  %s line %lld: %s%s (%s)%s\n", cli_text(word, "feed"),
		       cli_number(word, "line"),
		       json_is_true(json_object_get(word, "excluded")) ? "not " : "",
		       cli_text(word, "prefix"), cli_text(word, "use"),
		       json_is_true(json_object_get(word, "decides")) ? ": decides" : "");
	}
	if (json_is_true(json_object_get(answer, "differs")))
		printf("The kernel and the feeds differ: a build may be under way (mxdp snapshot); "
		       "else report it as a fault\n");
}

static bool is_named(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "listed")) ||
	       json_array_size(json_object_get(answer, "feeds")) > 0;
}

enum cli_exit cmd_lookup(const struct cli *cli)
{
	static const struct client_view view = {.print = print_lookup, .found = is_named};
	const struct client_argument arguments[] = {{"address", cli->target}, {NULL, NULL}};
	char fault[MXDP_API_FAULT];
	struct mxdp_address address;

	if (mxdp_api_parse_address(cli->target, &address, fault) < 0) {
		cli_complain("%s", fault);
		return CLI_USAGE;
	}
	return client_show(cli, "GET", "/lookup", arguments, NULL, &view);
}

static void print_family(const json_t *answer, const char *family, const char *name)
{
	const json_t *generation = json_object_get(answer, family);
	char text[WHEN_TEXT];

	if (!json_is_object(generation)) {
		printf("%s: no snapshot\n", name);
		return;
	}
	printf("%s: generation %lld of %s, %lld prefixes in %lld classes, %.1f MiB\n", name,
	       cli_number(generation, "generation"),
	       when(cli_number(generation, "built"), time(NULL), text),
	       cli_number(generation, "entries"), cli_number(generation, "classes"),
	       (double)cli_number(generation, "bytes") / 1048576.0);
}

static void print_snapshot(const struct cli *cli, const json_t *answer)
{
	(void)cli;
	print_family(answer, "v4", "IPv4");
	print_family(answer, "v6", "IPv6");
	printf("built in %lld ms, published in %lld ms, of it %.1f ms of waiting for packets that "
	       "were "
	       "judged by the set before%s\n",
	       cli_number(answer, "build_ms"), cli_number(answer, "publish_ms"),
	       (double)cli_number(answer, "wait_us") / 1000,
	       json_is_true(json_object_get(answer, "building")) ? "; another is being built" : "");
}

enum cli_exit cmd_snapshot(const struct cli *cli)
{
	static const struct client_view view = {.print = print_snapshot};

	return client_show(cli, "GET", "/snapshot", NULL, NULL, &view);
}
