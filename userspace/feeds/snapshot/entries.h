/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 prefixes in one number each, sorted: so a feed keeps its own, and the builder takes them. */
#ifndef MXDP_FEEDS_SNAPSHOT_ENTRIES_H
#define MXDP_FEEDS_SNAPSHOT_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

/*
 * The order of the number is the order of the build: by address, the shorter prefix first, and of
 * several entries for one prefix the one that decides last. The address is in host byte order.
 *   63..32 address  31..26 length  25 subtracted  24 0  23..8 priority  7..0 255 - class
 */
typedef uint64_t mxdp_entry4;

static inline uint32_t mxdp_entry4_address(mxdp_entry4 entry)
{
	return entry >> 32;
}

static inline unsigned int mxdp_entry4_length(mxdp_entry4 entry)
{
	return entry >> 26 & 63;
}

/* Sorts entries ascending; the array may become another one, of just `count` places. -ENOMEM. */
int mxdp_sort4(mxdp_entry4 **entries, size_t count);
/* Of sorted entries, the place of the first that is not less than `least`, or the count. */
size_t mxdp_entry4_find(const mxdp_entry4 *entries, size_t count, mxdp_entry4 least);

#endif
