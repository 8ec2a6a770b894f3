/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SYNs that come again. At a flood's height a client whose firewall eats the challenge has one
 * thing that tells it from the flood: a second later it sends the same SYN once more, while who
 * makes up addresses has no reason to. A few of those may pass.
 *
 * Nothing is kept by address for it. `syns_seen` is a table of fixed size; a SYN has one place in
 * it and one mark, by a hash whose key nobody outside knows, of which no packet tells anything, and
 * which changes with each epoch (69 s). So nobody can aim at another's place, nothing about a
 * client can be read there, and nothing has to be cleared. A place belongs to its SYN for a little
 * more than a second, then to the next one that comes: of R SYNs a second 1 in 1 + 1.2 R / places
 * finds its place free, 7 of 9 at 250,000, whatever the flood consists of. A SYN that never came
 * before is taken for one that did once in four million.
 *
 * Who sends each SYN twice gets through with these, so they have a rate: a fiftieth of
 * settings.flood_leave on each CPU.
 */
#ifndef MXDP_BPF_REPEATS_H
#define MXDP_BPF_REPEATS_H

#include "bucket.h"
#include "cookie.h"
#include "count.h"
#include "flood.h"

/* Marks the epoch, so that this hash is no cookie. */
#define REPEATS_EPOCH (1U << 29)

/* A mark: 22 bits of the hash, and in the lower 10 when it was left: they go round in 137 s. */
#define TIME_SHIFT 27 /* units of 134 ms */
#define TIME_BITS  0x3ff

/* TCP's first second, wherever in a unit it begins; a place is kept for a unit more. */
#define REPEAT_UNITS 7
#define KEEP_UNITS   8

#define REPEATS_FRACTION 50

static __always_inline __u32 *find_mark(const struct cookie *hash)
{
	__u32 place = hash->sequence % SYNS_SEEN_PLACES, element = place / 2;
	struct seen_pair *pair = bpf_map_lookup_elem(&syns_seen, &element);

	return pair ? &pair->marks[place % 2] : NULL;
}

/* Whether this very SYN came a second ago or more. It is noted as one that came now. */
static __always_inline bool came_before(const struct connection *connection)
{
	__u32 now = (connection->now_ns >> TIME_SHIFT) & TIME_BITS, mark, age;
	struct cookie hash = {};
	__u32 *seen;

	if (make_cookie(connection, epoch_of(connection) | REPEATS_EPOCH, &hash))
		return false;
	seen = find_mark(&hash);
	if (!seen)
		return false;
	mark = hash.stamp ^ connection->sequence ^ connection->sequence << 22;
	mark = (mark & ~TIME_BITS) | now;
	age = (now - *seen) & TIME_BITS;
	if (!((*seen ^ mark) & ~TIME_BITS)) {
		if (age < REPEAT_UNITS)
			return false; /* its second has not begun anew */
		*seen = mark;
		return true;
	}
	if (!*seen || age > KEEP_UNITS)
		*seen = mark;
	return false;
}

/* The same, and this CPU's rate has room for it. */
static __always_inline bool may_pass_again(const struct connection *connection,
					   const struct mxdp_settings *settings,
					   struct mxdp_flood *state)
{
	__u32 many = settings->flood_leave / REPEATS_FRACTION;
	__u64 interval_ns = SECOND_NS / (many ? many : 1);

	if (!came_before(connection))
		return false;
	if (!take_token(&state->repeats_ns, connection->now_ns, interval_ns,
			SECOND_NS - interval_ns)) {
		count(MXDP_COUNT_repeats_over);
		return false;
	}
	count(MXDP_COUNT_repeats_spared);
	return true;
}

#endif
