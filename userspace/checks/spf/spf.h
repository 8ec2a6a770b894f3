/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SPF (RFC 7208): may this client send mail in this domain's name? One evaluation runs in the event
 * loop, asks DNS through a lookup that its caller gives it, blocks nowhere and ends after a bounded
 * number of questions and a bounded time.
 *
 * The domain's owner writes the records, so everything read here is hostile. The grammar, the
 * limits and the macros are our own (spf_record, spf_macro, spf_eval); libspf2 compares addresses
 * and names for the mechanisms a, mx, ptr and exists (spf_mechanism) and never sees remote text
 * that it would have to compile: its compiler is where its stack overflow lives (CVE-2023-42118).
 */
#ifndef MXDP_SPF_H
#define MXDP_SPF_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "maps/address.h"
#include "lookup.h"

/* The limits of RFC 7208 4.6.4, over the whole evaluation with all that it includes. */
#define MXDP_SPF_TERMS_MAX    10    /* terms that ask DNS */
#define MXDP_SPF_VOIDS_MAX    2     /* answers without a record */
#define MXDP_SPF_NAMES_MAX    10    /* MX hosts of one mx term, PTR names of the client */
#define MXDP_SPF_TIME_MS      20000 /* "SHOULD allow at least 20 seconds" */
#define MXDP_SPF_RECORD_BYTES 3000  /* a longer record is a permerror */
#define MXDP_SPF_SENDER_BYTES 512   /* of HELO and of the sender; RFC 5321 allows 255 and 320 */
#define MXDP_SPF_EXPLANATION  500   /* bytes, with the final NUL: one line of an SMTP reply */
#define MXDP_SPF_TEXT         256   /* of the other texts in a result, with their NUL */

enum mxdp_spf_code {
	MXDP_SPF_NONE, /* RFC 7208 2.6 explains each */
	MXDP_SPF_NEUTRAL,
	MXDP_SPF_PASS,
	MXDP_SPF_FAIL,
	MXDP_SPF_SOFTFAIL,
	MXDP_SPF_TEMPERROR,
	MXDP_SPF_PERMERROR,
};

struct mxdp_spf_question {
	struct mxdp_address client;
	const char *helo;     /* as the client said it; NULL or "" when unknown */
	const char *sender;   /* MAIL FROM without angle brackets; NULL or "": postmaster@helo */
	const char *receiver; /* our own name, for %{r} and Received-SPF; NULL: "unknown" */
	/* Shown for a fail when the domain gives no explanation of its own; NULL: none. */
	const char *default_explanation;
	unsigned int time_ms; /* 0: MXDP_SPF_TIME_MS */
};

struct mxdp_spf_result {
	enum mxdp_spf_code code;
	/* Printable ASCII, for a fail only. The domain's words are a stranger's: say so. */
	char explanation[MXDP_SPF_EXPLANATION];
	bool explained_by_domain;
	char mechanism[MXDP_SPF_TEXT];      /* the term that matched; "default" when none did */
	char domain[MXDP_SPF_TEXT];         /* whose record that term stands in, after redirects */
	char problem[MXDP_SPF_TEXT];        /* what is wrong, for none, temperror and permerror */
	unsigned int terms, voids, lookups; /* what it took */
};

/* "pass", "softfail" ... */
const char *mxdp_spf_code_name(enum mxdp_spf_code code);

struct mxdp_spf_run;
typedef void (*mxdp_spf_done)(void *context, const struct mxdp_spf_result *result);

/*
 * Starts an evaluation; the question's texts are copied. `done` is called exactly once, never from
 * inside this call, and the run is freed after it. `lookup` must outlive the run. Returns the run,
 * or NULL when memory is out.
 */
struct mxdp_spf_run *mxdp_spf_start(uv_loop_t *loop, const struct mxdp_spf_lookup *lookup,
				    const struct mxdp_spf_question *question, mxdp_spf_done done,
				    void *context);
/* Ends a run: `done` will not be called. */
void mxdp_spf_cancel(struct mxdp_spf_run *run);

/*
 * Writes the header field of RFC 7208 9.1, "Received-SPF: pass (...) client-ip=...", as one line
 * without line end. Returns its length, or -ENOSPC when `size` is too small: MXDP_SPF_RECEIVED
 * never is.
 */
#define MXDP_SPF_RECEIVED 4096
int mxdp_spf_received(const struct mxdp_spf_question *question,
		      const struct mxdp_spf_result *result, char *text, size_t size);

#endif
