/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to the API and their answers; hostile ones; docs/api.md is what they are held against.
 */
#include "api_client.h"
#include "userspace/api/request.h"
#include "tests/suite.h"

/* ---- requests and answers ---- */

#define DENY(prefix) "{\"prefix\":\"" prefix "\",\"action\":\"deny\",\"ttl\":60}"

static const struct {
	const char *method, *target, *body;
	int status;
	const char *says; /* a part of the answer */
} requests[] = {
	{"GET", "/status", "", 200, "\"mode\": \"observe\""},
	{"GET", "/status", "", 200, "\"places\": 1000"},
	{"GET", "/status", "", 200, "\"used\": 300"},
	{"GET", "/status", "", 200, "\"latency_ms_p99\": 250"},
	{"GET", "/status", "", 200, "\"queued\": 5"},
	{"GET", "/status", "", 200, "\"floods\": 5"},
	{"GET", "/status", "", 200, "\"requests\": 77"},
	{"GET", "/status", "", 200, "\"source\": \"gmail.example's SPF\""},
	{"GET", "/explain?address=192.0.2.1", "", 200, "\"exempt\": \"gmail.example's SPF\""},
	{"GET", "/status", "", 200, "xxxx.bl.example"},
	{"GET", "/status", "", 200, "xdp_filter"},
	{"GET", "/status", "", 200, "\"read_only\": true"},
	{"GET", "/counters", "", 200, "packets that were only observed"},
	{"GET", "/verdicts", "", 200, "\"total\": 300"},
	{"GET", "/verdicts?action=drop", "", 200, "\"total\": 60"},
	{"GET", "/verdicts?action=tarpit", "", 200, "\"total\": 0"},
	{"GET", "/verdicts?action=bogus", "", 400, "is not an action"},
	{"GET", "/verdicts?limit=0", "", 400, "1 to 10000"},
	{"GET", "/rules", "", 200, "198.51.100.0/24"},
	{"GET", "/zones", "", 200, "\"because\": \"it lists everybody\""},
	{"GET", "/zones", "", 200, "\"state\": \"suspended\""},
	{"GET", "/zones", "", 200, "\"unique\": 17"},
	{"GET", "/zones", "", 200, "\"latency_ms\": 2.5"},
	{"GET", "/zones", "", 200, "\"probing\": false"},
	{"POST", "/zones/probe", "", 200, "\"probing\": true"},
	{"GET", "/zones/probe", "", 405, "is no method of /zones/probe"},
	{"GET", "/explain?address=192.0.2.1", "", 200, "listed: 127.0.0.2"},
	{"GET", "/explain?address=::ffff:192.0.2.1", "", 200, "\"client\": \"192.0.2.1\""},
	{"GET", "/explain?address=%31%392.0.2.1", "", 200, "\"client\": \"192.0.2.1\""},
	{"GET", "/explain?address=192.0.2.1%00x", "", 400, "NUL"},
	{"GET", "/explain?address=198.51.100.77", "", 200, "\"helo\": \"somebody.example\""},
	{"GET", "/explain?address=198.51.100.77", "", 200, "\"by\": \"rule\""},
	{"GET", "/explain", "", 400, "which client?"},
	{"GET", "/explain?address", "", 400, "no value"},
	{"GET", "/explain?address=", "", 400, "is not an IP address"},
	{"GET", "/explain?address=mail.example", "", 400, "is not an IP address"},
	{"GET", "/explain?address=192.0.2.0/24", "", 400, "is not an IP address"},
	{"GET", "/explain?address=1.2.3.4&address=1.2.3.5", "", 400, "comes twice"},
	{"GET", "/explain?client=1.2.3.4", "", 400, "takes no argument"},
	{"GET", "/explain?address=%ff%fe", "", 400, "is not an IP address"},
	{"POST", "/check?address=192.0.2.50", "", 200, "\"client\": \"192.0.2.50\""},
	{"POST", "/check?address=192.0.2.99", "", 503, "queue is full"},
	{"POST", "/check", "", 400, "which client?"},
	{"POST", "/rules", DENY("192.0.2.0/24"), 200, "\"prefix\": \"192.0.2.0/24\""},
	{"POST", "/rules",
	 "{\"prefix\": \"192.0.2.7\", \"action\": \"deny\", \"reason\": \"full disk\"}", 200,
	 "\"note\": \"in force, but not saved\""},
	{"POST", "/rules", DENY("203.0.113.1"), 409, "default gateway 203.0.113.1"},
	{"POST", "/rules", DENY("192.0.2.1/24"), 400, "say 192.0.2.0/24"},
	{"POST", "/rules", "", 400, "body is empty"},
	{"POST", "/rules", "{", 400, "not JSON"},
	{"POST", "/reports", "{\"address\":\"192.0.2.5\",\"score\":2.5}", 200, "\"score\": 2.5"},
	{"POST", "/reports", "{\"address\":\"::\",\"score\":2}", 503, "too many sources"},
	{"POST", "/reports", "{\"address\":\"192.0.2.5\"}", 400, "must be a number from"},
	{"DELETE", "/entries?prefix=192.0.2.0/24", "", 200, "\"verdicts\": 3"},
	{"DELETE", "/entries?prefix=192.0.2.0%2f24", "", 200, "\"rules\": 2"},
	{"DELETE", "/entries", "", 400, "which prefix?"},
	{"GET", "/status", "", 200, "\"mode_configured\": \"soft\""},
	{"GET", "/status", "", 200, "\"mode_by\": \"alice, uid 0\""},
	{"GET", "/status", "", 200, "\"turned_away\": 2"},
	{"GET", "/mode", "", 200, "\"mode_since\": 4711"},
	{"POST", "/mode", "{\"mode\":\"soft\",\"by\":\"bob\"}", 200, "\"mode_by\": \"bob, uid "},
	{"POST", "/mode", "{\"mode\":\"soft\"}", 200, "\"mode_by\": \"uid "},
	{"POST", "/mode", "{\"mode\":\"soft\"}", 200, "not kept over a restart"},
	{"POST", "/mode", "{\"mode\":\"configured\"}", 200, "\"mode_chosen\": false"},
	{"POST", "/mode", "{\"mode\":\"enforce\"}", 503, "cannot be written"},
	{"POST", "/mode", "{\"mode\":\"off\"}", 400, "or \\\"configured\\\""},
	{"DELETE", "/mode", "", 405, "is no method of /mode"},
	{"POST", "/reload", "", 200, "read again"},
	{"GET", "/", "", 404, "there is no /"},
	{"GET", "/statusx", "", 404, "there is no /statusx"},
	{"GET", "/../status", "", 404, "there is no"},
	{"POST", "/status", "", 405, "is no method of /status"},
	{"GET", "/detach", "", 405, "is no method of /detach"},
	{"BREW", "/rules", "", 405, "BREW is no method of /rules"},
	{"GET", "/feeds", "", 200, "\"name\": \"own\""},
	{"GET", "/feeds", "", 200, "\"local\": 7"},
	{"GET", "/feeds", "", 200, "7 entries name private networks"},
	{"GET", "/status", "", 200, "\"warning\": \"7 entries name private networks"},
	{"GET", "/status", "", 200, "\"warning\": \"?\""},
	{"POST", "/feeds/sync?name=own", "", 200, "\"syncing\": 1"},
	{"POST", "/feeds/sync?name=nobody", "", 404, "mxdp feed list"},
	{"GET", "/feeds/diff?name=own", "", 200, "\"prefix\": \"192.0.2.66\""},
	{"GET", "/feeds/diff?name=nobody", "", 404, "mxdp feed list"},
	{"GET", "/lookup?address=192.0.2.66", "", 200, "\"line\": 7"},
	{"GET", "/lookup?address=x", "", 400, "address"},
	{"GET", "/explain?address=192.0.2.66", "", 200, "\"by\": \"feed\""},
	{"GET", "/snapshot", "", 200, "\"generation\": 4"},
	{"GET", "/greylist", "", 200, "\"total\": 3"},
	{"GET", "/greylist", "", 200, "\"sender\": \"?\""},
	{"GET", "/greylist?state=waiting", "", 200, "\"total\": 2"},
	{"GET", "/greylist?state=passed", "", 200, "\"until\": 1701009000"},
	{"GET", "/greylist?state=lost", "", 400, "waiting and passed"},
	{"GET", "/greylist?prefix=192.0.2.7", "", 200, "\"from\": 1700000300"},
	{"GET", "/greylist?prefix=192.0.2.7", "", 200, "\"until\": 1700014400"},
	{"GET", "/greylist?prefix=192.0.2.7", "", 200, "\"total\": 1"},
	{"GET", "/greylist?prefix=192.0.0.0/16&limit=1", "", 200, "\"total\": 2"},
	{"GET", "/greylist?prefix=192.0.2.7/24", "", 400, "say 192.0.2.0/24"},
	{"GET", "/explain?address=192.0.2.7", "", 200, "\"tries\": 2"},
	{"GET", "/status", "", 200, "\"networks\": 31"},
	{"GET", "/status", "", 200, "\"not_stored\": 34"},
	{"DELETE", "/greylist?prefix=192.0.2.7", "", 200, "\"forgotten\": 1"},
	{"DELETE", "/greylist", "", 400, "which prefix?"},
};

START_TEST(each_request_has_its_answer)
{
	char *reply = ask_for(requests[_i].method, requests[_i].target, requests[_i].body);

	ck_assert_msg(status_of(reply) == requests[_i].status && strstr(reply, requests[_i].says),
		      "%s %s: %s", requests[_i].method, requests[_i].target, reply);
	json_decref(body_of(reply));
	free(reply);
}
END_TEST

START_TEST(a_zone_is_never_shown_with_its_key)
{
	char *reply = ask_for("GET", "/status", "");

	ck_assert_ptr_null(strstr(reply, "secret"));
	free(reply);
}
END_TEST

START_TEST(verdicts_are_the_newest_and_in_order)
{
	char *reply = ask_for("GET", "/verdicts?limit=7", "");
	json_t *answer = body_of(reply), *verdict;
	unsigned long previous = ~0UL, newest = 0;
	size_t i;

	for (unsigned long n = 1; n <= FAKE_VERDICTS; n++)
		if (n * 7919 % 100003 > newest)
			newest = n * 7919 % 100003;
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "verdicts")), 7);
	json_array_foreach(json_object_get(answer, "verdicts"), i, verdict)
	{
		unsigned long n =
			(unsigned long)json_integer_value(json_object_get(verdict, "hits"));
		unsigned long decided = n * 7919 % 100003;

		ck_assert_uint_lt(decided, previous);
		if (i == 0)
			ck_assert_uint_eq(decided, newest);
		previous = decided;
	}
	json_decref(answer);
	free(reply);
}
END_TEST

static const struct {
	const char *address, *by, *prefix, *text;
	bool known;
} explanations[] = {
	{"192.0.2.1", "verdict", "192.0.2.1", "listed by bl.example (7)", true},
	{"198.51.100.7", "rule", "198.51.100.0/24", "a partner", true},
	{"203.0.113.1", "never-block", "203.0.113.1", "a default gateway", true},
	{"203.0.113.2", "never-block", "203.0.113.0/24", "the configuration", true},
	{"2001:db8::1", "unknown", NULL, "no rule and no verdict", false},
};

START_TEST(explain_names_what_decides)
{
	char target[100], *reply;
	json_t *answer, *decides;
	const char *prefix;

	snprintf(target, sizeof(target), "/explain?address=%s", explanations[_i].address);
	reply = ask_for("GET", target, "");
	answer = body_of(reply);
	decides = json_object_get(answer, "decides");
	prefix = json_string_value(json_object_get(decides, "prefix"));
	ck_assert_str_eq(json_string_value(json_object_get(decides, "by")), explanations[_i].by);
	ck_assert_pstr_eq(prefix, explanations[_i].prefix);
	ck_assert_msg(
		strstr(json_string_value(json_object_get(decides, "text")), explanations[_i].text),
		"%s", reply);
	ck_assert_int_eq(json_is_true(json_object_get(answer, "known")), explanations[_i].known);
	json_decref(answer);
	free(reply);
}
END_TEST

START_TEST(a_rule_arrives_as_it_was_said)
{
	char *reply = ask_for("POST", "/rules", DENY("192.0.2.0/24"));

	ck_assert_int_eq(fake.rules_set, 1);
	ck_assert_int_eq(fake.last_rule.action, MXDP_ACTION_DROP);
	ck_assert_int_eq(fake.last_rule.expires - fake.last_rule.created, 60);
	free(reply);
}
END_TEST

START_TEST(a_reload_that_fails_says_where)
{
	char *first = ask_for("POST", "/reload", "");
	char *second = ask_for("POST", "/reload", "");

	ck_assert_int_eq(status_of(second), 400);
	ck_assert_ptr_nonnull(strstr(second, "mxdp.conf:3"));
	free(first);
	free(second);
}
END_TEST

START_TEST(detach_comes_after_the_answer)
{
	char *reply = ask_for("POST", "/detach", "");

	ck_assert_int_eq(status_of(reply), 200);
	for (int turns = 0; fake.detaches == 0 && turns < 100; turns++)
		uv_run(&fake.loop, UV_RUN_ONCE);
	ck_assert_int_eq(fake.detaches, 1);
	free(reply);
}
END_TEST

/* ---- hostile requests ---- */

static char *ask_with_body(size_t length, bool chunked)
{
	char head[200];
	size_t size, used;
	char *request, *reply;

	if (chunked)
		snprintf(head, sizeof(head),
			 "POST /rules HTTP/1.1\r\nHost: mxdp\r\nConnection: close\r\n"
			 "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
			 length);
	else
		snprintf(head, sizeof(head),
			 "POST /rules HTTP/1.1\r\nHost: mxdp\r\nConnection: close\r\n"
			 "Content-Length: %zu\r\n\r\n",
			 length);
	used = strlen(head);
	size = used + length + (chunked ? 7 : 0);
	request = malloc(size);
	memcpy(request, head, used);
	memset(request + used, 'x', length);
	for (size_t i = 0; chunked && i < 7; i++)
		request[used + length + i] = "\r\n0\r\n\r\n"[i];
	reply = ask(request, size);
	free(request);
	return reply;
}

static const struct {
	size_t length;
	bool chunked;
	int status;
} lengths[] = {
	{MXDP_API_BODY_MAX, false, 400},         {MXDP_API_BODY_MAX + 1, false, 413},
	{MXDP_API_BODY_MAX, true, 400},          {MXDP_API_BODY_MAX + 1, true, 413},
	{MXDP_API_BODY_MAX + 500000, true, 413}, {3 * 1024 * 1024, true, 0}, /* hung up */
};

START_TEST(a_body_is_bounded)
{
	char *reply = ask_with_body(lengths[_i].length, lengths[_i].chunked);

	ck_assert_msg(status_of(reply) == lengths[_i].status, "%s", reply);
	free(reply);
	reply = ask_for("GET", "/rules", "");
	ck_assert_int_eq(status_of(reply), 200);
	free(reply);
}
END_TEST

/* Sends what may be no whole request, lets the server read it, then hangs up. */
static char *ask_and_hang_up(const char *request, size_t size)
{
	struct exchange exchange = {.fd = open_client(), .half_close = true};

	ck_assert_int_eq(write(exchange.fd, request, size), (ssize_t)size);
	for (int turns = 0; turns < 4; turns++)
		uv_run(&fake.loop, UV_RUN_NOWAIT);
	run(&exchange);
	close(exchange.fd);
	return exchange.reply;
}

START_TEST(a_request_cut_at_any_byte_does_no_harm)
{
	static const char whole[] = "POST /rules HTTP/1.1\r\nHost: mxdp\r\nConnection: close\r\n"
				    "Content-Length: 43\r\n\r\n"
				    "{\"prefix\":\"192.0.2.0/24\",\"action\":\"deny\"  }";
	char *reply;

	for (size_t size = 0; size < sizeof(whole) - 1; size++) {
		reply = ask_and_hang_up(whole, size);
		ck_assert_int_ne(status_of(reply), 200);
		free(reply);
	}
	ck_assert_int_eq(fake.rules_set, 0);
	reply = ask(whole, sizeof(whole) - 1);
	ck_assert_msg(status_of(reply) == 200, "%s", reply);
	ck_assert_int_eq(fake.rules_set, 1);
	free(reply);
}
END_TEST

START_TEST(a_half_sent_request_holds_up_nobody)
{
	int half = open_client();
	char *reply;

	ck_assert_int_eq(write(half, "GET /sta", 8), 8);
	reply = ask_for("GET", "/status", "");
	ck_assert_int_eq(status_of(reply), 200);
	free(reply);
	close(half);
}
END_TEST

START_TEST(garbage_is_refused)
{
	char garbage[3000], *reply;

	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (char)(i * 131 + i / 7);
	for (size_t size = 1; size < sizeof(garbage); size += 97) {
		reply = ask_and_hang_up(garbage, size);
		ck_assert_int_ne(status_of(reply), 200);
		free(reply);
	}
	reply = ask_for("GET", "/status", "");
	ck_assert_int_eq(status_of(reply), 200);
	free(reply);
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("api");
	TCase *tests = tcase_create("api");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, start, stop);
	tcase_set_timeout(tests, 30);
	tcase_add_loop_test(tests, each_request_has_its_answer, 0, COUNT_OF(requests));
	tcase_add_test(tests, a_zone_is_never_shown_with_its_key);
	tcase_add_test(tests, verdicts_are_the_newest_and_in_order);
	tcase_add_loop_test(tests, explain_names_what_decides, 0, COUNT_OF(explanations));
	tcase_add_test(tests, a_rule_arrives_as_it_was_said);
	tcase_add_test(tests, a_reload_that_fails_says_where);
	tcase_add_test(tests, detach_comes_after_the_answer);
	tcase_add_loop_test(tests, a_body_is_bounded, 0, COUNT_OF(lengths));
	tcase_add_test(tests, a_request_cut_at_any_byte_does_no_harm);
	tcase_add_test(tests, a_half_sent_request_holds_up_nobody);
	tcase_add_test(tests, garbage_is_refused);
	return run_suite(suite);
}
