/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking an IPv4 address up in a snapshot: one cache line besides a small directory, two or three
 * where listed addresses are crowded.
 *
 * The body begins with the directory, a slot for each /12: into how many equal parts it is cut, and
 * the line of the first. The parts are so many that the addresses of most fit into their line as a
 * list or a bitmap; of the others the line is a node that leads to more, over two levels at most.
 * Nested prefixes were resolved when the snapshot was built, so what lies here is a plain function
 * of the address: no set of addresses makes it slow.
 *
 * With `low` the address's bits below the /12, low * parts is the number of the part (from bit 20
 * on) and the place in it (bits 4 to 19: the key). MXDP_SNAPSHOT4_PARTS_MIN makes keys unique.
 */
#ifndef MXDP_SNAPSHOT4_H
#define MXDP_SNAPSHOT4_H

#include "snapshot.h"

#define MXDP_SNAPSHOT4_REGION_BITS 20 /* below a /12 */
#define MXDP_SNAPSHOT4_REGION      (1u << MXDP_SNAPSHOT4_REGION_BITS)
#define MXDP_SNAPSHOT4_REGIONS     4096
#define MXDP_SNAPSHOT4_PARTS_MIN   17
#define MXDP_SNAPSHOT4_NODE_LEVELS 2
#define MXDP_SNAPSHOT4_RECENT_AT   (MXDP_SNAPSHOT_BODY_AT + MXDP_SNAPSHOT4_REGIONS / 8)
#define MXDP_SNAPSHOT4_RECENT      65536 /* places of bpf/recent.h, a u32 each, 0 at first */
#define MXDP_SNAPSHOT4_DATA_AT     (MXDP_SNAPSHOT4_RECENT_AT + MXDP_SNAPSHOT4_RECENT / 16)

#define MXDP_LANES_LOW  0x0001000100010001ull
#define MXDP_LANES_HIGH 0x8000800080008000ull

/* The first 16-bit lane of `word` that equals those of `pattern`, 0..3, or more than 3. */
MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot4_lane(__u64 word, __u64 pattern)
{
	__u64 differs = word ^ pattern;
	__u64 zero = (differs - MXDP_LANES_LOW) & ~differs & MXDP_LANES_HIGH;

	/* Lanes wholly below the lowest marked bit; a wrong mark only ever lies above a right one.
	 */
	if (!zero)
		return 4;
	return ((((zero & -zero) - 1) & MXDP_LANES_LOW) * MXDP_LANES_LOW >> 48) - 1;
}

/* The first place with this key among the keys that fill `count` words, or a larger number. */
MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot4_place(const __u64 *words, __u32 count, __u32 key)
{
	__u64 pattern = key * MXDP_LANES_LOW;
	__u32 i;

	for (i = 0; i < count; i++) {
		__u32 lane = mxdp_snapshot4_lane(words[i], pattern);

		if (lane < 4)
			return i * 4 + lane;
	}
	return MXDP_SNAPSHOT_LIST_PLACES;
}

MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot4_in_list(const union mxdp_snapshot_line *line, __u32 key)
{
	const struct mxdp_snapshot_list4 *list = &line->list;
	__u32 class = list->background;
	__u32 place;

	place = mxdp_snapshot4_place(line->word, MXDP_SNAPSHOT_LIST_PLACES / 4, key);
	if (place < MXDP_SNAPSHOT_LIST_PLACES && place < list->hosts)
		return list->class[place];
	if (!list->ranges)
		return class;
	for (place = 0; place < MXDP_SNAPSHOT_LIST_PLACES; place++) {
		if (place < list->hosts)
			continue;
		if (place >= (__u32)list->hosts + list->ranges || list->key[place] > key)
			break;
		class = list->class[place];
	}
	return class;
}

MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot4_in_bitmap(const union mxdp_snapshot_line *line,
						    __u32 address, __u32 key)
{
	const struct mxdp_snapshot_bitmap4 *bitmap = &line->bitmap;
	__u32 bit = (address - bitmap->start) & 0xffff; /* a part is shorter than 65536 - 256 */
	__u32 place;

	if (bitmap->hosts) {
		place = mxdp_snapshot4_place(line->word + MXDP_SNAPSHOT_BITMAP_BITS / 64,
					     MXDP_SNAPSHOT_BITMAP_PLACES / 4, key);
		if (place < MXDP_SNAPSHOT_BITMAP_PLACES && place < bitmap->hosts)
			return bitmap->host_class[place];
	}
	if (bit < MXDP_SNAPSHOT_BITMAP_BITS && (bitmap->bits[bit / 64] >> (bit % 64) & 1))
		return bitmap->class;
	return bitmap->background;
}

/* The line of the node's child for this address. */
MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot4_child(const union mxdp_snapshot_line *line, __u32 key)
{
	const struct mxdp_snapshot_node4 *node = &line->node;
	__u32 i;

	for (i = 0; i < MXDP_SNAPSHOT_NODE_KEYS; i++) {
		if (i >= node->keys || node->key[i] > key)
			break;
	}
	return node->first + i;
}

/* The class of an address in host order: 1..255, or 0 when it is not listed. */
MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot4_find(const struct mxdp_snapshot_view *view, __u32 address)
{
	__u32 region = address >> MXDP_SNAPSHOT4_REGION_BITS;
	const union mxdp_snapshot_line *line;
	__u32 first, parts, key, i;
	__u64 place;

	line = mxdp_snapshot_head(view, MXDP_SNAPSHOT_BODY_AT + region / 8);
	if (!line)
		return 0;
	first = line->slot[region % 8].first;
	parts = line->slot[region % 8].parts;
	if (!parts)
		return first & 0xff;
	place = (__u64)(address % MXDP_SNAPSHOT4_REGION) * parts;
	key = place >> 4 & 0xffff;
	line = mxdp_snapshot_line(view, first + (__u32)(place >> MXDP_SNAPSHOT4_REGION_BITS));
	for (i = 0; i < MXDP_SNAPSHOT4_NODE_LEVELS; i++) {
		if (!line || line->list.kind != MXDP_SNAPSHOT_NODE)
			break;
		line = mxdp_snapshot_line(view, mxdp_snapshot4_child(line, key));
	}
	if (!line)
		return 0;
	if (line->list.kind == MXDP_SNAPSHOT_LIST)
		return mxdp_snapshot4_in_list(line, key);
	if (line->list.kind == MXDP_SNAPSHOT_BITMAP)
		return mxdp_snapshot4_in_bitmap(line, address, key);
	return 0;
}

#endif
