/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksums beside feeds: in every dress they come in, cut at every byte, right, wrong or missing.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "userspace/feeds/checksum.h"

#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* FIPS 180-4 */
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OTHER "0000000000000000000000000000000000000000000000000000000000000000"

#define NAME "mxdp-test-list"
static char directory[32], path[64], sums[64];

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static const struct {
	const char *what, *text;
	const char *sum; /* NULL: there is none */
} cases[] = {
	{"the sum alone", ABC, ABC},
	{"the sum alone, with an end", ABC "\r\n", ABC},
	{"capitals", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\n", ABC},
	{"sha256sum", ABC "  list\n", ABC},
	{"sha256sum, binary", ABC " *list\n", ABC},
	{"in a directory", OTHER "  other\n" ABC "  ./lists/list\n", ABC},
	{"among others", OTHER "  list.gz\n" ABC "  list\n" EMPTY "  a list\n", ABC},
	{"of one file by another name", ABC "  drop.txt\n", ABC},
	{"of two files, neither the right one", ABC "  a\n" OTHER "  b\n", NULL},
	{"of the same file in another version", OTHER "  list.2\n" ABC "  xlist\n", NULL},
	{"tagged", "SHA256 (list) = " ABC "\n", ABC},
	{"tagged, among others",
	 "SHA512 (list) = " OTHER OTHER "\nSHA256 (b) = " OTHER "\nSHA256 (list) = " ABC "\n", ABC},
	{"openssl", "SHA2-256(list)= " ABC "\n", ABC},
	{"a name with brackets", "SHA256 (a) list) = " ABC "\n", ABC},
	{"signed",
	 "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" ABC "  list\n-----BEGIN PGP "
	 "SIGNATURE-----\n",
	 ABC},
	{"remarks", "# " OTHER "  list\n" ABC "  list\n", ABC},
	{"a sum of another kind", ABC ABC "  list\n", NULL},
	{"a digit too few", "a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	 NULL},
	{"a letter too far", "ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	 NULL},
	{"a sum right before text", ABC "list\n", NULL},
	{"an error page", "<html>404</html>\n", NULL},
	{"nothing", "", NULL},
	{"brackets alone", "SHA256 (", NULL},
	{"an open bracket", "SHA256 (list = " ABC, NULL},
};
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

START_TEST(a_sum_is_found_in_every_dress)
{
	uint8_t sum[MXDP_CHECKSUM_BYTES];
	char text[MXDP_CHECKSUM_TEXT];
	int result = mxdp_checksum_find(cases[_i].text, strlen(cases[_i].text), "list", sum);

	if (!cases[_i].sum) {
		ck_assert_msg(result == -ENOENT, "%s: a sum was found", cases[_i].what);
		return;
	}
	ck_assert_msg(result == 0, "%s: no sum was found", cases[_i].what);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(text + 2 * i, 3, "%02x", sum[i]);
	ck_assert_msg(strcmp(text, cases[_i].sum) == 0, "%s: %s", cases[_i].what, text);
}
END_TEST

/* In memory that ends where the text does, so that the sanitizer sees a step beyond. */
START_TEST(a_text_cut_at_any_byte_is_read_to_its_end)
{
	for (size_t length = 0; length < strlen(cases[_i].text); length++) {
		uint8_t sum[MXDP_CHECKSUM_BYTES];
		char *cut = malloc(length + !length);

		memcpy(cut, cases[_i].text, length);
		mxdp_checksum_find(cut, length, "list", sum);
		free(cut);
	}
}
END_TEST

static const struct {
	const char *what, *data, *text;
	int result;
	const char *words; /* of the fault */
} checks[] = {
	{"right", "abc", ABC "  " NAME "\n", 0, NULL},
	{"right for nothing", "", EMPTY, 0, NULL},
	{"wrong", "abd", ABC "\n", -EBADMSG, "but the checksum says " ABC},
	{"one byte is missing", "ab", ABC "\n", -EBADMSG, "sync again"},
	{"for other files", "abc", OTHER "  a\n" OTHER "  b\n", -ENOENT, "no SHA-256 of " NAME},
	{"not there", "abc", NULL, -ENOENT, "the checksum cannot be read: No such file"},
};

START_TEST(a_file_is_what_its_checksum_says_or_refused)
{
	char fault[MXDP_CHECKSUM_FAULT] = "";
	int result;

	write_file(path, checks[_i].data);
	unlink(sums);
	if (checks[_i].text)
		write_file(sums, checks[_i].text);
	result = mxdp_checksum_verify(path, sums, strrchr(path, '/') + 1, fault);
	ck_assert_msg(result == checks[_i].result, "%s: %s", checks[_i].what, strerror(-result));
	ck_assert_msg(strstr(fault, checks[_i].words ? checks[_i].words : "") != NULL, "%s: \"%s\"",
		      checks[_i].what, fault);
}
END_TEST

START_TEST(a_large_file_is_summed_whole_and_a_large_checksum_refused)
{
	char fault[MXDP_CHECKSUM_FAULT] = "", *text = malloc(1000001);

	memset(text, 'a', 1000000);
	text[1000000] = '\0';
	write_file(path, text);
	write_file(sums, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	ck_assert_msg(mxdp_checksum_verify(path, sums, "list", fault) == 0, "%s", fault);
	ck_assert_int_eq(mxdp_checksum_verify(path, "/dev/zero", "list", fault), -EFBIG);
	ck_assert_int_eq(mxdp_checksum_verify("/nowhere/list", sums, "list", fault), -ENOENT);
	ck_assert_ptr_nonnull(strstr(fault, "/nowhere/list"));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feed checksum");
	TCase *tests = tcase_create("checksums");
	SRunner *runner;
	int failed;

	snprintf(directory, sizeof(directory), "/tmp/mxdp-sums.%d", getpid());
	if (mkdir(directory, 0700))
		return EXIT_FAILURE;
	snprintf(path, sizeof(path), "%s/" NAME, directory);
	snprintf(sums, sizeof(sums), "%s/sums", directory);
	tcase_add_loop_test(tests, a_sum_is_found_in_every_dress, 0, COUNT(cases));
	tcase_add_loop_test(tests, a_text_cut_at_any_byte_is_read_to_its_end, 0, COUNT(cases));
	tcase_add_loop_test(tests, a_file_is_what_its_checksum_says_or_refused, 0, COUNT(checks));
	tcase_add_test(tests, a_large_file_is_summed_whole_and_a_large_checksum_refused);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	unlink(path);
	unlink(sums);
	rmdir(directory);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
