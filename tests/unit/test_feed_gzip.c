/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packed list comes out as it went in, in pieces of any size; one that is cut is never whole. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/feeds/fetch/gzip.h"
#include "tests/suite.h"

#define TEXT_BYTES 60000

static char text[TEXT_BYTES];
static unsigned char packed[TEXT_BYTES];
static size_t packed_bytes;

struct output {
	char bytes[2 * TEXT_BYTES];
	size_t length;
	size_t most; /* more than this is refused */
};

static int keep(void *context, const char *bytes, size_t length)
{
	struct output *output = context;

	if (output->length + length > output->most)
		return -EFBIG;
	memcpy(output->bytes + output->length, bytes, length);
	output->length += length;
	return 0;
}

static void set_up(void)
{
	z_stream stream = {0};

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "0123456789.\n"[i * i / 7 % 12];
	ck_assert_int_eq(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	stream.next_in = (Bytef *)text;
	stream.avail_in = sizeof(text);
	stream.next_out = packed;
	stream.avail_out = sizeof(packed);
	ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
	packed_bytes = sizeof(packed) - stream.avail_out;
	deflateEnd(&stream);
}

/* Unpacks the first `length` bytes, `step` at once. Returns whether that was all of a stream. */
static bool unpack(size_t length, size_t step, struct output *output, int *error)
{
	struct mxdp_gunzip gunzip = {.begun = false};

	output->length = 0;
	*error = 0;
	for (size_t at = 0; at < length && !*error; at += step)
		*error = mxdp_gunzip_take(&gunzip, (char *)packed + at,
					  length - at < step ? length - at : step, keep, output);
	mxdp_gunzip_end(&gunzip);
	return gunzip.whole;
}

START_TEST(pieces_of_any_size_make_the_text)
{
	static const size_t steps[] = {1, 2, 7, 100, 4096, TEXT_BYTES};
	struct output *output = calloc(1, sizeof(*output));
	int error;

	output->most = sizeof(output->bytes);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		ck_assert(unpack(packed_bytes, steps[i], output, &error));
		ck_assert_int_eq(error, 0);
		ck_assert_uint_eq(output->length, sizeof(text));
		ck_assert_mem_eq(output->bytes, text, sizeof(text));
	}
	free(output);
}
END_TEST

START_TEST(a_stream_cut_at_any_byte_is_not_whole)
{
	struct output *output = calloc(1, sizeof(*output));
	int error;

	output->most = sizeof(output->bytes);
	for (size_t length = 0; length < packed_bytes; length++) {
		if (unpack(length, 512, output, &error))
			ck_abort_msg("%zu of %zu bytes are whole", length, packed_bytes);
		if (error)
			ck_abort_msg("error %d after %zu bytes", error, length);
	}
	free(output);
}
END_TEST

START_TEST(two_members_are_two_texts)
{
	struct output *output = calloc(1, sizeof(*output));
	size_t one = packed_bytes;
	int error;

	output->most = sizeof(output->bytes);
	ck_assert_uint_lt(2 * one, sizeof(packed));
	memcpy(packed + one, packed, one);
	ck_assert(unpack(2 * one, 1000, output, &error));
	ck_assert_uint_eq(output->length, 2 * sizeof(text));
	ck_assert(!unpack(2 * one - 1, 1000, output, &error));
	free(output);
}
END_TEST

START_TEST(what_is_no_gzip_or_too_much_is_refused)
{
	struct output *output = calloc(1, sizeof(*output));
	int error;

	output->most = 1000;
	ck_assert(!unpack(packed_bytes, 512, output, &error));
	ck_assert_int_eq(error, -EFBIG);
	output->most = sizeof(output->bytes);
	packed[packed_bytes - 6] ^= 1; /* of the checksum */
	ck_assert(!unpack(packed_bytes, 512, output, &error));
	ck_assert_int_eq(error, -EBADMSG);
	memcpy(packed, "192.0.2.1\n", 10);
	ck_assert(!unpack(packed_bytes, 512, output, &error));
	ck_assert_int_eq(error, -EBADMSG);
	free(output);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feed gzip");
	TCase *tests = tcase_create("gzip");

	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, pieces_of_any_size_make_the_text);
	tcase_add_test(tests, a_stream_cut_at_any_byte_is_not_whole);
	tcase_add_test(tests, two_members_are_two_texts);
	tcase_add_test(tests, what_is_no_gzip_or_too_much_is_refused);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
