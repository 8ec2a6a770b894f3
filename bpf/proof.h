/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proofs of an address. The source of a packet can be anybody's; what has been proved is that
 * packets sent to an address reach whom we talk to: it returned a number that only they could read.
 * Whoever checks such a number notes the proof here, and nobody else writes these maps.
 *
 * There are two grades. note_proof(): a handshake was completed, with one of our
 * cookies or the mail server's initial sequence number: this client wants to talk to us.
 * note_reset(): a challenge was answered; a host that never sent the SYN answers alike. It is
 * enough to be checked and held, never for what speaks against a client. Neither says anything of a
 * single connection: data in another's name may come at any time.
 */
#ifndef MXDP_BPF_PROOF_H
#define MXDP_BPF_PROOF_H

#include "lookup.h"
#include "rate.h"

/*
 * One handshake can prove more than once: its segments, and the socket behind. It is written down
 * and counted once; so are several within this time.
 */
#define SAME_HANDSHAKE_NS 10000000

/*
 * One owner of an IPv6 network has more addresses than all maps have places, and each of them can
 * answer. So many hosts of a /64 and a /48 are proved by resets in the time that a reset holds.
 */
#define HOST_RESET_HOSTS    256
#define NETWORK_RESET_HOSTS 512

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

static __always_inline long store_proof(const struct connection *connection,
					const struct mxdp_proof *proof)
{
	if (connection->version == 4) {
		struct mxdp_client4 key __attribute__((aligned(8)));

		client4(connection, &key);
		return bpf_map_update_elem(&proofs4, &key, proof, BPF_NOEXIST);
	}
	struct mxdp_client6 key __attribute__((aligned(8)));

	client6(connection, 128, &key);
	return bpf_map_update_elem(&proofs6, &key, proof, BPF_NOEXIST);
}

/* A time in a proof that lies less than `age` back. */
static __always_inline bool is_younger(__u64 time_ns, __u64 now_ns, __u64 age)
{
	return time_ns && (__s64)(now_ns - time_ns) < (__s64)age;
}

/* The client has completed a handshake, not too long ago. */
static __always_inline bool has_handshake(const struct connection *connection,
					  const struct mxdp_settings *settings)
{
	const struct mxdp_proof *proof = find_proof(connection);

	return proof && is_younger(proof->handshake_ns, connection->now_ns, settings->proof_ns);
}

/* The same, or it has just answered a challenge. */
static __always_inline bool has_proof(const struct connection *connection,
				      const struct mxdp_settings *settings)
{
	const struct mxdp_proof *proof = find_proof(connection);

	return proof && (is_younger(proof->handshake_ns, connection->now_ns, settings->proof_ns) ||
			 is_younger(proof->reset_ns, connection->now_ns, MXDP_RESET_PROOF_NS));
}

/* The client's entry, a fresh one where there was none; NULL: it found no place. */
static __always_inline struct mxdp_proof *get_proof(const struct connection *connection)
{
	struct mxdp_proof *proof = find_proof(connection), fresh = {};

	if (!proof) {
		store_proof(connection, &fresh);
		proof = find_proof(connection);
	}
	count(proof ? MXDP_COUNT_proofs : MXDP_COUNT_proofs_not_stored);
	return proof;
}

/*
 * The client of this connection has completed a handshake: the caller has seen it return a number
 * that was sent to it. Reads the connection's version, client and now_ns alone. `known`: the caller
 * has just found a rule or a verdict for it; else they are looked for.
 */
__noinline int note_handshake(const struct connection *connection,
			      const struct mxdp_settings *settings, bool known)
{
	struct mxdp_proof *proof;

	if (!connection || !settings)
		return 0;
	proof = find_proof(connection);
	if (proof && is_younger(proof->handshake_ns, connection->now_ns, SAME_HANDSHAKE_NS))
		return 0;
	if (!known && !is_known(connection))
		charge_handshake(connection, settings);
	proof = get_proof(connection);
	if (proof)
		proof->handshake_ns = connection->now_ns;
	return 0;
}

static __always_inline void note_proof(const struct connection *connection,
				       const struct mxdp_settings *settings)
{
	note_handshake(connection, settings, false);
}

static __always_inline bool resets_within_scope(const struct connection *connection,
						enum mxdp_scope scope, __u32 hosts)
{
	__u64 interval_ns = MXDP_RESET_PROOF_NS / hosts;
	struct mxdp_rates *rates = get_rates(connection, scope);

	return !rates || take_token(&rates->resets_ns, connection->now_ns, interval_ns,
				    MXDP_RESET_PROOF_NS - interval_ns);
}

/* Whether another host of the client's network may be proved by a reset. */
static __always_inline bool resets_within(const struct connection *connection)
{
	return connection->version == 4 ||
	       (resets_within_scope(connection, MXDP_SCOPE_CLIENT, HOST_RESET_HOSTS) &&
		resets_within_scope(connection, MXDP_SCOPE_NETWORK, NETWORK_RESET_HOSTS));
}

/* The client has answered a challenge. */
static __always_inline void note_reset(const struct connection *connection,
				       const struct mxdp_settings *settings)
{
	struct mxdp_proof *proof;

	if (!has_proof(connection, settings) && !resets_within(connection)) {
		count(MXDP_COUNT_resets_over);
		return;
	}
	proof = get_proof(connection);
	if (proof)
		proof->reset_ns = connection->now_ns;
}

#endif
