/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking an IPv4 address up in a snapshot: two cache lines, three where listed addresses are
 * crowded.
 *
 * The body begins with a directory of 65536 slots, one for each /16: the low 8 bits say into how
 * many equal parts the /16 is cut, the upper 24 the line of the first part; 0 parts mean that the
 * whole /16 has one class, the number in the upper bits. A part is a list, a bitmap, or a node that
 * leads to lists and bitmaps. Nested prefixes were resolved when the snapshot was built, so what
 * lies here is a plain function of the address, and no set of addresses makes it slow.
 */
#ifndef MXDP_SNAPSHOT4_H
#define MXDP_SNAPSHOT4_H

#include "snapshot.h"

#define MXDP_SNAPSHOT4_PARTS_MAX 255
#define MXDP_SNAPSHOT4_DATA_AT   (MXDP_SNAPSHOT_BODY_AT + 65536 / 16)

#define MXDP_LANES_LOW  0x0001000100010001ull
#define MXDP_LANES_HIGH 0x8000800080008000ull

/* The first 16-bit lane of `word` that equals those of `pattern`, 0..3, or 4. */
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

MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot4_in_list(const union mxdp_snapshot_line *line, __u32 low)
{
	const struct mxdp_snapshot_list4 *list = &line->list;
	__u64 pattern = low * MXDP_LANES_LOW;
	__u32 class = list->background;
	__u32 i, place;

	for (i = 0; i < MXDP_SNAPSHOT_LIST_PLACES / 4; i++) {
		__u32 lane = mxdp_snapshot4_lane(line->word[i], pattern);

		if (lane > 3)
			continue;
		place = i * 4 + lane;
		if (place < list->hosts)
			return list->class[place];
		break; /* the lowest match is no host */
	}
	if (!list->ranges)
		return class;
	for (place = 0; place < MXDP_SNAPSHOT_LIST_PLACES; place++) {
		if (place < list->hosts)
			continue;
		if (place >= (__u32)list->hosts + list->ranges || list->key[place] > low)
			break;
		class = list->class[place];
	}
	return class;
}

MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot4_in_bitmap(const union mxdp_snapshot_line *line, __u32 low)
{
	const struct mxdp_snapshot_bitmap4 *bitmap = &line->bitmap;
	__u32 bit = low - bitmap->start;

	if (bit < MXDP_SNAPSHOT_BITMAP_BITS && (bitmap->bits[bit / 64] >> (bit % 64) & 1))
		return bitmap->class;
	return bitmap->background;
}

/* The line of the node's child for this address. */
MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot4_child(const union mxdp_snapshot_line *line, __u32 low)
{
	const struct mxdp_snapshot_node4 *node = &line->node;
	__u32 i;

	for (i = 0; i < MXDP_SNAPSHOT_NODE_KEYS; i++) {
		if (i >= node->keys || node->key[i] > low)
			break;
	}
	return node->first + i;
}

/* The class of an address in host order: 1..255, or 0 when it is not listed. */
MXDP_SNAPSHOT_INLINE __u32 mxdp_snapshot4_find(const struct mxdp_snapshot_view *view, __u32 address)
{
	__u32 low = address & 0xffff;
	const union mxdp_snapshot_line *line;
	__u32 slot, parts;

	line = mxdp_snapshot_head(view, MXDP_SNAPSHOT_BODY_AT + (address >> 20));
	if (!line)
		return 0;
	slot = line->slot[address >> 16 & 15];
	parts = slot & 0xff;
	if (!parts)
		return slot >> 8 & 0xff;
	line = mxdp_snapshot_line(view, (slot >> 8) + (low * parts >> 16));
	if (line && line->list.kind == MXDP_SNAPSHOT_NODE)
		line = mxdp_snapshot_line(view, mxdp_snapshot4_child(line, low));
	if (!line)
		return 0;
	if (line->list.kind == MXDP_SNAPSHOT_LIST)
		return mxdp_snapshot4_in_list(line, low);
	if (line->list.kind == MXDP_SNAPSHOT_BITMAP)
		return mxdp_snapshot4_in_bitmap(line, low);
	return 0;
}

#endif
