/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots that somebody else has damaged or cut: another process may write to the maps. Nothing
 * is read outside of them (ASan watches), and what is told of them is bounded.
 */
#include <check.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot_reference.h"
#include "tests/suite.h"

/* A snapshot in memory of exactly its size, and the questions that are worth asking. */
struct stand {
	struct reference *reference;
	const struct reference_case *test;
	struct mxdp_snapshot snapshot;
	union mxdp_snapshot_line *whole; /* as it was */
	uint64_t random;
};

static struct stand make(int number)
{
	const struct reference_case *test = &reference_cases[number];
	struct stand stand = {.test = test, .random = 99 + (uint64_t)number};

	stand.reference = calloc(1, sizeof(*stand.reference));
	test->fill(stand.reference, &stand.random);
	stand.snapshot = reference_build(stand.reference, test->family);
	stand.snapshot.lines =
		realloc(stand.snapshot.lines, stand.snapshot.count * sizeof(*stand.snapshot.lines));
	stand.whole = malloc(stand.snapshot.count * sizeof(*stand.whole));
	memcpy(stand.whole, stand.snapshot.lines, stand.snapshot.count * sizeof(*stand.whole));
	return stand;
}

static void mend(struct stand *stand)
{
	memcpy(stand->snapshot.lines, stand->whole, stand->snapshot.count * sizeof(*stand->whole));
}

static void drop(struct stand *stand)
{
	mxdp_snapshot_free(&stand->snapshot);
	free(stand->whole);
	free(stand->reference);
}

/* Asks for addresses of entries and for any; what is told of the snapshot is told or refused. */
static void ask(struct stand *stand, uint32_t count)
{
	const struct mxdp_snapshot_view view = {stand->snapshot.lines, count};
	struct mxdp_snapshot_info info;
	int error = mxdp_snapshot_info(&view, &info);

	if (error != 0 && error != -EPROTO)
		ck_abort_msg("%s: %d", stand->test->name, error);
	if (!error && ((info.family != 4 && info.family != 6) || info.classes > 255))
		ck_abort_msg("%s: family %u, %u classes", stand->test->name, info.family,
			     info.classes);
	for (unsigned int i = 0; i < 60; i++) {
		const size_t entries = stand->reference->count;
		struct mxdp_address address = reference_v4(0);
		struct mxdp_snapshot_class meaning;

		if (entries && i % 3)
			address = stand->reference
					  ->entries[reference_random(&stand->random) % entries]
					  .prefix.address;
		address.bytes[15] ^= (uint8_t)reference_random(&stand->random);
		address.bytes[i % 16] ^= i % 5 ? 0 : (uint8_t)reference_random(&stand->random);
		mxdp_snapshot_lookup(&view, &address, &meaning);
	}
}

static const uint32_t extremes[] = {0,          1,          0x7f,       0x80,       0xff,
				    0x7fff,     0xffff,     0x00010000, 0x7fffffff, 0x80000000,
				    0xfffffffe, 0xffffffff, 0x04000000};

#define EXTREMES (sizeof(extremes) / sizeof(extremes[0]))

/* Each word of a line, and all of it, becomes each of the extremes. */
static void damage_line(struct stand *stand, uint32_t line)
{
	uint32_t words[16];

	for (size_t extreme = 0; extreme < EXTREMES; extreme++)
		for (size_t word = 0; word <= 16; word++) {
			memcpy(words, &stand->whole[line], sizeof(words));
			for (size_t i = 0; i < 16; i++)
				if (i == word || word == 16)
					words[i] = extremes[extreme];
			memcpy(&stand->snapshot.lines[line], words, sizeof(words));
			ask(stand, stand->snapshot.count);
		}
	stand->snapshot.lines[line] = stand->whole[line];
}

START_TEST(a_damaged_header_leads_nowhere)
{
	struct stand stand = make(_i);
	uint8_t *bytes = (uint8_t *)stand.snapshot.lines;

	damage_line(&stand, 0);
	for (size_t at = 0; at < sizeof(struct mxdp_snapshot_header); at++)
		for (unsigned int value = 0; value < 256; value += 15) {
			bytes[at] = (uint8_t)value;
			ask(&stand, stand.snapshot.count);
			mend(&stand);
		}
	drop(&stand);
}
END_TEST

/* Directory and filter, lists, bitmaps, nodes and buckets: any line may say anything. */
START_TEST(damaged_lines_lead_nowhere)
{
	struct stand stand = make(_i);

	for (unsigned int i = 0; i < 60; i++) {
		/* Half of them where the data is, at the end. */
		uint32_t last = i % 2 && stand.snapshot.count > 40 ? 40 : stand.snapshot.count;
		uint32_t line = stand.snapshot.count - 1 -
				(uint32_t)(reference_random(&stand.random) % last);

		damage_line(&stand, line);
	}
	drop(&stand);
}
END_TEST

/* A slot, node or bucket count that leads beyond the end, with all 32 bits that it has. */
START_TEST(a_directory_that_leads_anywhere)
{
	struct stand stand = make(_i);

	for (size_t extreme = 0; extreme < EXTREMES * EXTREMES; extreme++) {
		for (uint32_t line = MXDP_SNAPSHOT_BODY_AT;
		     line < stand.snapshot.count && line < MXDP_SNAPSHOT_BODY_AT + 512; line++)
			for (size_t slot = 0; slot < 8; slot++)
				stand.snapshot.lines[line].slot[slot] =
					(struct mxdp_snapshot_slot4){extremes[extreme / EXTREMES],
								     extremes[extreme % EXTREMES]};
		ask(&stand, stand.snapshot.count);
	}
	drop(&stand);
}
END_TEST

/* A copy of its own for each length, so that ASan sees the end. */
START_TEST(a_cut_snapshot_is_read_to_its_end)
{
	struct stand stand = make(_i);
	const uint32_t count = stand.snapshot.count;
	union mxdp_snapshot_line *whole = stand.snapshot.lines;

	for (uint32_t cut = 0; cut < count; cut += cut < 80 || cut + 80 > count ? 1 : 61) {
		stand.snapshot.lines = malloc(cut ? cut * sizeof(*whole) : 1);
		memcpy(stand.snapshot.lines, whole, cut * sizeof(*whole));
		ask(&stand, cut);
		free(stand.snapshot.lines);
	}
	stand.snapshot.lines = whole;
	drop(&stand);
}
END_TEST

/* What an older or a newer version, or somebody else, has left. */
static const struct {
	const char *what;
	size_t at;
	uint8_t value;
} foreign[] = {
	{"another magic number", offsetof(struct mxdp_snapshot_header, magic), 0},
	{"the version before", offsetof(struct mxdp_snapshot_header, version),
	 MXDP_SNAPSHOT_VERSION - 1},
	{"the version after", offsetof(struct mxdp_snapshot_header, version),
	 MXDP_SNAPSHOT_VERSION + 1},
	{"no family", offsetof(struct mxdp_snapshot_header, family), 0},
	{"a family that there is not", offsetof(struct mxdp_snapshot_header, family), 5},
};

START_TEST(what_is_no_snapshot_is_refused)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		struct stand stand = make(0);
		const struct mxdp_snapshot_view view = {stand.snapshot.lines, stand.snapshot.count};
		struct mxdp_snapshot_info info;

		ck_assert_int_eq(mxdp_snapshot_info(&view, &info), 0);
		((uint8_t *)stand.snapshot.lines)[foreign[i].at] = foreign[i].value;
		ck_assert_msg(mxdp_snapshot_info(&view, &info) == -EPROTO, "%s", foreign[i].what);
		drop(&stand);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot: damaged");
	TCase *tests = tcase_create("lookups");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, a_damaged_header_leads_nowhere, 0, (int)reference_case_count);
	tcase_add_loop_test(tests, damaged_lines_lead_nowhere, 0, (int)reference_case_count);
	tcase_add_loop_test(tests, a_directory_that_leads_anywhere, 0, (int)reference_case_count);
	tcase_add_loop_test(tests, a_cut_snapshot_is_read_to_its_end, 0, (int)reference_case_count);
	tcase_add_test(tests, what_is_no_snapshot_is_refused);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
