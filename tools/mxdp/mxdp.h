/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line client: what its files share. A command is a function in a table (main.c); it
 * talks to the daemon through client.h, writes to standard output, and returns the exit status.
 */
#ifndef MXDP_CLI_H
#define MXDP_CLI_H

#include <stdbool.h>
#include <jansson.h>

enum cli_exit {
	CLI_DONE = 0,
	CLI_NO = 1, /* refused, or nothing of that name */
	CLI_USAGE = 2,
	CLI_NO_DAEMON = 3,
};

/* Options as given; a text that was not given is NULL. */
struct cli {
	const char *socket;
	bool json;
	bool colour;
	const char *action, *limit;     /* verdicts */
	const char *score, *source;     /* report */
	bool probe;                     /* zones */
	const char *since;              /* search */
	const char *state;              /* greylist */
	const char *ttl, *reason;       /* allow, deny */
	const char *config, *resolver;  /* check without a daemon */
	const char *pins;               /* detach without a daemon */
	const char *ip, *helo, *sender; /* spf */
	const char *format, *column;    /* feed check */
	const char *second;             /* the word after the target, or NULL */
	const char *target;             /* the first word, as ADDR; or NULL */
};

/* The commands; each file cmd_X.c begins with what its own does. */
enum cli_exit cmd_status(const struct cli *cli);
enum cli_exit cmd_counters(const struct cli *cli);
enum cli_exit cmd_verdicts(const struct cli *cli);
enum cli_exit cmd_rules(const struct cli *cli);
enum cli_exit cmd_zones(const struct cli *cli);
enum cli_exit cmd_explain(const struct cli *cli);
enum cli_exit cmd_check(const struct cli *cli);
enum cli_exit cmd_allow(const struct cli *cli);
enum cli_exit cmd_deny(const struct cli *cli);
enum cli_exit cmd_forget(const struct cli *cli);
enum cli_exit cmd_report(const struct cli *cli);
enum cli_exit cmd_search(const struct cli *cli);
enum cli_exit cmd_greylist(const struct cli *cli);
enum cli_exit cmd_feed(const struct cli *cli);
enum cli_exit cmd_lookup(const struct cli *cli);
enum cli_exit cmd_snapshot(const struct cli *cli);
enum cli_exit cmd_watch(const struct cli *cli);
enum cli_exit cmd_mode(const struct cli *cli);
enum cli_exit cmd_reload(const struct cli *cli);
enum cli_exit cmd_detach(const struct cli *cli);
enum cli_exit cmd_spf(const struct cli *cli);
enum cli_exit cmd_spf_ranges(const struct cli *cli);

/* "mxdp: " and the text on standard error. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints an answer as JSON and frees nothing. */
void cli_print_json(const json_t *answer);

/* Fields of an answer; "" and 0 when they are missing. */
const char *cli_text(const json_t *object, const char *key);
long long cli_number(const json_t *object, const char *key);

/* The mode, and who chose it, as `status` and `mode` show it (cmd_mode.c). */
void cli_print_mode(const struct cli *cli, const json_t *answer);

/* The layout of `explain`, also for the answer of `check` (cmd_explain.c). */
void cli_print_explain(const struct cli *cli, const json_t *answer);
/* Its part with the evidence and the sum. */
void cli_print_evidence(const struct cli *cli, const json_t *answer);

#endif
