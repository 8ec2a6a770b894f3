/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The limits of unknown clients: token buckets for the client, its network and all together, one
 * kind for attempts, which may be spoofed, one for handshakes, which cannot. Being over a limit is
 * never written down anywhere. A third kind bounds attempts in the names of clients that pass.
 */
#ifndef MXDP_BPF_RATE_H
#define MXDP_BPF_RATE_H

#include "bucket.h"
#include "lookup.h"

static __always_inline __u32 scope_bits(const struct connection *connection, enum mxdp_scope scope)
{
	if (connection->version == 4)
		return scope == MXDP_SCOPE_CLIENT ? 32 : MXDP_NETWORK4_BITS;
	return scope == MXDP_SCOPE_CLIENT ? MXDP_HOST6_BITS : MXDP_NETWORK6_BITS;
}

static __always_inline void rate_key4(const struct connection *connection, enum mxdp_scope scope,
				      struct mxdp_prefix4 *key)
{
	__be32 address = connection->client[0];

	key->length = scope_bits(connection, scope);
	if (scope == MXDP_SCOPE_NETWORK)
		address &= bpf_htonl(~0U << (32 - MXDP_NETWORK4_BITS));
	__builtin_memcpy(key->address, &address, sizeof(key->address));
}

static __always_inline void rate_key6(const struct connection *connection, enum mxdp_scope scope,
				      struct mxdp_prefix6 *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	key->length = scope_bits(connection, scope);
	if (scope == MXDP_SCOPE_NETWORK)
		__builtin_memcpy(key->address, connection->client, MXDP_NETWORK6_BITS / 8);
	else
		__builtin_memcpy(key->address, connection->client, MXDP_HOST6_BITS / 8);
}

static __always_inline struct mxdp_rates *find_rates(const struct connection *connection,
						     enum mxdp_scope scope)
{
	__u32 zero = 0;

	if (scope == MXDP_SCOPE_ALL)
		return bpf_map_lookup_elem(&rates_all, &zero);
	if (connection->version == 4) {
		struct mxdp_prefix4 key __attribute__((aligned(8)));

		rate_key4(connection, scope, &key);
		return bpf_map_lookup_elem(&rates4, &key);
	}
	struct mxdp_prefix6 key __attribute__((aligned(8)));

	rate_key6(connection, scope, &key);
	return bpf_map_lookup_elem(&rates6, &key);
}

/* The buckets of a scope, full ones where there were none; NULL: they found no place. */
static __always_inline struct mxdp_rates *get_rates(const struct connection *connection,
						    enum mxdp_scope scope)
{
	struct mxdp_rates *rates = find_rates(connection, scope), fresh = {};

	if (rates || scope == MXDP_SCOPE_ALL)
		return rates;
	if (connection->version == 4) {
		struct mxdp_prefix4 key __attribute__((aligned(8)));

		rate_key4(connection, scope, &key);
		bpf_map_update_elem(&rates4, &key, &fresh, BPF_NOEXIST);
	} else {
		struct mxdp_prefix6 key __attribute__((aligned(8)));

		rate_key6(connection, scope, &key);
		bpf_map_update_elem(&rates6, &key, &fresh, BPF_NOEXIST);
	}
	rates = find_rates(connection, scope);
	if (!rates)
		count(MXDP_COUNT_rates_not_stored);
	return rates;
}

/* Takes an attempt's token out of one bucket. */
static __always_inline bool attempt_within(const struct connection *connection,
					   const struct mxdp_settings *settings,
					   enum mxdp_scope scope)
{
	const struct mxdp_rate *rate = &settings->attempts[scope];
	struct mxdp_rates *rates;

	if (!rate->interval_ns)
		return true;
	rates = get_rates(connection, scope);
	return !rates || take_token(&rates->attempts_ns, connection->now_ns, rate->interval_ns,
				    rate->burst_ns);
}

/* A client over its own limit takes nothing out of its network's bucket, and so on. */
static __always_inline bool attempts_within(const struct connection *connection,
					    const struct mxdp_settings *settings)
{
	if (!attempt_within(connection, settings, MXDP_SCOPE_CLIENT))
		count(MXDP_COUNT_attempts_over_client);
	else if (!attempt_within(connection, settings, MXDP_SCOPE_NETWORK))
		count(MXDP_COUNT_attempts_over_network);
	else if (!attempt_within(connection, settings, MXDP_SCOPE_ALL))
		count(MXDP_COUNT_attempts_over_all);
	else
		return true;
	return false;
}

static __always_inline bool known_within_scope(const struct connection *connection,
					       const struct mxdp_settings *settings,
					       enum mxdp_scope scope)
{
	const struct mxdp_rate *rate = &settings->known[scope];
	struct mxdp_rates *rates;

	if (!rate->interval_ns)
		return true;
	rates = get_rates(connection, scope);
	return !rates ||
	       take_or_owe(&rates->known_ns, connection->now_ns, rate->interval_ns, rate->burst_ns);
}

/* Whether there were not too many attempts in the name of this client, which passes. */
static __always_inline bool known_within(const struct connection *connection,
					 const struct mxdp_settings *settings)
{
	if (!known_within_scope(connection, settings, MXDP_SCOPE_CLIENT))
		count(MXDP_COUNT_known_over_client);
	else if (!known_within_scope(connection, settings, MXDP_SCOPE_NETWORK))
		count(MXDP_COUNT_known_over_network);
	else if (!known_within_scope(connection, settings, MXDP_SCOPE_ALL))
		count(MXDP_COUNT_known_over_all);
	else
		return true;
	return false;
}

static __always_inline bool handshake_within(const struct connection *connection,
					     const struct mxdp_settings *settings,
					     enum mxdp_scope scope)
{
	const struct mxdp_rate *rate = &settings->handshakes[scope];
	const struct mxdp_rates *rates;

	if (!rate->interval_ns)
		return true;
	rates = find_rates(connection, scope);
	return !rates || has_token(rates->handshakes_ns, connection->now_ns, rate->burst_ns);
}

/* Whether handshakes leave room for another connection of this client. */
static __always_inline bool handshakes_within(const struct connection *connection,
					      const struct mxdp_settings *settings)
{
	return handshake_within(connection, settings, MXDP_SCOPE_CLIENT) &&
	       handshake_within(connection, settings, MXDP_SCOPE_NETWORK) &&
	       handshake_within(connection, settings, MXDP_SCOPE_ALL);
}

static __always_inline void charge_handshake_to(const struct connection *connection,
						const struct mxdp_settings *settings,
						enum mxdp_scope scope)
{
	const struct mxdp_rate *rate = &settings->handshakes[scope];
	struct mxdp_rates *rates = rate->interval_ns ? get_rates(connection, scope) : NULL;

	if (rates)
		take_token(&rates->handshakes_ns, connection->now_ns, rate->interval_ns,
			   rate->burst_ns);
}

/* Clients that are known, for better or worse, cost nobody a token. */
static __always_inline bool is_known(const struct connection *connection)
{
	const struct mxdp_verdict *verdict;
	__u32 bits;

	if (find_rule(connection) || find_never_block(connection))
		return true;
	verdict = find_verdict(connection, &bits);
	return verdict && verdict->action != MXDP_ACTION_NONE;
}

/* A client that is not known has completed a handshake. */
static __always_inline void charge_handshake(const struct connection *connection,
					     const struct mxdp_settings *settings)
{
	charge_handshake_to(connection, settings, MXDP_SCOPE_CLIENT);
	charge_handshake_to(connection, settings, MXDP_SCOPE_NETWORK);
	charge_handshake_to(connection, settings, MXDP_SCOPE_ALL);
}

#endif
