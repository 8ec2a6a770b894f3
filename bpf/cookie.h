/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cookie: SipHash-2-4 (Aumasson, Bernstein, 2012) over both addresses, both ports and the
 * epoch. Half of it is our initial sequence number; the other half offsets our timestamps.
 */
#ifndef MXDP_BPF_COOKIE_H
#define MXDP_BPF_COOKIE_H

#include "connection.h"
#include "maps.h"

struct cookie {
	__u32 sequence; /* our initial sequence number */
	__u32 stamp;    /* our timestamp is the client's expected sequence number plus this */
};

struct siphash {
	__u64 v0, v1, v2, v3;
};

static __always_inline __u64 rotate(__u64 value, __u32 bits)
{
	return value << bits | value >> (64 - bits);
}

static __always_inline void sip_round(struct siphash *state)
{
	state->v0 += state->v1;
	state->v2 += state->v3;
	state->v1 = rotate(state->v1, 13) ^ state->v0;
	state->v3 = rotate(state->v3, 16) ^ state->v2;
	state->v0 = rotate(state->v0, 32);
	state->v2 += state->v1;
	state->v0 += state->v3;
	state->v1 = rotate(state->v1, 17) ^ state->v2;
	state->v3 = rotate(state->v3, 21) ^ state->v0;
	state->v2 = rotate(state->v2, 32);
}

static __always_inline void sip_word(struct siphash *state, __u64 word)
{
	state->v3 ^= word;
	sip_round(state);
	sip_round(state);
	state->v0 ^= word;
}

static __always_inline __u64 sip_end(struct siphash *state, __u64 bytes)
{
	sip_word(state, bytes << 56);
	state->v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(state);
	return state->v0 ^ state->v1 ^ state->v2 ^ state->v3;
}

static __always_inline __u64 two_words(__u32 low, __u32 high)
{
	return (__u64)high << 32 | low;
}

static __always_inline __u32 epoch_at(__u64 time_ns)
{
	return time_ns >> MXDP_EPOCH_SHIFT;
}

static __always_inline __u32 epoch_of(const struct connection *connection)
{
	return epoch_at(connection->now_ns);
}

/* The connection's cookie in an epoch. Returns 0, or -1 when there is no secret. */
static __always_inline int hash_cookie(const struct connection *connection, __u32 epoch,
				       struct cookie *cookie)
{
	__u32 slot = (epoch >> MXDP_SECRET_EPOCHS_SHIFT) % MXDP_SECRETS;
	const struct mxdp_cookie_secret *secret = bpf_map_lookup_elem(&cookie_secrets, &slot);
	struct siphash state;
	__u64 hash;

	if (!secret)
		return -1;
	state.v0 = secret->key[0] ^ 0x736f6d6570736575;
	state.v1 = secret->key[1] ^ 0x646f72616e646f6d;
	state.v2 = secret->key[0] ^ 0x6c7967656e657261;
	state.v3 = secret->key[1] ^ 0x7465646279746573;
	sip_word(&state, two_words(connection->client_port | (__u32)connection->port << 16, epoch));
	if (connection->version == 4) {
		sip_word(&state, two_words(connection->client[0], connection->destination[0]));
		hash = sip_end(&state, 16);
	} else {
		sip_word(&state, two_words(connection->client[0], connection->client[1]));
		sip_word(&state, two_words(connection->client[2], connection->client[3]));
		sip_word(&state, two_words(connection->destination[0], connection->destination[1]));
		sip_word(&state, two_words(connection->destination[2], connection->destination[3]));
		hash = sip_end(&state, 40);
	}
	cookie->sequence = hash;
	cookie->stamp = hash >> 32;
	return 0;
}

/* The same, verified once. */
__noinline int make_cookie(const struct connection *connection, __u32 epoch, struct cookie *cookie)
{
	return connection && cookie ? hash_cookie(connection, epoch, cookie) : -1;
}

#endif
