/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maps/maps.h"

/* How much of a client's text a fault repeats. */
#define ECHO_MAX 60

static int refuse(int error, char fault[MXDP_API_FAULT], const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What the client sent may be any bytes, and the fault goes into JSON and onto terminals. */
static int refuse(int error, char fault[MXDP_API_FAULT], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fault, MXDP_API_FAULT, format, arguments);
	va_end(arguments);
	for (char *c = fault; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return error;
}

int mxdp_api_parse_address(const char *text, struct mxdp_address *address,
			   char fault[MXDP_API_FAULT])
{
	if (!text)
		return refuse(-EINVAL, fault, "which client? give address=ADDRESS");
	if (mxdp_address_parse(text, address) < 0)
		return refuse(-EINVAL, fault,
			      "\"%.*s\" is not an IP address; give one like 192.0.2.1 or "
			      "2001:db8::1",
			      ECHO_MAX, text);
	return 0;
}

/* The network that ADDRESS/LENGTH with host bits set probably meant. */
static int propose_network(const char *text, char network[MXDP_PREFIX_TEXT])
{
	char host[MXDP_ADDRESS_TEXT];
	const char *slash = strchr(text, '/');
	struct mxdp_address address;
	struct mxdp_prefix prefix;
	size_t length = slash ? (size_t)(slash - text) : sizeof(host);
	long bits;

	if (length >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, length);
	host[length] = '\0';
	if (mxdp_address_parse(host, &address) < 0)
		return -EINVAL;
	bits = strtol(slash + 1, NULL, 10);
	if (mxdp_address_is_v4(&address) && strchr(host, ':'))
		bits -= 96;
	if (bits < 0 || bits > (mxdp_address_is_v4(&address) ? 32 : 128))
		return -EINVAL;
	prefix = mxdp_prefix_of(&address, (uint8_t)bits);
	mxdp_prefix_format(&prefix, network);
	return 0;
}

int mxdp_api_parse_prefix(const char *text, struct mxdp_prefix *prefix, char fault[MXDP_API_FAULT])
{
	char network[MXDP_PREFIX_TEXT];
	int error;

	if (!text)
		return refuse(-EINVAL, fault, "which prefix? give ADDRESS or ADDRESS/LENGTH");
	error = mxdp_prefix_parse(text, prefix);
	if (error == -EDOM && propose_network(text, network) == 0)
		return refuse(-EDOM, fault,
			      "%.*s has host bits set; say %s for the network, or leave the "
			      "length out for the one address",
			      ECHO_MAX, text, network);
	if (error < 0)
		return refuse(-EINVAL, fault,
			      "\"%.*s\" is not an address or prefix; give one like 192.0.2.1, "
			      "192.0.2.0/24 or 2001:db8::/32",
			      ECHO_MAX, text);
	return 0;
}

int mxdp_api_parse_action(const char *text, unsigned int *action, char fault[MXDP_API_FAULT])
{
	int number;

	*action = MXDP_ACTION_COUNT;
	if (!text)
		return 0;
	number = mxdp_action_number(text);
	if (number <= MXDP_ACTION_NONE)
		return refuse(-EINVAL, fault,
			      "\"%.*s\" is not an action; there are pass, limit, greylist, "
			      "tempfail, reject, tarpit and drop",
			      ECHO_MAX, text);
	*action = (unsigned int)number;
	return 0;
}

int mxdp_api_parse_limit(const char *text, size_t *limit, char fault[MXDP_API_FAULT])
{
	size_t length = text ? strlen(text) : 0;
	unsigned long number;

	*limit = MXDP_API_LIMIT;
	if (!text)
		return 0;
	number = strtoul(text, NULL, 10);
	/* Nine digits fit an unsigned long everywhere, and no sign or space gets through. */
	if (length == 0 || length > 9 || strspn(text, "0123456789") != length || number == 0 ||
	    number > MXDP_API_LIMIT_MAX)
		return refuse(-EINVAL, fault, "limit=%.*s is not a number from 1 to %d", ECHO_MAX,
			      text, MXDP_API_LIMIT_MAX);
	*limit = number;
	return 0;
}

int mxdp_api_parse_since(const char *text, int64_t *since, char fault[MXDP_API_FAULT])
{
	const size_t length = text ? strlen(text) : 0;

	*since = 0;
	if (!text)
		return 0;
	if (length == 0 || length > 12 || strspn(text, "0123456789") != length)
		return refuse(-EINVAL, fault, "since=%.*s is no time; give Unix seconds", ECHO_MAX,
			      text);
	*since = strtoll(text, NULL, 10);
	return 0;
}

int mxdp_api_parse_domain(const char *text, char fault[MXDP_API_FAULT])
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_.";
	const size_t length = text ? strlen(text) : 0;

	if (length == 0 || length > 253 || strspn(text, good) != length)
		return refuse(-EINVAL, fault,
			      "\"%.*s\" is no domain; write it as example.org, IDNs as xn--",
			      ECHO_MAX, text ? text : "");
	return 0;
}

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
		return refuse(-EINVAL, fault, "\"reason\" must be a string");
	if (strlen(text) >= sizeof(rule->reason))
		return refuse(-EINVAL, fault, "\"reason\" is longer than %zu bytes: shorten it",
			      sizeof(rule->reason) - 1);
	if (has_control_characters(text))
		return refuse(-EINVAL, fault, "\"reason\" holds control characters");
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
		return refuse(-EINVAL, fault,
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
		return refuse(-EINVAL, fault, "\"action\" must be \"allow\" or \"deny\"");
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
			return refuse(-EINVAL, fault,
				      "a %s has no \"%.*s\"; docs/api.md lists what it "
				      "has",
				      what, ECHO_MAX, key);
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
		return refuse(-EINVAL, fault, "\"score\" must be a number from -%d to %d",
			      MXDP_API_SCORE_MAX, MXDP_API_SCORE_MAX);
	return 0;
}

static int parse_report_ttl(const json_t *value, struct mxdp_evidence *report, char *fault)
{
	json_int_t ttl = value ? json_integer_value(value) : MXDP_API_REPORT_TTL;

	if (ttl < 1 || ttl > MXDP_API_REPORT_TTL_MAX)
		return refuse(-EINVAL, fault, "\"ttl\" must be whole seconds from 1 to %d",
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
		return refuse(-EINVAL, fault,
			      "\"source\" must be a name of at most 32 letters, "
			      "digits, dots, hyphens and underscores");
	if (!words)
		return refuse(-EINVAL, fault, "\"reason\" must be a string");
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
		return refuse(-EINVAL, fault, "the body is empty; send %s", example);
	object = json_loadb(body, length, JSON_REJECT_DUPLICATES, &where);
	if (!object)
		return refuse(-EINVAL, fault, "the body is not JSON: line %d, column %d: %.*s",
			      where.line, where.column, ECHO_MAX, where.text);
	if (json_is_object(object))
		error = parse(object, parsed, fault);
	else
		error = refuse(-EINVAL, fault, "the body must be a JSON object");
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
		return refuse(-EINVAL, fault,
			      "\"mode\" must be \"observe\", \"soft\", \"enforce\", or "
			      "\"configured\" for the configuration's");
	if (by && (!name || !is_name(name)))
		return refuse(-EINVAL, fault,
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
