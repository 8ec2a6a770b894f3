/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Greylisting: a client is told to come back later, and passes when it does so in time. It is known
 * by its network (settings->greylist_length4/6), as many senders retry from a neighbour address.
 *
 * A connection attempt only reads. An entry is written when the client has returned a cookie, so
 * nobody can be greylisted, or get through, by packets that carry his address.
 */
#ifndef MXDP_BPF_GREYLIST_H
#define MXDP_BPF_GREYLIST_H

#include "events.h"
#include "refusal.h"
#include "unknown.h"

/* For so long after a network found no place, those without an entry pass. */
#define GREYLIST_FULL_NS (60 * 1000000000ULL)

static __always_inline void greylist_key4(const struct connection *connection,
					  const struct mxdp_settings *settings,
					  struct mxdp_prefix4 *key)
{
	__be32 network = connection->client[0] & settings->greylist_mask4;

	key->length = settings->greylist_length4;
	__builtin_memcpy(key->address, &network, sizeof(key->address));
}

static __always_inline void greylist_key6(const struct connection *connection,
					  const struct mxdp_settings *settings,
					  struct mxdp_prefix6 *key)
{
	__be32 network[4];

	for (int i = 0; i < 4; i++)
		network[i] = connection->client[i] & settings->greylist_mask6[i];
	key->length = settings->greylist_length6;
	__builtin_memcpy(key->address, network, sizeof(key->address));
}

static __always_inline struct mxdp_greylisting *
find_greylisting(const struct connection *connection, const struct mxdp_settings *settings)
{
	if (connection->version == 4) {
		struct mxdp_prefix4 key __attribute__((aligned(8)));

		greylist_key4(connection, settings, &key);
		return bpf_map_lookup_elem(&greylist4, &key);
	}
	struct mxdp_prefix6 key __attribute__((aligned(8)));

	greylist_key6(connection, settings, &key);
	return bpf_map_lookup_elem(&greylist6, &key);
}

static __always_inline long store_greylisting(const struct connection *connection,
					      const struct mxdp_settings *settings,
					      const struct mxdp_greylisting *greylisting)
{
	if (connection->version == 4) {
		struct mxdp_prefix4 key __attribute__((aligned(8)));

		greylist_key4(connection, settings, &key);
		return bpf_map_update_elem(&greylist4, &key, greylisting, BPF_NOEXIST);
	}
	struct mxdp_prefix6 key __attribute__((aligned(8)));

	greylist_key6(connection, settings, &key);
	return bpf_map_update_elem(&greylist6, &key, greylisting, BPF_NOEXIST);
}

static __always_inline bool is_over(const struct mxdp_greylisting *greylisting,
				    const struct connection *connection,
				    const struct mxdp_settings *settings)
{
	return connection->now_ns - greylisting->first_seen_ns >= settings->greylist_window_ns;
}

static __always_inline bool is_early(const struct mxdp_greylisting *greylisting,
				     const struct connection *connection,
				     const struct mxdp_settings *settings)
{
	return connection->now_ns - greylisting->first_seen_ns < settings->greylist_delay_ns;
}

/* Whether another network lately found no place: then this one would not either. */
static __always_inline bool is_greylist_full(const struct connection *connection)
{
	__u32 zero = 0;
	const struct mxdp_greylist_state *state = bpf_map_lookup_elem(&greylist_state, &zero);

	return state && state->full_ns && connection->now_ns - state->full_ns < GREYLIST_FULL_NS;
}

/* What becomes of a connection attempt; reply_syn_ack: it is told to come back. */
__noinline enum mxdp_counter greylist_attempt(const struct connection *connection,
					      const struct mxdp_settings *settings)
{
	const struct mxdp_greylisting *greylisting;
	struct mxdp_member *member;

	if (!connection || !settings)
		return UNDECIDED;
	if (!settings->greylist_window_ns)
		return MXDP_COUNT_greylist_left;
	member = find_exempt(connection);
	if (member) {
		add_hit(&member->hits);
		return MXDP_COUNT_greylist_exempt;
	}
	if (is_daemon_stale(connection, settings))
		return MXDP_COUNT_greylist_stale;
	if (!can_reply(connection, settings))
		return MXDP_COUNT_verdict_unanswered_pass;
	greylisting = find_greylisting(connection, settings);
	if (!greylisting)
		return is_greylist_full(connection) ? MXDP_COUNT_greylist_no_room
						    : MXDP_COUNT_reply_syn_ack;
	if (is_over(greylisting, connection, settings) ||
	    is_early(greylisting, connection, settings))
		return MXDP_COUNT_reply_syn_ack;
	return MXDP_COUNT_greylist_pass;
}

static __always_inline void fill_try(const struct connection *connection, __u32 cookie,
				     struct mxdp_greylisting *greylisting)
{
	greylisting->last_try_ns = connection->now_ns;
	greylisting->cookie = cookie;
	if (connection->version == 4)
		map_address(greylisting->client, connection->client);
	else
		__builtin_memcpy(greylisting->client, connection->client, 16);
}

/* The first try of a network. */
static __always_inline void begin_greylisting(const struct connection *connection,
					      const struct mxdp_settings *settings, __u32 cookie)
{
	struct mxdp_greylisting fresh = {.first_seen_ns = connection->now_ns, .tries = 1};
	struct mxdp_greylist_state *state;
	__u32 zero = 0;
	long error;

	fill_try(connection, cookie, &fresh);
	error = store_greylisting(connection, settings, &fresh);
	if (!error)
		count(MXDP_COUNT_greylist_new);
	if (!error || error == -EEXIST) /* another CPU was first */
		return;
	count(MXDP_COUNT_greylist_not_stored);
	state = bpf_map_lookup_elem(&greylist_state, &zero);
	if (state)
		state->full_ns = connection->now_ns;
}

/* The client has returned its cookie: this try counts. */
__noinline int note_try(const struct connection *connection, const struct mxdp_settings *settings,
			__u32 cookie)
{
	struct mxdp_greylisting *greylisting;

	if (!connection || !settings)
		return 0;
	greylisting = find_greylisting(connection, settings);
	if (!greylisting) {
		begin_greylisting(connection, settings, cookie);
		return 0;
	}
	if (greylisting->cookie == cookie)
		return 0; /* the same packet again */
	if (is_over(greylisting, connection, settings)) {
		greylisting->first_seen_ns = connection->now_ns;
		greylisting->passed_ns = 0;
		greylisting->tries = 0;
		count(MXDP_COUNT_greylist_new);
	} else if (is_early(greylisting, connection, settings)) {
		count(MXDP_COUNT_greylist_early);
	}
	greylisting->tries++;
	fill_try(connection, cookie, greylisting);
	return 0;
}

#endif
