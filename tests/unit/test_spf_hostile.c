/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPF evaluations of what a hostile domain publishes, and of DNS that says nothing. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spf_ask.h"
#include "tests/suite.h"

/* A string of `count` times `part`; the caller frees it. */
static char *repeat(const char *part, size_t count)
{
	size_t length = strlen(part);
	char *text = calloc(count, length + 1);

	for (size_t i = 0; i < count * length; i++)
		text[i] = part[i % length];
	return text;
}

/* Adds a record of example.com: two texts and between them `count` times `part`. */
static size_t add_record(const char *before, const char *part, size_t count, const char *after)
{
	char *middle = repeat(part, count), *record;
	int length = asprintf(&record, "v=spf1%s%s%s", before, middle, after);

	ck_assert_int_gt(length, 0);
	spf_zone_add(zone, "example.com", MXDP_DNS_TXT, record);
	free(middle);
	free(record);
	return (size_t)length;
}

/* CVE-2023-42118: these overflow libspf2's stack where it compiles them. */
START_TEST(explanation_of_244_bytes_is_only_text)
{
	char *text = repeat("x", 244);
	struct mxdp_spf_result result;

	spf_zone_load(zone, "example.com TXT v=spf1 -all exp=why.example.com");
	spf_zone_add(zone, "why.example.com", MXDP_DNS_TXT, text);
	result = evaluate("192.0.2.1", "mail.example.com", "u@example.com");
	ck_assert_int_eq(result.code, MXDP_SPF_FAIL);
	ck_assert_str_eq(result.explanation, text);
	free(text);
}
END_TEST

START_TEST(explanation_beyond_a_reply_line_is_not_used)
{
	char *text = repeat("%{s}", 100);

	spf_zone_load(zone, "example.com TXT v=spf1 -all exp=why.example.com");
	spf_zone_add(zone, "why.example.com", MXDP_DNS_TXT, text);
	ck_assert_str_eq(evaluate("192.0.2.1", "h.example.com", "u@example.com").explanation,
			 "DEFAULT");
	free(text);
}
END_TEST

START_TEST(record_of_4300_bytes_is_a_permerror)
{
	ck_assert_uint_gt(add_record("", " ip4:198.51.100.1", 253, " -all"), 4300);
	ck_assert_int_eq(evaluate("192.0.2.1", "h.example.com", "u@example.com").code,
			 MXDP_SPF_PERMERROR);
}
END_TEST

START_TEST(all_behind_508_compiled_bytes_still_counts)
{
	add_record("", " ip4:198.51.100.1", 150, " -all");
	ck_assert_int_eq(evaluate("192.0.2.1", "h.example.com", "u@example.com").code,
			 MXDP_SPF_FAIL);
}
END_TEST

START_TEST(long_macros_and_modifiers_are_only_text)
{
	add_record(" moo=", "%{ir}.", 240, " exists:%{ir}.%{s}%{s}%{s}%{s}.example.com -all");
	ck_assert_int_eq(evaluate("192.0.2.1", "h.example.com", "u@example.com").code,
			 MXDP_SPF_FAIL);
}
END_TEST

START_TEST(nul_byte_is_no_end_of_record)
{
	static const char record[] = "v=spf1 ip4:192.0.2.1\0 -all";
	static const char version[] = "v=spf1\0 +all";

	spf_zone_add_txt(zone, "example.com", record, sizeof(record) - 1);
	spf_zone_add_txt(zone, "example.net", version, sizeof(version) - 1);
	ck_assert_int_eq(evaluate("192.0.2.1", "h.example.com", "u@example.com").code,
			 MXDP_SPF_PERMERROR);
	ck_assert_int_eq(evaluate("192.0.2.1", "h.example.com", "u@example.net").code,
			 MXDP_SPF_NONE);
}
END_TEST

START_TEST(more_than_ten_mx_hosts_are_a_permerror)
{
	char line[64];

	spf_zone_load(zone, "example.com TXT v=spf1 mx -all");
	for (int i = 0; i < 11; i++) {
		snprintf(line, sizeof(line),
			 "example.com MX 10 m%d.example.com\n"
			 "m%d.example.com A 10.0.0.1",
			 i, i);
		spf_zone_load(zone, line);
		ck_assert_int_eq(evaluate("192.0.2.1", "h.example.com", "u@example.com").code,
				 i < 10 ? MXDP_SPF_FAIL : MXDP_SPF_PERMERROR);
	}
}
END_TEST

START_TEST(ptr_names_beyond_ten_are_ignored)
{
	char line[128];

	spf_zone_load(zone, "example.com TXT v=spf1 ptr -all");
	for (int i = 0; i < 11; i++) {
		snprintf(line, sizeof(line),
			 "1.2.0.192.in-addr.arpa PTR p%d.example.com\n"
			 "p%d.example.com A %s",
			 i, i, i < 10 ? "10.0.0.1" : "192.0.2.1");
		spf_zone_load(zone, line);
	}
	ck_assert_int_eq(evaluate("192.0.2.1", "h.example.com", "u@example.com").code,
			 MXDP_SPF_FAIL);
}
END_TEST

START_TEST(endless_sender_is_no_domain)
{
	char *sender = repeat("a", 700);

	ck_assert_int_eq(evaluate("192.0.2.1", "h.example.com", sender).code, MXDP_SPF_NONE);
	free(sender);
}
END_TEST

/* A lookup that never answers. */
static unsigned int cancelled;

static struct mxdp_query *silent_query(void *context, const char *name, enum mxdp_dns_type type,
				       mxdp_dns_done done, void *done_context)
{
	(void)name;
	(void)type;
	(void)done;
	(void)done_context;
	return context;
}

static void silent_cancel(struct mxdp_query *query)
{
	(void)query;
	cancelled++;
}

static const struct mxdp_spf_lookup silent = {silent_query, silent_cancel, &cancelled};

/* SPF_server_new_dns() of libspf2 aborts the process then. */
START_TEST(longest_host_name_is_survived)
{
	char *name = repeat("h", 64);

	if (unshare(CLONE_NEWUTS) == 0) { /* else: not root, and nothing to see */
		ck_assert_int_eq(sethostname(name, 64), 0);
		spf_zone_load(zone, "example.com TXT v=spf1 a -all\nexample.com A 192.0.2.1");
		ck_assert_int_eq(evaluate("192.0.2.1", "h.example.com", "u@example.com").code,
				 MXDP_SPF_PASS);
	}
	free(name);
}
END_TEST

START_TEST(silence_is_a_temperror_in_the_end)
{
	struct mxdp_spf_question question = {.sender = "u@example.com", .time_ms = 10};
	struct mxdp_spf_result result = {.code = MXDP_SPF_PASS};

	cancelled = 0;
	mxdp_address_parse("192.0.2.1", &question.client);
	ck_assert_ptr_nonnull(mxdp_spf_start(&loop, &silent, &question, on_done, &result));
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(result.code, MXDP_SPF_TEMPERROR);
	ck_assert_uint_eq(cancelled, 1);
}
END_TEST

START_TEST(cancelled_run_calls_nobody)
{
	struct mxdp_spf_question question = {.sender = "u@example.com"};
	struct mxdp_spf_result result = {.code = MXDP_SPF_PASS};
	struct mxdp_spf_run *run;

	cancelled = 0;
	mxdp_address_parse("192.0.2.1", &question.client);
	for (int turns = 0; turns < 2; turns++) { /* before and after it asked */
		run = mxdp_spf_start(&loop, &silent, &question, on_done, &result);
		for (int i = 0; i < turns; i++)
			uv_run(&loop, UV_RUN_NOWAIT);
		mxdp_spf_cancel(run);
		uv_run(&loop, UV_RUN_DEFAULT);
	}
	ck_assert_int_eq(result.code, MXDP_SPF_PASS);
	ck_assert_uint_eq(cancelled, 1);
}
END_TEST

START_TEST(mx_hosts_are_asked_for_at_once)
{
	struct mxdp_spf_result result;

	spf_zone_load(zone, "example.com TXT v=spf1 mx -all\n"
			    "example.com MX 1 a.example.com\nexample.com MX 2 b.example.com\n"
			    "a.example.com A 10.0.0.1\nb.example.com A 192.0.2.1");
	result = evaluate("192.0.2.1", "h.example.com", "u@example.com");
	ck_assert_int_eq(result.code, MXDP_SPF_PASS);
	ck_assert_uint_eq(result.lookups, 4);
	ck_assert_uint_eq(spf_zone_asked(zone), 4); /* none twice */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spf_hostile");
	TCase *tests = tcase_create("spf_hostile");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, explanation_of_244_bytes_is_only_text);
	tcase_add_test(tests, explanation_beyond_a_reply_line_is_not_used);
	tcase_add_test(tests, record_of_4300_bytes_is_a_permerror);
	tcase_add_test(tests, all_behind_508_compiled_bytes_still_counts);
	tcase_add_test(tests, long_macros_and_modifiers_are_only_text);
	tcase_add_test(tests, nul_byte_is_no_end_of_record);
	tcase_add_test(tests, more_than_ten_mx_hosts_are_a_permerror);
	tcase_add_test(tests, ptr_names_beyond_ten_are_ignored);
	tcase_add_test(tests, endless_sender_is_no_domain);
	tcase_add_test(tests, longest_host_name_is_survived);
	tcase_add_test(tests, silence_is_a_temperror_in_the_end);
	tcase_add_test(tests, cancelled_run_calls_nobody);
	tcase_add_test(tests, mx_hosts_are_asked_for_at_once);
	return run_suite(suite);
}
