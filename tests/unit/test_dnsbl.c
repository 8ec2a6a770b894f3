/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <string.h>

#include "userspace/checks/dnsbl/dnsbl.h"
#include "check_stand.h"
#include "tests/suite.h"

#define ZONES_MAX 8

static struct mxdp_dnsbl_zone zones[ZONES_MAX];
static struct mxdp_dnsbl_reply replies[ZONES_MAX][3];

/* What the zones say, by the whole name that is asked. */
static void respond(void *context, const struct dns_request *request, struct dns_reply *reply)
{
	static const struct {
		const char *name;
		const char *addresses[3];
	} listings[] = {
		{"1.2.0.192.key123.zen.example", {"127.0.0.4"}},
		{"2.2.0.192.key123.zen.example", {"127.0.0.2", "127.0.0.4", "127.0.0.10"}},
		{"3.2.0.192.key123.zen.example", {"127.0.0.99"}},
		{"4.2.0.192.key123.zen.example", {"127.255.255.254"}},
		{"5.2.0.192.key123.zen.example", {"127.0.0.4", "127.255.255.255"}},
		{"6.2.0.192.key123.zen.example", {"203.0.113.1"}},
		{"1.2.0.192.welcome.example", {"127.0.5.2"}},
		{"5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2."
		 "key123.zen.example",
		 {"127.0.0.4"}},
		{"5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2."
		 "welcome.example",
		 {"127.0.5.2"}},
	};

	(void)context;
	if (strstr(request->name, "silent.") != NULL) {
		reply->silent = true;
		return;
	}
	if (strstr(request->name, "servfail.") != NULL) {
		dns_reply_rcode(reply, DNS_SERVFAIL);
		return;
	}
	for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++) {
		if (strcmp(request->name, listings[i].name) != 0)
			continue;
		for (size_t a = 0; a < 3 && listings[i].addresses[a] != NULL; a++)
			dns_reply_a(reply, NULL, 300, listings[i].addresses[a]);
		return;
	}
	dns_reply_rcode(reply, DNS_NXDOMAIN);
	dns_reply_soa(reply, 120, 120);
}

static struct mxdp_dnsbl_zone *add_zone(const char *zone, const char *shown, bool ipv6)
{
	struct mxdp_dnsbl_zone *added = &zones[stand.config.dnsbl_count];

	added->zone = (char *)zone;
	added->shown = (char *)shown;
	added->ipv6 = ipv6;
	added->replies = replies[stand.config.dnsbl_count++];
	return added;
}

static void add_reply(struct mxdp_dnsbl_zone *zone, const char *filter, double score)
{
	struct mxdp_dnsbl_reply *reply = &zone->replies[zone->reply_count++];

	ck_assert_int_eq(mxdp_dnsbl_filter_parse(filter, &reply->filter, NULL), 0);
	reply->score = score;
}

/* A list with two filters that overlap, and a key in its name. */
static void add_zen(void)
{
	struct mxdp_dnsbl_zone *zen = add_zone("key123.zen.example", "xxxx.zen.example", true);

	add_reply(zen, "127.0.0.[2..4]", 3);
	add_reply(zen, "127.0.0.[4..7]", 2);
	zen->replies[1].name = "XBL";
}

static void setup(void)
{
	stand_up(respond);
	memset(zones, 0, sizeof(zones));
	stand.config.dnsbls = zones;
}

static struct mxdp_check_run *start(const char *client)
{
	return stand_start(&mxdp_check_dnsbl, client, NULL);
}

static void run(const char *client)
{
	stand_run(&mxdp_check_dnsbl, client, NULL);
	ck_assert_uint_eq(stand.evidence_count, stand.config.dnsbl_count);
}

static const struct {
	const char *what, *client;
	enum mxdp_evidence_state state;
	double score;
	const char *reason; /* how it begins */
	const char *key;
	int ttl;
} listings[] = {
	{"one reply, two filters match", "192.0.2.1", MXDP_EVIDENCE_ANSWERED, 5,
	 "listed: 127.0.0.4 (XBL)", "192.0.2.1", 300},
	{"several replies, each filter counts once", "192.0.2.2", MXDP_EVIDENCE_ANSWERED, 5,
	 "listed: 127.0.0.2, 127.0.0.4 (XBL), 127.0.0.10", "192.0.2.2", 300},
	{"no filter matches", "192.0.2.3", MXDP_EVIDENCE_ANSWERED, 0,
	 "listed: 127.0.0.99, which no reply filter counts", "192.0.2.3", 300},
	{"error reply", "192.0.2.4", MXDP_EVIDENCE_FAILED, 0,
	 "answered 127.255.255.254: ", "192.0.2.4", 300},
	{"error reply beside a listing", "192.0.2.5", MXDP_EVIDENCE_FAILED, 0,
	 "answered 127.255.255.255: ", "192.0.2.5", 300},
	{"outside 127/8", "192.0.2.6", MXDP_EVIDENCE_FAILED, 0,
	 "answered 203.0.113.1: ", "192.0.2.6", 300},
	{"not listed", "192.0.2.7", MXDP_EVIDENCE_NOTHING, 0, "not listed", "192.0.2.7", 120},
	{"IPv6 by nibbles, for the /64", "2001:db8:1:2::5", MXDP_EVIDENCE_ANSWERED, 5,
	 "listed: 127.0.0.4", "2001:db8:1:2::/64", 300},
	{"IPv6 not listed, for the host", "2001:db8:1:2::6", MXDP_EVIDENCE_NOTHING, 0, "not listed",
	 "2001:db8:1:2::6", 120},
};

START_TEST(listing)
{
	char key[MXDP_PREFIX_TEXT];

	add_zen();
	run(listings[_i].client);
	ck_assert_int_eq(stand.evidence[0].state, listings[_i].state);
	ck_assert_int_eq(stand.evidence[0].class, MXDP_EVIDENCE_LIST);
	ck_assert_double_eq(stand.evidence[0].score, listings[_i].score);
	ck_assert_str_eq(stand.evidence[0].source, "xxxx.zen.example");
	ck_assert_msg(!strncmp(stand.evidence[0].reason, listings[_i].reason,
			       strlen(listings[_i].reason)),
		      "%s: %s", listings[_i].what, stand.evidence[0].reason);
	ck_assert_ptr_null(strstr(stand.evidence[0].reason, "key123"));
	ck_assert_str_eq(mxdp_prefix_format(&stand.evidence[0].key, key), listings[_i].key);
	ck_assert_int_eq(stand.evidence[0].expires - stand.evidence[0].observed, listings[_i].ttl);
}
END_TEST

START_TEST(welcome_list)
{
	char key[MXDP_PREFIX_TEXT];

	add_reply(add_zone("welcome.example", "welcome.example", true), "127.0.[2..20].2", -4);
	run(_i == 0 ? "192.0.2.1" : "2001:db8:1:2::5");
	ck_assert_int_eq(stand.evidence[0].class, MXDP_EVIDENCE_WELCOME);
	ck_assert_double_eq(stand.evidence[0].score, -4);
	/* Trust is for the host, in IPv6 too. */
	ck_assert_str_eq(mxdp_prefix_format(&stand.evidence[0].key, key),
			 _i == 0 ? "192.0.2.1" : "2001:db8:1:2::5");
}
END_TEST

START_TEST(failures_weigh_nothing)
{
	static const char *const reasons[] = {"no answer: server failure", "no answer: time-out"};

	add_reply(add_zone("servfail.example", "servfail.example", true), "127.0.0.2", 5);
	add_reply(add_zone("silent.example", "silent.example", true), "127.0.0.2", 5);
	run("192.0.2.1");
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(stand.evidence[i].state, MXDP_EVIDENCE_FAILED);
		ck_assert_double_eq(stand.evidence[i].score, 0);
		ck_assert_str_eq(stand.evidence[i].reason, reasons[i]);
	}
}
END_TEST

START_TEST(a_zone_without_ipv6_is_not_asked)
{
	add_reply(add_zone("welcome.example", "welcome.example", false), "127.0.[2..20].2", -4);
	ck_assert_ptr_null(start("2001:db8:1:2::5"));
	ck_assert_uint_eq(dns_server_questions(stand.server, false), 0);
	run("192.0.2.1");
}
END_TEST

START_TEST(without_zones_there_is_nothing_to_do)
{
	ck_assert_ptr_null(start("192.0.2.1"));
}
END_TEST

START_TEST(outstanding_answers_have_bounds)
{
	struct mxdp_check_run *check_run;
	struct mxdp_dnsbl_zone *mixed;
	double least, most;

	add_zen();
	mixed = add_zone("silent.example", "silent.example", true);
	add_reply(mixed, "127.0.0.2", 4);
	add_reply(mixed, "127.0.0.[3..9]", -1.5);
	check_run = start("192.0.2.1");
	mxdp_check_dnsbl.outstanding(check_run, &least, &most);
	ck_assert_double_eq(least, -1.5);
	ck_assert_double_eq(most, 9);
	while (stand.evidence_count == 0)
		uv_run(&stand.loop, UV_RUN_ONCE);
	mxdp_check_dnsbl.outstanding(check_run, &least, &most);
	ck_assert_double_eq(least, -1.5);
	ck_assert_double_eq(most, 4);
	mxdp_check_dnsbl.cancel(check_run);
}
END_TEST

START_TEST(a_cancelled_run_is_silent)
{
	add_zen();
	add_reply(add_zone("silent.example", "silent.example", true), "127.0.0.2", 5);
	mxdp_check_dnsbl.cancel(start("192.0.2.1"));
	run("192.0.2.7"); /* longer than the cancelled one would take */
	ck_assert_uint_eq(stand.done, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dnsbl");
	TCase *tests = tcase_create("dnsbl");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, stand_down);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, listing, 0, sizeof(listings) / sizeof(listings[0]));
	tcase_add_loop_test(tests, welcome_list, 0, 2);
	tcase_add_test(tests, failures_weigh_nothing);
	tcase_add_test(tests, a_zone_without_ipv6_is_not_asked);
	tcase_add_test(tests, without_zones_there_is_nothing_to_do);
	tcase_add_test(tests, outstanding_answers_have_bounds);
	tcase_add_test(tests, a_cancelled_run_is_silent);
	return run_suite(suite);
}
