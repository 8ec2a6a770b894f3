/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/api/parse.h"
#include "tests/suite.h"

#define NOW 1700000000

/* ---- query arguments ---- */

static const struct {
	const char *text;
	int result;
	const char *fault; /* a part of it */
} prefixes[] = {
	{"192.0.2.1", 0, NULL},
	{"192.0.2.0/24", 0, NULL},
	{"0.0.0.0/0", 0, NULL},
	{"2001:db8::/32", 0, NULL},
	{"::ffff:192.0.2.0/120", 0, NULL},
	{NULL, -EINVAL, "which prefix?"},
	{"", -EINVAL, "is not an address or prefix"},
	{"192.0.2.1/24", -EDOM, "say 192.0.2.0/24"},
	{"2001:db8::1/32", -EDOM, "say 2001:db8::/32"},
	{"::ffff:192.0.2.1/120", -EDOM, "say 192.0.2.0/24"},
	{"192.0.2.0/33", -EINVAL, "is not an address or prefix"},
	{"192.0.2.0/", -EINVAL, "is not an address or prefix"},
	{"192.0.2.0/-1", -EINVAL, "is not an address or prefix"},
	{"192.0.2/24", -EINVAL, "is not an address or prefix"},
	{"mail.example.org", -EINVAL, "is not an address or prefix"},
	{"192.0.2.1\n", -EINVAL, "\"192.0.2.1?\""},
	{"\xff\xfe", -EINVAL, "\"?\?\""},
};

START_TEST(prefix_arguments)
{
	char fault[MXDP_API_FAULT] = "";
	struct mxdp_prefix prefix;

	ck_assert_int_eq(mxdp_api_parse_prefix(prefixes[_i].text, &prefix, fault),
			 prefixes[_i].result);
	if (prefixes[_i].fault)
		ck_assert_msg(strstr(fault, prefixes[_i].fault), "%s", fault);
}
END_TEST

static const struct {
	const char *text;
	bool good;
} domains[] = {
	{"example.org", true},
	{"mx-1.EXAMPLE.org", true},
	{"_dmarc.example.org", true},
	{NULL, false},
	{"", false},
	{"example.org\n", false},
	{"a b.example", false},
	{"%", false},
	{"b\xc3\xbc"
	 "cher.example",
	 false},
};

START_TEST(domain_arguments)
{
	char fault[MXDP_API_FAULT] = "", longest[255];

	ck_assert_int_eq(mxdp_api_parse_domain(domains[_i].text, fault),
			 domains[_i].good ? 0 : -EINVAL);
	ck_assert_int_eq(fault[0] == '\0', domains[_i].good);
	memset(longest, 'a', 254);
	longest[254] = '\0';
	ck_assert_int_eq(mxdp_api_parse_domain(longest, fault), -EINVAL);
	ck_assert_int_eq(mxdp_api_parse_domain(longest + 1, fault), 0);
}
END_TEST

START_TEST(since_arguments)
{
	static const char *const bad[] = {"", "-1", "1 ", "2d", "1e3", "9999999999999"};
	char fault[MXDP_API_FAULT];
	int64_t since = -1;

	ck_assert_int_eq(mxdp_api_parse_since(NULL, &since, fault), 0);
	ck_assert_int_eq(since, 0);
	ck_assert_int_eq(mxdp_api_parse_since("1700000000", &since, fault), 0);
	ck_assert_int_eq(since, 1700000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(mxdp_api_parse_since(bad[i], &since, fault), -EINVAL);
}
END_TEST

START_TEST(a_fault_is_short_and_printable_whatever_was_sent)
{
	char text[2000], fault[MXDP_API_FAULT];
	struct mxdp_address address;

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)(i % 255 + 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(mxdp_api_parse_address(text, &address, fault), -EINVAL);
	ck_assert_uint_lt(strlen(fault), 200);
	for (const char *c = fault; *c; c++)
		ck_assert(*c >= ' ' && *c <= '~');
}
END_TEST

static const struct {
	const char *text;
	int result;
	size_t limit;
} limits[] = {
	{NULL, 0, MXDP_API_LIMIT},
	{"1", 0, 1},
	{"10000", 0, 10000},
	{"007", 0, 7},
	{"0", -EINVAL, 0},
	{"10001", -EINVAL, 0},
	{"-1", -EINVAL, 0},
	{"", -EINVAL, 0},
	{"99999999999999999999", -EINVAL, 0},
	{"1e3", -EINVAL, 0},
	{" 1", -EINVAL, 0},
	{"1 ", -EINVAL, 0},
};

START_TEST(limit_arguments)
{
	char fault[MXDP_API_FAULT];
	size_t limit;

	ck_assert_int_eq(mxdp_api_parse_limit(limits[_i].text, &limit, fault), limits[_i].result);
	if (limits[_i].result == 0)
		ck_assert_uint_eq(limit, limits[_i].limit);
	else
		ck_assert_msg(strstr(fault, "1 to 10000"), "%s", fault);
}
END_TEST

START_TEST(action_arguments)
{
	char fault[MXDP_API_FAULT];
	unsigned int action;

	ck_assert_int_eq(mxdp_api_parse_action(NULL, &action, fault), 0);
	ck_assert_uint_eq(action, MXDP_ACTION_COUNT);
	ck_assert_int_eq(mxdp_api_parse_action("drop", &action, fault), 0);
	ck_assert_uint_eq(action, MXDP_ACTION_DROP);
	ck_assert_int_eq(mxdp_api_parse_action("none", &action, fault), -EINVAL);
	ck_assert_int_eq(mxdp_api_parse_action("DROP", &action, fault), -EINVAL);
	ck_assert_int_eq(mxdp_api_parse_action("", &action, fault), -EINVAL);
	ck_assert_msg(strstr(fault, "there are pass, limit"), "%s", fault);
}
END_TEST

/* ---- the body of POST /rules ---- */

#define RULE(more) "{\"prefix\":\"192.0.2.0/24\",\"action\":\"deny\"" more "}"

static const struct {
	const char *body;
	int result;
	const char *fault;
	int64_t expires;
	const char *reason;
} bodies[] = {
	{RULE(""), 0, NULL, 0, ""},
	{RULE(",\"ttl\":3600,\"reason\":\"spam\""), 0, NULL, NOW + 3600, "spam"},
	{RULE(",\"ttl\":0"), 0, NULL, 0, ""},
	{RULE(",\"ttl\":null,\"reason\":null"), 0, NULL, 0, ""},
	{RULE(",\"ttl\":315360000"), 0, NULL, NOW + 315360000, ""},
	{RULE(",\"reason\":\"Gr\\u00fc\\u00dfe\""), 0, NULL, 0,
	 "Gr\xc3\xbc\xc3\x9f"
	 "e"},
	{"", -EINVAL, "body is empty", 0, NULL},
	{"deny", -EINVAL, "not JSON", 0, NULL},
	{"[]", -EINVAL, "must be a JSON object", 0, NULL},
	{"{}", -EINVAL, "which prefix?", 0, NULL},
	{RULE(",\"prefix\":\"192.0.2.1\""), -EINVAL, "not JSON", 0, NULL}, /* twice */
	{RULE("} "), -EINVAL, "not JSON", 0, NULL},
	{RULE(",\"force\":true"), -EINVAL, "has no \"force\"", 0, NULL},
	{RULE(",\"ttl\":-1"), -EINVAL, "\"ttl\"", 0, NULL},
	{RULE(",\"ttl\":1.5"), -EINVAL, "\"ttl\"", 0, NULL},
	{RULE(",\"ttl\":\"1h\""), -EINVAL, "\"ttl\"", 0, NULL},
	{RULE(",\"ttl\":315360001"), -EINVAL, "\"ttl\"", 0, NULL},
	{RULE(",\"ttl\":99999999999999999999999"), -EINVAL, "not JSON", 0, NULL},
	{RULE(",\"reason\":5"), -EINVAL, "must be a string", 0, NULL},
	{RULE(",\"reason\":\"a\\nb\""), -EINVAL, "control characters", 0, NULL},
	{RULE(",\"reason\":\"a\\u001b[2J\""), -EINVAL, "control characters", 0, NULL},
	{RULE(",\"reason\":\"a\\u009bb\""), -EINVAL, "control characters", 0, NULL},
	{RULE(",\"reason\":\"a\\u0000b\""), -EINVAL, "not JSON", 0, NULL},
	{RULE(",\"reason\":\"\xff\""), -EINVAL, "not JSON", 0, NULL},
	{"{\"prefix\":\"192.0.2.1/24\",\"action\":\"deny\"}", -EINVAL, "say 192.0.2.0/24", 0, NULL},
	{"{\"prefix\":5,\"action\":\"deny\"}", -EINVAL, "which prefix?", 0, NULL},
	{"{\"prefix\":\"192.0.2.1\",\"action\":\"drop\"}", -EINVAL, "\"allow\" or \"deny\"", 0,
	 NULL},
	{"{\"prefix\":\"192.0.2.1\"}", -EINVAL, "\"allow\" or \"deny\"", 0, NULL},
};

START_TEST(rule_bodies)
{
	char fault[MXDP_API_FAULT] = "";
	struct mxdp_operator_rule rule = {.hits = 77};
	int result =
		mxdp_api_parse_rule(bodies[_i].body, strlen(bodies[_i].body), NOW, &rule, fault);

	if (bodies[_i].result < 0) {
		ck_assert_msg(result < 0, "accepted: %s", bodies[_i].body);
		ck_assert_msg(strstr(fault, bodies[_i].fault), "%s", fault);
		ck_assert_uint_eq(rule.hits, 77); /* a bad body changes nothing */
		return;
	}
	ck_assert_msg(result == 0, "%s", fault);
	ck_assert_int_eq(rule.action, MXDP_ACTION_DROP);
	ck_assert_int_eq(rule.created, NOW);
	ck_assert_int_eq(rule.expires, bodies[_i].expires);
	ck_assert_str_eq(rule.reason, bodies[_i].reason);
	ck_assert_uint_eq(rule.prefix.length, 24);
}
END_TEST

START_TEST(a_body_cut_at_any_byte_is_refused)
{
	static const char body[] = RULE(",\"ttl\":3600,\"reason\":\"Gr\\u00fc\\u00dfe\"");

	for (size_t length = 0; length < sizeof(body) - 1; length++) {
		char *exact = malloc(length + 1); /* an overread shows under ASan */
		struct mxdp_operator_rule rule;
		char fault[MXDP_API_FAULT] = "";

		memcpy(exact, body, length);
		ck_assert_int_lt(mxdp_api_parse_rule(exact, length, NOW, &rule, fault), 0);
		ck_assert_uint_gt(strlen(fault), 0);
		free(exact);
	}
}
END_TEST

START_TEST(the_longest_reason_is_kept_and_a_longer_one_refused)
{
	char body[512], reason[MXDP_RULE_REASON + 1], fault[MXDP_API_FAULT];
	struct mxdp_operator_rule rule;

	memset(reason, 'r', sizeof(reason));
	reason[MXDP_RULE_REASON - 1] = '\0';
	snprintf(body, sizeof(body), RULE(",\"reason\":\"%s\""), reason);
	ck_assert_int_eq(mxdp_api_parse_rule(body, strlen(body), NOW, &rule, fault), 0);
	ck_assert_str_eq(rule.reason, reason);
	reason[MXDP_RULE_REASON - 1] = 'r';
	reason[MXDP_RULE_REASON] = '\0';
	snprintf(body, sizeof(body), RULE(",\"reason\":\"%s\""), reason);
	ck_assert_int_eq(mxdp_api_parse_rule(body, strlen(body), NOW, &rule, fault), -EINVAL);
	ck_assert_msg(strstr(fault, "longer than 199 bytes"), "%s", fault);
}
END_TEST

START_TEST(deeply_nested_json_is_refused)
{
	char body[60000], fault[MXDP_API_FAULT];
	struct mxdp_operator_rule rule;

	memset(body, '[', sizeof(body));
	ck_assert_int_eq(mxdp_api_parse_rule(body, sizeof(body), NOW, &rule, fault), -EINVAL);
}
END_TEST

/* ---- the body of POST /reports ---- */

#define REPORT(more) "{\"address\":\"192.0.2.1\",\"score\":2.5" more "}"

static const struct {
	const char *body;
	const char *fault; /* NULL: good */
	const char *source, *reason;
	int64_t expires;
} reports[] = {
	{REPORT(""), NULL, "report", "no reason was given", NOW + MXDP_API_REPORT_TTL},
	{REPORT(",\"ttl\":60,\"source\":\"fail2ban\",\"reason\":\"5 bad logins\""), NULL,
	 "fail2ban", "5 bad logins", NOW + 60},
	{REPORT(",\"reason\":\"a\\u001b[2J\""), NULL, "report", "a?[2J", NOW + MXDP_API_REPORT_TTL},
	{"", "body is empty", NULL, NULL, 0},
	{"[1]", "must be a JSON object", NULL, NULL, 0},
	{"{\"score\":1}", "which client?", NULL, NULL, 0},
	{"{\"address\":\"192.0.2.0/24\",\"score\":1}", "is not an IP address", NULL, NULL, 0},
	{"{\"address\":\"192.0.2.1\"}", "\"score\"", NULL, NULL, 0},
	{"{\"address\":\"192.0.2.1\",\"score\":\"9\"}", "\"score\"", NULL, NULL, 0},
	{"{\"address\":\"192.0.2.1\",\"score\":1000.1}", "\"score\"", NULL, NULL, 0},
	{"{\"address\":\"192.0.2.1\",\"score\":-1e300}", "\"score\"", NULL, NULL, 0},
	{"{\"address\":\"192.0.2.1\",\"score\":1e999}", "not JSON", NULL, NULL, 0},
	{REPORT(",\"ttl\":0"), "\"ttl\"", NULL, NULL, 0},
	{REPORT(",\"ttl\":2592001"), "\"ttl\"", NULL, NULL, 0},
	{REPORT(",\"ttl\":1.5"), "\"ttl\"", NULL, NULL, 0},
	{REPORT(",\"source\":\"\""), "\"source\"", NULL, NULL, 0},
	{REPORT(",\"source\":\"a b\""), "\"source\"", NULL, NULL, 0},
	{REPORT(",\"source\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""), "\"source\"", NULL, NULL, 0},
	{REPORT(",\"source\":7"), "\"source\"", NULL, NULL, 0},
	{REPORT(",\"reason\":7"), "\"reason\"", NULL, NULL, 0},
	{REPORT(",\"sauce\":\"x\""), "has no \"sauce\"", NULL, NULL, 0},
};

START_TEST(report_bodies)
{
	const char *body = reports[_i].body;
	struct mxdp_evidence report = {.score = 77};
	char fault[MXDP_API_FAULT] = "";
	int result = mxdp_api_parse_report(body, strlen(body), NOW, &report, fault);

	if (reports[_i].fault) {
		ck_assert_msg(result < 0, "accepted: %s", body);
		ck_assert_msg(strstr(fault, reports[_i].fault), "%s", fault);
		ck_assert_double_eq(report.score, 77);
		return;
	}
	ck_assert_msg(result == 0, "%s", fault);
	ck_assert_int_eq(report.class, MXDP_EVIDENCE_REPORT);
	ck_assert_int_eq(report.state, MXDP_EVIDENCE_ANSWERED);
	ck_assert(mxdp_prefix_is_host(&report.key));
	ck_assert_double_eq(report.score, 2.5);
	ck_assert_str_eq(report.source, reports[_i].source);
	ck_assert_str_eq(report.reason, reports[_i].reason);
	ck_assert_int_eq(report.expires, reports[_i].expires);
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *body;
	bool good, made;
	enum mxdp_mode mode;
	const char *name, *fault;
} modes[] = {
	{"{\"mode\":\"observe\"}", true, true, MXDP_MODE_OBSERVE, "", NULL},
	{"{\"mode\":\"soft\",\"by\":\"al.ice\"}", true, true, MXDP_MODE_SOFT, "al.ice", NULL},
	{"{\"mode\":\"enforce\"}", true, true, MXDP_MODE_ENFORCE, "", NULL},
	{"{\"mode\":\"configured\"}", true, false, MXDP_MODE_OBSERVE, "", NULL},
	{"{\"mode\":\"ENFORCE\"}", false, false, MXDP_MODE_OBSERVE, NULL, "\"mode\" must be"},
	{"{\"mode\":1}", false, false, MXDP_MODE_OBSERVE, NULL, "\"mode\" must be"},
	{"{}", false, false, MXDP_MODE_OBSERVE, NULL, "\"mode\" must be"},
	{"", false, false, MXDP_MODE_OBSERVE, NULL, "the body is empty"},
	{"{\"mode\":\"soft\",\"for\":5}", false, false, MXDP_MODE_OBSERVE, NULL, "no \"for\""},
	{"{\"mode\":\"soft\",\"by\":\"a b\"}", false, false, MXDP_MODE_OBSERVE, NULL, "\"by\""},
	{"{\"mode\":\"soft\",\"by\":\"a\\nb\"}", false, false, MXDP_MODE_OBSERVE, NULL, "\"by\""},
	{"{\"mode\":\"soft\",\"by\":\"\"}", false, false, MXDP_MODE_OBSERVE, NULL, "\"by\""},
	{"{\"mode\":\"soft\",\"by\":\"a123456789b123456789c123456789d12\"}", false, false,
	 MXDP_MODE_OBSERVE, NULL, "at most 32"},
};

START_TEST(mode_bodies)
{
	char fault[MXDP_API_FAULT] = "", name[MXDP_API_NAME] = "before";
	enum mxdp_mode mode = MXDP_MODE_COUNT;
	bool made = false;
	int error = mxdp_api_parse_mode(modes[_i].body, strlen(modes[_i].body), &made, &mode, name,
					fault);

	if (!modes[_i].good) {
		ck_assert_int_lt(error, 0);
		ck_assert_int_eq(mode, MXDP_MODE_COUNT);
		ck_assert_msg(strstr(fault, modes[_i].fault), "%s", fault);
		return;
	}
	ck_assert_msg(error == 0, "%s", fault);
	ck_assert_int_eq(made, modes[_i].made);
	if (made)
		ck_assert_int_eq(mode, modes[_i].mode);
	ck_assert_str_eq(name, modes[_i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api_parse");
	TCase *tests = tcase_create("api_parse");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, prefix_arguments, 0, COUNT_OF(prefixes));
	tcase_add_loop_test(tests, limit_arguments, 0, COUNT_OF(limits));
	tcase_add_test(tests, action_arguments);
	tcase_add_test(tests, a_fault_is_short_and_printable_whatever_was_sent);
	tcase_add_loop_test(tests, domain_arguments, 0,
			    (int)(sizeof(domains) / sizeof(domains[0])));
	tcase_add_test(tests, since_arguments);
	tcase_add_loop_test(tests, rule_bodies, 0, COUNT_OF(bodies));
	tcase_add_test(tests, a_body_cut_at_any_byte_is_refused);
	tcase_add_test(tests, the_longest_reason_is_kept_and_a_longer_one_refused);
	tcase_add_test(tests, deeply_nested_json_is_refused);
	tcase_add_loop_test(tests, report_bodies, 0, COUNT_OF(reports));
	tcase_add_loop_test(tests, mode_bodies, 0, COUNT_OF(modes));
	return run_suite(suite);
}
