/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who says what: from the refusal, the state and the client's verb to our next words (RFC 5321 4.1,
 * 4.3). Nothing is ever accepted.
 */
#ifndef MXDP_BPF_TURNS_H
#define MXDP_BPF_TURNS_H

#include "refusal.h"
#include "smtp.h"

struct turn {
	__u32 text; /* index in reply_texts */
	enum mxdp_dialogue_state state;
	__u32 consumed; /* bytes of the client's that are thereby heard */
	bool closes;
};

static __always_inline __u32 refusal_text(const struct refusal *refusal, enum mxdp_reply_at at)
{
	__u32 number = refusal->text <= MXDP_TEXT_GREYLIST ? refusal->text : 0;

	return MXDP_REPLIES_END + number * MXDP_REFUSALS + MXDP_REFUSAL_AT(at) +
	       (refusal->action == MXDP_ACTION_REJECT ? 0 : MXDP_REFUSAL_TEMPORARY);
}

static __always_inline void first_turn(const struct refusal *refusal, struct turn *turn)
{
	turn->text = MXDP_REPLY_GREETING;
	if (refusal->at == MXDP_REPLY_AT_GREETING)
		turn->text = refusal_text(refusal, MXDP_REPLY_AT_GREETING);
}

/* After 554 all but QUIT is out of sequence (RFC 5321 3.1); 421 is said again. */
static __always_inline __u32 after_refusal(const struct refusal *refusal)
{
	if (refusal->action == MXDP_ACTION_REJECT)
		return MXDP_REPLY_SEQUENCE;
	return refusal_text(refusal, MXDP_REPLY_AT_GREETING);
}

static __always_inline __u32 hello_text(const struct refusal *refusal, enum verb verb)
{
	if (refusal->at == MXDP_REPLY_AT_HELO)
		return refusal_text(refusal, MXDP_REPLY_AT_HELO);
	return verb == VERB_EHLO ? MXDP_REPLY_EHLO : MXDP_REPLY_HELO;
}

/* A mail transaction, which gets as far as its recipients. */
static __always_inline void transaction_turn(const struct refusal *refusal, enum verb verb,
					     struct turn *turn)
{
	turn->text = MXDP_REPLY_SEQUENCE;
	if (refusal->at == MXDP_REPLY_AT_HELO)
		return;
	if (verb == VERB_MAIL && turn->state == MXDP_STATE_IDLE) {
		turn->text = MXDP_REPLY_SENDER_OK;
		turn->state = MXDP_STATE_MAIL;
	} else if (verb == VERB_RCPT_CONTACT && turn->state == MXDP_STATE_MAIL) {
		turn->text = MXDP_REPLY_CONTACT;
	} else if (verb == VERB_RCPT && turn->state == MXDP_STATE_MAIL) {
		turn->text = refusal_text(refusal, MXDP_REPLY_AT_DIALOGUE);
	} else if (verb == VERB_DATA && turn->state == MXDP_STATE_MAIL) {
		turn->text = MXDP_REPLY_NO_RECIPIENT;
	}
}

/* What a verb means once the greeting was no refusal. */
static __always_inline void verb_turn(const struct refusal *refusal, enum verb verb,
				      struct turn *turn)
{
	switch (verb) {
	case VERB_HELO:
	case VERB_EHLO:
		turn->text = hello_text(refusal, verb);
		turn->state = MXDP_STATE_IDLE;
		break;
	case VERB_MAIL:
	case VERB_RCPT:
	case VERB_RCPT_CONTACT:
	case VERB_DATA:
		transaction_turn(refusal, verb, turn);
		break;
	case VERB_RSET:
		turn->text = MXDP_REPLY_OK;
		turn->state = MXDP_STATE_IDLE;
		break;
	case VERB_NOOP:
		turn->text = MXDP_REPLY_OK;
		break;
	case VERB_VRFY:
		turn->text = MXDP_REPLY_CANNOT_VERIFY;
		break;
	case VERB_NOT_OFFERED:
		turn->text = MXDP_REPLY_NOT_OFFERED;
		break;
	default:
		turn->text = MXDP_REPLY_UNKNOWN;
	}
}

/* `turn` comes with the state of the dialogue and leaves with the next. */
static __always_inline void next_turn(const struct refusal *refusal, enum verb verb,
				      struct turn *turn)
{
	turn->closes = verb == VERB_QUIT;
	if (verb == VERB_QUIT)
		turn->text = MXDP_REPLY_BYE;
	else if (refusal->at == MXDP_REPLY_AT_GREETING)
		turn->text = after_refusal(refusal);
	else
		verb_turn(refusal, verb, turn);
}

#endif
