/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds compared: with what they were before, with each other, and with the never-block set. Each
 * against the plainest way to find the same.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snapshot_reference.h"
#include "userspace/feeds/private.h"
#include "tests/suite.h"

static char path[64];

static struct mxdp_feed_data *read_text(const char *text)
{
	struct mxdp_feed_reading reading = {
		.path = path,
		.format = MXDP_FEED_RBLDNSD,
		.limits = {.wide = true, .empty = true, .entries_max = 1000000},
	};
	struct mxdp_feed_report report;
	struct mxdp_feed_data *data = NULL;
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_msg(mxdp_feed_data_read(&reading, &data, &report) == 0, "%s", report.refusal);
	return data;
}

static const struct {
	const char *what, *before, *after;
	unsigned int added, removed;
	const char *first_added, *first_removed; /* prefixes, or NULL */
} changes[] = {
	{"nothing", "192.0.2.1\n", "192.0.2.1\n", 0, 0, NULL, NULL},
	{"another order", "192.0.2.1\n192.0.2.2\n", "192.0.2.2\n192.0.2.1\n", 0, 0, NULL, NULL},
	{"a line twice", "192.0.2.1\n", "192.0.2.1\n192.0.2.1\n", 0, 0, NULL, NULL},
	{"a line once less", "192.0.2.1\n192.0.2.1\n", "192.0.2.1\n", 0, 0, NULL, NULL},
	{"one more", "192.0.2.1\n", "192.0.2.1\n192.0.2.9\n", 1, 0, "192.0.2.9", NULL},
	{"one less", "192.0.2.1\n192.0.2.9\n", "192.0.2.9\n", 0, 1, NULL, "192.0.2.1"},
	{"a network for a host", "192.0.2.0/32\n", "192.0.2.0/24\n", 1, 1, "192.0.2.0/24",
	 "192.0.2.0"},
	{"an exclusion", "192.0.2.1\n", "!192.0.2.1\n", 1, 1, "192.0.2.1", "192.0.2.1"},
	{"all anew", "", "192.0.2.1\n2001:db8::/48\n", 2, 0, "192.0.2.1", NULL},
	{"all gone", "192.0.2.1\n2001:db8::/48\n", "", 0, 2, NULL, "192.0.2.1"},
	{"IPv6", "2001:db8::1\n2001:db8::2\n", "2001:db8::2\n2001:db8::3\n", 1, 1, "2001:db8::3",
	 "2001:db8::1"},
};

static void check_changes(const char *what, const struct mxdp_feed_changes *found,
			  unsigned int count, const char *first)
{
	char text[MXDP_PREFIX_TEXT];

	ck_assert_msg(found->count == count && found->kept == count, "%s: %u, not %u", what,
		      (unsigned int)found->count, count);
	if (first)
		ck_assert_str_eq(mxdp_prefix_format(&found->first[0].prefix, text), first);
}

START_TEST(a_difference_names_what_came_and_went)
{
	struct mxdp_feed_data *before = read_text(changes[_i].before);
	struct mxdp_feed_data *after = read_text(changes[_i].after);
	struct mxdp_feed_difference difference;

	ck_assert_int_eq(mxdp_feed_difference(before, after, &difference), 0);
	check_changes(changes[_i].what, &difference.added, changes[_i].added,
		      changes[_i].first_added);
	check_changes(changes[_i].what, &difference.removed, changes[_i].removed,
		      changes[_i].first_removed);
	mxdp_feed_difference_free(&difference);
	mxdp_feed_data_unref(before);
	mxdp_feed_data_unref(after);
}
END_TEST

START_TEST(a_difference_is_counted_in_full_and_kept_in_part)
{
	char *text = malloc(200000), *at = text;
	struct mxdp_feed_difference difference;
	struct mxdp_feed_data *data;

	for (unsigned int i = 0; i < 5000; i++)
		at += sprintf(at, "10.0.%u.%u\n", i >> 8, i & 255);
	data = read_text(text);
	ck_assert_int_eq(mxdp_feed_difference(NULL, data, &difference), 0);
	ck_assert_uint_eq(difference.added.count, 5000);
	ck_assert_uint_eq(difference.added.kept, MXDP_FEED_CHANGES_KEPT);
	ck_assert_uint_eq(difference.removed.count, 0);
	mxdp_feed_difference_free(&difference);
	mxdp_feed_data_unref(data);
	free(text);
}
END_TEST

#define FEEDS 4

/* A few small networks within one /24 or /120, so that they nest and meet. */
static struct mxdp_feed_data *read_random(uint64_t *random)
{
	static char text[20000];
	char *at = text;
	unsigned int count = reference_random(random) % 30;

	*at = '\0';
	for (unsigned int i = 0; i < count; i++) {
		unsigned int length = 24 + reference_random(random) % 9;
		unsigned int low = reference_random(random) >> 56 & ~0u << (32 - length);
		const char *not = reference_random(random) % 8 ? "" : "!";

		if (reference_random(random) % 3)
			at += sprintf(at, "%s192.0.2.%u/%u\n", not, low & 255, length);
		else
			at += sprintf(at, "%s2001:db8::%x/%u\n", not, low & 255, length + 96);
	}
	return read_text(text);
}

/* Whether a listed prefix of the feed lies around this one. */
static bool lists(const struct mxdp_feed_data *data, const struct mxdp_prefix *prefix)
{
	for (size_t i = 0; i < mxdp_feed_data_count(data); i++) {
		struct mxdp_feed_entry entry = mxdp_feed_data_entry(data, i);

		if (!entry.excluded && entry.prefix.length <= prefix->length &&
		    mxdp_prefix_contains(&entry.prefix, &prefix->address))
			return true;
	}
	return false;
}

/* Whether an earlier entry is for the same prefix and lists it too. */
static bool is_again(const struct mxdp_feed_data *data, size_t place)
{
	struct mxdp_feed_entry entry = mxdp_feed_data_entry(data, place);

	for (size_t i = 0; i < place; i++) {
		struct mxdp_feed_entry other = mxdp_feed_data_entry(data, i);

		if (!other.excluded && other.prefix.length == entry.prefix.length &&
		    mxdp_address_equal(&other.prefix.address, &entry.prefix.address))
			return true;
	}
	return false;
}

static void check_part(const struct mxdp_build *build, size_t number)
{
	const struct mxdp_feed_data *data = build->parts[number].data;
	uint64_t distinct = 0, unique = 0;

	for (size_t i = 0; i < mxdp_feed_data_count(data); i++) {
		struct mxdp_feed_entry entry = mxdp_feed_data_entry(data, i);
		bool covered = false;

		if (entry.excluded || is_again(data, i))
			continue;
		for (size_t j = 0; j < FEEDS; j++)
			covered |= j != number && lists(build->parts[j].data, &entry.prefix);
		distinct++;
		unique += !covered;
	}
	if (build->parts[number].distinct != distinct || build->parts[number].unique != unique)
		ck_abort_msg("%u of %u unique, not %u of %u",
			     (unsigned int)build->parts[number].unique,
			     (unsigned int)build->parts[number].distinct, (unsigned int)unique,
			     (unsigned int)distinct);
}

START_TEST(what_a_feed_alone_has_is_found)
{
	uint64_t random = 123456789;

	for (unsigned int round = 0; round < 500; round++) {
		struct mxdp_build_part parts[FEEDS] = {{NULL}};
		struct mxdp_build build = {.parts = parts, .count = FEEDS};

		for (size_t i = 0; i < FEEDS; i++)
			parts[i].data = read_random(&random);
		mxdp_build_overlap(&build);
		for (size_t i = 0; i < FEEDS; i++)
			check_part(&build, i);
		for (size_t i = 0; i < FEEDS; i++)
			mxdp_feed_data_unref(parts[i].data);
	}
}
END_TEST

static const struct {
	const char *what, *text;
	unsigned int count;
	uint32_t line; /* of the first */
} named[] = {
	{"neither", "198.51.100.1\n2001:db8:1::1\n", 0, 0},
	{"the address itself", "198.51.100.1\n192.0.2.1\n", 1, 2},
	{"a network around it", "192.0.2.0/24\n", 1, 1},
	{"one network around two of them", "192.0.0.0/16\n", 1, 1},
	{"networks around each other", "192.0.0.0/16\n192.0.2.0/24\n192.0.2.1\n", 3, 1},
	{"all of loopback's", "127.0.0.1\n127.255.255.255\n127.0.0.0/8\n126.0.0.0/7\n", 4, 4},
	{"its neighbours", "192.0.2.0/32\n192.0.2.2\n126.255.255.255\n128.0.0.0\n", 0, 0},
	{"what an exclusion names", "!192.0.2.1\n!192.0.2.0/24\n", 0, 0},
	{"IPv6", "2001:db8::53\n2001:db8::/32\n2001:db8::54\n", 2, 2},
	{"everything", "0.0.0.0/0\n::/0\n", 2, 1},
};

START_TEST(entries_that_name_protected_addresses_are_found)
{
	static const char *const members[] = {"192.0.2.1", "192.0.9.9", "127.0.0.0/8", "127.0.0.1",
					      "2001:db8::53"};
	struct mxdp_prefix prefixes[5];
	struct mxdp_build_part part = {.data = read_text(named[_i].text)};
	struct mxdp_build build = {
		.parts = &part, .count = 1, .subtracted = prefixes, .never_block_count = 5};

	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(mxdp_prefix_parse(members[i], &prefixes[i]), 0);
	mxdp_build_find_protected(&build);
	ck_assert_msg(part.protected.count == named[_i].count, "%s: %u", named[_i].what,
		      (unsigned int)part.protected.count);
	if (named[_i].count)
		ck_assert_uint_eq(part.protected.examples[0].line, named[_i].line);
	mxdp_feed_data_unref(part.data);
}
END_TEST

/* This machine is on 203.0.113.0/24, as 203.0.113.1, and in 10/8; 10.1.0.0/16 and
 * 10.6.0.0/16 are allowed. */
static const struct {
	const char *what, *text, *warning;
} locals[] = {
	{"neither", "198.51.100.1\n11.0.0.1\n203.0.114.0/24\n", ""},
	{"a private host", "198.51.100.1\n10.0.0.1\n", "1 entry names ..., 10.0.0.1 (line 2); "},
	{"a network around", "10.0.0.0/7\n", "1 entry names ..., 10.0.0.0/7 (line 1); "},
	{"many", "10.0.0.4\n10.0.0.2\n10.0.0.3\n10.0.0.1\n",
	 "4 entries name ..., such as 10.0.0.1 (line 4), 10.0.0.2 (line 2), 10.0.0.3 (line 3); "},
	{"a neighbour", "203.0.113.9\n", "1 entry names ..., 203.0.113.9 (line 1); "},
	{"one of many nets, once", "10.0.0.0/8\n", "1 entry names ..., 10.0.0.0/8 (line 1); "},
	{"what is left out all the same", "203.0.113.1\n10.1.0.0/16\n10.1.2.0/24\n10.1.255.255\n",
	 ""},
	{"more than is left out", "10.0.0.0/15\n", "1 entry names ..., 10.0.0.0/15 (line 1); "},
	{"more than is left out, from the same address on", "10.6.0.0/15\n",
	 "1 entry names ..., 10.6.0.0/15 (line 1); "},
	{"an allowed network's last", "10.6.255.0/24\n", ""},
	{"the allowed network's neighbours", "10.0.255.255\n10.2.0.0\n",
	 "2 entries name ..., 10.0.255.255 (line 1), 10.2.0.0 (line 2); "},
	{"what an exclusion names", "!10.0.0.1\n", ""},
	{"IPv6", "fc00::1\nfd00::/16\nfe00::\n",
	 "2 entries name ..., fc00::1 (line 1), fd00::/16 (line 2); "},
};

START_TEST(entries_that_name_local_networks_are_told)
{
	static const char *const out[] = {"203.0.113.1", "10.1.1.0/24", "10.1.0.0/16",
					  "10.6.0.0/24", "10.6.0.0/16"};
	static const char *const nets[] = {"10.0.0.0/8", "203.0.113.0/24", "10.0.0.0/24",
					   "fc00::/7"};
	struct mxdp_prefix subtracted[5], local[4];
	struct mxdp_build_part part = {.data = read_text(locals[_i].text)};
	struct mxdp_build build = {.parts = &part,
				   .count = 1,
				   .subtracted = subtracted,
				   .subtracted_count = 5,
				   .never_block_count = 1,
				   .local = local,
				   .local_count = 4};
	const char *names = "private networks or networks of this machine", *at;
	char text[MXDP_FEED_WARNING], shown[MXDP_FEED_WARNING] = "";

	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(mxdp_prefix_parse(out[i], &subtracted[i]), 0);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(mxdp_prefix_parse(nets[i], &local[i]), 0);
	mxdp_build_find_protected(&build);
	at = strstr(mxdp_feed_warn_local(&part.local, text), names);
	if (at)
		snprintf(shown, sizeof(shown), "%.*s...%.*s", (int)(at - text), text,
			 (int)(strstr(at, "; ") + 2 - at - strlen(names)), at + strlen(names));
	ck_assert_msg(strcmp(shown, locals[_i].warning) == 0, "%s: %s", locals[_i].what, text);
	mxdp_feed_data_unref(part.data);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("feeds compared");
	TCase *tests = tcase_create("feeds");
	int failed;

	snprintf(path, sizeof(path), "/tmp/mxdp-feed-compare.%d", (int)getpid());
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, a_difference_names_what_came_and_went, 0, COUNT(changes));
	tcase_add_test(tests, a_difference_is_counted_in_full_and_kept_in_part);
	tcase_add_test(tests, what_a_feed_alone_has_is_found);
	tcase_add_loop_test(tests, entries_that_name_protected_addresses_are_found, 0,
			    COUNT(named));
	tcase_add_loop_test(tests, entries_that_name_local_networks_are_told, 0, COUNT(locals));
	suite_add_tcase(suite, tests);
	failed = run_suite(suite);
	unlink(path);
	return failed;
}
