/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proofs of an address. The source of a packet can be anybody's; what has been proved is that
 * packets sent to an address reach whom we talk to: it returned a number that only they could read,
 * one of our cookies or the mail server's initial sequence number. Whoever checks such a number
 * notes the proof here, and nobody else writes these maps.
 */
#ifndef MXDP_BPF_PROOF_H
#define MXDP_BPF_PROOF_H

#include "lookup.h"

/* The segments of one handshake can prove more than once; only one of them has to write. */
#define PROOF_FRESH_NS 10000000

static __always_inline struct mxdp_proof *find_proof(const struct connection *connection)
{
	if (connection->version == 4) {
		struct mxdp_client4 key __attribute__((aligned(8)));

		client4(connection, &key);
		return bpf_map_lookup_elem(&proofs4, &key);
	}
	struct mxdp_client6 key __attribute__((aligned(8)));

	client6(connection, 128, &key);
	return bpf_map_lookup_elem(&proofs6, &key);
}

static __always_inline long store_proof(const struct connection *connection)
{
	struct mxdp_proof proof = {.proved_ns = connection->now_ns};

	if (connection->version == 4) {
		struct mxdp_client4 key __attribute__((aligned(8)));

		client4(connection, &key);
		return bpf_map_update_elem(&proofs4, &key, &proof, BPF_ANY);
	}
	struct mxdp_client6 key __attribute__((aligned(8)));

	client6(connection, 128, &key);
	return bpf_map_update_elem(&proofs6, &key, &proof, BPF_ANY);
}

/* Whether the client has proved its address, not too long ago. */
static __always_inline bool has_proof(const struct connection *connection,
				      const struct mxdp_settings *settings)
{
	const struct mxdp_proof *proof = find_proof(connection);

	return proof && (__s64)(connection->now_ns - proof->proved_ns) < (__s64)settings->proof_ns;
}

/*
 * The client of this connection has just proved its address: the caller has seen it return a number
 * that was sent to it. Reads the connection's version, client and now_ns alone.
 */
__noinline int note_proof(const struct connection *connection, const struct mxdp_settings *settings)
{
	struct mxdp_proof *proof;

	if (!connection || !settings)
		return 0;
	proof = find_proof(connection);
	if (proof && (__s64)(connection->now_ns - proof->proved_ns) < PROOF_FRESH_NS)
		return 0;
	if (proof)
		proof->proved_ns = connection->now_ns;
	else if (store_proof(connection)) {
		count(MXDP_COUNT_proofs_not_stored);
		return 0;
	}
	count(MXDP_COUNT_proofs);
	return 0;
}

#endif
