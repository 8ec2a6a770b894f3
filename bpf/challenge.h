/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The challenge to an unknown client whose SYN may be spoofed: a SYN-ACK that acknowledges not its
 * SYN but our cookie. A stack that sent the SYN answers with a reset whose sequence number is that
 * acknowledgement (RFC 9293 3.10.7.3), stays in SYN-SENT and sends the same SYN again. Who is not
 * at this address never sees the number. Nothing is kept between the two: only the reset writes.
 *
 * The number is the cookie's lower 31 bits, and the highest bit is the one that puts it behind the
 * SYN's own number: an acknowledgement from the past, which firewalls with a state take for a late
 * one, and which can never be the right one.
 */
#ifndef MXDP_BPF_CHALLENGE_H
#define MXDP_BPF_CHALLENGE_H

#include "cookie.h"
#include "flood.h"
#include "proof.h"
#include "rate.h"
#include "refusal.h"
#include "repeats.h"
#include "reply.h"

/* Marks the epoch, so that a challenge's cookie is never a dialogue's. */
#define CHALLENGE_EPOCH (1U << 31)

#define NUMBER_BITS 0x7fffffff

/*
 * Some firewalls eat the challenge. So each connection has one second in five in which it is not
 * challenged: by their usual retransmissions such clients reach it. Not at a flood's height: a
 * fifth of it would have the mail server answer everybody by SYN cookies, and then each honest
 * client whose last ACK gets lost in the crowd waits for its greeting in vain. There a few pass by
 * the retransmission itself (repeats.h).
 */
#define SPARED_EVERY 5

static __always_inline bool limits_known(const struct mxdp_settings *settings)
{
	return settings->known[MXDP_SCOPE_CLIENT].interval_ns ||
	       settings->known[MXDP_SCOPE_NETWORK].interval_ns ||
	       settings->known[MXDP_SCOPE_ALL].interval_ns;
}

/* Whether challenges can be under way at all. */
static __always_inline bool may_challenge(const struct mxdp_settings *settings)
{
	return settings->reply_interfaces[0] && settings->mode != MXDP_MODE_OBSERVE &&
	       (settings->flood_enter || settings->attempts[MXDP_SCOPE_CLIENT].interval_ns ||
		settings->attempts[MXDP_SCOPE_NETWORK].interval_ns ||
		settings->attempts[MXDP_SCOPE_ALL].interval_ns || limits_known(settings));
}

static __always_inline bool is_spared(const struct connection *connection)
{
	struct cookie cookie = {};

	if (make_cookie(connection, epoch_of(connection) | CHALLENGE_EPOCH, &cookie))
		return false;
	return (connection->now_ns / SECOND_NS + cookie.stamp) % SPARED_EVERY == 0;
}

/* Whether this CPU's rate of challenges has room for one more. */
static __always_inline bool may_send_challenge(const struct connection *connection,
					       const struct mxdp_settings *settings,
					       struct mxdp_flood *state)
{
	const struct mxdp_rate *rate = &settings->challenges;

	return !rate->interval_ns || take_token(&state->challenged_ns, connection->now_ns,
						rate->interval_ns, rate->burst_ns);
}

/* In a flood, for a client that has proved nothing: no state, whatever becomes of it. */
static __always_inline enum mxdp_counter challenge_in_flood(const struct connection *connection,
							    const struct mxdp_settings *settings,
							    struct mxdp_flood *state)
{
	if (!can_reply(connection, settings))
		return MXDP_COUNT_challenge_unanswered;
	if (is_at_its_height(settings, state, connection->now_ns)
		    ? may_pass_again(connection, settings, state)
		    : is_spared(connection))
		return MXDP_COUNT_challenge_spared;
	return may_send_challenge(connection, settings, state) ? MXDP_COUNT_challenge_sent
							       : MXDP_COUNT_challenge_over;
}

static __always_inline bool is_exempt(const struct connection *connection)
{
	struct mxdp_member *member = find_exempt(connection);

	if (!member)
		return false;
	add_hit(&member->hits);
	count(MXDP_COUNT_attempts_exempt);
	return true;
}

/* Without a flood: a client over a limit is challenged where it can be, and else as any other. */
static __always_inline enum mxdp_counter challenge_over_limit(const struct connection *connection,
							      const struct mxdp_settings *settings)
{
	if (attempts_within(connection, settings) || is_exempt(connection) ||
	    !can_reply(connection, settings) || is_spared(connection))
		return UNDECIDED;
	return MXDP_COUNT_challenge_sent;
}

/*
 * An attempt of an unknown client: must it prove its address first? UNDECIDED: it may go on, and
 * then be written down.
 */
__noinline enum mxdp_counter demand_proof(const struct connection *connection,
					  const struct mxdp_settings *settings)
{
	struct mxdp_flood *state = get_flood();
	bool flooded;

	if (!connection || !settings || !state)
		return UNDECIDED;
	flooded = count_unknown(settings, state, connection->now_ns);
	if (!has_proof(connection, settings)) {
		enum mxdp_counter outcome;

		outcome = flooded ? challenge_in_flood(connection, settings, state)
				  : challenge_over_limit(connection, settings);
		if (outcome != UNDECIDED)
			return outcome;
	}
	if (!handshakes_within(connection, settings) && !is_exempt(connection))
		return MXDP_COUNT_handshakes_over;
	return UNDECIDED;
}

/* The SYN becomes the challenge, without options: it is never larger. 0, or -1: no room. */
static __always_inline int send_number(struct xdp_md *ctx, const struct connection *connection,
				       const struct segment *segment, __u32 sequence, __u32 number)
{
	struct reply reply = {
		.flags = FLAG_SYN | FLAG_ACK,
		.sequence = sequence,
		.acknowledged = number & NUMBER_BITS,
	};

	if (segment->sequence - reply.acknowledged > NUMBER_BITS)
		reply.acknowledged |= ~NUMBER_BITS;
	return make_reply(ctx, connection, segment, &reply);
}

__noinline enum mxdp_counter send_challenge(struct xdp_md *ctx, const struct connection *connection,
					    const struct segment *segment)
{
	struct cookie cookie = {};

	if (!connection || !segment ||
	    make_cookie(connection, epoch_of(connection) | CHALLENGE_EPOCH, &cookie))
		return MXDP_COUNT_reply_failed;
	return send_number(ctx, connection, segment, cookie.stamp, cookie.sequence)
		       ? MXDP_COUNT_reply_failed
		       : MXDP_COUNT_challenge_sent;
}

/* A reset. UNDECIDED: it answers no challenge of this epoch or the last. */
__noinline enum mxdp_counter screen_proof(const struct connection *connection,
					  const struct mxdp_settings *settings)
{
	struct cookie cookie = {};
	__u32 epoch;

	if (!connection || !settings)
		return UNDECIDED;
	epoch = epoch_of(connection) | CHALLENGE_EPOCH;
	for (__u32 age = 0; age < 2; age++) {
		if (make_cookie(connection, epoch - age, &cookie))
			return UNDECIDED;
		if (!((cookie.sequence ^ connection->sequence) & NUMBER_BITS)) {
			note_reset(connection, settings);
			return MXDP_COUNT_challenge_proved;
		}
	}
	return UNDECIDED;
}

#endif
