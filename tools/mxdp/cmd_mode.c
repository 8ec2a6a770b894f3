/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp mode: in which mode the daemon works, and choosing one. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "maps/maps.h"
#include "userspace/api/parse.h"
#include "client.h"
#include "mxdp.h"
#include "table.h"
#include "when.h"

void cli_print_mode(const struct cli *cli, const json_t *answer)
{
	const char *mode = cli_text(answer, "mode");
	const char *end = paint(cli->colour, PAINT_NONE);
	bool chosen = json_is_true(json_object_get(answer, "mode_chosen"));
	char text[WHEN_TEXT];

	if (strcmp(mode, "observe") == 0)
		printf("%s%sOBSERVE: nothing is dropped.%s Verdicts are made and counted, and "
		       "every connection goes through.\n",
		       paint(cli->colour, PAINT_BOLD), paint(cli->colour, PAINT_WARN), end);
	else
		printf("%s%s%s: %s.\n", paint(cli->colour, PAINT_BOLD), mode, end,
		       cli_text(answer, "mode_text"));
	printf("  mode        %s since %s, by %s\n", mode,
	       when(cli_number(answer, "mode_since"), time(NULL), text),
	       cli_text(answer, "mode_by"));
	if (chosen)
		printf("              the configuration says %s; `mxdp mode configured` goes back "
		       "to it\n",
		       cli_text(answer, "mode_configured"));
}

/* Who sits at the keyboard: sudo's user, or our own; NULL when neither is a plain name. */
static const char *who(void)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_";
	const struct passwd *user = getpwuid(getuid());
	const char *name = getenv("SUDO_USER");

	if (!name || getuid() != 0)
		name = user ? user->pw_name : NULL;
	if (!name || !name[0] || strlen(name) >= MXDP_API_NAME ||
	    strspn(name, letters) != strlen(name))
		return NULL;
	return name;
}

static bool is_mode(const char *text)
{
	for (unsigned int i = 0; i < MXDP_MODE_COUNT; i++)
		if (strcmp(text, mxdp_mode_name((enum mxdp_mode)i)) == 0)
			return true;
	return strcmp(text, "configured") == 0;
}

static enum cli_exit choose(const struct cli *cli, json_t **answer)
{
	enum cli_exit result;
	json_t *body;

	if (!is_mode(cli->target)) {
		cli_complain("there is no such mode; say observe, soft, enforce, or configured for "
			     "that of the configuration");
		return CLI_USAGE;
	}
	body = json_pack("{s:s, s:s*}", "mode", cli->target, "by", who());
	result = client_call(cli, "POST", "/mode", NULL, body, answer);
	json_decref(body);
	return result;
}

enum cli_exit cmd_mode(const struct cli *cli)
{
	enum cli_exit result;
	json_t *answer;

	result = cli->target ? choose(cli, &answer)
			     : client_call(cli, "GET", "/mode", NULL, NULL, &answer);
	if (result != CLI_DONE)
		return result;
	if (cli->json)
		cli_print_json(answer);
	else
		cli_print_mode(cli, answer);
	if (cli_text(answer, "note")[0])
		cli_complain("%s", cli_text(answer, "note"));
	json_decref(answer);
	return CLI_DONE;
}
