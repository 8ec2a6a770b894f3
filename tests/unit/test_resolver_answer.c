/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/resolver/answer.h"
#include "dns_server.h"
#include "tests/suite.h"

static struct dns_reply reply;

/* Reads a copy of exactly `length` bytes, so that the sanitizer sees any step beyond. */
static struct mxdp_shared_answer *read_bytes(enum mxdp_dns_type type, size_t length)
{
	uint8_t *exact = malloc(length > 0 ? length : 1);
	struct mxdp_shared_answer *answer;

	memcpy(exact, reply.bytes, length);
	answer = mxdp_answer_read(type, exact, length);
	free(exact);
	ck_assert_ptr_nonnull(answer);
	return answer;
}

static void fill_a(void)
{
	dns_reply_name(&reply, NULL, DNS_TYPE_CNAME, 300, "other.example");
	dns_reply_a(&reply, "other.example", 300, "192.0.2.1");
}

static void fill_aaaa(void)
{
	dns_reply_raw(&reply, NULL, MXDP_DNS_AAAA, 300, "\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
}

static void fill_ptr(void)
{
	dns_reply_name(&reply, NULL, MXDP_DNS_PTR, 300, "one.example");
	dns_reply_name(&reply, NULL, MXDP_DNS_PTR, 300, "two.example");
}

static void fill_mx(void)
{
	dns_reply_raw(&reply, NULL, MXDP_DNS_MX, 300, "\0\5\4mail\xc0\x0c", 9);
}

static void fill_txt(void)
{
	dns_reply_raw(&reply, NULL, MXDP_DNS_TXT, 300, "\2ab\0\3c\0d", 8);
}

static void fill_negative(void)
{
	dns_reply_soa(&reply, 300, 100);
}

static const struct {
	const char *what;
	enum mxdp_dns_type type;
	void (*fill)(void);
	enum mxdp_dns_status status;
	size_t count;
} messages[] = {
	{"A behind a CNAME", MXDP_DNS_A, fill_a, MXDP_DNS_OK, 1},
	{"AAAA", MXDP_DNS_AAAA, fill_aaaa, MXDP_DNS_OK, 1},
	{"PTR", MXDP_DNS_PTR, fill_ptr, MXDP_DNS_OK, 2},
	{"MX", MXDP_DNS_MX, fill_mx, MXDP_DNS_OK, 1},
	{"TXT", MXDP_DNS_TXT, fill_txt, MXDP_DNS_OK, 1},
	{"no data", MXDP_DNS_A, fill_negative, MXDP_DNS_NODATA, 0},
};

static void begin(int i)
{
	dns_reply_begin(&reply, 1, "q.example", messages[i].type);
	messages[i].fill();
}

START_TEST(cut_at_every_byte)
{
	struct mxdp_shared_answer *answer;

	begin(_i);
	for (size_t length = 0; length < reply.length; length++) {
		answer = read_bytes(messages[_i].type, length);
		ck_assert_msg(answer->answer.status == MXDP_DNS_SERVFAIL, "%s cut at %zu",
			      messages[_i].what, length);
		ck_assert_uint_eq(answer->answer.count, 0);
		mxdp_answer_unref(answer);
	}
	answer = read_bytes(messages[_i].type, reply.length);
	ck_assert_int_eq(answer->answer.status, messages[_i].status);
	ck_assert_uint_eq(answer->answer.count, messages[_i].count);
	mxdp_answer_unref(answer);
}
END_TEST

/* Nothing is expected but that it ends, within its bounds. */
START_TEST(every_byte_changed)
{
	static const uint8_t values[] = {0x00, 0x01, 0x0c, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff};

	begin(_i);
	for (size_t at = 0; at < reply.length; at++) {
		uint8_t kept = reply.bytes[at];

		for (size_t v = 0; v < sizeof(values); v++) {
			struct mxdp_shared_answer *answer;

			reply.bytes[at] = values[v];
			answer = read_bytes(messages[_i].type, reply.length);
			if (answer->answer.status != MXDP_DNS_OK)
				ck_assert_uint_eq(answer->answer.count, 0);
			mxdp_answer_unref(answer);
		}
		reply.bytes[at] = kept;
	}
}
END_TEST

START_TEST(text_keeps_its_nul_bytes)
{
	struct mxdp_shared_answer *answer;

	begin(4);
	answer = read_bytes(MXDP_DNS_TXT, reply.length);
	ck_assert_uint_eq(answer->answer.records[0].txt.length, 5);
	ck_assert_mem_eq(answer->answer.records[0].txt.bytes, "abc\0d", 6);
	mxdp_answer_unref(answer);
}
END_TEST

START_TEST(compressed_names_are_expanded)
{
	struct mxdp_shared_answer *answer;

	begin(3);
	answer = read_bytes(MXDP_DNS_MX, reply.length);
	ck_assert_uint_eq(answer->answer.records[0].mx.preference, 5);
	ck_assert_str_eq(answer->answer.records[0].mx.name, "mail.q.example");
	mxdp_answer_unref(answer);
}
END_TEST

START_TEST(a_name_must_fill_its_record)
{
	struct mxdp_shared_answer *answer;

	dns_reply_begin(&reply, 1, "q.example", MXDP_DNS_PTR);
	dns_reply_raw(&reply, NULL, MXDP_DNS_PTR, 300, "\3one\0x", 6);
	answer = read_bytes(MXDP_DNS_PTR, reply.length);
	ck_assert_int_eq(answer->answer.status, MXDP_DNS_SERVFAIL);
	mxdp_answer_unref(answer);
}
END_TEST

START_TEST(a_loop_of_cnames_is_no_data)
{
	struct mxdp_shared_answer *answer;

	dns_reply_begin(&reply, 1, "q.example", MXDP_DNS_A);
	for (int i = 0; i < 50; i++) {
		dns_reply_name(&reply, NULL, DNS_TYPE_CNAME, 300, "r.example");
		dns_reply_name(&reply, "r.example", DNS_TYPE_CNAME, 300, "q.example");
	}
	answer = read_bytes(MXDP_DNS_A, reply.length);
	ck_assert_int_eq(answer->answer.status, MXDP_DNS_NODATA);
	mxdp_answer_unref(answer);
}
END_TEST

START_TEST(records_are_bounded)
{
	struct mxdp_shared_answer *answer;

	dns_reply_begin(&reply, 1, "q.example", MXDP_DNS_A);
	for (int i = 0; i < MXDP_DNS_RECORDS_MAX + 50; i++)
		dns_reply_a(&reply, NULL, 300, "192.0.2.1");
	answer = read_bytes(MXDP_DNS_A, reply.length);
	ck_assert_uint_eq(answer->answer.count, MXDP_DNS_RECORDS_MAX);
	mxdp_answer_unref(answer);
}
END_TEST

START_TEST(nxdomain_has_no_records)
{
	struct mxdp_shared_answer *answer;

	dns_reply_begin(&reply, 1, "q.example", MXDP_DNS_A);
	dns_reply_rcode(&reply, DNS_NXDOMAIN);
	dns_reply_a(&reply, NULL, 300, "192.0.2.1");
	answer = read_bytes(MXDP_DNS_A, reply.length);
	ck_assert_int_eq(answer->answer.status, MXDP_DNS_NXDOMAIN);
	ck_assert_uint_eq(answer->answer.count, 0);
	mxdp_answer_unref(answer);
}
END_TEST

START_TEST(a_ttl_with_its_highest_bit_set_is_zero)
{
	struct mxdp_shared_answer *answer;

	dns_reply_begin(&reply, 1, "q.example", MXDP_DNS_A);
	dns_reply_a(&reply, NULL, 0x80000001, "192.0.2.1");
	answer = read_bytes(MXDP_DNS_A, reply.length);
	ck_assert_uint_eq(answer->answer.ttl, 0);
	mxdp_answer_unref(answer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resolver_answer");
	TCase *tests = tcase_create("resolver_answer");
	int count = sizeof(messages) / sizeof(messages[0]);

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, cut_at_every_byte, 0, count);
	tcase_add_loop_test(tests, every_byte_changed, 0, count);
	tcase_add_test(tests, text_keeps_its_nul_bytes);
	tcase_add_test(tests, compressed_names_are_expanded);
	tcase_add_test(tests, a_name_must_fill_its_record);
	tcase_add_test(tests, a_loop_of_cnames_is_no_data);
	tcase_add_test(tests, records_are_bounded);
	tcase_add_test(tests, nxdomain_has_no_records);
	tcase_add_test(tests, a_ttl_with_its_highest_bit_set_is_zero);
	return run_suite(suite);
}
