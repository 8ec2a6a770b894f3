/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs an SPF conformance suite: scenarios of a zone and of tests, in JSON. Questions are answered
 * from memory through the lookup interface of production, or with --wire by a DNS server on
 * loopback through the real resolver. Prints each failing case; the last line is "N passed, N
 * failed".
 *
 * { "scenarios": [ { "zone": [ { "owner": NAME, "records": [ { "type": "TXT", "strings": [...] } |
 *   { "type": "A" | "AAAA" | "PTR" | "CNAME", "value": TEXT } | { "type": "MX", "preference": N,
 *   "value": NAME } | { "type": TYPE | "ANY", "timeout": true } ] } ],
 *   "tests": [ { "id", "helo", "host", "mailfrom", "results": [WORD ...], "explanation"? } ] } ] }
 */
#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "userspace/checks/spf/spf.h"
#include "tests/unit/spf_zone.h"
#include "wire.h"

#define TYPE_OTHER 99

struct suite {
	uv_loop_t loop;
	struct spf_zone *zone;
	struct wire *wire; /* NULL: from memory */
	bool verbose;
	unsigned int passed, failed;
};

static const struct {
	const char *name;
	int type;
} types[] = {
	{"A", MXDP_DNS_A},         {"AAAA", MXDP_DNS_AAAA}, {"PTR", MXDP_DNS_PTR},
	{"MX", MXDP_DNS_MX},       {"TXT", MXDP_DNS_TXT},   {"ANY", SPF_ZONE_ANY},
	{"CNAME", SPF_ZONE_CNAME},
};

static void fail(const char *what, const char *where)
{
	fprintf(stderr, "spf-conformance: %s: %s\n", where, what);
	exit(2);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void add_strings(struct spf_zone *zone, const char *owner, const json_t *strings)
{
	size_t length = 0, index;
	char *bytes = NULL;
	json_t *part;

	json_array_foreach(strings, index, part)
	{
		bytes = realloc(bytes, length + json_string_length(part) + 1);
		if (!bytes)
			fail("out of memory", owner);
		memcpy(bytes + length, json_string_value(part), json_string_length(part));
		length += json_string_length(part);
	}
	spf_zone_add_txt(zone, owner, bytes, length);
	free(bytes);
}

static void check_address(const char *owner, int type, const char *value)
{
	uint8_t bytes[16];

	if ((type == MXDP_DNS_A && inet_pton(AF_INET, value, bytes) != 1) ||
	    (type == MXDP_DNS_AAAA && inet_pton(AF_INET6, value, bytes) != 1))
		fail("not an address", owner);
}

static void add_record(struct spf_zone *zone, const char *owner, const json_t *record)
{
	const char *name = text_of(record, "type");
	char value[1024];
	int type = TYPE_OTHER;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcasecmp(types[i].name, name) == 0)
			type = types[i].type;
	/* SPF never asks for other types, the historic SPF included, but their owner exists. */
	if (type == TYPE_OTHER || json_is_true(json_object_get(record, "timeout"))) {
		spf_zone_add_timeout(zone, owner, type);
	} else if (type == MXDP_DNS_TXT) {
		add_strings(zone, owner, json_object_get(record, "strings"));
	} else if (type == MXDP_DNS_MX) {
		snprintf(value, sizeof(value), "%d %s",
			 (int)json_integer_value(json_object_get(record, "preference")),
			 text_of(record, "value"));
		spf_zone_add(zone, owner, type, value);
	} else {
		check_address(owner, type, text_of(record, "value"));
		spf_zone_add(zone, owner, type, text_of(record, "value"));
	}
}

static void load_zone(struct spf_zone *zone, const json_t *owners)
{
	const json_t *owner, *record;
	size_t i, j;

	spf_zone_clear(zone);
	json_array_foreach(owners, i, owner)
	{
		json_array_foreach(json_object_get(owner, "records"), j, record)
			add_record(zone, text_of(owner, "owner"), record);
	}
}

struct outcome {
	bool done;
	struct mxdp_spf_result result;
};

static void on_done(void *context, const struct mxdp_spf_result *result)
{
	struct outcome *outcome = context;

	outcome->done = true;
	outcome->result = *result;
}

static bool acceptable(const json_t *results, const char *word)
{
	const json_t *one;
	size_t index;

	json_array_foreach(results, index, one)
	{
		if (strcasecmp(json_string_value(one), word) == 0)
			return true;
	}
	return false;
}

static void judge(struct suite *suite, const json_t *test, const struct mxdp_spf_result *result)
{
	const json_t *results = json_object_get(test, "results"), *one;
	const char *explanation = json_string_value(json_object_get(test, "explanation"));
	const char *word = mxdp_spf_code_name(result->code);
	bool right = acceptable(results, word) &&
		     (!explanation || strcasecmp(explanation, result->explanation) == 0);
	size_t index;

	suite->passed += right;
	suite->failed += !right;
	if (right && !suite->verbose)
		return;
	printf("%s %s: expected", right ? "ok" : "FAILED", text_of(test, "id"));
	json_array_foreach(results, index, one)
		printf("%s %s", index ? " or" : "", json_string_value(one));
	if (explanation)
		printf(" \"%s\"", explanation);
	printf(", got %s", word);
	if (result->code == MXDP_SPF_FAIL)
		printf(" \"%s\"", result->explanation);
	printf(" (%s%s)\n", result->mechanism, result->problem);
}

static void run_test(struct suite *suite, const json_t *test)
{
	struct mxdp_spf_question question = {.helo = text_of(test, "helo"),
					     .sender = text_of(test, "mailfrom"),
					     .default_explanation = "DEFAULT"};
	struct outcome outcome = {0};
	struct mxdp_spf_lookup lookup;

	if (mxdp_address_parse(text_of(test, "host"), &question.client) < 0)
		fail("its host is no address", text_of(test, "id"));
	if (suite->wire && wire_forget(suite->wire))
		fail("no resolver can be made", text_of(test, "id"));
	lookup = suite->wire ? mxdp_spf_lookup_resolver(wire_resolver(suite->wire))
			     : spf_zone_lookup(suite->zone);
	if (!mxdp_spf_start(&suite->loop, &lookup, &question, on_done, &outcome))
		fail("out of memory", text_of(test, "id"));
	while (!outcome.done)
		uv_run(&suite->loop, UV_RUN_ONCE);
	judge(suite, test, &outcome.result);
}

static void run_scenario(struct suite *suite, const json_t *scenario)
{
	const json_t *test;
	size_t index;

	load_zone(suite->zone, json_object_get(scenario, "zone"));
	json_array_foreach(json_object_get(scenario, "tests"), index, test) run_test(suite, test);
}

static void run_suite(struct suite *suite, const char *path)
{
	json_error_t error;
	json_t *root = json_load_file(path, JSON_ALLOW_NUL, &error);
	const json_t *scenario;
	size_t index;

	if (!root)
		fail(error.text, path);
	if (!json_array_size(json_object_get(root, "scenarios")))
		fail("no scenarios in it", path);
	json_array_foreach(json_object_get(root, "scenarios"), index, scenario)
		run_scenario(suite, scenario);
	json_decref(root);
}

static void serve(struct suite *suite, const char *path)
{
	json_t *root = json_load_file(path, JSON_ALLOW_NUL, NULL);
	const json_t *scenario = json_array_get(json_object_get(root, "scenarios"), 0);

	if (!scenario)
		fail("no scenarios in it", path);
	load_zone(suite->zone, json_object_get(scenario, "zone"));
	json_decref(root);
	printf("%s\n", wire_address(suite->wire));
	fflush(stdout);
	uv_run(&suite->loop, UV_RUN_DEFAULT);
}

int main(int argc, char **argv)
{
	struct suite suite = {0};
	const char *path = NULL;
	bool wire = false, serving = false;

	for (int i = 1; i < argc; i++) {
		serving |= strcmp(argv[i], "--serve") == 0;
		if (strcmp(argv[i], "--wire") == 0 || strcmp(argv[i], "--serve") == 0)
			wire = true;
		else if (strcmp(argv[i], "--verbose") == 0)
			suite.verbose = true;
		else
			path = argv[i];
	}
	if (!path || *path == '-') {
		fprintf(stderr,
			"usage: spf-conformance [--wire] [--verbose] [--serve] SUITE.json\n");
		return 2;
	}
	uv_loop_init(&suite.loop);
	suite.zone = spf_zone_new(&suite.loop);
	if (wire && !(suite.wire = wire_new(&suite.loop, suite.zone)))
		fail("no DNS server can be started on it", "127.0.0.1");
	if (serving)
		serve(&suite, path);
	else
		run_suite(&suite, path);
	if (suite.wire)
		wire_free(suite.wire);
	spf_zone_free(suite.zone);
	uv_loop_close(&suite.loop);
	printf("%u passed, %u failed\n", suite.passed, suite.failed);
	return suite.failed ? 1 : 0;
}
