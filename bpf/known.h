/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients that pass, and SYNs in their names. One that has a verdict need prove nothing about its
 * address: what a flood in its name leaves open is which SYNs are its own. So over a limit each is
 * challenged as in challenge.h, and who answers lets that very SYN pass when it comes again, not
 * another one of its address: the number that comes back is bound to the SYN's sequence number too.
 *
 * Of the number's 31 bits the upper 15 depend on the connection alone, so that a reset shows by
 * itself whether it may be an answer; then the number is noted in `answered`, at a place that
 * follows from the connection. The lower 16 depend on the SYN: they are looked at when it is there
 * again. Places are few and may be overwritten: then the SYN is challenged once more.
 */
#ifndef MXDP_BPF_KNOWN_H
#define MXDP_BPF_KNOWN_H

#include "challenge.h"
#include "limit.h"
#include "unknown.h"

/* Marks the epoch, so that such a cookie is no other challenge's and no dialogue's. */
#define KNOWN_EPOCH (1U << 30)

#define SYN_BITS        0xffff
#define CONNECTION_BITS (NUMBER_BITS & ~SYN_BITS)
#define NOTED           (~NUMBER_BITS) /* so that no number is 0 */

static __always_inline __u32 known_number(const struct cookie *cookie, __u32 sequence)
{
	__u32 syn = cookie->stamp ^ sequence ^ sequence >> 16;

	return (cookie->sequence & CONNECTION_BITS) | (syn & SYN_BITS);
}

static __always_inline __u32 *answered_place(const struct cookie *cookie)
{
	__u32 place = (cookie->sequence ^ cookie->stamp >> 14) % MXDP_ANSWERED_PLACES;

	return bpf_map_lookup_elem(&answered, &place);
}

/* Whether the challenge to this very SYN was answered, in this epoch or the last. */
static __always_inline bool is_confirmed(const struct connection *connection)
{
	__u32 epoch = epoch_of(connection) | KNOWN_EPOCH;
	struct cookie cookie = {};

	for (__u32 age = 0; age < 2; age++) {
		const __u32 *noted;

		if (make_cookie(connection, epoch - age, &cookie))
			return false;
		noted = answered_place(&cookie);
		if (noted && *noted == (known_number(&cookie, connection->sequence) | NOTED))
			return true;
	}
	return false;
}

/* Few of those that cannot answer: as a limit has it, without its burst. */
static __always_inline bool may_spare(const struct connection *connection,
				      const struct mxdp_settings *settings)
{
	enum mxdp_scope scope = MXDP_SCOPE_NETWORK;
	struct mxdp_rates *rates;

	if (!is_spared(connection))
		return false;
	if (!settings->known[scope].interval_ns)
		scope = settings->known[MXDP_SCOPE_CLIENT].interval_ns ? MXDP_SCOPE_CLIENT
								       : MXDP_SCOPE_ALL;
	rates = find_rates(connection, scope);
	return rates && take_token(&rates->spared_ns, connection->now_ns,
				   settings->known[scope].interval_ns, 0);
}

/*
 * An attempt of a client that passes. UNDECIDED: it does. Nothing else comes of it, whatever the
 * limits say: they are about SYNs, not about the client.
 */
__noinline enum mxdp_counter screen_known(const struct connection *connection,
					  const struct mxdp_settings *settings)
{
	struct mxdp_flood *state = get_flood();

	if (!connection || !settings || !state || known_within(connection, settings))
		return UNDECIDED;
	if (is_confirmed(connection)) {
		count(MXDP_COUNT_known_confirmed);
		return UNDECIDED;
	}
	if (!can_reply(connection, settings)) {
		count(MXDP_COUNT_known_unanswered);
		return UNDECIDED;
	}
	if (may_spare(connection, settings)) {
		count(MXDP_COUNT_known_spared);
		return UNDECIDED;
	}
	return may_send_challenge(connection, settings, state) ? MXDP_COUNT_known_challenged
							       : MXDP_COUNT_challenge_over;
}

/*
 * An attempt over the limit of a client whose action is `limit`. Others may have used that up in
 * its name: so it is asked whether the SYN is its own, and those that are have a bucket to
 * themselves.
 */
__noinline enum mxdp_counter screen_limited(const struct connection *connection,
					    const struct mxdp_settings *settings, __u32 bits)
{
	struct mxdp_flood *state = get_flood();

	if (!connection || !settings || !state || !limits_known(settings) ||
	    !can_reply(connection, settings))
		return MXDP_COUNT_limit_drop;
	if (is_confirmed(connection))
		return own_within_limit(connection, settings, bits) ? MXDP_COUNT_limit_pass
								    : MXDP_COUNT_limit_drop;
	return may_send_challenge(connection, settings, state) ? MXDP_COUNT_known_challenged
							       : MXDP_COUNT_limit_drop;
}

__noinline enum mxdp_counter send_known_challenge(struct xdp_md *ctx,
						  const struct connection *connection,
						  const struct segment *segment)
{
	struct cookie cookie = {};

	if (!connection || !segment ||
	    make_cookie(connection, epoch_of(connection) | KNOWN_EPOCH, &cookie))
		return MXDP_COUNT_reply_failed;
	return send_number(ctx, connection, segment, cookie.stamp,
			   known_number(&cookie, connection->sequence))
		       ? MXDP_COUNT_reply_failed
		       : MXDP_COUNT_known_challenged;
}

/* A reset that may answer one; one in 2^14 does so by chance, and goes on like all the others. */
__noinline int note_answer(const struct connection *connection)
{
	struct cookie cookie = {};
	__u32 epoch;

	if (!connection)
		return 0;
	epoch = epoch_of(connection) | KNOWN_EPOCH;
	for (__u32 age = 0; age < 2; age++) {
		__u32 *noted;

		if (make_cookie(connection, epoch - age, &cookie))
			return 0;
		noted = answered_place(&cookie);
		if (!noted || (cookie.sequence ^ connection->sequence) & CONNECTION_BITS)
			continue;
		*noted = connection->sequence | NOTED;
		count(MXDP_COUNT_known_answered);
	}
	return 0;
}

/* A reset. UNDECIDED: it proves no address. */
static __always_inline enum mxdp_counter screen_reset(const struct connection *connection,
						      const struct mxdp_settings *settings)
{
	enum mxdp_counter outcome = screen_proof(connection, settings);

	if (outcome != UNDECIDED)
		announce_proved(connection, settings);
	else if (limits_known(settings))
		note_answer(connection);
	return outcome;
}

#endif
