/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp: the operator's command. Reads the command line, finds the command, runs it. */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "mxdp.h"

#define SOCKET_PATH   "/run/mxdp/api.sock"
#define FIRST_SETTING 256 /* for getopt: beyond every letter */

/* The options that set something: each is a bit in what a command takes. */
enum setting {
	SET_ACTION,
	SET_LIMIT,
	SET_TTL,
	SET_REASON,
	SET_SCORE,
	SET_SOURCE,
	SET_CONFIG,
	SET_RESOLVER,
	SET_PINS,
	SET_IP,
	SET_HELO,
	SET_SENDER,
	SET_SINCE,
	SET_STATE,
	SET_PROBE,
	SET_FORMAT,
	SET_COLUMN,
	SET_JSON,
	SET_SOCKET,
	SETTINGS
};

static const struct {
	const char *name;
	bool flag;    /* it has no value */
	size_t place; /* in struct cli */
	bool empty;   /* its value may be: a sender is (RFC 5321 4.5.5), a name need not be known */
} settings[SETTINGS] = {
	[SET_ACTION] = {"action", false, offsetof(struct cli, action)},
	[SET_LIMIT] = {"limit", false, offsetof(struct cli, limit)},
	[SET_TTL] = {"ttl", false, offsetof(struct cli, ttl)},
	[SET_REASON] = {"reason", false, offsetof(struct cli, reason), true},
	[SET_SCORE] = {"score", false, offsetof(struct cli, score)},
	[SET_SOURCE] = {"source", false, offsetof(struct cli, source)},
	[SET_CONFIG] = {"config", false, offsetof(struct cli, config)},
	[SET_RESOLVER] = {"resolver", false, offsetof(struct cli, resolver)},
	[SET_PINS] = {"pins", false, offsetof(struct cli, pins)},
	[SET_IP] = {"ip", false, offsetof(struct cli, ip)},
	[SET_HELO] = {"helo", false, offsetof(struct cli, helo), true},
	[SET_SENDER] = {"sender", false, offsetof(struct cli, sender), true},
	[SET_SINCE] = {"since", false, offsetof(struct cli, since)},
	[SET_STATE] = {"state", false, offsetof(struct cli, state)},
	[SET_PROBE] = {"probe", true, offsetof(struct cli, probe)},
	[SET_FORMAT] = {"format", false, offsetof(struct cli, format)},
	[SET_COLUMN] = {"column", false, offsetof(struct cli, column)},
	[SET_JSON] = {"json", true, offsetof(struct cli, json)},
	[SET_SOCKET] = {"socket", false, offsetof(struct cli, socket)},
};
#define TAKES(name) (1u << SET_##name)

struct command {
	const char *name, *target, *options;
	unsigned int takes;
	enum cli_exit (*run)(const struct cli *cli);
	const char *what;
};

static enum cli_exit cmd_help(const struct cli *cli);
static enum cli_exit cmd_version(const struct cli *cli);

static const struct command commands[] = {
	{"status", NULL, "", TAKES(JSON), cmd_status, "how the daemon is, on one page"},
	{"explain", "ADDR", "", TAKES(JSON), cmd_explain,
	 "what happens to a client's connections, and why"},
	{"check", "ADDR", "[--config FILE] [--resolver IP:PORT]",
	 TAKES(JSON) | TAKES(CONFIG) | TAKES(RESOLVER), cmd_check,
	 "run the checks now; with --config or --resolver no daemon is needed"},
	{"allow", "ADDR[/LEN]", "[--ttl 1h] [--reason TEXT]",
	 TAKES(JSON) | TAKES(TTL) | TAKES(REASON), cmd_allow,
	 "let a client or network through, whatever lists say"},
	{"deny", "ADDR[/LEN]", "[--ttl 1h] [--reason TEXT]",
	 TAKES(JSON) | TAKES(TTL) | TAKES(REASON), cmd_deny, "drop a client or network"},
	{"forget", "ADDR[/LEN]", "", TAKES(JSON), cmd_forget,
	 "remove rules and verdicts inside a prefix"},
	{"report", "ADDR", "--score N [--ttl 1d] [--source NAME] [--reason TEXT]",
	 TAKES(JSON) | TAKES(SCORE) | TAKES(TTL) | TAKES(SOURCE) | TAKES(REASON), cmd_report,
	 "another program's word about a client: it counts like a check"},
	{"rules", NULL, "", TAKES(JSON), cmd_rules, "the operator's rules"},
	{"verdicts", NULL, "[--action A] [--limit N]", TAKES(JSON) | TAKES(ACTION) | TAKES(LIMIT),
	 cmd_verdicts, "the newest verdicts in the map"},
	{"zones", NULL, "[--probe]", TAKES(JSON) | TAKES(PROBE), cmd_zones,
	 "each DNSBL: is it in use, what does it find, how did its last probe go"},
	{"counters", NULL, "", TAKES(JSON), cmd_counters, "what became of all packets"},
	{"search", "ADDR[/LEN]|DOMAIN", "[--since 2d] [--limit N] [--resolver IP:PORT]",
	 TAKES(JSON) | TAKES(SINCE) | TAKES(LIMIT) | TAKES(RESOLVER), cmd_search,
	 "what became of a client's, a network's or a domain's connections"},
	{"greylist", "[forget] [ADDR[/LEN]]", "[--state waiting|passed] [--limit N]",
	 TAKES(JSON) | TAKES(STATE) | TAKES(LIMIT), cmd_greylist,
	 "who was told to come back later, and who did"},
	{"feed", "list|sync [NAME]|diff NAME|check FILE", "[--format F] [--column N]",
	 TAKES(JSON) | TAKES(FORMAT) | TAKES(COLUMN), cmd_feed,
	 "the blocklist feeds; sync them now; what a sync changed; try a file without a daemon"},
	{"lookup", "ADDR", "", TAKES(JSON), cmd_lookup,
	 "which feeds name an address, and what the kernel's snapshot says"},
	{"snapshot", NULL, "", TAKES(JSON), cmd_snapshot, "the feeds as the kernel has them"},
	{"watch", NULL, "", TAKES(JSON), cmd_watch, "live events, until Ctrl-C"},
	{"mode", "[observe|soft|enforce|configured]", "", TAKES(JSON), cmd_mode,
	 "the mode in force; choose one, which holds over restarts, or take the choice back"},
	{"reload", NULL, "", TAKES(JSON), cmd_reload, "read the configuration again"},
	{"detach", NULL, "[--pins DIR]", TAKES(PINS), cmd_detach,
	 "leave every interface, remove all pins, stop the daemon"},
	{"spf", NULL, "--ip ADDR [--helo NAME] [--sender ADDRESS] [--resolver IP:PORT]",
	 TAKES(JSON) | TAKES(IP) | TAKES(HELO) | TAKES(SENDER) | TAKES(RESOLVER), cmd_spf,
	 "may this client send for this sender? (SPF; no daemon needed)"},
	{"spf-ranges", "DOMAIN", "[--resolver IP:PORT]", TAKES(JSON) | TAKES(RESOLVER),
	 cmd_spf_ranges, "the networks that a domain's SPF record permits"},
	{"version", NULL, "", 0, cmd_version, "the version of this command"},
	{"help", "[COMMAND]", "", 0, cmd_help, "this text, or one command's part of it"},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

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

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void print_command(const struct command *command)
{
	printf("  %s%s%s%s%s\n      %s\n", command->name, command->target ? " " : "",
	       command->target ? command->target : "", command->options[0] ? " " : "",
	       command->options, command->what);
}

static enum cli_exit cmd_help(const struct cli *cli)
{
	const struct command *command = cli->target ? find_command(cli->target) : NULL;

	if (command) {
		print_command(command);
		return CLI_DONE;
	}
	if (cli->target) {
		cli_complain("there is no command \"%s\"; see mxdp help", cli->target);
		return CLI_USAGE;
	}
	printf("usage: mxdp [--socket PATH] COMMAND ...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		print_command(&commands[i]);
	printf("\nEvery read takes --json. Exit status: 0 done, 1 no or not found, 2 usage,\n"
	       "3 daemon not reachable (socket %s, --socket or MXDP_SOCKET).\n"
	       "More in mxdp(8).\n",
	       SOCKET_PATH);
	return CLI_DONE;
}

/* False after saying that the option lacks a value: a script's variable was empty. */
static bool keep_option(struct cli *cli, enum setting number)
{
	void *place = (char *)cli + settings[number].place;

	if (settings[number].flag) {
		*(bool *)place = true;
		return true;
	}
	*(const char **)place = optarg;
	if (optarg[0] || settings[number].empty)
		return true;
	cli_complain("--%s is empty; give it a value or leave it out", settings[number].name);
	return false;
}

static bool socket_fits(const struct cli *cli)
{
	const size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (strlen(cli->socket) <= most)
		return true;
	cli_complain("the socket's path has %zu bytes; it can have %zu at most: name another with "
		     "--socket or MXDP_SOCKET",
		     strlen(cli->socket), most);
	return false;
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
		cli_complain("usage: mxdp %s%s%s%s%s", command->name, command->target ? " " : "",
			     command->target ? command->target : "", command->options[0] ? " " : "",
			     command->options);
		return NULL;
	}
	given &= ~(command->takes | TAKES(SOCKET));
	for (size_t i = 0; i < SETTINGS; i++) {
		if (!(given & 1u << i))
			continue;
		cli_complain("mxdp %s takes no --%s; see mxdp help %s", command->name,
			     settings[i].name, command->name);
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

/* What getopt_long() shall know: the settings by their numbers, and those that take a letter too.
 */
static void list_options(struct option options[SETTINGS + 3])
{
	for (int i = 0; i < SETTINGS; i++)
		options[i] = (struct option){settings[i].name,
					     settings[i].flag ? no_argument : required_argument,
					     NULL, FIRST_SETTING + i};
	options[SETTINGS] = (struct option){"help", no_argument, NULL, 'h'};
	options[SETTINGS + 1] = (struct option){"version", no_argument, NULL, 'V'};
	options[SETTINGS + 2] = (struct option){NULL, 0, NULL, 0};
}

int main(int argc, char **argv)
{
	const char *socket_path = getenv("MXDP_SOCKET");
	struct cli cli = {.socket = socket_path && socket_path[0] ? socket_path : SOCKET_PATH};
	static char name[] = "mxdp"; /* before getopt's complaints as before ours */
	struct option options[SETTINGS + 3];
	const struct command *command;
	unsigned int given = 0;
	enum cli_exit result;
	bool help = false;
	int option;

	/* Else the first socket would be the standard output. */
	if (fcntl(STDOUT_FILENO, F_GETFD) < 0) {
		cli_complain("cannot write the answer: standard output is closed");
		return CLI_NO;
	}
	list_options(options);
	if (argc > 0)
		argv[0] = name;
	while ((option = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		if (option == 'V')
			return cmd_version(&cli);
		if (option == '?')
			return CLI_USAGE; /* getopt has said why */
		help |= option == 'h';
		if (option < FIRST_SETTING)
			continue;
		if (!keep_option(&cli, (enum setting)(option - FIRST_SETTING)))
			return CLI_USAGE;
		given |= 1u << (option - FIRST_SETTING);
	}
	if (help) {
		cli.target = argv[optind]; /* mxdp explain --help: this command's part */
		return cmd_help(&cli);
	}
	command = choose(&cli, argc - optind, argv + optind, given);
	if (!command || !socket_fits(&cli))
		return CLI_USAGE;
	cli.colour = wants_colour();
	curl_global_init(CURL_GLOBAL_NOTHING);
	result = command->run(&cli);
	curl_global_cleanup();
	if (fflush(stdout) == EOF || ferror(stdout)) {
		cli_complain("cannot write the answer: %s", strerror(errno));
		return CLI_NO;
	}
	return result;
}
