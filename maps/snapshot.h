/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The snapshot of all blocklist feeds, one for each family: address -> class number. This is its
 * format; snapshot4.h and snapshot6.h hold the one lookup routine of each family, compiled into the
 * packet path and into user space alike.
 *
 * A generation is a row of 64-byte lines (a cache line each), never changed once published except
 * the valid-until of its classes and IPv4's room for bpf/recent.h: line 0 is the header, then come
 * the classes, then what the family makes of the rest. Numbers are in host order.
 *
 * In the kernel the lines lie in chunks, each the one element of an array map, because such a map
 * is read without a call; a call costs more than the line it leads to. The ARRAY_OF_MAPS feeds4 or
 * feeds6 has places for two generations, and place 0 for the first chunk of the one in force: that
 * single update is the swap.
 */
#ifndef MXDP_SNAPSHOT_H
#define MXDP_SNAPSHOT_H

#include <linux/types.h>

#define MXDP_SNAPSHOT_MAGIC   0x6d786470 /* "mxdp" */
#define MXDP_SNAPSHOT_VERSION 2

#define MXDP_SNAPSHOT_CLASS_COUNT 256 /* class 0 is "not listed" */
#define MXDP_SNAPSHOT_CLASS_AT    1   /* first line of the classes, four to a line */
#define MXDP_SNAPSHOT_BODY_AT     65

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the lookup routines compare several keys at once and count on little-endian lanes"
#endif

/* Line 0. `seed` to `filter_lines` belong to IPv6. */
struct mxdp_snapshot_header {
	__u32 magic;
	__u16 version;
	__u8 family;        /* 4 or 6 */
	__u8 default_class; /* of ::/0 */
	__u64 generation;
	__u64 built_ns; /* CLOCK_BOOTTIME */
	__u64 entries;  /* prefixes that are listed, neither excluded nor subtracted */
	__u64 seed;
	__u64 short_lengths; /* bit 64 - L: some prefix of length L, 1..31, exists */
	__u32 bucket_lines;
	__u32 filter_lines;
	__u32 lines;       /* in the whole map */
	__u32 first_place; /* of the chunks in feeds4 or feeds6; set when it is published */
};

/* What a class means to the packet path. */
struct mxdp_snapshot_class {
	__u64 valid_until_ns; /* CLOCK_BOOTTIME, 0: for ever; later than this the class is void */
	__u32 text;           /* number of the reply text */
	__u32 action;         /* enum mxdp_action; NONE: not listed */
};

/* IPv4: a slot of the directory, for a /12. */
struct mxdp_snapshot_slot4 {
	__u32 first; /* line of the first part; the class of all when there are no parts */
	__u32 parts;
};

/* A part is one of three; the last byte of its line says which. */
#define MXDP_SNAPSHOT_LIST   1
#define MXDP_SNAPSHOT_BITMAP 2
#define MXDP_SNAPSHOT_NODE   3

/*
 * Up to 20 entries that differ from `background`. The first `hosts` are single addresses; the next
 * `ranges`, ascending, each change the background from their key on.
 */
#define MXDP_SNAPSHOT_LIST_PLACES 20

struct mxdp_snapshot_list4 {
	__u16 key[MXDP_SNAPSHOT_LIST_PLACES]; /* of snapshot4.h: where in the part */
	__u8 class[MXDP_SNAPSHOT_LIST_PLACES];
	__u8 background;
	__u8 hosts;
	__u8 ranges;
	__u8 kind;
};

/*
 * A crowd of one class, a bit each from `start` on, and `hosts` single addresses besides, which win
 * over the bits. All else is `background`.
 */
#define MXDP_SNAPSHOT_BITMAP_BITS   256
#define MXDP_SNAPSHOT_BITMAP_PLACES 8

struct mxdp_snapshot_bitmap4 {
	__u64 bits[MXDP_SNAPSHOT_BITMAP_BITS / 64];
	__u16 key[MXDP_SNAPSHOT_BITMAP_PLACES];
	__u8 host_class[MXDP_SNAPSHOT_BITMAP_PLACES];
	__u16 start; /* low 16 bits of the address */
	__u8 class;
	__u8 background;
	__u8 reserved[2];
	__u8 hosts;
	__u8 kind;
};

/* Leads to one of `keys` + 1 lines, which lie in a row from line `first` on. */
#define MXDP_SNAPSHOT_NODE_KEYS 28

struct mxdp_snapshot_node4 {
	__u16 key[MXDP_SNAPSHOT_NODE_KEYS]; /* ascending: where the second, third … child begins */
	__u32 first;
	__u16 reserved;
	__u8 keys;
	__u8 kind;
};

/*
 * IPv6: a bucket of the hash table, six words. A prefix of up to 64 bits takes one word, a longer
 * one two (its second place has length 0).
 */
#define MXDP_SNAPSHOT_BUCKET_WORDS 6

struct mxdp_snapshot_bucket6 {
	__u64 word[MXDP_SNAPSHOT_BUCKET_WORDS];
	__u8 length[MXDP_SNAPSHOT_BUCKET_WORDS];
	__u8 class[MXDP_SNAPSHOT_BUCKET_WORDS];
	__u8 used;
	__u8 spilled; /* 1: what did not fit is in the next bucket */
	__u8 reserved[2];
};

/* IPv6: which lengths exist among the prefixes whose first 32 bits fall here. */
struct mxdp_snapshot_filter6 {
	__u64 wide;   /* bit 128 - L, for L in 65..128 */
	__u64 narrow; /* bit 64 - L, for L in 32..64 */
};

union mxdp_snapshot_line {
	struct mxdp_snapshot_header header;
	struct mxdp_snapshot_class class[4];
	struct mxdp_snapshot_slot4 slot[8];
	struct mxdp_snapshot_list4 list;
	struct mxdp_snapshot_bitmap4 bitmap;
	struct mxdp_snapshot_node4 node;
	struct mxdp_snapshot_bucket6 bucket;
	struct mxdp_snapshot_filter6 filter[4];
	__u64 word[8];
};

_Static_assert(sizeof(union mxdp_snapshot_line) == 64, "a line is a cache line");

#define MXDP_SNAPSHOT_CHUNK_LINES 32768u
#define MXDP_SNAPSHOT_CHUNK_BYTES (MXDP_SNAPSHOT_CHUNK_LINES * 64)
#define MXDP_SNAPSHOT_CHUNKS      256 /* of one generation: 512 MiB */
#define MXDP_SNAPSHOT_PLACES      (1 + 2 * MXDP_SNAPSHOT_CHUNKS)

/*
 * A generation as its reader holds it. mxdp_snapshot_line() reaches any line, mxdp_snapshot_head()
 * those of the first chunk; both return NULL beyond the end.
 */
#ifdef __bpf__
#define MXDP_SNAPSHOT_INLINE static __always_inline

struct mxdp_snapshot_view {
	void *feeds; /* the map */
	const union mxdp_snapshot_line *first;
};

MXDP_SNAPSHOT_INLINE const union mxdp_snapshot_line *mxdp_snapshot_chunk(void *feeds, __u32 place)
{
	void *chunk = bpf_map_lookup_elem(feeds, &place);
	__u32 zero = 0;

	return chunk ? bpf_map_lookup_elem(chunk, &zero) : NULL;
}

MXDP_SNAPSHOT_INLINE const union mxdp_snapshot_line *
mxdp_snapshot_line(const struct mxdp_snapshot_view *view, __u32 index)
{
	const union mxdp_snapshot_line *lines;

	lines = mxdp_snapshot_chunk(view->feeds, view->first->header.first_place +
							 index / MXDP_SNAPSHOT_CHUNK_LINES);
	if (!lines)
		return NULL;
	index %= MXDP_SNAPSHOT_CHUNK_LINES;
	/* The verifier knows no sum of a pointer that may be NULL: none before the comparison. */
	asm volatile("" : "+r"(index));
	return &lines[index];
}

MXDP_SNAPSHOT_INLINE const union mxdp_snapshot_line *
mxdp_snapshot_head(const struct mxdp_snapshot_view *view, __u32 index)
{
	return &view->first[index % MXDP_SNAPSHOT_CHUNK_LINES];
}

/* False when there is nothing in force. `feeds` is the map feeds4 or feeds6. */
MXDP_SNAPSHOT_INLINE int mxdp_snapshot_view(struct mxdp_snapshot_view *view, void *feeds)
{
	view->feeds = feeds;
	view->first = mxdp_snapshot_chunk(feeds, 0);
	return !!view->first;
}
#else
#include <stddef.h>
#define MXDP_SNAPSHOT_INLINE static inline

struct mxdp_snapshot_view {
	const union mxdp_snapshot_line *lines;
	__u32 count;
};

MXDP_SNAPSHOT_INLINE const union mxdp_snapshot_line *
mxdp_snapshot_line(const struct mxdp_snapshot_view *view, __u32 index)
{
	return index < view->count ? &view->lines[index] : NULL;
}

MXDP_SNAPSHOT_INLINE const union mxdp_snapshot_line *
mxdp_snapshot_head(const struct mxdp_snapshot_view *view, __u32 index)
{
	return mxdp_snapshot_line(view, index);
}
#endif

/* What a class means, or NULL when the snapshot is not what it should be. */
MXDP_SNAPSHOT_INLINE const struct mxdp_snapshot_class *
mxdp_snapshot_class(const struct mxdp_snapshot_view *view, __u32 number)
{
	const union mxdp_snapshot_line *line;

	line = mxdp_snapshot_head(view, MXDP_SNAPSHOT_CLASS_AT + number / 4);
	return line ? &line->class[number % 4] : NULL;
}

#endif
