/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "userspace/policy/parse.h"
#include "tests/suite.h"

#define BEGIN "request=smtpd_access_policy\n"
#define WHOLE                                                                                \
	BEGIN "protocol_state=RCPT\nprotocol_name=ESMTP\nhelo_name=mail.example.org\n"       \
	      "queue_id=\nsender=a@example.org\nrecipient=b@example.net\n"                   \
	      "client_address=192.0.2.1\nclient_name=mail.example.org\ninstance=123.456.7\n" \
	      "sasl_username=\nsize=12345\n\n"

static const struct {
	const char *what, *bytes;
	bool good;
	const char *client; /* NULL: unknown */
	const char *helo, *sender;
} cases[] = {
	{"all of it", WHOLE, true, "192.0.2.1", "mail.example.org", "a@example.org"},
	{"nothing but the beginning", BEGIN "\n", true, NULL, "", ""},
	{"CR LF", "request=smtpd_access_policy\r\nhelo_name=h\r\n\r\n", true, NULL, "h", ""},
	{"the null sender", BEGIN "sender=\n\n", true, NULL, "", ""},
	{"a value with =", BEGIN "sender=a=b@example.org\n\n", true, NULL, "", "a=b@example.org"},
	{"an IPv6 client", BEGIN "client_address=2001:db8::1\n\n", true, "2001:db8::1", "", ""},
	{"a mapped client", BEGIN "client_address=::ffff:192.0.2.1\n\n", true, "192.0.2.1", "", ""},
	{"an unknown client", BEGIN "client_address=unknown\n\n", true, NULL, "", ""},
	{"names of later versions", BEGIN "compatibility_level=3\nx=\n\n", true, NULL, "", ""},
	{"a HELO with a control character", BEGIN "helo_name=a\033[2J\n\n", true, NULL, "", ""},
	{"bytes above ASCII stay", BEGIN "sender=\xc3\xbc@example.org\n\n", true, NULL, "",
	 "\xc3\xbc@example.org"},
	{"an empty request", "\n", false, NULL, NULL, NULL},
	{"another beginning", "helo_name=a\nrequest=smtpd_access_policy\n\n", false, NULL, NULL,
	 NULL},
	{"another request", "request=junk\n\n", false, NULL, NULL, NULL},
	{"no =", BEGIN "helo_name\n\n", false, NULL, NULL, NULL},
	{"no name", BEGIN "=value\n\n", false, NULL, NULL, NULL},
	{"HTTP", "GET / HTTP/1.1\nHost: a\n\n", false, NULL, NULL, NULL},
};

START_TEST(requests)
{
	struct mxdp_policy_request request;
	char text[MXDP_ADDRESS_TEXT];
	const char *fault = NULL;
	int taken = mxdp_policy_parse(cases[_i].bytes, strlen(cases[_i].bytes), &request, &fault);

	if (!cases[_i].good) {
		ck_assert_msg(taken == -EINVAL, "%s: %d", cases[_i].what, taken);
		ck_assert_ptr_nonnull(fault);
		return;
	}
	ck_assert_msg(taken == (int)strlen(cases[_i].bytes), "%s: %d %s", cases[_i].what, taken,
		      fault);
	ck_assert_str_eq(request.helo, cases[_i].helo);
	ck_assert_str_eq(request.sender, cases[_i].sender);
	ck_assert_msg(request.has_client == (cases[_i].client != NULL), "%s", cases[_i].what);
	if (cases[_i].client)
		ck_assert_str_eq(mxdp_address_format(&request.client, text), cases[_i].client);
}
END_TEST

START_TEST(a_recipient_that_does_not_fit_is_not_known)
{
	static const char begin[] = BEGIN "recipient=";
	struct mxdp_policy_request request;
	char bytes[sizeof(begin) + 400];
	const char *fault;

	ck_assert_int_gt(mxdp_policy_parse(WHOLE, strlen(WHOLE), &request, &fault), 0);
	ck_assert_str_eq(request.recipient, "b@example.net");
	for (int length = 319; length <= 322; length++) {
		snprintf(bytes, sizeof(bytes), "%s%0*d\n\n", begin, length, 0);
		ck_assert_int_gt(mxdp_policy_parse(bytes, strlen(bytes), &request, &fault), 0);
		ck_assert_uint_eq(strlen(request.recipient), length <= 320 ? (size_t)length : 0);
	}
}
END_TEST

START_TEST(the_rest_of_what_matters)
{
	static const char user[] = BEGIN "sasl_username=bob\nprotocol_state=DATA\n\n";
	struct mxdp_policy_request request;
	const char *fault;

	ck_assert_int_gt(mxdp_policy_parse(WHOLE, sizeof(WHOLE) - 1, &request, &fault), 0);
	ck_assert(request.at_recipient && !request.authenticated);
	ck_assert_str_eq(request.instance, "123.456.7");
	ck_assert_int_gt(mxdp_policy_parse(user, sizeof(user) - 1, &request, &fault), 0);
	ck_assert(!request.at_recipient && request.authenticated);
}
END_TEST

START_TEST(a_request_cut_at_any_byte_waits_for_more)
{
	for (size_t length = 0; length < sizeof(WHOLE) - 1; length++) {
		char *exact = malloc(length + 1); /* an overread shows under ASan */
		struct mxdp_policy_request request;
		const char *fault;

		memcpy(exact, WHOLE, length);
		ck_assert_int_eq(mxdp_policy_parse(exact, length, &request, &fault), 0);
		free(exact);
	}
}
END_TEST

START_TEST(only_the_first_of_two_requests_is_taken)
{
	static const char two[] = WHOLE BEGIN "helo_name=second\n\n";
	struct mxdp_policy_request request;
	const char *fault;

	ck_assert_int_eq(mxdp_policy_parse(two, sizeof(two) - 1, &request, &fault),
			 (int)sizeof(WHOLE) - 1);
	ck_assert_str_eq(request.helo, "mail.example.org");
}
END_TEST

START_TEST(an_endless_request_is_refused)
{
	static char line[MXDP_POLICY_REQUEST_MAX], lines[MXDP_POLICY_REQUEST_MAX];
	struct mxdp_policy_request request;
	const char *fault = "";

	memset(line, 'a', sizeof(line));
	ck_assert_int_eq(mxdp_policy_parse(line, sizeof(line) - 1, &request, &fault), 0);
	ck_assert_int_eq(mxdp_policy_parse(line, sizeof(line), &request, &fault), -E2BIG);
	memcpy(lines, BEGIN, sizeof(BEGIN) - 1);
	for (size_t i = sizeof(BEGIN) - 1; i < sizeof(lines); i++)
		lines[i] = "x=\n"[(i - sizeof(BEGIN) + 1) % 3];
	ck_assert_int_eq(mxdp_policy_parse(lines, sizeof(lines), &request, &fault), -E2BIG);
	ck_assert_str_eq(fault, "it is too long");
}
END_TEST

START_TEST(a_value_that_does_not_fit_is_left_out)
{
	char bytes[2000] = BEGIN "helo_name=";
	size_t used = strlen(bytes);
	struct mxdp_policy_request request;
	const char *fault;

	memset(bytes + used, 'h', 255);
	memcpy(bytes + used + 255, "\n\n", 3);
	ck_assert_int_gt(mxdp_policy_parse(bytes, used + 257, &request, &fault), 0);
	ck_assert_uint_eq(strlen(request.helo), 255);
	memset(bytes + used, 'h', 256);
	memcpy(bytes + used + 256, "\n\n", 3);
	ck_assert_int_gt(mxdp_policy_parse(bytes, used + 258, &request, &fault), 0);
	ck_assert_str_eq(request.helo, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy_parse");
	TCase *tests = tcase_create("policy_parse");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, requests, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, a_recipient_that_does_not_fit_is_not_known);
	tcase_add_test(tests, the_rest_of_what_matters);
	tcase_add_test(tests, a_request_cut_at_any_byte_waits_for_more);
	tcase_add_test(tests, only_the_first_of_two_requests_is_taken);
	tcase_add_test(tests, an_endless_request_is_refused);
	tcase_add_test(tests, a_value_that_does_not_fit_is_left_out);
	return run_suite(suite);
}
