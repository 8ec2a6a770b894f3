/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building the snapshot of all feeds and putting it in force.
 *
 * A builder takes prefixes with class numbers in any order, for both families; it makes from them
 * one generation a family in memory, which is then published: copied into new maps and swapped in
 * by one update, so that the packet path sees the old set or the new one, nothing else. No globals:
 * builds may run on any thread, one builder on one thread at a time.
 *
 * What decides about an address:
 *  1. a subtracted prefix (operator rules, never-block) over it: not listed, whatever else says so;
 *  2. the most specific prefix, which may be an exclusion (class 0: not listed);
 *  3. where several name the same prefix, the highest priority, then the lowest class.
 */
#ifndef MXDP_FEEDS_SNAPSHOT_H
#define MXDP_FEEDS_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "maps/actions.h"
#include "maps/address.h"
#include "maps/snapshot.h"

struct mxdp_snapshot_builder;

/* Returns 0 or -ENOMEM. */
int mxdp_snapshot_builder_new(struct mxdp_snapshot_builder **out);
void mxdp_snapshot_builder_free(struct mxdp_snapshot_builder *builder);

/* Returns 0, -ENOMEM, or -EINVAL for a prefix longer than its family's addresses. */
int mxdp_snapshot_add(struct mxdp_snapshot_builder *builder, const struct mxdp_prefix *prefix,
		      uint8_t class, uint16_t priority);
/*
 * The same for many IPv4 prefixes, each in one number; in ascending order they need no sorting.
 *   63..32 address in host order, no bits beyond the length   31..26 length   25 excluded
 * The bits below are the caller's. Returns 0 or -ENOMEM.
 */
#define MXDP_SNAPSHOT_EXCLUDED4 (1u << 25)
int mxdp_snapshot_add4(struct mxdp_snapshot_builder *builder, const uint64_t *entries, size_t count,
		       uint8_t class, uint16_t priority);
int mxdp_snapshot_subtract(struct mxdp_snapshot_builder *builder, const struct mxdp_prefix *prefix);

/* What a class means. -EINVAL for class 0; a class never defined acts as "not listed". */
int mxdp_snapshot_define(struct mxdp_snapshot_builder *builder, uint8_t class,
			 const struct mxdp_snapshot_class *meaning);

/* A generation in memory, in the format of maps/snapshot.h. */
struct mxdp_snapshot {
	union mxdp_snapshot_line *lines;
	uint32_t count;
};

/*
 * Makes the generation of one family. Returns 0, -ENOMEM, or -E2BIG when it would be larger than
 * the format can address. The builder keeps its entries (in another order) and can build again.
 */
int mxdp_snapshot_build4(struct mxdp_snapshot_builder *builder, uint64_t generation,
			 struct mxdp_snapshot *out);
int mxdp_snapshot_build6(struct mxdp_snapshot_builder *builder, uint64_t generation,
			 struct mxdp_snapshot *out);
void mxdp_snapshot_free(struct mxdp_snapshot *snapshot);

/*
 * The class of an address in this view: 0 when not listed, or when the address is of the other
 * family. `meaning` (may be NULL) gets what the class means. Safe with any content.
 */
uint8_t mxdp_snapshot_lookup(const struct mxdp_snapshot_view *view,
			     const struct mxdp_address *address,
			     struct mxdp_snapshot_class *meaning);

struct mxdp_snapshot_info {
	uint8_t family; /* 4 or 6 */
	uint64_t generation;
	uint64_t entries;     /* prefixes that are listed */
	uint64_t built_ns;    /* CLOCK_BOOTTIME */
	size_t bytes;         /* kernel memory of one generation */
	unsigned int classes; /* that are defined */
};

/* Returns 0, or -EPROTO when this is no snapshot of this version. */
int mxdp_snapshot_info(const struct mxdp_snapshot_view *view, struct mxdp_snapshot_info *info);

/* What a publication took, in microseconds. */
struct mxdp_snapshot_times {
	unsigned int copy_us; /* beside the old generation, which goes on */
	/*
	 * The update that swaps: the first thing it does is to show packets the new generation; it
	 * returns when none is judged by the old one any more.
	 */
	uint64_t swap_at_us; /* when it began, CLOCK_MONOTONIC */
	unsigned int wait_us;
};

/* A published generation, mapped. */
struct mxdp_snapshot_map {
	struct mxdp_snapshot_view view;
	struct mxdp_snapshot_times times;
};

/*
 * Puts a generation in force: `feeds_fd` is the map feeds4 or feeds6. Needs CAP_BPF. `out` (may be
 * NULL) gets the new generation. On an error the old one stays in force, -E2BIG: it is too large.
 */
int mxdp_snapshot_publish(int feeds_fd, const struct mxdp_snapshot *snapshot,
			  struct mxdp_snapshot_map *out);
/*
 * Gives back the memory of what is not in force: the generation before, or what a publication that
 * was cut short has left. Takes a while: the kernel waits for all packets at each chunk. The next
 * publication does it too.
 */
void mxdp_snapshot_release(int feeds_fd);
/* Unmaps it here; the kernel's goes on. */
void mxdp_snapshot_close(struct mxdp_snapshot_map *map);
/* Takes the generation out of force. -ENOENT when there was none. */
int mxdp_snapshot_withdraw(int feeds_fd);

/*
 * Moves the end of a class of a published generation, for all packets from now on. Returns 0, or
 * -EINVAL when it has no such class.
 */
int mxdp_snapshot_extend(struct mxdp_snapshot_map *map, uint8_t class, uint64_t valid_until_ns);

#endif
