/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp reload: the daemon reads its configuration again. */
#include <stdio.h>

#include "client.h"
#include "mxdp.h"

static void print_note(const struct cli *cli, const json_t *answer)
{
	const char *note = cli_text(answer, "note");

	(void)cli;
	printf("%s\n", note[0] ? note : "the configuration was read again");
}

enum cli_exit cmd_reload(const struct cli *cli)
{
	static const struct client_view view = {.print = print_note};
	enum cli_exit result = client_show(cli, "POST", "/reload", NULL, NULL, &view);

	/* What is wrong then is the file, not the command. */
	return result == CLI_USAGE ? CLI_NO : result;
}
