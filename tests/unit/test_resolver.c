/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "maps/address.h"
#include "userspace/resolver/resolver.h"
#include "dns_server.h"
#include "tests/suite.h"

#define RUNNING ((enum mxdp_dns_status) - 1)

static uv_loop_t loop;
static struct dns_server *server;
static struct mxdp_resolver *resolver;
static struct mxdp_resolver_settings settings;

/* What became of one query. */
struct result {
	struct mxdp_query *query;
	enum mxdp_dns_status status;
	uint32_t ttl;
	size_t count;
	char first[64]; /* the first record as text */
	unsigned int calls;
};

static unsigned int results_wanted;

static void respond_cname(struct dns_reply *reply)
{
	dns_reply_name(reply, NULL, DNS_TYPE_CNAME, 90, "target.example");
	dns_reply_a(reply, "stranger.example", 5, "192.0.2.66");
	dns_reply_a(reply, "TARGET.example", 300, "192.0.2.7");
}

static void respond_txt(struct dns_reply *reply)
{
	dns_reply_raw(reply, NULL, MXDP_DNS_TXT, 300, "\3one\0\5 t\0wo", 11);
}

/* What the server does, by the first label of the name. */
static void respond(void *context, const struct dns_request *request, struct dns_reply *reply)
{
	const char *name = request->name;

	(void)context;
	if (!strncmp(name, "a.", 2) || !strncmp(name, "burst", 5)) {
		dns_reply_a(reply, NULL, 300, "192.0.2.1");
	} else if (!strncmp(name, "two.", 4)) {
		dns_reply_a(reply, NULL, 300, "192.0.2.1");
		dns_reply_a(reply, NULL, 200, "192.0.2.2");
	} else if (!strncmp(name, "brief.", 6)) {
		dns_reply_a(reply, NULL, 0, "192.0.2.3");
	} else if (!strncmp(name, "long.", 5)) {
		dns_reply_a(reply, NULL, 1000000, "192.0.2.4");
	} else if (!strncmp(name, "nxdomain.", 9)) {
		dns_reply_rcode(reply, DNS_NXDOMAIN);
		dns_reply_soa(reply, 900, 120);
	} else if (!strncmp(name, "nodata.", 7)) {
		dns_reply_soa(reply, 110, 900);
	} else if (!strncmp(name, "servfail.", 9)) {
		dns_reply_rcode(reply, DNS_SERVFAIL);
	} else if (!strncmp(name, "refused.", 8)) {
		dns_reply_rcode(reply, DNS_REFUSED);
	} else if (!strncmp(name, "silent.", 7)) {
		reply->silent = true;
	} else if (!strncmp(name, "truncated.", 10)) {
		if (request->tcp)
			for (int i = 0; i < 100; i++)
				dns_reply_a(reply, NULL, 300, "192.0.2.9");
		else
			dns_reply_set_truncated(reply);
	} else if (!strncmp(name, "wrong-id.", 9)) {
		dns_reply_a(reply, NULL, 300, "192.0.2.1");
		reply->bytes[0] ^= 0xff;
	} else if (!strncmp(name, "malformed.", 10)) {
		dns_reply_raw(reply, NULL, MXDP_DNS_A, 300, "\1\2\3", 3);
	} else if (!strncmp(name, "cut", 3)) {
		dns_reply_a(reply, NULL, 300, "192.0.2.1");
		reply->cut = strtoul(name + 3, NULL, 10);
	} else if (!strncmp(name, "cname.", 6)) {
		respond_cname(reply);
	} else if (!strncmp(name, "text.", 5)) {
		respond_txt(reply);
	} else if (!strncmp(name, "1.2.0.192.", 10)) {
		dns_reply_name(reply, NULL, MXDP_DNS_PTR, 300, "one.example");
		dns_reply_name(reply, NULL, MXDP_DNS_PTR, 300, "two.example");
	} else if (!strncmp(name, "mx.", 3)) {
		dns_reply_raw(reply, NULL, MXDP_DNS_MX, 300, "\0\12\4mail\7example\0", 16);
	} else {
		dns_reply_rcode(reply, DNS_NXDOMAIN);
	}
}

static void describe(const struct mxdp_dns_answer *answer, char text[64])
{
	const struct mxdp_dns_record *record = answer->records;

	if (answer->count == 0)
		return;
	switch (answer->type) {
	case MXDP_DNS_A:
		inet_ntop(AF_INET, &record->a, text, 64);
		break;
	case MXDP_DNS_AAAA:
		inet_ntop(AF_INET6, &record->aaaa, text, 64);
		break;
	case MXDP_DNS_PTR:
		snprintf(text, 64, "%s", record->name);
		break;
	case MXDP_DNS_MX:
		snprintf(text, 64, "%u %s", record->mx.preference, record->mx.name);
		break;
	case MXDP_DNS_TXT:
		snprintf(text, 64, "%zu %s", record->txt.length, record->txt.bytes);
		break;
	}
}

static void on_done(void *context, const struct mxdp_dns_answer *answer)
{
	struct result *result = context;

	result->query = NULL;
	result->status = answer->status;
	result->ttl = answer->ttl;
	result->count = answer->count;
	describe(answer, result->first);
	result->calls++;
	results_wanted--;
}

static void ask(struct result *result, const char *name, enum mxdp_dns_type type)
{
	*result = (struct result){.status = RUNNING};
	results_wanted++;
	result->query = mxdp_resolver_query(resolver, name, type, on_done, result);
	ck_assert_ptr_nonnull(result->query);
}

static void wait_for_results(void)
{
	while (results_wanted > 0)
		uv_run(&loop, UV_RUN_ONCE);
}

static struct result resolve(const char *name, enum mxdp_dns_type type)
{
	struct result result;

	ask(&result, name, type);
	ck_assert_uint_eq(result.calls, 0); /* never from inside the call */
	wait_for_results();
	return result;
}

static void open_resolver(void)
{
	ck_assert_int_eq(mxdp_resolver_new(&loop, &settings, &resolver), 0);
}

static void setup(void)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	server = dns_server_new(&loop, respond, NULL);
	settings = mxdp_resolver_defaults();
	settings.servers = dns_server_address(server);
	settings.timeout_ms = 100;
	settings.tries = 2;
	results_wanted = 0;
	resolver = NULL;
}

/* Everything must be closed and freed: no handle may keep the loop alive. */
static void teardown(void)
{
	mxdp_resolver_free(resolver);
	dns_server_free(server);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

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
	mxdp_resolver_flush(resolver);
	resolve("a.example", MXDP_DNS_A);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.sent, 4);
}
END_TEST

START_TEST(same_question_is_asked_once)
{
	struct result results[50];
	struct mxdp_resolver_stats stats;

	open_resolver();
	for (size_t i = 0; i < 50; i++)
		ask(&results[i], i % 2 ? "two.example" : "TWO.example", MXDP_DNS_A);
	wait_for_results();
	for (size_t i = 0; i < 50; i++)
		ck_assert_uint_eq(results[i].count, 2);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.joined, 49);
	ck_assert_uint_eq(dns_server_questions(server, false), 1);
}
END_TEST

START_TEST(queue_is_bounded)
{
	struct result results[10];
	struct mxdp_resolver_stats stats;
	char name[32];

	settings.in_flight_max = 2;
	settings.queue_max = 3;
	open_resolver();
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "burst%d.example", i);
		ask(&results[i], name, MXDP_DNS_A);
	}
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.in_flight, 2);
	ck_assert_uint_eq(stats.queued, 3);
	wait_for_results();
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(results[i].status, i < 5 ? MXDP_DNS_OK : MXDP_DNS_BUSY);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.busy, 5);
	ck_assert_uint_eq(stats.in_flight + stats.queued, 0);
}
END_TEST

static void ask_later(struct result *result, const char *name, enum mxdp_dns_type type)
{
	*result = (struct result){.status = RUNNING};
	results_wanted++;
	result->query = mxdp_resolver_query_later(resolver, name, type, on_done, result);
	ck_assert_ptr_nonnull(result->query);
}

START_TEST(a_later_question_waits_for_the_rest)
{
	struct result first, later, last;

	settings.in_flight_max = 1;
	open_resolver();
	ask(&first, "a.example", MXDP_DNS_A);
	ask_later(&later, "1.2.0.192.in-addr.arpa", MXDP_DNS_PTR);
	ask(&last, "two.example", MXDP_DNS_A);
	while (last.calls == 0)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_eq(later.calls, 0);
	ck_assert(mxdp_query_is_waiting(later.query));
	wait_for_results();
	ck_assert_uint_eq(later.count, 2);
}
END_TEST

/* Also alone it waits a while: until then it can be taken back, and nobody was asked. */
START_TEST(a_later_question_can_be_taken_back_unasked)
{
	struct mxdp_resolver_stats stats;
	struct result later, kept;

	open_resolver();
	ask_later(&later, "two.example", MXDP_DNS_A);
	ask_later(&kept, "a.example", MXDP_DNS_A);
	ck_assert(mxdp_query_is_waiting(later.query));
	mxdp_query_cancel(later.query);
	results_wanted = 1;
	wait_for_results();
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.sent, 1);
	ck_assert_uint_eq(later.calls, 0);
	ck_assert_int_eq(kept.status, MXDP_DNS_OK);
}
END_TEST

START_TEST(a_later_question_goes_at_once_when_somebody_needs_it)
{
	struct result later, needed;

	open_resolver();
	ask_later(&later, "a.example", MXDP_DNS_A);
	ask(&needed, "a.example", MXDP_DNS_A);
	ck_assert(!mxdp_query_is_waiting(later.query));
	wait_for_results();
	ck_assert_int_eq(later.status, MXDP_DNS_OK);
	ck_assert_uint_eq(dns_server_questions(server, false), 1);
}
END_TEST

START_TEST(burst_of_20000_loses_nothing)
{
	enum { COUNT = 20000 };
	struct result *results = calloc(COUNT, sizeof(*results));
	char name[32];

	/* No second try: a lost packet would show as a time-out. */
	settings.tries = 1;
	settings.timeout_ms = 5000;
	open_resolver();
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "burst%d.example", i);
		ask(&results[i], name, MXDP_DNS_A);
	}
	wait_for_results();
	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(results[i].status, MXDP_DNS_OK);
	free(results);
}
END_TEST

START_TEST(silent_names_do_not_stop_the_others)
{
	enum { SILENT = 1000 };
	struct result *silent = calloc(SILENT, sizeof(*silent));
	struct result good;
	char name[32];

	settings.timeout_ms = 3000;
	open_resolver();
	for (int i = 0; i < SILENT; i++) {
		snprintf(name, sizeof(name), "silent.%d.example", i);
		ask(&silent[i], name, MXDP_DNS_A);
	}
	ask(&good, "a.example", MXDP_DNS_A);
	while (good.calls == 0)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(good.status, MXDP_DNS_OK);
	ck_assert_uint_eq(silent[0].calls, 0);
	mxdp_resolver_free(resolver);
	resolver = NULL;
	free(silent);
}
END_TEST

START_TEST(cancelled_queries_are_silent)
{
	struct result running, ready, queued, bystander;
	struct mxdp_resolver_stats stats;

	settings.in_flight_max = 1;
	open_resolver();
	resolve("a.example", MXDP_DNS_A);
	ask(&running, "two.example", MXDP_DNS_A);
	ask(&bystander, "two.example", MXDP_DNS_A);
	ask(&queued, "long.example", MXDP_DNS_A);
	ask(&ready, "a.example", MXDP_DNS_A);
	mxdp_query_cancel(running.query);
	mxdp_query_cancel(queued.query);
	mxdp_query_cancel(ready.query);
	mxdp_resolver_stats(resolver, &stats);
	ck_assert_uint_eq(stats.queued, 0); /* nobody wants to know it any more */
	results_wanted = 1;
	wait_for_results();
	ck_assert_uint_eq(bystander.count, 2);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(running.calls + queued.calls + ready.calls, 0);
}
END_TEST

START_TEST(a_cancelled_question_still_fills_the_cache)
{
	struct mxdp_resolver_stats stats;
	struct result result;

	open_resolver();
	ask(&result, "a.example", MXDP_DNS_A);
	mxdp_query_cancel(result.query);
	do {
		uv_run(&loop, UV_RUN_ONCE);
		mxdp_resolver_stats(resolver, &stats);
	} while (stats.in_flight > 0);
	ck_assert_uint_eq(stats.cached, 1);
}
END_TEST

static struct result pair[2];

static void on_first_cancels_both(void *context, const struct mxdp_dns_answer *answer)
{
	(void)context;
	(void)answer;
	mxdp_query_cancel(pair[0].query);
	mxdp_query_cancel(pair[1].query);
	pair[0].calls++;
}

START_TEST(callback_may_cancel_others_and_itself)
{
	open_resolver();
	pair[0].query =
		mxdp_resolver_query(resolver, "a.example", MXDP_DNS_A, on_first_cancels_both, NULL);
	pair[1].query = mxdp_resolver_query(resolver, "a.example", MXDP_DNS_A, on_done, &pair[1]);
	while (pair[0].calls == 0)
		uv_run(&loop, UV_RUN_ONCE);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(pair[1].calls, 0);
}
END_TEST

static void on_done_free_resolver(void *context, const struct mxdp_dns_answer *answer)
{
	(void)context;
	(void)answer;
	mxdp_resolver_free(resolver);
	resolver = NULL;
}

START_TEST(callback_may_free_the_resolver)
{
	struct result silent, ready;

	open_resolver();
	ask(&silent, "silent.example", MXDP_DNS_A);
	mxdp_resolver_query(resolver, "a.example", MXDP_DNS_A, on_done_free_resolver, NULL);
	ask(&ready, "a.example", MXDP_DNS_A);
	uv_run(&loop, UV_RUN_NOWAIT);
	while (resolver != NULL)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_eq(silent.calls + ready.calls, 0);
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

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, every_kind_of_answer, 0, sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(tests, answer_cut_at_every_byte);
	tcase_add_test(tests, cached_answers_are_not_asked_again);
	tcase_add_test(tests, same_question_is_asked_once);
	tcase_add_test(tests, queue_is_bounded);
	tcase_add_test(tests, a_later_question_waits_for_the_rest);
	tcase_add_test(tests, a_later_question_can_be_taken_back_unasked);
	tcase_add_test(tests, a_later_question_goes_at_once_when_somebody_needs_it);
	tcase_add_test(tests, burst_of_20000_loses_nothing);
	tcase_add_test(tests, silent_names_do_not_stop_the_others);
	tcase_add_test(tests, cancelled_queries_are_silent);
	tcase_add_test(tests, a_cancelled_question_still_fills_the_cache);
	tcase_add_test(tests, callback_may_cancel_others_and_itself);
	tcase_add_test(tests, callback_may_free_the_resolver);
	tcase_add_loop_test(tests, server_lists, 0, sizeof(lists) / sizeof(lists[0]));
	tcase_add_test(tests, other_servers_answer_what_is_under_way);
	tcase_add_test(tests, unchanged_settings_keep_the_cache);
	tcase_add_test(tests, reverse_names);
	return run_suite(suite);
}
