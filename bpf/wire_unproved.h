/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said on connections whose client's address nobody has proved: the server's SYN-ACK was
 * not seen leaving, or was not answered. It is copied to be shown, by the same rules as what is
 * scored (wire_line.h), and never at its cost: of each CPU so much a second, and only while the
 * ring has plenty of room.
 *
 * All that is kept of such a connection is which byte comes next. Reading begins with the first
 * after the SYN, and goes on as long as segments come in turn and hold whole lines; with anything
 * else it ends. So what a message says is not taken for a command.
 */
#ifndef MXDP_BPF_WIRE_UNPROVED_H
#define MXDP_BPF_WIRE_UNPROVED_H

#include "bucket.h"
#include "connection.h"
#include "events.h"
#include "wire_line.h"

#define OPENINGS_PLACES (1 << 14) /* a power of two */
/* Segments a CPU reads: 20 a second, and 40 more after a pause. */
#define UNPROVED_INTERVAL_NS 50000000ULL
#define UNPROVED_BURST_NS    2000000000ULL

/*
 * Connections that have begun, by their hash: its upper half, and the number of the byte that comes
 * next, in one word that is read and written at once; 0: none. A later connection with the same
 * place takes it, and the earlier one is not read on.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, OPENINGS_PLACES);
	__type(key, __u32);
	__type(value, __u64);
} openings SEC(".maps");

/* A token bucket: what this CPU may read of unproved connections. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} unproved_clock SEC(".maps");

static __always_inline __u64 mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 32;
}

static __always_inline __u64 connection_hash(const struct connection *connection)
{
	__u64 hash = (__u64)connection->client_port << 16 | connection->port;

	for (int i = 0; i < 4; i++)
		hash = mix(hash, (__u64)connection->client[i] << 32 | connection->destination[i]);
	return hash;
}

static __always_inline volatile __u64 *find_opening(__u64 hash)
{
	__u32 place = hash & (OPENINGS_PLACES - 1);

	return bpf_map_lookup_elem(&openings, &place);
}

static __always_inline __u64 opening(__u64 hash, __u32 next)
{
	return (hash & 0xffffffff00000000ULL) | next;
}

/* A SYN that passes: its connection may be read from here, unless it brings data. */
__noinline int note_opening(const struct connection *connection, __u32 has_data)
{
	volatile __u64 *place;
	__u64 hash;

	if (!connection)
		return 0;
	hash = connection_hash(connection);
	place = find_opening(hash);
	if (place)
		*place = has_data ? 0 : opening(hash, connection->sequence + 1);
	return 0;
}

/* Whether there is room to show something, beside what is scored. */
static __always_inline bool may_show(__u64 now_ns)
{
	__u32 zero = 0;
	__u64 *arrival_ns = bpf_map_lookup_elem(&unproved_clock, &zero);

	return arrival_ns &&
	       bpf_ringbuf_query(&wire, BPF_RB_AVAIL_DATA) < MXDP_WIRE_RING_BYTES / 4 &&
	       take_token(arrival_ns, now_ns, UNPROVED_INTERVAL_NS, UNPROVED_BURST_NS);
}

static __always_inline void fill_unproved(struct mxdp_wire_line *record,
					  const struct connection *connection, __u64 hash)
{
	record->time_ns = connection->now_ns;
	if (connection->version == 4) {
		map_address(record->client, connection->client);
		map_address(record->destination, connection->destination);
	} else {
		__builtin_memcpy(record->client, connection->client, 16);
		__builtin_memcpy(record->destination, connection->destination, 16);
	}
	record->client_port = connection->client_port;
	record->port = connection->port;
	record->connection = hash >> 32;
	record->proved = 0;
}

/* Reads whole lines. READING_ON: there may be more in the next segment. */
static __always_inline enum reading_end read_lines(struct xdp_md *ctx,
						   const struct connection *connection,
						   const struct segment *segment, __u64 hash)
{
	struct wire_scratch *scratch = get_wire_scratch();
	__u32 length = segment->length;

	if (!scratch || !length || length > MXDP_WIRE_SCAN_MAX)
		return READING_WRONG;
	if (bpf_xdp_load_bytes(ctx, segment->payload, scratch->payload,
			       within(length, MXDP_WIRE_SCAN_MAX)))
		return READING_WRONG;
	__builtin_memset(&scratch->reading, 0, sizeof(scratch->reading));
	scratch->end = READING_ON;
	fill_unproved(&scratch->record, connection, hash);
	bpf_loop(length, read_byte, NULL, 0);
	if (scratch->end == READING_ON &&
	    (scratch->reading.used || scratch->reading.part != MXDP_WIRE_VERB))
		return READING_WRONG; /* a line that is not whole: nothing of it is held */
	return scratch->end;
}

/* A segment that passes, of a connection without a proof. */
__noinline int show_commands(struct xdp_md *ctx, const struct connection *connection,
			     const struct segment *segment)
{
	volatile __u64 *place;
	enum reading_end end;
	__u64 hash;

	if (!connection || !segment || !segment->length)
		return 0;
	hash = connection_hash(connection);
	place = find_opening(hash);
	if (!place || *place != opening(hash, segment->sequence))
		return 0;
	*place = 0;
	if (!may_show(connection->now_ns)) {
		count(MXDP_COUNT_wire_not_shown);
		return 0;
	}
	end = read_lines(ctx, connection, segment, hash);
	if (end == READING_ON)
		*place = opening(hash, segment->sequence + segment->length);
	if (end == READING_WRONG)
		count(MXDP_COUNT_wire_unread);
	return 0;
}

#endif
