/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence: what one source says about a client, what it weighs, and how long it holds. Checks,
 * reports and operators produce it, mxdp_decide() (verdict.h) adds it up, `mxdp explain` shows it.
 */
#ifndef MXDP_EVIDENCE_H
#define MXDP_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "maps/address.h"

/* X(name, text, may lead to a reject by itself) */
#define MXDP_EVIDENCE_CLASSES(X)   \
	X(LIST, "dnsbl", true)     \
	X(WELCOME, "dnswl", false) \
	X(REVERSE, "rdns", false)  \
	X(HELO, "helo", false)     \
	X(SENDER, "sender", false) \
	X(SPF, "spf", false)       \
	X(REPORT, "report", true)  \
	X(TRUST, "trust", false)   \
	X(EXEMPT, "exempt", false) \
	X(FEED, "feed", true)      \
	X(RETURNED, "greylist", false)

#define MXDP_EVIDENCE_ENUM(name, text, rejects) MXDP_EVIDENCE_##name,
enum mxdp_evidence_class { MXDP_EVIDENCE_CLASSES(MXDP_EVIDENCE_ENUM) MXDP_EVIDENCE_CLASS_COUNT };

/* What became of the question. Only an answer counts; the rest is kept to be explained. */
enum mxdp_evidence_state {
	MXDP_EVIDENCE_ANSWERED,
	MXDP_EVIDENCE_NOTHING, /* asked, and nothing to say (not listed, no record) */
	MXDP_EVIDENCE_FAILED,  /* no answer: time-out, SERVFAIL, an error reply */
};

/* Why an answer that counts is yet no ground for a refusal for good. X(name, as stored, text) */
#define MXDP_EVIDENCE_DOUBTS(X)                                        \
	X(NONE, "", "")                                                \
	X(UNPROBED, "unprobed", "the list has not passed a probe yet") \
	X(OLD, "old", "the list's last good probe is old")             \
	X(SUSPENDED, "suspended", "the list was suspended meanwhile")  \
	X(JUMP, "jump", "the list suddenly names many more clients")   \
	X(TRUSTED, "trusted", "the list names clients that earned our trust")

#define MXDP_EVIDENCE_DOUBT_ENUM(name, stored, text) MXDP_DOUBT_##name,
enum mxdp_evidence_doubt { MXDP_EVIDENCE_DOUBTS(MXDP_EVIDENCE_DOUBT_ENUM) MXDP_DOUBT_COUNT };

#define MXDP_EVIDENCE_SOURCE 96
#define MXDP_EVIDENCE_REASON 256

struct mxdp_evidence {
	enum mxdp_evidence_class class;
	enum mxdp_evidence_state state;
	enum mxdp_evidence_doubt doubt;
	char source[MXDP_EVIDENCE_SOURCE]; /* zone, check or reporter; secret parts masked */
	struct mxdp_prefix key;            /* whom it speaks about */
	double score;                      /* positive: against the client; 0 unless ANSWERED */
	int64_t observed;                  /* Unix seconds */
	int64_t expires;                   /* Unix seconds */
	char reason[MXDP_EVIDENCE_REASON]; /* one sentence, printable */
};

/* How far what one source reports about a client may add up. */
struct mxdp_report_limits {
	double cap;             /* the most it may come to, as a magnitude */
	unsigned int half_life; /* seconds; 0: it does not fade before it expires */
};

/* Names as they are stored and shown; "?" for a number that is no member. */
const char *mxdp_evidence_class_name(enum mxdp_evidence_class class);
const char *mxdp_evidence_state_name(enum mxdp_evidence_state state);
const char *mxdp_evidence_doubt_name(enum mxdp_evidence_doubt doubt);
/* In words, "" for none. */
const char *mxdp_evidence_doubt_text(enum mxdp_evidence_doubt doubt);

/*
 * Sets source and reason from printf-style text that may hold bytes from the network: anything not
 * printable ASCII becomes '?', and what is too long ends in "...".
 */
void mxdp_evidence_set_source(struct mxdp_evidence *evidence, const char *text);
void mxdp_evidence_set_reason(struct mxdp_evidence *evidence, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
