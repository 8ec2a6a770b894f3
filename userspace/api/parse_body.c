/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bodies of requests: JSON objects. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "maps/maps.h"
#include "parse.h"

/* A reason is shown on terminals and in logs: no control characters, C1 among them. */
static bool has_control_characters(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c < ' ' || *c == 0x7f || (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f))
			return true;
	return false;
}

static int parse_rule_reason(const json_t *value, struct mxdp_operator_rule *rule, char *fault)
{
	const char *text;

	if (!value || json_is_null(value))
		return 0;
	text = json_string_value(value);
	if (!text)
		return mxdp_api_fault(-EINVAL, fault, "\"reason\" must be a string");
	if (strlen(text) >= sizeof(rule->reason))
		return mxdp_api_fault(-EINVAL, fault,
				      "\"reason\" is longer than %zu bytes: shorten it",
				      sizeof(rule->reason) - 1);
	if (has_control_characters(text))
		return mxdp_api_fault(-EINVAL, fault, "\"reason\" holds control characters");
	memcpy(rule->reason, text, strlen(text) + 1);
	return 0;
}

static int parse_rule_ttl(const json_t *value, struct mxdp_operator_rule *rule, char *fault)
{
	json_int_t ttl;

	if (!value || json_is_null(value))
		return 0;
	ttl = json_integer_value(value);
	if (!json_is_integer(value) || ttl < 0 || ttl > MXDP_API_TTL_MAX)
		return mxdp_api_fault(-EINVAL, fault,
				      "\"ttl\" must be whole seconds from 1 to %d, or 0 for good",
				      MXDP_API_TTL_MAX);
	rule->expires = ttl ? rule->created + ttl : 0;
	return 0;
}

static int parse_rule_action(const json_t *value, struct mxdp_operator_rule *rule, char *fault)
{
	const char *text = json_string_value(value);

	if (text && strcmp(text, "allow") == 0)
		rule->action = MXDP_ACTION_PASS;
	else if (text && strcmp(text, "deny") == 0)
		rule->action = MXDP_ACTION_DROP;
	else
		return mxdp_api_fault(-EINVAL, fault, "\"action\" must be \"allow\" or \"deny\"");
	return 0;
}

/* A misspelt name must not be taken for one left out. */
static int refuse_unknown(json_t *object, const char *const *known, const char *what, char *fault)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		size_t i = 0;

		while (known[i] && strcmp(key, known[i]) != 0)
			i++;
		if (!known[i])
			return mxdp_api_fault(-EINVAL, fault,
					      "a %s has no \"%.*s\"; docs/api.md lists what it "
					      "has",
					      what, MXDP_API_ECHO, key);
	}
	return 0;
}

static int parse_rule_object(json_t *object, void *parsed, char *fault)
{
	static const char *const known[] = {"prefix", "action", "ttl", "reason", NULL};
	struct mxdp_operator_rule *rule = parsed;
	int error = refuse_unknown(object, known, "rule", fault);

	if (error < 0)
		return error;
	error = mxdp_api_parse_prefix(json_string_value(json_object_get(object, "prefix")),
				      &rule->prefix, fault);
	if (error == 0)
		error = parse_rule_action(json_object_get(object, "action"), rule, fault);
	if (error == 0)
		error = parse_rule_ttl(json_object_get(object, "ttl"), rule, fault);
	if (error == 0)
		error = parse_rule_reason(json_object_get(object, "reason"), rule, fault);
	return error;
}

static int parse_report_score(const json_t *value, struct mxdp_evidence *report, char *fault)
{
	report->score = json_number_value(value);
	/* Written so that a NaN would be refused as well. */
	if (!json_is_number(value) ||
	    !(report->score >= -MXDP_API_SCORE_MAX && report->score <= MXDP_API_SCORE_MAX))
		return mxdp_api_fault(-EINVAL, fault, "\"score\" must be a number from -%d to %d",
				      MXDP_API_SCORE_MAX, MXDP_API_SCORE_MAX);
	return 0;
}

static int parse_report_ttl(const json_t *value, struct mxdp_evidence *report, char *fault)
{
	json_int_t ttl = value ? json_integer_value(value) : MXDP_API_REPORT_TTL;

	if (ttl < 1 || ttl > MXDP_API_REPORT_TTL_MAX)
		return mxdp_api_fault(-EINVAL, fault, "\"ttl\" must be whole seconds from 1 to %d",
				      MXDP_API_REPORT_TTL_MAX);
	report->expires = report->observed + ttl;
	return 0;
}

static bool is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_";

	return text[0] && strlen(text) < MXDP_API_NAME && strspn(text, letters) == strlen(text);
}

/* A source is a name, as it goes into sums, logs and tables. */
static int parse_report_texts(const json_t *source, const json_t *reason,
			      struct mxdp_evidence *report, char *fault)
{
	const char *name = source ? json_string_value(source) : "report";
	const char *words = reason ? json_string_value(reason) : "no reason was given";

	if (!name || !is_name(name))
		return mxdp_api_fault(-EINVAL, fault,
				      "\"source\" must be a name of at most 32 letters, "
				      "digits, dots, hyphens and underscores");
	if (!words)
		return mxdp_api_fault(-EINVAL, fault, "\"reason\" must be a string");
	mxdp_evidence_set_source(report, name);
	mxdp_evidence_set_reason(report, "%s", words);
	return 0;
}

static int parse_report_object(json_t *object, void *parsed, char *fault)
{
	static const char *const known[] = {"address", "score", "ttl", "source", "reason", NULL};
	struct mxdp_evidence *report = parsed;
	struct mxdp_address client;
	int error = refuse_unknown(object, known, "report", fault);

	if (error == 0)
		error = mxdp_api_parse_address(
			json_string_value(json_object_get(object, "address")), &client, fault);
	if (error < 0)
		return error;
	report->key = mxdp_prefix_host(&client);
	error = parse_report_score(json_object_get(object, "score"), report, fault);
	if (error == 0)
		error = parse_report_ttl(json_object_get(object, "ttl"), report, fault);
	if (error == 0)
		error = parse_report_texts(json_object_get(object, "source"),
					   json_object_get(object, "reason"), report, fault);
	return error;
}

static int parse_object(const char *body, size_t length, const char *example,
			int (*parse)(json_t *object, void *parsed, char *fault), void *parsed,
			char *fault)
{
	json_error_t where;
	json_t *object;
	int error;

	if (length == 0)
		return mxdp_api_fault(-EINVAL, fault, "the body is empty; send %s", example);
	object = json_loadb(body, length, JSON_REJECT_DUPLICATES, &where);
	if (!object)
		return mxdp_api_fault(-EINVAL, fault,
				      "the body is not JSON: line %d, column %d: %.*s", where.line,
				      where.column, MXDP_API_ECHO, where.text);
	if (json_is_object(object))
		error = parse(object, parsed, fault);
	else
		error = mxdp_api_fault(-EINVAL, fault, "the body must be a JSON object");
	json_decref(object);
	return error;
}

int mxdp_api_parse_rule(const char *body, size_t length, int64_t now,
			struct mxdp_operator_rule *rule, char fault[MXDP_API_FAULT])
{
	struct mxdp_operator_rule parsed = {.created = now};
	int error = parse_object(body, length, "{\"prefix\": \"192.0.2.1\", \"action\": \"deny\"}",
				 parse_rule_object, &parsed, fault);

	if (error == 0)
		*rule = parsed;
	return error;
}

int mxdp_api_parse_report(const char *body, size_t length, int64_t now,
			  struct mxdp_evidence *report, char fault[MXDP_API_FAULT])
{
	struct mxdp_evidence parsed = {
		.class = MXDP_EVIDENCE_REPORT, .state = MXDP_EVIDENCE_ANSWERED, .observed = now};
	int error = parse_object(body, length, "{\"address\": \"192.0.2.1\", \"score\": 2}",
				 parse_report_object, &parsed, fault);

	if (error == 0)
		*report = parsed;
	return error;
}

struct parsed_mode {
	bool made;
	enum mxdp_mode mode;
	char name[MXDP_API_NAME];
};

static int parse_mode_object(json_t *object, void *context, char *fault)
{
	static const char *const known[] = {"mode", "by", NULL};
	const char *mode = json_string_value(json_object_get(object, "mode"));
	const json_t *by = json_object_get(object, "by");
	const char *name = by ? json_string_value(by) : NULL;
	struct parsed_mode *parsed = context;
	int number = mode ? mxdp_mode_number(mode) : -EINVAL;
	int error = refuse_unknown(object, known, "mode", fault);

	if (error < 0)
		return error;
	if (number < 0 && (!mode || strcmp(mode, "configured") != 0))
		return mxdp_api_fault(-EINVAL, fault,
				      "\"mode\" must be \"observe\", \"soft\", \"enforce\", or "
				      "\"configured\" for the configuration's");
	if (by && (!name || !is_name(name)))
		return mxdp_api_fault(-EINVAL, fault,
				      "\"by\" must be a name of at most %d letters, digits, dots, "
				      "hyphens and underscores",
				      MXDP_API_NAME - 1);
	parsed->made = number >= 0;
	parsed->mode = parsed->made ? (enum mxdp_mode)number : MXDP_MODE_OBSERVE;
	snprintf(parsed->name, sizeof(parsed->name), "%s", name ? name : "");
	return 0;
}

int mxdp_api_parse_mode(const char *body, size_t length, bool *made, enum mxdp_mode *mode,
			char name[MXDP_API_NAME], char fault[MXDP_API_FAULT])
{
	struct parsed_mode parsed = {.made = false};
	int error = parse_object(body, length, "{\"mode\": \"soft\"}", parse_mode_object, &parsed,
				 fault);

	if (error < 0)
		return error;
	*made = parsed.made;
	*mode = parsed.mode;
	snprintf(name, MXDP_API_NAME, "%s", parsed.name);
	return 0;
}
