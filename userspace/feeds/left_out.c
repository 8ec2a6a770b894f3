/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "left_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct mxdp_span span_of(const struct mxdp_prefix *prefix)
{
	const unsigned int v4 = mxdp_address_is_v4(&prefix->address) ? 96 : 0;
	struct mxdp_span span = {prefix->address, prefix->address};

	for (unsigned int bit = prefix->length + v4; bit < 128; bit++)
		span.last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return span;
}

static int compare(const struct mxdp_address *a, const struct mxdp_address *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int compare_spans(const void *a, const void *b)
{
	const struct mxdp_span *left = a, *right = b;

	return compare(&left->first, &right->first);
}

/* Spans of prefixes lie within each other or apart. */
static void join(struct mxdp_left_out *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < out->count; i++) {
		struct mxdp_span *before = kept ? &out->spans[kept - 1] : NULL;

		if (!before || compare(&out->spans[i].first, &before->last) > 0)
			out->spans[kept++] = out->spans[i];
		else if (compare(&out->spans[i].last, &before->last) > 0)
			before->last = out->spans[i].last;
	}
	out->count = kept;
}

int mxdp_left_out_make(const struct mxdp_prefix *prefixes, size_t count, struct mxdp_left_out *out)
{
	*out = (struct mxdp_left_out){.spans = calloc(count + 1, sizeof(*out->spans))};
	if (!out->spans)
		return -ENOMEM;
	for (; out->count < count; out->count++)
		out->spans[out->count] = span_of(&prefixes[out->count]);
	qsort(out->spans, count, sizeof(*out->spans), compare_spans);
	join(out);
	return 0;
}

void mxdp_left_out_free(struct mxdp_left_out *left_out)
{
	free(left_out->spans);
	*left_out = (struct mxdp_left_out){NULL, 0};
}

bool mxdp_left_out_holds(const struct mxdp_left_out *left_out, const struct mxdp_prefix *prefix)
{
	const struct mxdp_span wanted = span_of(prefix);
	size_t low = 0, high = left_out->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare(&left_out->spans[middle].first, &wanted.first) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && compare(&left_out->spans[low - 1].last, &wanted.last) >= 0;
}
