/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp detach: by the daemon when one answers, else with the daemon's own code. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "userspace/datapath/datapath.h"
#include "userspace/oneshot/oneshot.h"
#include "client.h"
#include "mxdp.h"

#define STOP_STEPS   100
#define STOP_STEP_US 100000

/* The daemon detaches after its answer; it is done when the pins are gone and nobody answers. */
static enum cli_exit wait_for_end(const struct cli *cli, const char *pins)
{
	for (int step = 0; step < STOP_STEPS; step++) {
		if (!client_reachable(cli) && access(pins, F_OK) < 0) {
			printf("detached from every interface; %s is gone and the daemon has "
			       "stopped\n",
			       pins);
			return CLI_DONE;
		}
		usleep(STOP_STEP_US);
	}
	cli_complain("the daemon was told to detach, but %s is still there; see its log, then run "
		     "mxdp detach again",
		     pins);
	return CLI_NO;
}

static void report(const char *line)
{
	printf("%s\n", line);
}

static enum cli_exit detach_alone(const char *pins)
{
	int error = mxdp_oneshot_detach(pins, report);

	if (error == -ENOENT) {
		printf("nothing is attached: there are no pins in %s\n", pins);
		return CLI_NO;
	}
	if (error < 0) {
		cli_complain("not all could be detached: %s%s", strerror(-error),
			     error == -EPERM || error == -EACCES ? "; run as root" : "");
		return CLI_NO;
	}
	return CLI_DONE;
}

/* The pin directory of the daemon on the socket, if one answers. */
static bool daemon_pins(const struct cli *cli, char *pins, size_t size)
{
	json_t *status;

	if (!client_reachable(cli) ||
	    client_call(cli, "GET", "/status", NULL, NULL, &status) != CLI_DONE)
		return false;
	snprintf(pins, size, "%s", cli_text(status, "pins"));
	json_decref(status);
	return true;
}

enum cli_exit cmd_detach(const struct cli *cli)
{
	char pins[512];
	enum cli_exit result;
	json_t *answer;

	/* Another directory's pins are not this daemon's. */
	if (!daemon_pins(cli, pins, sizeof(pins)) || (cli->pins && strcmp(cli->pins, pins) != 0))
		return detach_alone(cli->pins ? cli->pins : MXDP_PIN_DIRECTORY);
	result = client_call(cli, "POST", "/detach", NULL, NULL, &answer);
	if (result != CLI_DONE)
		return result;
	json_decref(answer);
	return wait_for_end(cli, pins);
}
