/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sorting tens of millions of IPv4 entries: dealt out by /12 first, so that what is left to sort of
 * each fits into a cache, and the shares can be sorted side by side.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parallel.h"
#include "private.h"

#define REGIONS    MXDP_SNAPSHOT4_REGIONS
#define DIGIT_BITS (MXDP_SNAPSHOT4_REGION_BITS / 2)
#define DIGITS     (1u << DIGIT_BITS)
#define SMALL      48 /* below this sorting by insertion is faster */
#define SHARES     64

struct sort {
	mxdp_entry4 *dealt, *scratch;
	size_t begin[REGIONS + 1];
};

static int compare(const void *a, const void *b)
{
	mxdp_entry4 first = *(const mxdp_entry4 *)a;
	mxdp_entry4 second = *(const mxdp_entry4 *)b;

	return (first > second) - (first < second);
}

static unsigned int digit(mxdp_entry4 entry, unsigned int pass)
{
	return entry >> (32 + pass * DIGIT_BITS) & (DIGITS - 1);
}

static void insert_all(mxdp_entry4 *entries, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		mxdp_entry4 entry = entries[i];
		size_t place = i;

		for (; place && entries[place - 1] > entry; place--)
			entries[place] = entries[place - 1];
		entries[place] = entry;
	}
}

static void radix_pass(const mxdp_entry4 *from, mxdp_entry4 *to, size_t count, unsigned int pass,
		       size_t places[DIGITS])
{
	size_t sum = 0;

	for (size_t i = 0; i < DIGITS; i++) {
		size_t here = places[i];

		places[i] = sum;
		sum += here;
	}
	for (size_t i = 0; i < count; i++)
		to[places[digit(from[i], pass)]++] = from[i];
}

static void sort_within_addresses(mxdp_entry4 *entries, size_t count)
{
	size_t begin, end;

	for (begin = 0; begin < count; begin = end) {
		bool sorted = true;

		for (end = begin + 1; end < count; end++) {
			if (entries[begin] >> 32 != entries[end] >> 32)
				break;
			sorted = sorted && entries[end - 1] <= entries[end];
		}
		if (!sorted)
			qsort(entries + begin, end - begin, sizeof(*entries), compare);
	}
}

static void sort_region(mxdp_entry4 *entries, mxdp_entry4 *scratch, size_t count)
{
	size_t places[2][DIGITS] = {0};

	if (count < SMALL) {
		insert_all(entries, count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		places[0][digit(entries[i], 0)]++;
		places[1][digit(entries[i], 1)]++;
	}
	radix_pass(entries, scratch, count, 0, places[0]);
	radix_pass(scratch, entries, count, 1, places[1]);
	sort_within_addresses(entries, count);
}

static void sort_share(void *context, size_t number)
{
	const struct sort *sort = context;

	for (size_t i = number * (REGIONS / SHARES); i < (number + 1) * (REGIONS / SHARES); i++)
		sort_region(sort->dealt + sort->begin[i], sort->scratch + sort->begin[i],
			    sort->begin[i + 1] - sort->begin[i]);
}

static void deal(const mxdp_entry4 *entries, size_t count, struct sort *sort)
{
	size_t places[REGIONS];
	size_t sum = 0;

	memset(places, 0, sizeof(places));
	for (size_t i = 0; i < count; i++)
		places[mxdp_entry4_region(entries[i])]++;
	for (size_t i = 0; i < REGIONS; i++) {
		sort->begin[i] = sum;
		sum += places[i];
		places[i] = sort->begin[i];
	}
	sort->begin[REGIONS] = sum;
	for (size_t i = 0; i < count; i++)
		sort->dealt[places[mxdp_entry4_region(entries[i])]++] = entries[i];
}

/* How many entries from the first on are in order. */
static size_t count_sorted(const mxdp_entry4 *entries, size_t count)
{
	size_t i = 1;

	while (i < count && entries[i - 1] <= entries[i])
		i++;
	return i < count ? i : count;
}

/* Merges the sorted `tail` into the sorted entries before its places, from the back. */
static void merge_tail(mxdp_entry4 *entries, size_t count, const mxdp_entry4 *tail, size_t length)
{
	size_t place = count + length;

	while (length) {
		if (count && entries[count - 1] > tail[length - 1])
			entries[--place] = entries[--count];
		else
			entries[--place] = tail[--length];
	}
}

/* A little that is out of order at the end of much that is not: rules after a feed. */
static int sort_tail(mxdp_entry4 *entries, size_t sorted, size_t count)
{
	size_t length = count - sorted;
	mxdp_entry4 *tail = malloc(length * sizeof(*tail));

	if (!tail)
		return -ENOMEM;
	memcpy(tail, entries + sorted, length * sizeof(*tail));
	qsort(tail, length, sizeof(*tail), compare);
	merge_tail(entries, sorted, tail, length);
	free(tail);
	return 0;
}

int mxdp_sort4(mxdp_entry4 **entries, size_t count)
{
	size_t sorted = count_sorted(*entries, count);
	struct sort *sort;

	if (sorted == count)
		return 0;
	if (count - sorted <= count / 32 || count < SMALL)
		return sort_tail(*entries, sorted, count);
	sort = malloc(sizeof(*sort));
	if (sort)
		sort->dealt = malloc(count * sizeof(*sort->dealt));
	if (!sort || !sort->dealt) {
		free(sort);
		return -ENOMEM;
	}
	sort->scratch = *entries;
	deal(*entries, count, sort);
	mxdp_parallel(SHARES, sort_share, sort);
	*entries = sort->dealt;
	free(sort->scratch);
	free(sort);
	return 0;
}

size_t mxdp_entry4_find(const mxdp_entry4 *entries, size_t count, mxdp_entry4 least)
{
	size_t begin = 0;

	while (begin < count) {
		size_t middle = begin + (count - begin) / 2;

		if (entries[middle] < least)
			begin = middle + 1;
		else
			count = middle;
	}
	return begin;
}
