/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a client before anything is asked: what was told, earned trust, exemptions,
 * a return after a greylisting. */
#ifndef MXDP_SCREENER_STANDING_H
#define MXDP_SCREENER_STANDING_H

#include "screener.h"
#include "told.h"

#define MXDP_STANDING_MAX (2 * MXDP_TOLD_SOURCES_MAX + 3)

/* Copies what is known at `now` (Unix seconds) into `out`; returns how much. */
size_t mxdp_standing_find(const struct mxdp_screener *screener, const struct mxdp_config *config,
			  const struct mxdp_address *client, int64_t now,
			  struct mxdp_evidence out[MXDP_STANDING_MAX]);

/* Whether a piece of an earlier case is of this kind: it is found anew, not carried over. */
bool mxdp_standing_made(const struct mxdp_evidence *evidence);

#endif
