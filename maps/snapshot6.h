/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking an IPv6 address up in a snapshot: a hash table probed once for each prefix length that
 * exists around the address, longest first.
 *
 * A filter, indexed by a hash of the first 32 bits, names those lengths: an address under an
 * unlisted /32 costs one line. The hash is seeded anew for each build; what the builder publishes
 * never spills over more than MXDP_SNAPSHOT6_CHAIN buckets.
 */
#ifndef MXDP_SNAPSHOT6_H
#define MXDP_SNAPSHOT6_H

#include "snapshot.h"

#define MXDP_SNAPSHOT6_CHAIN     4
#define MXDP_SNAPSHOT6_FILTER_AT MXDP_SNAPSHOT_BODY_AT

/* Calls `step` up to `times` times, until it returns 1. The verifier follows bpf_loop() once. */
#ifdef __bpf__
#define MXDP_SNAPSHOT6_EACH(times, step, context) bpf_loop(times, step, context, 0)
#else
#define MXDP_SNAPSHOT6_EACH(times, step, context)            \
	for (__u32 number = 0; number < (times); number++) { \
		if (step(number, context))                   \
			break;                               \
	}
#endif

/* The two halves of an address, in host order. */
struct mxdp_snapshot_key6 {
	__u64 high;
	__u64 low;
};

MXDP_SNAPSHOT_INLINE __u64 mxdp_snapshot6_mix(__u64 value)
{
	value = (value ^ value >> 32) * 0xd6e8feb86659fd93ull;
	value = (value ^ value >> 32) * 0xd6e8feb86659fd93ull;
	return value ^ value >> 32;
}

/* Where a prefix belongs, as a fraction of 2^32. */
MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot6_hash(struct mxdp_snapshot_key6 key, __u32 length,
					       __u64 seed)
{
	return mxdp_snapshot6_mix(mxdp_snapshot6_mix(key.high ^ seed) + key.low + length) >> 32;
}

MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot6_place(__u32 hash, __u32 places)
{
	return (__u64)hash * places >> 32;
}

MXDP_SNAPSHOT_INLINE struct mxdp_snapshot_key6 mxdp_snapshot6_mask(struct mxdp_snapshot_key6 key,
								   __u32 length)
{
	if (length <= 64) {
		key.low = 0;
		key.high = length ? key.high & ~0ull << (64 - length) : 0;
	} else {
		key.low &= ~0ull << (128 - length);
	}
	return key;
}

/* The place of the filter for an address among the filter's lines, four to a line. */
MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot6_filter_place(__u64 high, __u64 seed, __u32 lines)
{
	return mxdp_snapshot6_place(mxdp_snapshot6_mix((high >> 32) ^ seed) >> 32, lines * 4);
}

/* The number of the lowest bit that is set; `bits` is not 0. */
MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot6_lowest(__u64 bits)
{
	bits = (bits & -bits) - 1;
	bits -= bits >> 1 & 0x5555555555555555ull;
	bits = (bits & 0x3333333333333333ull) + (bits >> 2 & 0x3333333333333333ull);
	return ((bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0full) * 0x0101010101010101ull >> 56;
}

/*
 * The class of a prefix in this bucket, or -1. One comparison a place: the verifier follows every
 * branch of every probe.
 */
MXDP_SNAPSHOT_INLINE int mxdp_snapshot6_in_bucket(const struct mxdp_snapshot_bucket6 *bucket,
						  struct mxdp_snapshot_key6 key, __u32 length)
{
	__u32 i;

	for (i = 0; i < MXDP_SNAPSHOT_BUCKET_WORDS; i++) {
		__u64 differs = (bucket->word[i] ^ key.high) | (bucket->length[i] ^ length);

		if (length > 64 && i + 1 == MXDP_SNAPSHOT_BUCKET_WORDS)
			break;
		if (length > 64)
			differs |= bucket->word[i + 1] ^ key.low;
		if (!differs)
			return bucket->class[i];
	}
	return -1;
}

/* The class of exactly this prefix, or -1. `key` has no bits beyond the length. */
MXDP_SNAPSHOT_INLINE int mxdp_snapshot6_probe(const struct mxdp_snapshot_view *view,
					      const struct mxdp_snapshot_header *header,
					      struct mxdp_snapshot_key6 key, __u32 length)
{
	__u32 first = MXDP_SNAPSHOT6_FILTER_AT + header->filter_lines;
	__u32 bucket, i;

	bucket = mxdp_snapshot6_place(mxdp_snapshot6_hash(key, length, header->seed),
				      header->bucket_lines);
	for (i = 0; i < MXDP_SNAPSHOT6_CHAIN; i++) {
		const union mxdp_snapshot_line *line = mxdp_snapshot_line(view, first + bucket + i);
		int class;

		if (!line)
			break;
		class = mxdp_snapshot6_in_bucket(&line->bucket, key, length);
		if (class >= 0)
			return class;
		if (!line->bucket.spilled)
			break;
	}
	return -1;
}

/* A search over the lengths that exist, longest first. */
struct mxdp_snapshot6_search {
	struct mxdp_snapshot_view view;
	const struct mxdp_snapshot_header *header;
	struct mxdp_snapshot_key6 key;
	__u64 wide, narrow; /* lengths still to try, as in the filter */
	int class;          /* -1 until found */
};

/* Tries one length. Returns 1 when the search is over. */
static long mxdp_snapshot6_step(__u32 number, struct mxdp_snapshot6_search *search)
{
	struct mxdp_snapshot_key6 key = search->key;
	__u32 length;

	(void)number;
	if (search->wide) {
		length = 128 - mxdp_snapshot6_lowest(search->wide);
		search->wide &= search->wide - 1;
		key.low &= ~0ull << (128 - length);
	} else if (search->narrow) {
		length = 64 - mxdp_snapshot6_lowest(search->narrow);
		search->narrow &= search->narrow - 1;
		key.high &= ~0ull << (64 - length);
		key.low = 0;
	} else {
		return 1;
	}
	search->class = mxdp_snapshot6_probe(&search->view, search->header, key, length);
	return search->class >= 0;
}

/* The class of an address: 1..255, or 0 when it is not listed. */
MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot6_find(const struct mxdp_snapshot_view *view,
					       struct mxdp_snapshot_key6 key)
{
	const union mxdp_snapshot_line *line = mxdp_snapshot_head(view, 0);
	struct mxdp_snapshot6_search search = {.view = *view, .key = key, .class = -1};
	const struct mxdp_snapshot_header *header;
	__u32 place;

	if (!line)
		return 0;
	header = search.header = &line->header;
	place = mxdp_snapshot6_filter_place(key.high, header->seed, header->filter_lines);
	line = mxdp_snapshot_line(view, MXDP_SNAPSHOT6_FILTER_AT + place / 4);
	if (!line)
		return 0;
	search.wide = line->filter[place % 4].wide;
	search.narrow = line->filter[place % 4].narrow | header->short_lengths;
	MXDP_SNAPSHOT6_EACH(128, mxdp_snapshot6_step, &search);
	return search.class < 0 ? header->default_class : (__u32)search.class;
}

#endif
