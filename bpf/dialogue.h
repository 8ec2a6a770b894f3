/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dialogue with a refused client, without a socket and without state: the packet that the
 * client sends says where we are (maps/replies.h), its verdict says how it is refused, and the
 * answer depends on nothing else. So a packet that comes again gets the same answer again, and a
 * packet that makes no sense gets none: the client's own TCP puts things right.
 */
#ifndef MXDP_BPF_DIALOGUE_H
#define MXDP_BPF_DIALOGUE_H

#include "bucket.h"
#include "clock.h"
#include "cookie.h"
#include "events.h"
#include "greylist.h"
#include "proof.h"
#include "reply.h"
#include "turns.h"

/* With timestamps: how far from what we expect a segment of a dialogue may lie. */
#define SEQUENCE_SPAN 65536

/* Where in its dialogue a segment belongs. */
struct place {
	__u32 offset; /* what the client has acknowledged of our words */
	__u32 cookie;
	__u32 stamp;
};

/*
 * The cookie that the segment acknowledges, of this epoch or the last. Returns 1, or 0: none. A
 * clock that lags behind must not know less of the epochs than the one that answered the SYN.
 */
__noinline int find_place(const struct connection *connection, const struct segment *segment,
			  struct place *place)
{
	struct cookie cookie = {};
	__u32 epoch;

	if (!connection || !segment || !place)
		return 0;
	epoch = epoch_at(connection->now_ns + COARSE_LAG_NS);
	for (__u32 age = 0; age < 2; age++) {
		if (hash_cookie(connection, epoch - age, &cookie))
			return 0;
		place->offset = segment->acknowledged - cookie.sequence - 1;
		place->cookie = cookie.sequence;
		place->stamp = cookie.stamp;
		if (place->offset < MXDP_OFFSET_MAX)
			return 1;
	}
	return 0;
}

/* Our timestamp carries what we expect next: an exact check where there is one. */
static __always_inline __u32 expected(const struct segment *segment, const struct place *place)
{
	return segment->echo - place->stamp;
}

static __always_inline bool is_plausible(const struct segment *segment, const struct place *place)
{
	if (!segment->has_timestamp)
		return true;
	return segment->sequence - expected(segment, place) + SEQUENCE_SPAN < 2 * SEQUENCE_SPAN;
}

/* Whether the byte at `sequence` is the next that we expect. */
static __always_inline bool is_next(const struct segment *segment, const struct place *place,
				    __u32 sequence)
{
	if (segment->has_timestamp)
		return sequence == expected(segment, place);
	if (!place->offset)
		return true; /* nothing was said yet that could tell */
	return sequence % MXDP_OFFSET_SEQUENCE == place->offset / 2 % MXDP_OFFSET_SEQUENCE;
}

static __always_inline enum mxdp_counter
send(struct xdp_md *ctx, const struct connection *connection, const struct segment *segment,
     const struct place *place, struct reply *reply, enum mxdp_counter outcome)
{
	reply->timestamp = reply->acknowledged + place->stamp;
	reply->flags |= FLAG_ACK;
	return make_reply(ctx, connection, segment, reply) ? MXDP_COUNT_reply_failed : outcome;
}

/* Acknowledges all that the client has said, and says nothing. */
static __always_inline enum mxdp_counter
acknowledge(struct xdp_md *ctx, const struct connection *connection, const struct segment *segment,
	    const struct place *place, __u32 flags, enum mxdp_counter outcome)
{
	struct reply reply = {
		.sequence = segment->acknowledged,
		.acknowledged = segment->sequence + segment->length + segment->fin,
		.flags = flags,
	};

	return send(ctx, connection, segment, place, &reply, outcome);
}

/* To a keepalive: its byte was heard before. */
static __always_inline enum mxdp_counter acknowledge_keepalive(struct xdp_md *ctx,
							       const struct connection *connection,
							       const struct segment *segment,
							       const struct place *place)
{
	struct reply reply = {
		.sequence = segment->acknowledged,
		.acknowledged = segment->sequence + 1,
	};

	return send(ctx, connection, segment, place, &reply, MXDP_COUNT_reply_acknowledged);
}

/* Says our words. */
static __always_inline enum mxdp_counter speak(struct xdp_md *ctx,
					       const struct connection *connection,
					       const struct segment *segment,
					       const struct place *place, const struct turn *turn)
{
	struct reply reply = {.flags = FLAG_PSH};
	const struct mxdp_reply_text *text;
	__u32 length, wanted;

	text = find_text(turn->text);
	if (text && text->address)
		format_client(connection);
	length = text_length(text);
	if (!length || length > MXDP_REPLY_TEXT_MAX)
		return MXDP_COUNT_reply_failed;
	reply.sequence = segment->acknowledged;
	reply.acknowledged = segment->sequence + turn->consumed;
	wanted = turn->state * MXDP_OFFSET_STATE + reply.acknowledged % MXDP_OFFSET_SEQUENCE * 2;
	reply.text = turn->text;
	reply.text_length = length + (wanted - place->offset - length) % MXDP_OFFSET_PERIOD;
	if (turn->closes)
		reply.flags |= FLAG_FIN;
	return send(ctx, connection, segment, place, &reply, MXDP_COUNT_reply_turn);
}

/* What is told to the daemon. */
struct utterance {
	enum mxdp_utterance kind;
	__u16 from, length; /* of the line in the frame */
	__u16 text;         /* of its refusal; narrow, for the chain of frames is near 512 bytes */
	__u8 action, at;
};

static __always_inline enum mxdp_utterance utterance_of(enum verb verb)
{
	switch (verb) {
	case VERB_HELO:
	case VERB_EHLO:
		return MXDP_UTTERANCE_HELO;
	case VERB_MAIL:
		return MXDP_UTTERANCE_MAIL;
	case VERB_RCPT:
	case VERB_RCPT_CONTACT:
		return MXDP_UTTERANCE_RCPT;
	case VERB_QUIT:
		return MXDP_UTTERANCE_LEFT;
	default:
		return MXDP_UTTERANCE_NONE;
	}
}

/* Tells the daemon what the client said. */
__noinline int report(struct xdp_md *ctx, const struct connection *connection,
		      const struct place *place, const struct utterance *utterance)
{
	struct mxdp_dialogue *dialogue;
	__u32 length;

	if (!connection || !place || !utterance)
		return 0;
	dialogue = bpf_ringbuf_reserve(&dialogues, sizeof(*dialogue), 0);
	if (!dialogue) {
		count(MXDP_COUNT_dialogues_lost);
		return 0;
	}
	__builtin_memset(dialogue, 0, sizeof(*dialogue));
	dialogue->time_ns = connection->now_ns;
	if (connection->version == 4) {
		map_address(dialogue->client, connection->client);
		map_address(dialogue->destination, connection->destination);
	} else {
		__builtin_memcpy(dialogue->client, connection->client, 16);
		__builtin_memcpy(dialogue->destination, connection->destination, 16);
	}
	dialogue->client_port = connection->client_port;
	dialogue->port = connection->port;
	dialogue->ifindex = connection->ifindex;
	dialogue->cookie = place->cookie;
	dialogue->kind = utterance->kind;
	dialogue->action = utterance->action;
	dialogue->text = utterance->text;
	dialogue->at = utterance->at;
	length = utterance->length;
	if (length > MXDP_UTTERANCE_MAX)
		length = MXDP_UTTERANCE_MAX;
	if (length && !bpf_xdp_load_bytes(ctx, utterance->from, dialogue->line,
					  within(length, MXDP_UTTERANCE_MAX)))
		dialogue->length = length;
	bpf_ringbuf_submit(dialogue, wake_flags(connection->now_ns));
	return 0;
}

/*
 * Tells the daemon of the frame that opens a dialogue, before it becomes our SYN-ACK or greeting:
 * if that gets lost, the client waits and has nothing to send again, so the daemon lets us answer
 * the same frame once more. Not in a flood: few of them are told.
 */
__noinline int report_opened(struct xdp_md *ctx, const struct connection *connection,
			     const struct place *place, enum mxdp_utterance kind)
{
	__u64 length = bpf_xdp_get_buff_len(ctx);
	struct utterance utterance = {.kind = kind, .length = length};
	struct mxdp_cpu *cpu = this_cpu();

	if (!connection || !place || !cpu || length > MXDP_UTTERANCE_MAX)
		return 0;
	if (!take_token(&cpu->clock.opened_ns, connection->now_ns, MXDP_OPENED_INTERVAL_NS,
			MXDP_OPENED_BURST_NS))
		return 0;
	return report(ctx, connection, place, &utterance);
}

/*
 * The client has sent what we expected next: a command, or a part of one, to which we say nothing.
 * False: so it is. True: the turn is ours.
 */
static __always_inline bool hear(struct xdp_md *ctx, const struct connection *connection,
				 const struct segment *segment, const struct place *place,
				 const struct refusal *refusal, struct turn *turn)
{
	struct scratch *scratch = get_scratch();
	__u32 length = read_line(ctx, segment);
	struct utterance utterance = {.from = segment->payload,
				      .length = length,
				      .action = refusal->action,
				      .text = refusal->text,
				      .at = refusal->at};
	enum verb verb;

	if (!scratch || length == LINE_UNFINISHED)
		return false;
	turn->closes = true;
	if (length == LINE_TOO_LONG) {
		turn->text = MXDP_REPLY_TOO_LONG;
		turn->consumed = segment->length;
	} else if (place->offset >= MXDP_OFFSET_MAX - 2 * TEXT_MAX) {
		turn->text = MXDP_REPLY_TOO_MANY;
		turn->consumed = length;
	} else {
		verb = read_verb(scratch, length);
		if (verb == VERB_RCPT && refusal->contacts && names_contact(length))
			verb = VERB_RCPT_CONTACT;
		turn->state = place->offset / MXDP_OFFSET_STATE % 2;
		next_turn(refusal, verb, turn);
		utterance.kind = utterance_of(verb);
		if (utterance.kind)
			report(ctx, connection, place, &utterance);
		turn->consumed = length;
	}
	/* The end of what it has to say is acknowledged with our farewell. */
	if (turn->closes && segment->fin && turn->consumed == segment->length)
		turn->consumed++;
	return true;
}

static __always_inline enum mxdp_counter close_dialogue(struct xdp_md *ctx,
							const struct connection *connection,
							const struct segment *segment,
							const struct place *place)
{
	struct utterance utterance = {.kind = MXDP_UTTERANCE_LEFT};

	report(ctx, connection, place, &utterance);
	return acknowledge(ctx, connection, segment, place, FLAG_FIN, MXDP_COUNT_reply_closed);
}

/* The handshake's end: exactly our number, where later ones may be off by what we have said. */
static __always_inline void greet(struct xdp_md *ctx, struct connection *connection,
				  const struct segment *segment, const struct place *place,
				  const struct refusal *refusal,
				  const struct mxdp_settings *settings, struct turn *turn)
{
	/* What is written down now is compared with exact times. */
	connection->now_ns = bpf_ktime_get_boot_ns();
	note_handshake(connection, settings, refusal->known);
	if (refusal->action == MXDP_ACTION_GREYLIST)
		note_try(connection, settings, place->cookie);
	if (!segment->length) /* else its TCP sends that again */
		report_opened(ctx, connection, place, MXDP_UTTERANCE_GREETED);
	first_turn(refusal, turn);
}

/* A segment of a dialogue with a client that is refused. */
static __always_inline enum mxdp_counter
answer_segment(struct xdp_md *ctx, struct connection *connection, const struct segment *segment,
	       const struct place *place, const struct refusal *refusal,
	       const struct mxdp_settings *settings)
{
	struct turn turn = {};

	/* We have closed: whatever else it says is acknowledged, so that it may close too. */
	if (place->offset & MXDP_OFFSET_FIN) {
		if (!segment->length && !segment->fin)
			return MXDP_COUNT_reply_unread;
		return acknowledge(ctx, connection, segment, place, 0,
				   MXDP_COUNT_reply_acknowledged);
	}
	if (!is_next(segment, place, segment->sequence)) {
		/* A keepalive repeats the last byte (RFC 9293 3.8.4). */
		if (segment->length > 1 || segment->fin ||
		    !is_next(segment, place, segment->sequence + 1))
			return MXDP_COUNT_reply_unread;
		return acknowledge_keepalive(ctx, connection, segment, place);
	}
	if (!segment->length && segment->fin)
		return close_dialogue(ctx, connection, segment, place);
	if (!place->offset)
		greet(ctx, connection, segment, place, refusal, settings, &turn);
	else if (!hear(ctx, connection, segment, place, refusal, &turn))
		return MXDP_COUNT_reply_unread;
	return speak(ctx, connection, segment, place, &turn);
}

/*
 * A segment that is no SYN. UNDECIDED: it belongs to no dialogue of ours. Before anything is looked
 * up, the cookie says whether it can.
 */
__noinline enum mxdp_counter screen_dialogue(struct xdp_md *ctx, struct connection *connection,
					     struct segment *segment,
					     const struct mxdp_settings *settings)
{
	struct refusal refusal = {};
	struct place place = {};

	if (!connection || !segment || !settings || !find_place(connection, segment, &place))
		return UNDECIDED;
	read_options(ctx, segment);
	if (!is_plausible(segment, &place) || !find_refusal(connection, settings, &refusal))
		return UNDECIDED;
	if (refusal.action == MXDP_ACTION_TARPIT)
		return MXDP_COUNT_reply_tarpit;
	return answer_segment(ctx, connection, segment, &place, &refusal, settings);
}

/* The SYN of a client that is refused: our SYN carries the cookie. */
__noinline enum mxdp_counter answer_attempt(struct xdp_md *ctx, const struct connection *connection,
					    struct segment *segment)
{
	struct reply reply = {.flags = FLAG_SYN | FLAG_ACK};
	struct cookie cookie = {};
	struct place place = {};

	if (!connection || !segment || make_cookie(connection, epoch_of(connection), &cookie))
		return MXDP_COUNT_reply_failed;
	place.cookie = cookie.sequence;
	report_opened(ctx, connection, &place, MXDP_UTTERANCE_ANSWERED);
	read_options(ctx, segment);
	reply.sequence = cookie.sequence;
	reply.acknowledged = segment->sequence + 1;
	reply.timestamp = reply.acknowledged + cookie.stamp;
	return make_reply(ctx, connection, segment, &reply) ? MXDP_COUNT_reply_failed
							    : MXDP_COUNT_reply_syn_ack;
}

#endif
