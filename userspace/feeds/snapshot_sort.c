/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorting tens of millions of IPv4 entries: radix passes by address, then each address by itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot_build.h"

#define DIGIT_BITS 11
#define DIGITS     (1u << DIGIT_BITS)
#define PASSES     3
#define SMALL      64 /* below this a comparison sort is as good */

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

static void radix_pass(const mxdp_entry4 *from, mxdp_entry4 *to, size_t count, unsigned int pass,
		       size_t places[DIGITS])
{
	size_t sum = 0;
	size_t i;

	for (i = 0; i < DIGITS; i++) {
		size_t here = places[i];

		places[i] = sum;
		sum += here;
	}
	for (i = 0; i < count; i++)
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

int mxdp_sort4(mxdp_entry4 *entries, size_t count)
{
	size_t(*places)[DIGITS];
	mxdp_entry4 *other;
	size_t i;

	if (count < SMALL) {
		if (count)
			qsort(entries, count, sizeof(*entries), compare);
		return 0;
	}
	places = calloc(PASSES, sizeof(*places));
	other = malloc(count * sizeof(*other));
	if (!places || !other) {
		free(places);
		free(other);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++) {
		places[0][digit(entries[i], 0)]++;
		places[1][digit(entries[i], 1)]++;
		places[2][digit(entries[i], 2)]++;
	}
	radix_pass(entries, other, count, 0, places[0]);
	radix_pass(other, entries, count, 1, places[1]);
	radix_pass(entries, other, count, 2, places[2]);
	memcpy(entries, other, count * sizeof(*entries));
	sort_within_addresses(entries, count);
	free(places);
	free(other);
	return 0;
}
