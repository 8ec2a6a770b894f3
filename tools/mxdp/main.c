/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp: the operator's command. Reads the command line, finds the command, runs it. */
#include <curl/curl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mxdp.h"

#define SOCKET_PATH "/run/mxdp/api.sock"

/* Each option is a bit in what a command takes; none may look like a letter ('h', '?'). */
enum option_bit {
	OPTION_ACTION = 1 << 8,
	OPTION_LIMIT = 1 << 9,
	OPTION_TTL = 1 << 10,
	OPTION_REASON = 1 << 11,
	OPTION_CONFIG = 1 << 12,
	OPTION_RESOLVER = 1 << 13,
	OPTION_PINS = 1 << 14,
	OPTION_JSON = 1 << 15,
	OPTION_SOCKET = 1 << 16,
	OPTION_HELP = 1 << 17,
	OPTION_VERSION = 1 << 18,
	OPTION_IP = 1 << 19,
	OPTION_HELO = 1 << 20,
	OPTION_SENDER = 1 << 21,
	OPTION_SINCE = 1 << 24,
	OPTION_STATE = 1 << 26,
	OPTION_PROBE = 1 << 25,
	OPTION_FORMAT = 1 << 27,
	OPTION_COLUMN = 1 << 28,
	OPTION_SCORE = 1 << 22,
	OPTION_SOURCE = 1 << 23,
};

struct command {
	const char *name, *target, *options;
	unsigned int takes;
	enum cli_exit (*run)(const struct cli *cli);
	const char *what;
};

static enum cli_exit cmd_help(const struct cli *cli);
static enum cli_exit cmd_version(const struct cli *cli);

static const struct command commands[] = {
	{"status", NULL, "", OPTION_JSON, cmd_status, "how the daemon is, on one page"},
	{"explain", "ADDR", "", OPTION_JSON, cmd_explain,
	 "what happens to a client's connections, and why"},
	{"check", "ADDR", "[--config FILE] [--resolver IP:PORT]",
	 OPTION_JSON | OPTION_CONFIG | OPTION_RESOLVER, cmd_check,
	 "run the checks now; with --config or --resolver no daemon is needed"},
	{"allow", "ADDR[/LEN]", "[--ttl 1h] [--reason TEXT]",
	 OPTION_JSON | OPTION_TTL | OPTION_REASON, cmd_allow,
	 "let a client or network through, whatever lists say"},
	{"deny", "ADDR[/LEN]", "[--ttl 1h] [--reason TEXT]",
	 OPTION_JSON | OPTION_TTL | OPTION_REASON, cmd_deny, "drop a client or network"},
	{"forget", "ADDR[/LEN]", "", OPTION_JSON, cmd_forget,
	 "remove rules and verdicts inside a prefix"},
	{"report", "ADDR", "--score N [--ttl 1d] [--source NAME] [--reason TEXT]",
	 OPTION_JSON | OPTION_SCORE | OPTION_TTL | OPTION_SOURCE | OPTION_REASON, cmd_report,
	 "another program's word about a client: it counts like a check"},
	{"rules", NULL, "", OPTION_JSON, cmd_rules, "the operator's rules"},
	{"verdicts", NULL, "[--action A] [--limit N]", OPTION_JSON | OPTION_ACTION | OPTION_LIMIT,
	 cmd_verdicts, "the newest verdicts in the map"},
	{"zones", NULL, "[--probe]", OPTION_JSON | OPTION_PROBE, cmd_zones,
	 "each DNSBL: is it in use, what does it find, how did its last probe go"},
	{"counters", NULL, "", OPTION_JSON, cmd_counters, "what became of all packets"},
	{"search", "ADDR[/LEN]|DOMAIN", "[--since 2d] [--limit N] [--resolver IP:PORT]",
	 OPTION_JSON | OPTION_SINCE | OPTION_LIMIT | OPTION_RESOLVER, cmd_search,
	 "what became of a client's, a network's or a domain's connections"},
	{"greylist", "[forget] [ADDR[/LEN]]", "[--state waiting|passed] [--limit N]",
	 OPTION_JSON | OPTION_STATE | OPTION_LIMIT, cmd_greylist,
	 "who was told to come back later, and who did"},
	{"feed", "list|sync [NAME]|diff NAME|check FILE", "[--format F] [--column N]",
	 OPTION_JSON | OPTION_FORMAT | OPTION_COLUMN, cmd_feed,
	 "the blocklist feeds; sync them now; what a sync changed; try a file without a daemon"},
	{"lookup", "ADDR", "", OPTION_JSON, cmd_lookup,
	 "which feeds name an address, and what the kernel's snapshot says"},
	{"snapshot", NULL, "", OPTION_JSON, cmd_snapshot, "the feeds as the kernel has them"},
	{"watch", NULL, "", OPTION_JSON, cmd_watch, "live events, until Ctrl-C"},
	{"mode", "[observe|soft|enforce|configured]", "", OPTION_JSON, cmd_mode,
	 "the mode in force; choose one, which holds over restarts, or take the choice back"},
	{"reload", NULL, "", OPTION_JSON, cmd_reload, "read the configuration again"},
	{"detach", NULL, "[--pins DIR]", OPTION_PINS, cmd_detach,
	 "leave every interface, remove all pins, stop the daemon"},
	{"spf", NULL, "--ip ADDR [--helo NAME] [--sender ADDRESS] [--resolver IP:PORT]",
	 OPTION_JSON | OPTION_IP | OPTION_HELO | OPTION_SENDER | OPTION_RESOLVER, cmd_spf,
	 "may this client send for this sender? (SPF; no daemon needed)"},
	{"spf-ranges", "DOMAIN", "[--resolver IP:PORT]", OPTION_JSON | OPTION_RESOLVER,
	 cmd_spf_ranges, "the networks that a domain's SPF record permits"},
	{"version", NULL, "", 0, cmd_version, "the version of this command"},
	{"help", NULL, "", 0, cmd_help, "this text"},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct option long_options[] = {
	{"action", required_argument, NULL, OPTION_ACTION},
	{"limit", required_argument, NULL, OPTION_LIMIT},
	{"ttl", required_argument, NULL, OPTION_TTL},
	{"reason", required_argument, NULL, OPTION_REASON},
	{"score", required_argument, NULL, OPTION_SCORE},
	{"source", required_argument, NULL, OPTION_SOURCE},
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"resolver", required_argument, NULL, OPTION_RESOLVER},
	{"pins", required_argument, NULL, OPTION_PINS},
	{"ip", required_argument, NULL, OPTION_IP},
	{"helo", required_argument, NULL, OPTION_HELO},
	{"sender", required_argument, NULL, OPTION_SENDER},
	{"since", required_argument, NULL, OPTION_SINCE},
	{"state", required_argument, NULL, OPTION_STATE},
	{"probe", no_argument, NULL, OPTION_PROBE},
	{"format", required_argument, NULL, OPTION_FORMAT},
	{"column", required_argument, NULL, OPTION_COLUMN},
	{"json", no_argument, NULL, OPTION_JSON},
	{"socket", required_argument, NULL, OPTION_SOCKET},
	{"help", no_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	{NULL, 0, NULL, 0},
};

void cli_complain(const char *format, ...)
{
	va_list arguments;

	fputs("mxdp: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void cli_print_json(const json_t *answer)
{
	json_dumpf(answer, stdout, JSON_INDENT(2));
	putchar('\n');
}

const char *cli_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

long long cli_number(const json_t *object, const char *key)
{
	return (long long)json_number_value(json_object_get(object, key));
}

static enum cli_exit cmd_version(const struct cli *cli)
{
	(void)cli;
	printf("mxdp %s\n", MXDP_VERSION);
	return CLI_DONE;
}

static enum cli_exit cmd_help(const struct cli *cli)
{
	(void)cli;
	printf("usage: mxdp [--socket PATH] COMMAND ...\n\n");
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *command = &commands[i];

		printf("  %s%s%s%s%s\n      %s\n", command->name, command->target ? " " : "",
		       command->target ? command->target : "", command->options[0] ? " " : "",
		       command->options, command->what);
	}
	printf("\nEvery read takes --json. Exit status: 0 done, 1 no or not found, 2 usage,\n"
	       "3 daemon not reachable (socket %s, --socket or MXDP_SOCKET).\n"
	       "More in mxdp(8).\n",
	       SOCKET_PATH);
	return CLI_DONE;
}

static void keep_option(struct cli *cli, int option)
{
	switch (option) {
	case OPTION_ACTION:
		cli->action = optarg;
		break;
	case OPTION_LIMIT:
		cli->limit = optarg;
		break;
	case OPTION_TTL:
		cli->ttl = optarg;
		break;
	case OPTION_SCORE:
		cli->score = optarg;
		break;
	case OPTION_SOURCE:
		cli->source = optarg;
		break;
	case OPTION_REASON:
		cli->reason = optarg;
		break;
	case OPTION_CONFIG:
		cli->config = optarg;
		break;
	case OPTION_RESOLVER:
		cli->resolver = optarg;
		break;
	case OPTION_PINS:
		cli->pins = optarg;
		break;
	case OPTION_IP:
		cli->ip = optarg;
		break;
	case OPTION_HELO:
		cli->helo = optarg;
		break;
	case OPTION_SENDER:
		cli->sender = optarg;
		break;
	case OPTION_FORMAT:
		cli->format = optarg;
		break;
	case OPTION_COLUMN:
		cli->column = optarg;
		break;
	case OPTION_STATE:
		cli->state = optarg;
		break;
	case OPTION_SINCE:
		cli->since = optarg;
		break;
	case OPTION_PROBE:
		cli->probe = true;
		break;
	case OPTION_JSON:
		cli->json = true;
		break;
	default:
		cli->socket = optarg;
	}
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static const char *option_name(unsigned int bit)
{
	for (const struct option *option = long_options; option->name; option++)
		if ((unsigned int)option->val == bit)
			return option->name;
	return "?";
}

/* The command that the words and options make, or NULL after saying what is wrong with them. */
static const struct command *choose(struct cli *cli, int count, char **words, unsigned int given)
{
	const struct command *command = count > 0 ? find_command(words[0]) : NULL;
	int needed, most;

	if (!command) {
		if (count > 0)
			cli_complain("there is no command \"%s\"; see mxdp help", words[0]);
		else
			cli_complain("which command? see mxdp help");
		return NULL;
	}
	needed = command->target && command->target[0] != '[' ? 2 : 1;
	most = command->target ? 2 : 1;
	/* A target of several words may be followed by one more. */
	if (command->target && strchr(command->target, ' '))
		most++;
	if (count < needed || count > most) {
		cli_complain("usage: mxdp %s%s%s %s", command->name, command->target ? " " : "",
			     command->target ? command->target : "", command->options);
		return NULL;
	}
	given &= ~(command->takes | OPTION_SOCKET);
	if (given) {
		/* The lowest bit: one fault at a time. */
		cli_complain("mxdp %s takes no --%s; see mxdp help", command->name,
			     option_name(given & -given));
		return NULL;
	}
	cli->target = count > 1 ? words[1] : NULL;
	cli->second = count > 2 ? words[2] : NULL;
	return command;
}

/* Colours only for people who see them and have not asked for none (no-color.org). */
static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && no_color[0]) &&
	       !(term && strcmp(term, "dumb") == 0);
}

int main(int argc, char **argv)
{
	const char *socket_path = getenv("MXDP_SOCKET");
	struct cli cli = {.socket = socket_path ? socket_path : SOCKET_PATH};
	const struct command *command;
	unsigned int given = 0;
	enum cli_exit result;
	int option;

	while ((option = getopt_long(argc, argv, "hV", long_options, NULL)) != -1) {
		if (option == 'h' || option == OPTION_HELP)
			return cmd_help(&cli);
		if (option == 'V' || option == OPTION_VERSION)
			return cmd_version(&cli);
		if (option == '?')
			return CLI_USAGE; /* getopt has said why */
		keep_option(&cli, option);
		given |= (unsigned int)option;
	}
	command = choose(&cli, argc - optind, argv + optind, given);
	if (!command)
		return CLI_USAGE;
	cli.colour = wants_colour();
	curl_global_init(CURL_GLOBAL_NOTHING);
	result = command->run(&cli);
	curl_global_cleanup();
	if (fflush(stdout) == EOF || ferror(stdout)) {
		cli_complain("cannot write the answer");
		return CLI_NO;
	}
	return result;
}
