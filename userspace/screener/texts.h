/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a DNSBL about a client that it lists: its TXT record (RFC 5782 2.1), asked for after
 * the decision, so that nobody waits for it, and added to the kept case for `mxdp explain`.
 * Bounded under way and by rate: in a flood nobody reads the words about each bot, and their
 * questions would take the DNS's time from those that decide.
 */
#ifndef MXDP_TEXTS_H
#define MXDP_TEXTS_H

#include "cases.h"

#define MXDP_TEXTS_MAX      64 /* under way at once */
#define MXDP_TEXTS_A_SECOND 50

struct mxdp_texts;

/* NULL when memory is out. `resolver` and `cases` must live longer. */
struct mxdp_texts *mxdp_texts_new(struct mxdp_resolver *resolver, struct mxdp_cases *cases);
/* Cancels what is under way. */
void mxdp_texts_free(struct mxdp_texts *texts);

/* Asks every zone of `config` whose listing weighs against the client of this case. */
void mxdp_texts_fetch(struct mxdp_texts *texts, const struct mxdp_config *config,
		      const struct mxdp_case *decided);

#endif
