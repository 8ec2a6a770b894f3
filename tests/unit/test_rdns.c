/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "userspace/checks/rdns/rdns.h"
#include "check_stand.h"
#include "tests/suite.h"

static const struct {
	const char *name;
	uint16_t type;
	const char *data[3]; /* addresses, names */
} zone[] = {
	{"1.2.0.192.in-addr.arpa", MXDP_DNS_PTR, {"mail.example"}},
	{"mail.example", MXDP_DNS_A, {"192.0.2.1"}},
	{"2.2.0.192.in-addr.arpa", MXDP_DNS_PTR, {"elsewhere.example"}},
	{"elsewhere.example", MXDP_DNS_A, {"192.0.2.77"}},
	{"3.2.0.192.in-addr.arpa",
	 MXDP_DNS_PTR,
	 {"elsewhere.example", "silent.example", "x.example"}},
	{"x.example", MXDP_DNS_A, {"192.0.2.99", "192.0.2.3"}},
	{"4.2.0.192.in-addr.arpa", MXDP_DNS_PTR, {"silent.example", "elsewhere.example"}},
	{"5.2.0.192.in-addr.arpa", MXDP_DNS_PTR, {"192-0-2-5.isp.example"}},
	{"192-0-2-5.isp.example", MXDP_DNS_A, {"192.0.2.5"}},
	{"6.2.0.192.in-addr.arpa", MXDP_DNS_PTR, {"192-0-2-6.isp.example"}},
	{"7.2.0.192.in-addr.arpa", MXDP_DNS_PTR, {"192-0-2-7.isp.example", "seven.example"}},
	{"192-0-2-7.isp.example", MXDP_DNS_A, {"192.0.2.7"}},
	{"8.2.0.192.in-addr.arpa", MXDP_DNS_PTR, {"192-0-2-8.isp.example", "eight.example"}},
	{"192-0-2-8.isp.example", MXDP_DNS_A, {"192.0.2.8"}},
	{"eight.example", MXDP_DNS_A, {"192.0.2.8"}},
	{"9.2.0.192.in-addr.arpa", MXDP_DNS_PTR, {""}},
};

static void respond(void *context, const struct dns_request *request, struct dns_reply *reply)
{
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 5};

	(void)context;
	if (strstr(request->name, "silent")) {
		reply->silent = true;
		return;
	}
	if (strstr(request->name, "66.2.0.192")) {
		dns_reply_rcode(reply, DNS_SERVFAIL);
		return;
	}
	if (!strncmp(request->name, "5.0.0.0.", 8))
		return dns_reply_name(reply, NULL, MXDP_DNS_PTR, 300, "six.example");
	if (!strcmp(request->name, "six.example") && request->type == MXDP_DNS_AAAA)
		return dns_reply_raw(reply, NULL, MXDP_DNS_AAAA, 300, v6, sizeof(v6));
	if (!strncmp(request->name, "20.2.0.192.", 11)) {
		for (int i = 0; i < 40; i++) {
			char name[32];

			snprintf(name, sizeof(name), "n%d.example", i);
			dns_reply_name(reply, NULL, MXDP_DNS_PTR, 300, name);
		}
		return;
	}
	for (size_t i = 0; i < sizeof(zone) / sizeof(zone[0]); i++) {
		if (strcmp(zone[i].name, request->name) != 0 || zone[i].type != request->type)
			continue;
		for (size_t d = 0; d < 3 && zone[i].data[d]; d++) {
			if (request->type == MXDP_DNS_A)
				dns_reply_a(reply, NULL, 120, zone[i].data[d]);
			else
				dns_reply_name(reply, NULL, MXDP_DNS_PTR, 300, zone[i].data[d]);
		}
		return;
	}
	dns_reply_rcode(reply, DNS_NXDOMAIN);
}

static void setup(void)
{
	stand_up(respond);
	stand.config.rdns.missing = 2;
	stand.config.rdns.unconfirmed = 1;
	stand.config.rdns.generic = 1.5;
}

static struct mxdp_check_run *start(const char *client)
{
	return stand_start(&mxdp_check_rdns, client, NULL);
}

static void run(const char *client)
{
	stand_run(&mxdp_check_rdns, client, NULL);
}

static const struct {
	const char *what, *client;
	enum mxdp_evidence_state state;
	double score;
	const char *reason;
	double generic; /* the second piece's score, 0: there is none */
	int ttl;
} cases[] = {
	{"confirmed", "192.0.2.1", MXDP_EVIDENCE_NOTHING, 0,
	 "mail.example leads back to it (iprev pass)", 0, 120},
	{"leads elsewhere", "192.0.2.2", MXDP_EVIDENCE_ANSWERED, 1,
	 "its name elsewhere.example does not lead back to it (iprev fail)", 0, 120},
	{"one of several confirmed, though one is silent", "192.0.2.3", MXDP_EVIDENCE_NOTHING, 0,
	 "x.example leads back to it (iprev pass)", 0, 10},
	{"not confirmed, but one is silent", "192.0.2.4", MXDP_EVIDENCE_FAILED, 0,
	 "silent.example could not be looked up (iprev temperror)", 0, 10},
	{"confirmed and generic", "192.0.2.5", MXDP_EVIDENCE_NOTHING, 0,
	 "192-0-2-5.isp.example leads back to it (iprev pass)", 1.5, 120},
	{"unconfirmed and generic", "192.0.2.6", MXDP_EVIDENCE_ANSWERED, 1,
	 "its name 192-0-2-6.isp.example does not lead back to it (iprev fail)", 1.5, 60},
	{"an unconfirmed name doesn't excuse the generic one", "192.0.2.7", MXDP_EVIDENCE_NOTHING,
	 0, "192-0-2-7.isp.example leads back to it (iprev pass)", 1.5, 60},
	{"a confirmed name does", "192.0.2.8", MXDP_EVIDENCE_NOTHING, 0,
	 "192-0-2-8.isp.example leads back to it (iprev pass)", 0, 120},
	{"the empty name", "192.0.2.9", MXDP_EVIDENCE_ANSWERED, 1,
	 "its name . does not lead back to it (iprev fail)", 0, 300},
	{"no record", "192.0.2.10", MXDP_EVIDENCE_ANSWERED, 2,
	 "no reverse record (iprev permerror)", 0, 60},
	{"DNS fails", "192.0.2.66", MXDP_EVIDENCE_FAILED, 0,
	 "no answer about its reverse record: server failure (iprev temperror)", 0, 10},
	{"IPv6", "2001:db8::5", MXDP_EVIDENCE_NOTHING, 0,
	 "six.example leads back to it (iprev pass)", 0, 300},
};

START_TEST(reverse_records)
{
	struct mxdp_address client;

	run(cases[_i].client);
	ck_assert_msg(stand.evidence[0].state == cases[_i].state, "%s", cases[_i].what);
	ck_assert_double_eq(stand.evidence[0].score, cases[_i].score);
	ck_assert_str_eq(stand.evidence[0].reason, cases[_i].reason);
	ck_assert_int_eq(stand.evidence[0].expires - stand.evidence[0].observed, cases[_i].ttl);
	ck_assert_uint_eq(stand.evidence_count, cases[_i].generic > 0 ? 2 : 1);
	if (cases[_i].generic > 0) {
		ck_assert_str_eq(stand.evidence[1].source, "rdns-name");
		ck_assert_double_eq(stand.evidence[1].score, cases[_i].generic);
		ck_assert_ptr_nonnull(
			strstr(stand.evidence[1].reason, "holds the client's address"));
	}
	mxdp_address_parse(cases[_i].client, &client);
	for (size_t i = 0; i < stand.evidence_count; i++) {
		ck_assert_int_eq(stand.evidence[i].class, MXDP_EVIDENCE_REVERSE);
		/* Of the host alone, in IPv6 too. */
		ck_assert(mxdp_prefix_is_host(&stand.evidence[i].key));
		ck_assert(mxdp_prefix_contains(&stand.evidence[i].key, &client));
	}
}
END_TEST

START_TEST(many_names_are_not_all_followed)
{
	run("192.0.2.20");
	ck_assert_uint_eq(dns_server_questions(stand.server, false) +
				  dns_server_questions(stand.server, true),
			  1 + 10);
}
END_TEST

START_TEST(outstanding_answers_have_bounds)
{
	struct mxdp_check_run *check_run = start("192.0.2.4");
	struct mxdp_resolver_stats stats;
	double least, most;

	mxdp_check_rdns.outstanding(check_run, &least, &most);
	ck_assert_double_eq(least, 0);
	ck_assert_double_eq(most, 2.5);
	stand.config.rdns.missing = 3;
	mxdp_check_rdns.outstanding(check_run, &least, &most);
	ck_assert_double_eq(most, 3);
	do {
		uv_run(&stand.loop, UV_RUN_ONCE);
		mxdp_resolver_stats(stand.resolver, &stats);
	} while (stats.answered < 2); /* now it has names */
	mxdp_check_rdns.outstanding(check_run, &least, &most);
	ck_assert_double_eq(most, 2.5);
	mxdp_check_rdns.cancel(check_run);
	ck_assert_uint_eq(stand.evidence_count + stand.done, 0);
}
END_TEST

START_TEST(without_scores_nothing_is_asked)
{
	memset(&stand.config.rdns, 0, sizeof(stand.config.rdns));
	ck_assert_ptr_null(start("192.0.2.1"));
}
END_TEST

static const struct {
	const char *client, *partner;
	const char *reason; /* of the exemption; NULL: there is none */
} partners[] = {
	{"192.0.2.1", "mail.example", "mail.example's confirmed name mail.example"},
	{"192.0.2.5", "ISP.example", "ISP.example's confirmed name 192-0-2-5.isp.example"},
	{"192.0.2.5", "sp.example", NULL},
	{"192.0.2.5", "5.isp.example", NULL},
	{"192.0.2.6", "isp.example", NULL}, /* not confirmed */
	{"192.0.2.7", "seven.example", NULL},
	{"192.0.2.9", "isp.example", NULL},
	{"192.0.2.10", "isp.example", NULL},
};

START_TEST(a_partners_confirmed_name_exempts)
{
	char *names[] = {(char *)"nobody.example", (char *)partners[_i].partner};
	const struct mxdp_evidence *exemption = NULL;

	stand.config.partners = names;
	stand.config.partner_count = 2;
	run(partners[_i].client);
	for (size_t i = 0; i < stand.evidence_count; i++)
		if (stand.evidence[i].class == MXDP_EVIDENCE_EXEMPT)
			exemption = &stand.evidence[i];
	ck_assert((exemption != NULL) == (partners[_i].reason != NULL));
	if (exemption)
		ck_assert_str_eq(exemption->reason, partners[_i].reason);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rdns");
	TCase *tests = tcase_create("rdns");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, stand_down);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, reverse_records, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(tests, a_partners_confirmed_name_exempts, 0,
			    sizeof(partners) / sizeof(partners[0]));
	tcase_add_test(tests, many_names_are_not_all_followed);
	tcase_add_test(tests, outstanding_answers_have_bounds);
	tcase_add_test(tests, without_scores_nothing_is_asked);
	return run_suite(suite);
}
