/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the resolver answers, what it remembers, and whom it asks. */
#include <sys/mman.h>

#include "resolver_stand.h"
#include "userspace/resolver/servers.h"
#include "userspace/resolver/sockets.h"

static const struct {
	const char *what, *name;
	enum mxdp_dns_type type;
	enum mxdp_dns_status status;
	uint32_t ttl;
	size_t count;
	const char *first;
} answers[] = {
	{"an address", "a.example", MXDP_DNS_A, MXDP_DNS_OK, 300, 1, "192.0.2.1"},
	{"upper case and a final dot", "A.EXAMPLE.", MXDP_DNS_A, MXDP_DNS_OK, 300, 1, "192.0.2.1"},
	{"several, the shortest TTL", "two.example", MXDP_DNS_A, MXDP_DNS_OK, 200, 2, "192.0.2.1"},
	{"TTL raised to ttl_min", "brief.example", MXDP_DNS_A, MXDP_DNS_OK, 60, 1, "192.0.2.3"},
	{"TTL lowered to ttl_max", "long.example", MXDP_DNS_A, MXDP_DNS_OK, 3600, 1, "192.0.2.4"},
	{"SOA minimum", "nxdomain.example", MXDP_DNS_A, MXDP_DNS_NXDOMAIN, 120, 0, ""},
	{"no SOA", "nxdomain-bare.example", MXDP_DNS_A, MXDP_DNS_NXDOMAIN, 60, 0, ""},
	{"SOA's own TTL", "nodata.example", MXDP_DNS_A, MXDP_DNS_NODATA, 110, 0, ""},
	{"SERVFAIL", "servfail.example", MXDP_DNS_A, MXDP_DNS_SERVFAIL, 10, 0, ""},
	{"REFUSED", "refused.example", MXDP_DNS_A, MXDP_DNS_SERVFAIL, 10, 0, ""},
	{"silence", "silent.example", MXDP_DNS_A, MXDP_DNS_TIMEOUT, 10, 0, ""},
	{"wrong id is no answer", "wrong-id.example", MXDP_DNS_A, MXDP_DNS_TIMEOUT, 10, 0, ""},
	{"too short an address", "malformed.example", MXDP_DNS_A, MXDP_DNS_SERVFAIL, 10, 0, ""},
	{"truncation leads to TCP", "truncated.example", MXDP_DNS_A, MXDP_DNS_OK, 300, 100,
	 "192.0.2.9"},
	{"CNAME, strangers left out", "cname.example", MXDP_DNS_A, MXDP_DNS_OK, 90, 1, "192.0.2.7"},
	{"TXT of strings with NUL", "text.example", MXDP_DNS_TXT, MXDP_DNS_OK, 300, 1, "8 one t"},
	{"several PTR", "1.2.0.192.in-addr.arpa", MXDP_DNS_PTR, MXDP_DNS_OK, 300, 2, "one.example"},
	{"MX", "mx.example", MXDP_DNS_MX, MXDP_DNS_OK, 300, 1, "10 mail.example"},
	{"an empty name", "", MXDP_DNS_A, MXDP_DNS_BADNAME, 0, 0, ""},
	{"an empty label", "a..example", MXDP_DNS_A, MXDP_DNS_BADNAME, 0, 0, ""},
	{"a leading dot", ".example", MXDP_DNS_A, MXDP_DNS_BADNAME, 0, 0, ""},
	{"a label of 64",
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", MXDP_DNS_A,
	 MXDP_DNS_BADNAME, 0, 0, ""},
};

START_TEST(every_kind_of_answer)
{
	struct result result;

	open_resolver();
	result = resolve(answers[_i].name, answers[_i].type);
	ck_assert_msg(result.status == answers[_i].status, "%s: %s", answers[_i].what,
		      mxdp_dns_status_name(result.status));
	ck_assert_msg(result.ttl == answers[_i].ttl, "%s: TTL %u", answers[_i].what, result.ttl);
	ck_assert_msg(result.count == answers[_i].count, "%s: %zu records", answers[_i].what,
		      result.count);
	ck_assert_str_eq(result.first, answers[_i].first);
}
END_TEST

START_TEST(answer_cut_at_every_byte)
{
	enum { LENGTH = 12 + 15 + 4 + 16 }; /* header, cutNN.example, type and class, A record */
	struct result results[LENGTH + 1];
	char name[32];

	settings.tries = 1;
	open_resolver();
	for (int cut = 0; cut <= LENGTH; cut++) {
		snprintf(name, sizeof(name), "cut%02d.example", cut);
		ask(&results[cut], name, MXDP_DNS_A);
	}
	wait_for_results();
	for (int cut = 0; cut < LENGTH; cut++)
		ck_assert_msg(mxdp_dns_failed(results[cut].status), "cut at %d: %s", cut,
			      mxdp_dns_status_name(results[cut].status));
	ck_assert_int_eq(results[LENGTH].status, MXDP_DNS_OK);
}
END_TEST

START_TEST(cached_answers_are_not_asked_again)
{
	struct mxdp_resolver_stats stats;

	open_resolver();
	resolve("a.example", MXDP_DNS_A);
	resolve("A.example.", MXDP_DNS_A);
	resolve("nxdomain.example", MXDP_DNS_A);
	resolve("nxdomain.example", MXDP_DNS_A);
	resolve("servfail.example", MXDP_DNS_A);
	resolve("servfail.example", MXDP_DNS_A);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.asked, 6);
	ck_assert_uint_eq(stats.sent, 3);
	ck_assert_uint_eq(stats.cache_hits, 3);
	ck_assert_uint_eq(stats.cached, 3);
	mxdp_resolver_forget(resolver, "a.example", MXDP_DNS_A);
	resolve("a.example", MXDP_DNS_A);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.sent, 4);
}
END_TEST

static const struct {
	const char *servers;
	const char *in_use; /* NULL: refused */
} lists[] = {
	{"127.0.0.1:5353,[::1]:54", "127.0.0.1:5353, [::1]:54"},
	{"192.0.2.53", "192.0.2.53:53"},
	{"::1", "[::1]:53"},
	{"[2001:db8::53], 192.0.2.53 192.0.2.54:1",
	 "[2001:db8::53]:53, 192.0.2.53:53, 192.0.2.54:1"},
	{"127.0.0.1:0", NULL},
	{"127.0.0.1:65536", NULL},
	{"127.0.0.1:", NULL},
	{"127.0.0.1:53x", NULL},
	{"127.0.0.1 nonsense", NULL},
	{"[::1", NULL},
	{"[::1]53", NULL},
	{"[127.0.0.1]:53", NULL},
	{" , ", NULL},
};

START_TEST(server_lists)
{
	char text[128];

	settings.servers = lists[_i].servers;
	if (lists[_i].in_use == NULL) {
		ck_assert_int_eq(mxdp_resolver_new(&loop, &settings, &resolver), -EINVAL);
		return;
	}
	open_resolver();
	mxdp_resolver_servers(resolver, text, sizeof(text));
	ck_assert_str_eq(text, lists[_i].in_use);
}
END_TEST

/* c-ares says nothing, and asks 127.0.0.1 when none is left. */
START_TEST(what_resolv_conf_names_in_vain_is_told)
{
	int fd = memfd_create("resolv.conf", 0);
	char path[32], first[64];

	ck_assert_int_ge(fd, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	dprintf(fd, "# nameserver nonsense\nsearch example.org\nnameserver 192.0.2.53\n"
		    "nameserver\tfe80::1%%eth0 # announced by a router\nnameserver dns.example\n"
		    "nameserver 2001:db8::53\noptions edns0\nnameserver");
	ck_assert_uint_eq(mxdp_servers_unusable(path, first, sizeof(first)), 2);
	ck_assert_str_eq(first, "fe80::1%eth0");
	close(fd);
	ck_assert_uint_eq(mxdp_servers_unusable(path, first, sizeof(first)), 0);
	ck_assert_str_eq(first, "");
}
END_TEST

START_TEST(other_servers_answer_what_is_under_way)
{
	struct dns_server *other = dns_server_new(&loop, respond, NULL);
	struct result silent, queued;
	char text[128];

	settings.timeout_ms = 60000; /* the old one alone would take an hour */
	settings.in_flight_max = 1;
	open_resolver();
	ask(&silent, "silent.example", MXDP_DNS_A);
	ask(&queued, "a.example", MXDP_DNS_A);
	while (dns_server_questions(server, false) == 0)
		uv_run(&loop, UV_RUN_ONCE);
	settings.servers = dns_server_address(other);
	settings.timeout_ms = 100;
	ck_assert_int_eq(mxdp_resolver_configure(resolver, &settings), 0);
	mxdp_resolver_servers(resolver, text, sizeof(text));
	ck_assert_str_eq(text, dns_server_address(other));
	wait_for_results();
	ck_assert_int_eq(silent.status, MXDP_DNS_TIMEOUT);
	ck_assert_uint_eq(silent.calls, 1);
	ck_assert_str_eq(queued.first, "192.0.2.1");
	ck_assert_uint_eq(dns_server_questions(server, false), 1);
	dns_server_free(other);
}
END_TEST

START_TEST(unchanged_settings_keep_the_cache)
{
	struct mxdp_resolver_stats stats;

	open_resolver();
	resolve("a.example", MXDP_DNS_A);
	ck_assert_int_eq(mxdp_resolver_configure(resolver, &settings), 0);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.cached, 1);
	settings.servers = "no address";
	ck_assert_int_eq(mxdp_resolver_configure(resolver, &settings), -EINVAL);
	resolve("two.example", MXDP_DNS_A); /* by the servers from before */
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.cached, 2);
	settings.servers = dns_server_address(server);
	settings.ttl_min++;
	ck_assert_int_eq(mxdp_resolver_configure(resolver, &settings), 0);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.cached, 0);
}
END_TEST

/* A socket costs more than a question; a port that never changes would be half of a forgery. */
START_TEST(questions_in_a_row_come_from_one_port_and_later_ones_from_another)
{
	unsigned int ports;
	char name[32];

	open_resolver();
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "burst%d.example", i);
		resolve(name, MXDP_DNS_A);
	}
	ports = dns_server_ports(server);
	ck_assert_uint_eq(dns_server_questions(server, false), 20);
	ck_assert_uint_lt(ports, 20);
	uv_sleep(MXDP_SOCKET_LIVES_MS);
	resolve("a.example", MXDP_DNS_A);
	ck_assert_uint_gt(dns_server_ports(server), ports);
}
END_TEST

START_TEST(reverse_names)
{
	struct mxdp_address address;
	char name[MXDP_DNS_NAME], zone[MXDP_DNS_NAME];

	mxdp_address_parse("192.0.2.99", &address);
	ck_assert_int_eq(mxdp_dns_reverse_name(&address, "zen.example", name), 0);
	ck_assert_str_eq(name, "99.2.0.192.zen.example");
	memset(zone, 'z', sizeof(zone));
	zone[255 - strlen("99.2.0.192.")] = '\0';
	ck_assert_int_eq(mxdp_dns_reverse_name(&address, zone, name), 0);
	zone[255 - strlen("99.2.0.192.")] = 'z';
	zone[256 - strlen("99.2.0.192.")] = '\0';
	ck_assert_int_eq(mxdp_dns_reverse_name(&address, zone, name), -ENAMETOOLONG);
	mxdp_address_parse("2001:db8:1:2:3:4:567:89ab", &address);
	ck_assert_int_eq(mxdp_dns_reverse_name(&address, "ip6.arpa", name), 0);
	ck_assert_str_eq(name, "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2."
			       "ip6.arpa");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resolver");
	TCase *tests = tcase_create("resolver");

	tcase_add_loop_test(tests, every_kind_of_answer, 0, sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(tests, answer_cut_at_every_byte);
	tcase_add_test(tests, cached_answers_are_not_asked_again);
	tcase_add_loop_test(tests, server_lists, 0, sizeof(lists) / sizeof(lists[0]));
	tcase_add_test(tests, what_resolv_conf_names_in_vain_is_told);
	tcase_add_test(tests, other_servers_answer_what_is_under_way);
	tcase_add_test(tests, unchanged_settings_keep_the_cache);
	tcase_add_test(tests, questions_in_a_row_come_from_one_port_and_later_ones_from_another);
	tcase_add_test(tests, reverse_names);
	return run_resolver_suite(suite, tests);
}
