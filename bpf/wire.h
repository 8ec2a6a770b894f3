/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading what clients say whose connections pass (maps/wire.h). Only bytes that follow without a
 * gap on what was read are looked at: what comes again is skipped, what comes too early is not read
 * and counted. Packets are never changed and never kept back for it.
 */
#ifndef MXDP_BPF_WIRE_H
#define MXDP_BPF_WIRE_H

#include "connection.h"
#include "events.h"
#include "parse_tcp.h"
#include "proof.h"
#include "segment.h"
#include "wire_line.h"
#include "wire_unproved.h"

/* A segment that commands can be in, or that proves its client's address. */
static __always_inline bool may_be_command(const struct packet *packet,
					   const struct mxdp_settings *settings)
{
	const struct tcphdr *tcp = packet->tcp;

	return settings->wire_evidence && packet->port_class == MXDP_PORT_MX && tcp->ack &&
	       !tcp->syn && !tcp->rst && !tcp->urg && !packet->first_fragment;
}

static __always_inline void connection_key(const struct connection *connection,
					   struct mxdp_connection_key *key)
{
	if (connection->version == 4) {
		map_address(key->client, connection->client);
		map_address(key->server, connection->destination);
	} else {
		__builtin_memcpy(key->client, connection->client, 16);
		__builtin_memcpy(key->server, connection->destination, 16);
	}
	key->client_port = connection->client_port;
	key->port = connection->port;
}

/*
 * A SYN with data (RFC 7413): should the server take them, it has read a beginning that we have
 * not. The return path will know by what the server acknowledges.
 */
__noinline int note_syn_data(const struct connection *connection)
{
	struct mxdp_connection_key key __attribute__((aligned(8)));
	struct wire_scratch *scratch = get_wire_scratch();

	if (!connection || !scratch)
		return 0;
	connection_key(connection, &key);
	scratch->fresh.state = MXDP_CONNECTION_SYN_DATA;
	scratch->fresh.client_next = connection->sequence + 1;
	bpf_map_update_elem(&connections, &key, &scratch->fresh, BPF_ANY);
	return 0;
}

/* A SYN that passes. */
static __always_inline void note_attempt(const struct packet *packet,
					 const struct connection *connection)
{
	if (packet->port_class != MXDP_PORT_MX)
		return;
	if (has_payload(packet))
		note_syn_data(connection);
	note_opening(connection, has_payload(packet));
}

static __always_inline void give_up(struct mxdp_connection *known)
{
	known->state = MXDP_CONNECTION_OVER;
	count(MXDP_COUNT_wire_unread);
}

static __always_inline void skip_segment(struct mxdp_connection *known)
{
	count(MXDP_COUNT_wire_gaps);
	if (++known->gaps > MXDP_WIRE_GAPS_MAX)
		give_up(known);
}

/*
 * The first ACK answers the server's SYN-ACK, or it never will: so a client that cannot see that
 * has one try in 2^32.
 */
static __always_inline void prove(const struct connection *connection,
				  const struct mxdp_settings *settings,
				  const struct segment *segment, struct mxdp_connection *known)
{
	if (segment->acknowledged == known->server_next) {
		known->state = MXDP_CONNECTION_READING;
		count(MXDP_COUNT_wire_proved);
		note_proof(connection, settings);
	} else {
		known->state = MXDP_CONNECTION_UNPROVED;
		count(MXDP_COUNT_wire_unproved);
	}
}

static __always_inline void fill_record(struct mxdp_wire_line *record,
					const struct connection *connection,
					const struct mxdp_connection *known)
{
	struct mxdp_connection_key key;

	connection_key(connection, &key);
	record->time_ns = connection->now_ns;
	__builtin_memcpy(record->client, key.client, 16);
	__builtin_memcpy(record->destination, key.server, 16);
	record->client_port = key.client_port;
	record->port = key.port;
	record->connection = known->server_next;
	record->proved = 1;
}

/* Reads `length` bytes (1 to MXDP_WIRE_SCAN_MAX) at `offset`, the next of the connection. */
__noinline int read_bytes(struct xdp_md *ctx, const struct connection *connection,
			  struct mxdp_connection *known, __u32 offset, __u32 length)
{
	struct wire_scratch *scratch = get_wire_scratch();

	if (!connection || !known || !scratch || !length || length > MXDP_WIRE_SCAN_MAX)
		return 0;
	if (bpf_xdp_load_bytes(ctx, offset, scratch->payload, within(length, MXDP_WIRE_SCAN_MAX)))
		return 0;
	scratch->reading = known->reading;
	scratch->end = READING_ON;
	if (known->reading.used)
		__builtin_memcpy(scratch->record.line, known->line, sizeof(known->line));
	fill_record(&scratch->record, connection, known);
	bpf_loop(length, read_byte, NULL, 0);
	known->reading = scratch->reading;
	known->reading.bytes += length;
	known->client_next += length;
	if (scratch->reading.used)
		__builtin_memcpy(known->line, scratch->record.line, sizeof(known->line));
	if (scratch->end == READING_STOP)
		known->state = MXDP_CONNECTION_OVER;
	if (scratch->end == READING_WRONG)
		give_up(known);
	return 0;
}

/* The payload of a client whose address is proved. */
static __always_inline void read_payload(struct xdp_md *ctx, const struct connection *connection,
					 const struct segment *segment,
					 struct mxdp_connection *known)
{
	__u32 seen = known->client_next - segment->sequence; /* of the payload, by signed value */
	__u32 length = segment->length;

	if (!length)
		return;
	if ((__s32)seen < 0 || segment->acknowledged - known->server_next >= MXDP_WIRE_WINDOW) {
		skip_segment(known);
		return;
	}
	if (seen >= length)
		return;
	length -= seen;
	if (length > MXDP_WIRE_SCAN_MAX || known->reading.bytes + length > MXDP_WIRE_BYTES_MAX)
		give_up(known);
	else
		read_bytes(ctx, connection, known, segment->payload + seen, length);
}

/* A segment that passes. */
__noinline int read_commands(struct xdp_md *ctx, const struct connection *connection,
			     const struct segment *segment, const struct mxdp_settings *settings)
{
	struct mxdp_connection_key key __attribute__((aligned(8)));
	struct mxdp_connection *known;

	if (!connection || !segment || !settings)
		return 0;
	connection_key(connection, &key);
	known = bpf_map_lookup_elem(&connections, &key);
	if (!known || known->state == MXDP_CONNECTION_UNPROVED)
		return show_commands(ctx, connection, segment);
	if (known->state != MXDP_CONNECTION_OPENING && known->state != MXDP_CONNECTION_READING)
		return 0;
	/* Two segments of one connection at once: the later CPU's is as good as out of order. */
	if (__sync_val_compare_and_swap(&known->busy, 0, 1)) {
		count(MXDP_COUNT_wire_gaps);
		return 0;
	}
	if (known->state == MXDP_CONNECTION_OPENING)
		prove(connection, settings, segment, known);
	if (known->state == MXDP_CONNECTION_READING)
		read_payload(ctx, connection, segment, known);
	else if (known->state == MXDP_CONNECTION_UNPROVED)
		show_commands(ctx, connection, segment);
	__sync_fetch_and_and(&known->busy, 0);
	return 0;
}

#endif
