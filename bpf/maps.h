/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maps of the packet path. Their names are those of struct mxdp_maps (maps/maps.h) and of the
 * pins; `bpftool map dump` shows the fields of maps/abi.h. Only `syns_seen` and `flood_height` are
 * private.
 */
#ifndef MXDP_BPF_MAPS_H
#define MXDP_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps/abi.h"
#include "maps/snapshot.h"
#include "maps_shared.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mxdp_daemon_state);
} daemon_state SEC(".maps");

/* Prefixes: the operator's rules, the sets. */
#define PREFIX_MAP(name, key_type, value_type, places) \
	struct {                                       \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);   \
		__uint(map_flags, BPF_F_NO_PREALLOC);  \
		__uint(max_entries, places);           \
		__type(key, key_type);                 \
		__type(value, value_type);             \
	} name SEC(".maps")

PREFIX_MAP(destinations4, struct mxdp_prefix4, struct mxdp_member, MXDP_DESTINATIONS_MAX);
PREFIX_MAP(destinations6, struct mxdp_prefix6, struct mxdp_member, MXDP_DESTINATIONS_MAX);
PREFIX_MAP(rules4, struct mxdp_prefix4, struct mxdp_rule, MXDP_RULES_MAX);
PREFIX_MAP(rules6, struct mxdp_prefix6, struct mxdp_rule, MXDP_RULES_MAX);
PREFIX_MAP(never_block4, struct mxdp_prefix4, struct mxdp_member, MXDP_NEVER_BLOCK_MAX);
PREFIX_MAP(never_block6, struct mxdp_prefix6, struct mxdp_member, MXDP_NEVER_BLOCK_MAX);
PREFIX_MAP(exempt4, struct mxdp_prefix4, struct mxdp_member, MXDP_EXEMPT_MAX);
PREFIX_MAP(exempt6, struct mxdp_prefix6, struct mxdp_member, MXDP_EXEMPT_MAX);

/* Clients: verdicts are never evicted, what the packet path notes by itself may be. */
#define CLIENT_MAP(name, map_type, key_type, value_type, places) \
	struct {                                                 \
		__uint(type, map_type);                          \
		__uint(max_entries, places);                     \
		__type(key, key_type);                           \
		__type(value, value_type);                       \
	} name SEC(".maps")

CLIENT_MAP(verdicts4, BPF_MAP_TYPE_HASH, struct mxdp_client4, struct mxdp_verdict,
	   MXDP_VERDICTS_DEFAULT);
CLIENT_MAP(verdicts6, BPF_MAP_TYPE_HASH, struct mxdp_client6, struct mxdp_verdict,
	   MXDP_VERDICTS_DEFAULT);
CLIENT_MAP(pending4, BPF_MAP_TYPE_LRU_HASH, struct mxdp_client4, struct mxdp_pending,
	   MXDP_PENDING_MAX);
CLIENT_MAP(pending6, BPF_MAP_TYPE_LRU_HASH, struct mxdp_client6, struct mxdp_pending,
	   MXDP_PENDING_MAX);
CLIENT_MAP(limits4, BPF_MAP_TYPE_LRU_HASH, struct mxdp_client4, struct mxdp_bucket,
	   MXDP_LIMITS_MAX);
CLIENT_MAP(limits6, BPF_MAP_TYPE_LRU_HASH, struct mxdp_client6, struct mxdp_bucket,
	   MXDP_LIMITS_MAX);
CLIENT_MAP(proofs4, BPF_MAP_TYPE_LRU_HASH, struct mxdp_client4, struct mxdp_proof, MXDP_PROOFS_MAX);
CLIENT_MAP(proofs6, BPF_MAP_TYPE_LRU_HASH, struct mxdp_client6, struct mxdp_proof, MXDP_PROOFS_MAX);
CLIENT_MAP(rates4, BPF_MAP_TYPE_LRU_HASH, struct mxdp_prefix4, struct mxdp_rates, MXDP_RATES_MAX);
CLIENT_MAP(rates6, BPF_MAP_TYPE_LRU_HASH, struct mxdp_prefix6, struct mxdp_rates, MXDP_RATES_MAX);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mxdp_rates);
} rates_all SEC(".maps");

/* Numbers that came back from challenges to clients that pass (known.h); 0: none. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MXDP_ANSWERED_PLACES);
	__type(key, __u32);
	__type(value, __u32);
} answered SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mxdp_flood);
} flood SEC(".maps");

CLIENT_MAP(greylist4, BPF_MAP_TYPE_HASH, struct mxdp_prefix4, struct mxdp_greylisting,
	   MXDP_GREYLIST_MAX);
CLIENT_MAP(greylist6, BPF_MAP_TYPE_HASH, struct mxdp_prefix6, struct mxdp_greylisting,
	   MXDP_GREYLIST_MAX);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mxdp_greylist_state);
} greylist_state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, MXDP_EVENT_RING_BYTES);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, MXDP_SAMPLE_RING_BYTES);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, MXDP_DIALOGUE_RING_BYTES);
} dialogues SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, MXDP_WIRE_RING_BYTES);
} wire SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MXDP_SECRETS);
	__type(key, __u32);
	__type(value, struct mxdp_cookie_secret);
} cookie_secrets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MXDP_REPLY_TEXTS_MAX);
	__type(key, __u32);
	__type(value, struct mxdp_reply_text);
} reply_texts SEC(".maps");

/* SYNs of a flood, as they came (repeats.h); 0: none. */
#define SYNS_SEEN_PLACES (1 << 20) /* a power of two */
struct seen_pair {
	__u32 marks[2]; /* an element takes 8 bytes at least */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SYNS_SEEN_PLACES / 2);
	__type(key, __u32);
	__type(value, struct seen_pair);
} syns_seen SEC(".maps");

/* When a CPU was last seen at a flood's height (flood.h). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} flood_height SEC(".maps");

/* The blocklist feeds: the chunks of their snapshots, none until one is published. */
struct snapshot_chunk {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, MXDP_SNAPSHOT_CHUNK_BYTES);
};

#define SNAPSHOT_MAP(name)                                 \
	struct {                                           \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);  \
		__uint(max_entries, MXDP_SNAPSHOT_PLACES); \
		__type(key, __u32);                        \
		__array(values, struct snapshot_chunk);    \
	} name SEC(".maps")

SNAPSHOT_MAP(feeds4);
SNAPSHOT_MAP(feeds6);

/* Connection attempts of listed clients, by the snapshot's class. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MXDP_SNAPSHOT_CLASS_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} feed_hits SEC(".maps");

#endif
