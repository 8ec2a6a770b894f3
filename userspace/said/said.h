/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What clients say on the wire becomes evidence, as a policy request does, without a change to the
 * mail server: HELO and sender of those that pass (ring `wire`) and of those that the packet path
 * refuses itself (ring `dialogues`). HELO and sender go to the screener's checks, SPF is evaluated
 * for the pair, and all of it is shown by explain, watch and the journal.
 *
 * Only a client that has proved its address is checked; what another says is shown, and that is
 * all: no question, no journal, no weight. SPF judges the message: on the address it weighs nothing
 * either. Bounded: conversations, questions at once and a second; what a client repeats is not
 * asked again for a while.
 */
#ifndef MXDP_SAID_H
#define MXDP_SAID_H

#include <stdbool.h>
#include <uv.h>

#include "line.h"
#include "maps/address.h"
#include "userspace/history/history.h"
#include "userspace/never_block/never_block.h"
#include "userspace/rules/rules.h"
#include "userspace/screener/screener.h"

#define MXDP_SAID_CONVERSATIONS_MAX 4096
#define MXDP_SAID_KNOWN_MAX         8192 /* of what was asked lately */
#define MXDP_SAID_REPEAT_MS         600000
#define MXDP_SAID_QUESTIONS_MAX     500 /* at once */
/* Questions, and lines of the journal, a second; and so many seconds' worth after a pause. */
#define MXDP_SAID_QUESTION_RATE 50
#define MXDP_SAID_JOURNAL_RATE  200
#define MXDP_SAID_BURST_S       4
/* What unproved addresses say: clients of which it is kept, and lines a second. */
#define MXDP_SAID_UNPROVED_MAX  1024
#define MXDP_SAID_UNPROVED_RATE 50

/* What a client has said, and what is found of it. */
struct mxdp_said_message {
	struct mxdp_address client;
	int64_t time; /* Unix seconds */
	bool proved;  /* its address */
	bool refused; /* said to us in a refusal's dialogue, not to the mail server */
	bool has_sender, has_recipient;
	char helo[MXDP_SAID_ARGUMENT];      /* "" where not known */
	char sender[MXDP_SAID_ARGUMENT];    /* the domain alone; "" is the null sender */
	char recipient[MXDP_SAID_ARGUMENT]; /* the domain alone */
	const char *spf;                    /* "pass", "fail" ... or NULL: not evaluated */
};

/* What the module needs. Everything stays owned by the daemon. */
struct mxdp_said_world {
	struct mxdp_spf_lookup lookup; /* where SPF asks */
	struct mxdp_screener *screener;
	struct mxdp_rules *rules;
	struct mxdp_never_block *never_block;
	struct mxdp_history *history; /* may be NULL */
	/* Told of each message; may be NULL. */
	void (*on_message)(void *context, const struct mxdp_said_message *message);
	void *context;
};

struct mxdp_said_stats {
	uint64_t heard;      /* lines of clients that pass */
	uint64_t refused;    /* lines of clients that are refused */
	uint64_t unreadable; /* ... of these, lines that are no whole command */
	uint64_t asked;      /* questions begun */
	uint64_t repeated;   /* messages that were known already */
	uint64_t unproved;   /* lines shown only: the client has not proved its address */
	uint64_t exempt;     /* messages of clients that a rule or the never-block set decides */
	uint64_t skipped;    /* messages not looked into: too many at once, or the queue was full */
	uint64_t unproved_skipped; /* lines of unproved addresses not even shown: too many */
};

struct mxdp_said;

/* Returns 0 or -ENOMEM. */
int mxdp_said_new(uv_loop_t *loop, const struct mxdp_said_world *world, struct mxdp_said **out);
/* Handles close in the loop's next turns. The screener must be freed before these. */
void mxdp_said_free(struct mxdp_said *said);

/* A record of the ring `wire`, or of `dialogues`. */
void mxdp_said_hear(struct mxdp_said *said, const struct mxdp_wire_line *line);
void mxdp_said_hear_refused(struct mxdp_said *said, const struct mxdp_dialogue *record);

/*
 * The latest that was said in the name of this client by somebody who did not prove the address;
 * NULL: nothing lately. Valid until the next record is heard.
 */
const struct mxdp_said_message *mxdp_said_unproved(const struct mxdp_said *said,
						   const struct mxdp_address *client);

/* All 0 for NULL. */
void mxdp_said_stats(const struct mxdp_said *said, struct mxdp_said_stats *stats);

#endif
