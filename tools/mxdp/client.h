/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP to the daemon over its unix socket. Failures are told on standard error here, once. */
#ifndef MXDP_CLIENT_H
#define MXDP_CLIENT_H

#include "mxdp.h"

/* A query argument to escape; a NULL value is left out. A list ends with a NULL name. */
struct client_argument {
	const char *name, *value;
};

/*
 * One request. On CLI_DONE `*answer` is a new reference; otherwise it is NULL, and the fault has
 * been told.
 */
enum cli_exit client_call(const struct cli *cli, const char *method, const char *path,
			  const struct client_argument *arguments, const json_t *body,
			  json_t **answer);

/* How an answer is shown. */
struct client_view {
	void (*print)(const struct cli *cli, const json_t *answer);
	bool (*found)(const json_t *answer); /* else the exit status is CLI_NO; NULL: always */
};

/* One request whose answer is shown by `view->print`, or as JSON where the user asks for that. */
enum cli_exit client_show(const struct cli *cli, const char *method, const char *path,
			  const struct client_argument *arguments, const json_t *body,
			  const struct client_view *view);

/* Calls `line` for each line of an endless answer until it ends; CLI_NO_DAEMON when it does. */
enum cli_exit client_stream(const struct cli *cli, const char *path,
			    void (*line)(const struct cli *cli, const char *text));

/* Whether a daemon answers on the socket; tells nothing. */
bool client_reachable(const struct cli *cli);

#endif
