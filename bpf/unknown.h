/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client without a verdict: announced to the daemon once, and held while it is checked. It is
 * held only when the daemon lives and knows of it; in every other case mail comes first.
 */
#ifndef MXDP_BPF_UNKNOWN_H
#define MXDP_BPF_UNKNOWN_H

#include "challenge.h"
#include "events.h"
#include "lookup.h"

#define EEXIST 17

/* Of settings.flood_leave: clients that a CPU announces in a second as they prove their address. */
#define ANNOUNCED_FRACTION 10

static __always_inline struct mxdp_pending *find_pending(const struct connection *connection)
{
	if (connection->version == 4) {
		struct mxdp_client4 key __attribute__((aligned(8)));

		client4(connection, &key);
		return bpf_map_lookup_elem(&pending4, &key);
	}
	struct mxdp_client6 key __attribute__((aligned(8)));

	client6(connection, 128, &key);
	return bpf_map_lookup_elem(&pending6, &key);
}

static __always_inline long store_pending(const struct connection *connection)
{
	struct mxdp_pending fresh = {.first_seen_ns = connection->now_ns, .attempts = 1};

	if (connection->version == 4) {
		struct mxdp_client4 key __attribute__((aligned(8)));

		client4(connection, &key);
		return bpf_map_update_elem(&pending4, &key, &fresh, BPF_NOEXIST);
	}
	struct mxdp_client6 key __attribute__((aligned(8)));

	client6(connection, 128, &key);
	return bpf_map_update_elem(&pending6, &key, &fresh, BPF_NOEXIST);
}

static __always_inline void forget_pending(const struct connection *connection)
{
	if (connection->version == 4) {
		struct mxdp_client4 key __attribute__((aligned(8)));

		client4(connection, &key);
		bpf_map_delete_elem(&pending4, &key);
		return;
	}
	struct mxdp_client6 key __attribute__((aligned(8)));

	client6(connection, 128, &key);
	bpf_map_delete_elem(&pending6, &key);
}

/* The daemon's heart still beats. A heartbeat from a little ahead of our clock is fresh. */
static __always_inline bool daemon_alive(const struct connection *connection,
					 const struct mxdp_settings *settings,
					 const struct mxdp_daemon_state *state)
{
	__s64 age = connection->now_ns - state->heartbeat_ns;

	return state->heartbeat_ns && age < (__s64)settings->heartbeat_stale_ns;
}

static __always_inline bool is_daemon_stale(const struct connection *connection,
					    const struct mxdp_settings *settings)
{
	__u32 zero = 0;
	struct mxdp_daemon_state *state = bpf_map_lookup_elem(&daemon_state, &zero);

	return !state || !daemon_alive(connection, settings, state);
}

/* A client that was announced before. UNDECIDED: so long ago that it counts as new. */
static __always_inline enum mxdp_counter retry_unknown(const struct connection *connection,
						       const struct mxdp_settings *settings,
						       struct mxdp_pending *pending)
{
	__s64 age = connection->now_ns - pending->first_seen_ns;

	__sync_fetch_and_add(&pending->attempts, 1);
	if (age >= (__s64)settings->hold_ns && age >= (__s64)settings->retry_ns)
		return UNDECIDED;
	if (!settings->hold_unknown)
		return MXDP_COUNT_unknown_pass;
	return age < (__s64)settings->hold_ns ? MXDP_COUNT_unknown_held_again
					      : MXDP_COUNT_unknown_hold_over;
}

/* Notes the client as announced now. UNDECIDED: done, by this CPU alone. */
static __always_inline enum mxdp_counter note_unknown(const struct connection *connection,
						      const struct mxdp_settings *settings,
						      struct mxdp_pending *pending)
{
	enum mxdp_counter announced_by_other =
		settings->hold_unknown ? MXDP_COUNT_unknown_held_again : MXDP_COUNT_unknown_pass;
	long error;

	if (pending) {
		__u64 old = pending->first_seen_ns;

		if (__sync_val_compare_and_swap(&pending->first_seen_ns, old, connection->now_ns) !=
		    old)
			return announced_by_other;
		return UNDECIDED;
	}
	error = store_pending(connection);
	if (error == -EEXIST)
		return announced_by_other;
	return error ? MXDP_COUNT_unknown_not_stored : UNDECIDED;
}

static __always_inline enum mxdp_counter screen_unknown(const struct connection *connection,
							const struct mxdp_settings *settings)
{
	__u32 zero = 0;
	struct mxdp_daemon_state *state = bpf_map_lookup_elem(&daemon_state, &zero);
	struct mxdp_pending *pending;
	enum mxdp_counter outcome;

	if (!state || !daemon_alive(connection, settings, state))
		return MXDP_COUNT_unknown_stale;
	outcome = demand_proof(connection, settings);
	if (outcome != UNDECIDED)
		return outcome;
	pending = find_pending(connection);
	if (pending) {
		outcome = retry_unknown(connection, settings, pending);
		if (outcome != UNDECIDED)
			return outcome;
	}
	if (!state->queue_room)
		return MXDP_COUNT_unknown_no_room;
	outcome = note_unknown(connection, settings, pending);
	if (outcome != UNDECIDED)
		return outcome;
	if (!announce(connection, settings)) {
		forget_pending(connection);
		return MXDP_COUNT_unknown_event_lost;
	}
	return settings->hold_unknown ? MXDP_COUNT_unknown_held : MXDP_COUNT_unknown_pass;
}

/* Whether this CPU may announce one more client by its reset. */
static __always_inline bool may_announce_proved(const struct connection *connection,
						const struct mxdp_settings *settings)
{
	__u32 many = settings->flood_leave / ANNOUNCED_FRACTION;
	__u64 interval_ns = SECOND_NS / (many ? many : 1);
	struct mxdp_flood *state = get_flood();

	return state && take_token(&state->announced_ns, connection->now_ns, interval_ns,
				   SECOND_NS - interval_ns);
}

/*
 * A client has just answered a challenge: its SYN will come again, after a second from most
 * stacks, and then finds the verdict. Nobody is any worse off where this is not done, as the SYN
 * announces its client too; so it has a rate: hosts answer to SYNs in their names as well.
 */
__noinline int announce_proved(const struct connection *connection,
			       const struct mxdp_settings *settings)
{
	__u32 zero = 0, bits;
	struct mxdp_daemon_state *state = bpf_map_lookup_elem(&daemon_state, &zero);

	if (!connection || !settings || !state || !daemon_alive(connection, settings, state) ||
	    !state->queue_room || find_pending(connection) || find_verdict(connection, &bits) ||
	    !has_proof(connection, settings) || !handshakes_within(connection, settings) ||
	    !may_announce_proved(connection, settings))
		return 0;
	if (note_unknown(connection, settings, NULL) != UNDECIDED)
		return 0;
	if (announce(connection, settings))
		count(MXDP_COUNT_resets_announced);
	else
		forget_pending(connection);
	return 0;
}

#endif
