/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <string.h>

#include "check_stand.h"
#include "userspace/checks/envelope/envelope.h"
#include "tests/suite.h"

#define CLIENT  "192.0.2.1"
#define LABEL64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void respond(void *context, const struct dns_request *request, struct dns_reply *reply)
{
	(void)context;
	if (strstr(request->name, "silent.")) {
		reply->silent = true;
	} else if (!strcmp(request->name, "mail.example") && request->type == MXDP_DNS_A) {
		dns_reply_a(reply, NULL, 300, "192.0.2.77");
	} else if (!strcmp(request->name, "six.example") && request->type == MXDP_DNS_AAAA) {
		dns_reply_raw(reply, NULL, MXDP_DNS_AAAA, 300, "0123456789abcdef", 16);
	} else if (!strcmp(request->name, "mx.example") && request->type == MXDP_DNS_MX) {
		dns_reply_raw(reply, NULL, MXDP_DNS_MX, 300, "\0\12\4mail\7example", 16);
	} else {
		dns_reply_rcode(reply, DNS_NXDOMAIN);
		dns_reply_soa(reply, 120, 120);
	}
}

static void setup(void)
{
	static char *own_names[] = {"mx.own.example"};

	stand_up(respond);
	stand.config.helo =
		(struct mxdp_helo_setting){.bad = 1.5, .own_names = own_names, .own_name_count = 1};
	stand.config.sender.bad = 2.5;
}

static void run(const struct mxdp_check *check, const char *client, const char *text)
{
	stand_run(check, client, text);
	ck_assert_uint_eq(stand.evidence_count, 1);
	ck_assert(mxdp_prefix_is_host(&stand.evidence[0].key));
}

static const struct {
	const char *helo, *client;
	enum mxdp_evidence_state state;
	const char *verdict; /* how the reason ends */
	bool asked;          /* the DNS was asked */
} helos[] = {
	{"mail.example", CLIENT, MXDP_EVIDENCE_NOTHING, "exists", true},
	{"MAIL.example.", CLIENT, MXDP_EVIDENCE_NOTHING, "exists", true},
	{"six.example", CLIENT, MXDP_EVIDENCE_NOTHING, "exists", true},
	{"mx.example", CLIENT, MXDP_EVIDENCE_NOTHING, "exists", true},
	{"nowhere.example", CLIENT, MXDP_EVIDENCE_ANSWERED, "is a name that does not exist", true},
	{"silent.example", CLIENT, MXDP_EVIDENCE_FAILED, "could not be looked up", true},
	{"", CLIENT, MXDP_EVIDENCE_ANSWERED, "is empty", false},
	{"localhost", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not fully qualified", false},
	{"localhost.", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not fully qualified", false},
	{"192.0.2.1", CLIENT, MXDP_EVIDENCE_ANSWERED, "is an address without brackets", false},
	{"2001:db8::1", CLIENT, MXDP_EVIDENCE_ANSWERED, "is an address without brackets", false},
	{"[192.0.2.1]", CLIENT, MXDP_EVIDENCE_NOTHING, "is its own address literal", false},
	{"[192.0.2.2]", CLIENT, MXDP_EVIDENCE_ANSWERED,
	 "is an address literal, but not its address", false},
	{"[IPv6:2001:db8::1]", "2001:db8::1", MXDP_EVIDENCE_NOTHING, "is its own address literal",
	 false},
	{"[ipv6:2001:DB8:0::1]", "2001:db8::1", MXDP_EVIDENCE_NOTHING, "is its own address literal",
	 false},
	{"[IPv6:::ffff:192.0.2.1]", CLIENT, MXDP_EVIDENCE_NOTHING, "is its own address literal",
	 false},
	{"[2001:db8::1]", "2001:db8::1", MXDP_EVIDENCE_ANSWERED, "is not an address literal",
	 false},
	{"[IPv6:192.0.2.1]", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not an address literal", false},
	{"[", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not an address literal", false},
	{"[]", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not an address literal", false},
	{"[192.0.2.1", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not an address literal", false},
	{"[192.0.2.1]x", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not an address literal", false},
	{"mx.own.example", CLIENT, MXDP_EVIDENCE_ANSWERED, "is our own name", false},
	{"MX.Own.example.", CLIENT, MXDP_EVIDENCE_ANSWERED, "is our own name", false},
	{"-a.example", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not a host name", false},
	{"a-.example", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not a host name", false},
	{"a..example", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not a host name", false},
	{".example", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not a host name", false},
	{"a b.example", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not a host name", false},
	{"a\x1b[31m.example", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not a host name", false},
	{"192.0.2.256", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not a host name", false},
	{"192.0.2.1.", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not a host name", false},
	{LABEL64 ".example", CLIENT, MXDP_EVIDENCE_ANSWERED, "is not a host name", false},
	{LABEL64 LABEL64 LABEL64 LABEL64, CLIENT, MXDP_EVIDENCE_ANSWERED, "is too long", false},
};

START_TEST(helo_names)
{
	size_t length, end = strlen(helos[_i].verdict);

	run(&mxdp_check_helo, helos[_i].client, helos[_i].helo);
	ck_assert_msg(stand.evidence[0].state == helos[_i].state, "%s: %s", helos[_i].helo,
		      stand.evidence[0].reason);
	ck_assert_int_eq(stand.evidence[0].class, MXDP_EVIDENCE_HELO);
	ck_assert_double_eq(stand.evidence[0].score,
			    helos[_i].state == MXDP_EVIDENCE_ANSWERED ? 1.5 : 0);
	length = strlen(stand.evidence[0].reason);
	ck_assert_uint_gt(length, end);
	ck_assert_str_eq(stand.evidence[0].reason + length - end, helos[_i].verdict);
	ck_assert_int_eq(dns_server_questions(stand.server, false) > 0, helos[_i].asked);
	ck_assert_ptr_null(strchr(stand.evidence[0].reason, '\x1b'));
}
END_TEST

static const struct {
	const char *sender;
	const char *fault; /* NULL: in order */
} senders[] = {
	{"a@mail.example", NULL},
	{"a.b+c=d@mail.example", NULL},
	{"\"a b\"@mail.example", NULL},
	{"a@[192.0.2.1]", NULL},
	{"a@[IPv6:2001:db8::1]", NULL},
	{"nobody", "the sender has no domain"},
	{"@mail.example", "the sender's local part is malformed"},
	{"a b@mail.example", "the sender's local part is malformed"},
	{"a@b@mail.example", "the sender's local part is malformed"},
	{".a@mail.example", "the sender's local part is malformed"},
	{"\"@mail.example", "the sender's local part is malformed"},
	{"\"a\\\"@mail.example", "the sender's local part is malformed"},
	{LABEL64 "a@mail.example", "the sender's local part is malformed"},
	{"a@192.0.2.1", "the sender's domain is an address without brackets"},
	{"a@localhost", "the sender's domain has no dot"},
	{"a@[192.0.2]", "the sender's domain is not an address literal"},
	{"a@", "the sender's domain is not a host name"},
	{"a@-.example", "the sender's domain is not a host name"},
	{"a@mail.example>", "the sender's domain is not a host name"},
};

START_TEST(sender_addresses)
{
	run(&mxdp_check_sender, CLIENT, senders[_i].sender);
	ck_assert_int_eq(stand.evidence[0].class, MXDP_EVIDENCE_SENDER);
	ck_assert_int_eq(stand.evidence[0].state,
			 senders[_i].fault ? MXDP_EVIDENCE_ANSWERED : MXDP_EVIDENCE_NOTHING);
	ck_assert_double_eq(stand.evidence[0].score, senders[_i].fault ? 2.5 : 0);
	ck_assert_str_eq(stand.evidence[0].reason, senders[_i].fault
							   ? senders[_i].fault
							   : "the sender's address is in order");
	ck_assert_uint_eq(dns_server_questions(stand.server, false), 0);
}
END_TEST

START_TEST(the_null_sender_is_in_order)
{
	ck_assert_ptr_null(stand_start(&mxdp_check_sender, CLIENT, ""));
	ck_assert_ptr_null(stand_start(&mxdp_check_sender, CLIENT, "<>"));
}
END_TEST

START_TEST(what_is_unknown_is_not_checked)
{
	ck_assert_ptr_null(stand_start(&mxdp_check_helo, CLIENT, NULL));
	ck_assert_ptr_null(stand_start(&mxdp_check_sender, CLIENT, NULL));
	stand.config.helo.bad = stand.config.sender.bad = 0;
	ck_assert_ptr_null(stand_start(&mxdp_check_helo, CLIENT, "localhost"));
	ck_assert_ptr_null(stand_start(&mxdp_check_sender, CLIENT, "nobody"));
}
END_TEST

START_TEST(runs_can_be_cancelled)
{
	struct mxdp_check_run *helo = stand_start(&mxdp_check_helo, CLIENT, "mail.example");
	struct mxdp_check_run *sender = stand_start(&mxdp_check_sender, CLIENT, "nobody");
	double least, most;

	mxdp_check_helo.outstanding(helo, &least, &most);
	ck_assert_double_eq(least, 0);
	ck_assert_double_eq(most, 1.5);
	mxdp_check_helo.cancel(helo);
	mxdp_check_sender.cancel(sender);
	run(&mxdp_check_helo, CLIENT, "mail.example");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("envelope");
	TCase *tests = tcase_create("envelope");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, stand_down);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, helo_names, 0, sizeof(helos) / sizeof(helos[0]));
	tcase_add_loop_test(tests, sender_addresses, 0, sizeof(senders) / sizeof(senders[0]));
	tcase_add_test(tests, the_null_sender_is_in_order);
	tcase_add_test(tests, what_is_unknown_is_not_checked);
	tcase_add_test(tests, runs_can_be_cancelled);
	return run_suite(suite);
}
