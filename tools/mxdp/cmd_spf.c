/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mxdp spf and spf-ranges: what a domain says of a client, asked here and now, without the daemon.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "userspace/api/parse.h"
#include "userspace/oneshot/oneshot.h"
#include "mxdp.h"

/* "<user@example.com>" as logs have it means the same as without the brackets. */
static const char *bare_sender(const char *given, char *text, size_t size)
{
	size_t length = given ? strlen(given) : 0;

	if (length < 2 || given[0] != '<' || given[length - 1] != '>')
		return given;
	snprintf(text, size, "%.*s", (int)(length - 2), given + 1);
	return text;
}

static json_t *result_json(const struct mxdp_spf_question *question,
			   const struct mxdp_spf_result *result)
{
	char header[MXDP_SPF_RECEIVED] = "";

	mxdp_spf_received(question, result, header, sizeof(header));
	return json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:i, s:i, s:i, s:s}", "result",
			 mxdp_spf_code_name(result->code), "explanation", result->explanation,
			 "explained_by_domain", (int)result->explained_by_domain, "mechanism",
			 result->mechanism, "domain", result->domain, "problem", result->problem,
			 "terms", (int)result->terms, "void_lookups", (int)result->voids, "lookups",
			 (int)result->lookups, "received_spf", header);
}

static void print_result(const struct mxdp_spf_result *result)
{
	printf("%s\n", mxdp_spf_code_name(result->code));
	if (result->explanation[0])
		printf("explanation, by %s: %s\n", result->domain, result->explanation);
	if (result->mechanism[0])
		printf("mechanism: %s in the record of %s\n", result->mechanism, result->domain);
	if (result->problem[0])
		printf("problem: %s\n", result->problem);
	printf("cost: %u lookups, %u of %d terms, %u of %d without an answer\n", result->lookups,
	       result->terms, MXDP_SPF_TERMS_MAX, result->voids, MXDP_SPF_VOIDS_MAX);
}

enum cli_exit cmd_spf(const struct cli *cli)
{
	char error[MXDP_SPF_TEXT] = "", sender[2 * MXDP_SPF_SENDER_BYTES];
	struct mxdp_spf_question question = {.helo = cli->helo};
	struct mxdp_spf_result result;
	json_t *answer;
	int failure;

	question.sender = bare_sender(cli->sender, sender, sizeof(sender));
	if (!cli->ip || mxdp_address_parse(cli->ip, &question.client) < 0) {
		cli_complain("%s%s is no address; give the client as --ip 192.0.2.1",
			     cli->ip ? "" : "without --ip ", cli->ip ? cli->ip : "there");
		return CLI_USAGE;
	}
	if (!cli->helo && !cli->sender) {
		cli_complain("give --sender user@example.com, --helo mail.example.com, or both");
		return CLI_USAGE;
	}
	failure = mxdp_oneshot_spf(cli->resolver, &question, &result, error, sizeof(error));
	if (failure < 0) {
		cli_complain("%s", error);
		return failure == -EINVAL ? CLI_USAGE : CLI_NO;
	}
	if (!cli->json) {
		print_result(&result);
		return CLI_DONE;
	}
	answer = result_json(&question, &result);
	cli_print_json(answer);
	json_decref(answer);
	return CLI_DONE;
}

struct showing {
	const struct cli *cli;
	bool failed;
};

static json_t *ranges_json(const char *domain, const struct mxdp_spf_ranges *ranges)
{
	json_t *prefixes = json_array(), *warnings = json_array();
	char text[MXDP_PREFIX_TEXT];

	for (size_t i = 0; i < ranges->count; i++)
		json_array_append_new(prefixes,
				      json_string(mxdp_prefix_format(&ranges->prefixes[i], text)));
	for (size_t i = 0; i < ranges->warning_count && i < MXDP_SPF_RANGES_WARNINGS; i++)
		json_array_append_new(warnings, json_string(ranges->warnings[i]));
	return json_pack("{s:s, s:I, s:o, s:o}", "domain", domain, "ttl", (json_int_t)ranges->ttl,
			 "prefixes", prefixes, "warnings", warnings);
}

static void print_ranges(const char *domain, const struct mxdp_spf_ranges *ranges)
{
	char text[MXDP_PREFIX_TEXT];

	for (size_t i = 0; i < ranges->count; i++)
		printf("%s\n", mxdp_prefix_format(&ranges->prefixes[i], text));
	for (size_t i = 0; i < ranges->warning_count && i < MXDP_SPF_RANGES_WARNINGS; i++)
		cli_complain("%s", ranges->warnings[i]);
	if (ranges->warning_count > MXDP_SPF_RANGES_WARNINGS)
		cli_complain("%zu more terms of %s were skipped",
			     ranges->warning_count - MXDP_SPF_RANGES_WARNINGS, domain);
}

static void on_ranges(void *context, const struct mxdp_spf_ranges *ranges)
{
	struct showing *showing = context;
	const char *domain = showing->cli->target;
	json_t *answer;

	showing->failed = ranges->error != 0;
	if (ranges->error) {
		cli_complain("%s", ranges->fault);
	} else if (showing->cli->json) {
		answer = ranges_json(domain, ranges);
		cli_print_json(answer);
		json_decref(answer);
	} else {
		print_ranges(domain, ranges);
	}
}

enum cli_exit cmd_spf_ranges(const struct cli *cli)
{
	struct showing showing = {.cli = cli};
	char error[MXDP_SPF_TEXT] = "", fault[MXDP_API_FAULT];
	int failure;

	if (mxdp_api_parse_domain(cli->target, fault) < 0) {
		cli_complain("%s", fault);
		return CLI_USAGE;
	}
	failure = mxdp_oneshot_spf_ranges(cli->resolver, cli->target, on_ranges, &showing, error,
					  sizeof(error));
	if (failure < 0) {
		cli_complain("%s", error);
		return failure == -EINVAL ? CLI_USAGE : CLI_NO; /* the resolver's address */
	}
	return showing.failed ? CLI_NO : CLI_DONE;
}
