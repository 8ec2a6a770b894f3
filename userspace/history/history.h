/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has been decided and refused, in history.sqlite under the state directory: the verdicts with
 * the evidence behind them, restored at the next start, and the journal, which answers "what became
 * of this client's mail" for days.
 *
 * Written behind: records are gathered in the loop and written twice a second by a thread of the
 * loop's pool, a batch a transaction; refused attempts, which are added up, every three seconds. A
 * crash or a kill loses at most what was gathered since, and never the file. A file that cannot be
 * written costs a log line and, when the queue is full, the newest records (counted); screening
 * goes on. Every function takes a NULL history and does nothing.
 */
#ifndef MXDP_HISTORY_H
#define MXDP_HISTORY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "maps/abi.h"
#include "maps/address.h"
#include "userspace/screener/screener.h"

struct mxdp_history;

struct mxdp_history_stats {
	uint64_t written; /* records in the file */
	uint64_t lost;    /* records that found no place in the queue */
	size_t queued;
	bool failing; /* the latest batch could not be written */
};

/*
 * Opens or makes DIRECTORY/history.sqlite; journal lines live for `keep` seconds. Returns 0 or a
 * negative errno after logging.
 */
int mxdp_history_open(uv_loop_t *loop, const char *directory, int64_t keep,
		      struct mxdp_history **out);
/* Writes what is queued; handles close in the loop's next turns. */
void mxdp_history_close(struct mxdp_history *history);
void mxdp_history_configure(struct mxdp_history *history, int64_t keep);

/* A verdict was made: kept until it expires, and a line of the journal. */
void mxdp_history_decided(struct mxdp_history *history, const struct mxdp_case *decided);
/* A connection attempt was refused, or would have been: added up by client and minute. */
void mxdp_history_refused(struct mxdp_history *history, const struct mxdp_event *event);
/* A client's earned trust has grown; a refusing verdict about it deletes it. */
void mxdp_history_trust(struct mxdp_history *history, const struct mxdp_trust_record *earned);
/* A piece of what was told of a client (screener/told.h): kept until it expires. */
void mxdp_history_told(struct mxdp_history *history, const struct mxdp_evidence *kept);
/* A client's reverse name, for the search. */
void mxdp_history_named(struct mxdp_history *history, const struct mxdp_address *client,
			const char *name);
/* What was counted of each zone; written when something was. */
void mxdp_history_zones(struct mxdp_history *history, const struct mxdp_zones *zones);
/* The verdicts of all clients in the prefix are not to be restored; the journal stays. */
void mxdp_history_forget(struct mxdp_history *history, const struct mxdp_prefix *prefix);

/*
 * Hands over the cases whose verdicts have not expired, oldest first, at most `most` of the newest.
 * A case is valid during the call. Returns their number or a negative errno.
 */
int mxdp_history_restore(struct mxdp_history *history, size_t most,
			 void (*each)(void *context, const struct mxdp_case *known), void *context);

/* Hands over what clients had earned, the longest silent first. Their number or a negative errno.
 */
int mxdp_history_restore_trust(struct mxdp_history *history,
			       void (*each)(void *context, const struct mxdp_trust_record *record),
			       void *context);

/* Likewise what was told of clients and has not expired, the oldest first; and what zones found. */
int mxdp_history_restore_told(struct mxdp_history *history,
			      void (*each)(void *context, const struct mxdp_evidence *kept),
			      void *context);
int mxdp_history_restore_zones(struct mxdp_history *history,
			       void (*each)(void *context, const char *shown,
					    const struct mxdp_zone_statistics *statistics),
			       void *context);

/*
 * A message was announced to the policy server, or seen on the wire: `text` says what came of it.
 * Of the sender only the domain is kept. NULL for what is not known.
 */
void mxdp_history_message(struct mxdp_history *history, const struct mxdp_address *client,
			  const char *helo, const char *sender, const char *text);

#define MXDP_JOURNAL_TEXT   320
#define MXDP_JOURNAL_DOMAIN 256

/* X(name, text as stored and shown, meaning) */
#define MXDP_JOURNAL_EVENTS(X)                                              \
	X(VERDICT, "verdict", "the checks made a verdict")                  \
	X(REFUSED, "refused", "connection attempts refused in this minute") \
	X(OBSERVED, "observed", "the same in observe mode: they passed")    \
	X(MESSAGE, "message", "a message was announced")

#define MXDP_JOURNAL_ENUM(name, text, what) MXDP_JOURNAL_##name,
enum mxdp_journal_event { MXDP_JOURNAL_EVENTS(MXDP_JOURNAL_ENUM) MXDP_JOURNAL_EVENT_COUNT };
const char *mxdp_journal_event_name(enum mxdp_journal_event event);

/* One line of the journal. */
struct mxdp_journal_line {
	struct mxdp_address client;
	int64_t time; /* Unix seconds; of refusals the minute's beginning */
	enum mxdp_journal_event event;
	enum mxdp_action action;
	enum mxdp_reason reason;
	unsigned int count; /* how often in this minute, or at this second */
	double score;
	char text[MXDP_JOURNAL_TEXT];     /* of a verdict the sum in words */
	char helo[MXDP_JOURNAL_DOMAIN];   /* "" where unknown */
	char sender[MXDP_JOURNAL_DOMAIN]; /* its domain */
	char name[MXDP_JOURNAL_DOMAIN];   /* the client's reverse name */
};

/* Which lines: by client or by name, not both. */
struct mxdp_journal_query {
	const struct mxdp_prefix *prefix; /* clients inside it */
	const char *domain; /* HELO, sender or reverse name: this domain or one below it */
	int64_t since;      /* Unix seconds */
	size_t most;
};

/*
 * Calls `each` for the lines that match, newest first. `cut` becomes true when there are more, or
 * the search took too long. Returns 0 or a negative errno.
 */
int mxdp_history_search(struct mxdp_history *history, const struct mxdp_journal_query *query,
			void (*each)(void *context, const struct mxdp_journal_line *line),
			void *context, bool *cut);

void mxdp_history_stats(const struct mxdp_history *history, struct mxdp_history_stats *stats);

#endif
