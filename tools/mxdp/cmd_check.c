/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp check: the checks, now. Run by the daemon, or here with --config or --resolver. */
#include <stdio.h>

#include "userspace/api/parse.h"
#include "userspace/api/show.h"
#include "userspace/oneshot/oneshot.h"
#include "client.h"
#include "mxdp.h"
#include "table.h"

/* Keeps a result in the form of the daemon's answer, so that both are shown alike. */
static void on_result(void *context, const struct mxdp_case *found)
{
	json_t **answer = context;
	char client[MXDP_ADDRESS_TEXT];

	*answer = json_pack("{s:s, s:o}", "client", mxdp_address_format(&found->client, client),
			    "case", mxdp_show_case(found));
}

static void print_alone(const struct cli *cli, const json_t *answer)
{
	const json_t *known = json_object_get(answer, "case");
	const char *action = cli_text(known, "action");

	printf("%s%s%s: the verdict would be %s%s%s: %s\n", paint(cli->colour, PAINT_BOLD),
	       cli_text(answer, "client"), paint(cli->colour, PAINT_NONE),
	       paint(cli->colour, paint_of_action(action)), action, paint(cli->colour, PAINT_NONE),
	       cli_text(known, "text"));
	printf("  (checked without the daemon: rules are not looked at, nothing is stored)\n");
	cli_print_evidence(cli, answer);
}

static enum cli_exit check_alone(const struct cli *cli, const struct mxdp_address *client)
{
	char error[MXDP_CONFIG_ERROR] = "";
	json_t *answer = NULL;

	if (mxdp_oneshot_check(cli->config ? cli->config : MXDP_CONFIG_PATH, cli->resolver, client,
			       on_result, &answer, error, sizeof(error)) < 0 ||
	    !answer) {
		cli_complain("%s", error[0] ? error : "the checks gave no result");
		json_decref(answer);
		return CLI_NO;
	}
	if (cli->json)
		cli_print_json(answer);
	else
		print_alone(cli, answer);
	json_decref(answer);
	return CLI_DONE;
}

enum cli_exit cmd_check(const struct cli *cli)
{
	static const struct client_view view = {.print = cli_print_explain};
	const struct client_argument arguments[] = {{"address", cli->target}, {NULL, NULL}};
	char fault[MXDP_API_FAULT];
	struct mxdp_address client;

	if (mxdp_api_parse_address(cli->target, &client, fault) < 0) {
		cli_complain("%s", fault);
		return CLI_USAGE;
	}
	if (cli->config || cli->resolver)
		return check_alone(cli, &client);
	return client_show(cli, "POST", "/check", arguments, NULL, &view);
}
