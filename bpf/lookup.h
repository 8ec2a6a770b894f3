/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the maps say about a connection's client, or a packet's destination. Which family's map is
 * asked is decided here and nowhere else. Times are compared with connection->now_ns.
 */
#ifndef MXDP_BPF_LOOKUP_H
#define MXDP_BPF_LOOKUP_H

#include "count.h"
#include "maps.h"
#include "connection.h"

/* An expired rule gives way to the next shorter one, this often. */
#define RULE_STEPS_MAX 4

#define PREFIX4(name, from, bits)                                                  \
	struct mxdp_prefix4 name __attribute__((aligned(8))) = {.length = (bits)}; \
	__builtin_memcpy(name.address, &(from), sizeof(name.address))
#define PREFIX6(name, from, bits)                                                  \
	struct mxdp_prefix6 name __attribute__((aligned(8))) = {.length = (bits)}; \
	__builtin_memcpy(name.address, &(from), sizeof(name.address))

/*
 * Another hit of a rule or a set's member. The kernel keeps the values of an LPM trie at odd
 * addresses, where an atomic addition may lie across two cache lines: that stops all CPUs for more
 * than a microsecond, and is a fault where the processor was told to report it. So this one is not
 * atomic, and of hits on two CPUs at the same moment one may get lost.
 */
static __always_inline void add_hit(__u64 *hits)
{
	++*(volatile __u64 *)hits;
}

static __always_inline bool has_expired(__u64 expires_ns, __u64 now_ns)
{
	return expires_ns && now_ns >= expires_ns;
}

/* Whether the packet goes to an address that we protect. */
static __always_inline bool is_protected(const struct packet *packet)
{
	if (packet->version == 4) {
		PREFIX4(key, packet->ip4->daddr, 32);
		return bpf_map_lookup_elem(&destinations4, &key);
	}
	PREFIX6(key, packet->ip6->daddr, 128);
	return bpf_map_lookup_elem(&destinations6, &key);
}

/* The longest rule of at most `bits` over the client, expired or not. */
static __always_inline struct mxdp_rule *longest_rule(const struct connection *connection,
						      __u32 bits)
{
	if (connection->version == 4) {
		PREFIX4(key, connection->client, bits);
		return bpf_map_lookup_elem(&rules4, &key);
	}
	PREFIX6(key, connection->client, bits);
	return bpf_map_lookup_elem(&rules6, &key);
}

static __always_inline struct mxdp_rule *find_rule(const struct connection *connection)
{
	__u32 bits = connection->version == 4 ? 32 : 128;

	for (int i = 0; i < RULE_STEPS_MAX; i++) {
		struct mxdp_rule *rule = longest_rule(connection, bits);

		if (!rule || !has_expired(rule->expires_ns, connection->now_ns))
			return rule;
		count(MXDP_COUNT_rule_expired);
		if (!rule->length || rule->length > bits)
			return NULL;
		bits = rule->length - 1;
	}
	return NULL;
}

static __always_inline struct mxdp_member *find_never_block(const struct connection *connection)
{
	if (connection->version == 4) {
		PREFIX4(key, connection->client, 32);
		return bpf_map_lookup_elem(&never_block4, &key);
	}
	PREFIX6(key, connection->client, 128);
	return bpf_map_lookup_elem(&never_block6, &key);
}

/* Whether the client is of the ranges that limits spare. */
static __always_inline struct mxdp_member *find_exempt(const struct connection *connection)
{
	if (connection->version == 4) {
		PREFIX4(key, connection->client, 32);
		return bpf_map_lookup_elem(&exempt4, &key);
	}
	PREFIX6(key, connection->client, 128);
	return bpf_map_lookup_elem(&exempt6, &key);
}

static __always_inline void client4(const struct connection *connection, struct mxdp_client4 *key)
{
	__builtin_memcpy(key->address, connection->client, sizeof(key->address));
}

/* The IPv6 client itself (128 bits) or its network (64). */
static __always_inline void client6(const struct connection *connection, __u32 bits,
				    struct mxdp_client6 *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	__builtin_memcpy(key->address, connection->client, 8);
	if (bits == 128)
		__builtin_memcpy(key->address + 8, &connection->client[2], 8);
	key->length = bits;
}

static __always_inline struct mxdp_verdict *unexpired(struct mxdp_verdict *verdict, __u64 now_ns)
{
	if (!verdict || !has_expired(verdict->expires_ns, now_ns))
		return verdict;
	count(MXDP_COUNT_verdict_expired);
	return NULL;
}

/* The client's verdict, a host's before its network's; `bits` tells which it was. */
static __always_inline struct mxdp_verdict *find_verdict(const struct connection *connection,
							 __u32 *bits)
{
	struct mxdp_client6 key6 __attribute__((aligned(8)));
	struct mxdp_verdict *verdict;

	if (connection->version == 4) {
		struct mxdp_client4 key4 __attribute__((aligned(8)));

		*bits = 32;
		client4(connection, &key4);
		return unexpired(bpf_map_lookup_elem(&verdicts4, &key4), connection->now_ns);
	}
	*bits = 128;
	client6(connection, 128, &key6);
	verdict = unexpired(bpf_map_lookup_elem(&verdicts6, &key6), connection->now_ns);
	if (verdict)
		return verdict;
	*bits = 64;
	client6(connection, 64, &key6);
	return unexpired(bpf_map_lookup_elem(&verdicts6, &key6), connection->now_ns);
}

#endif
