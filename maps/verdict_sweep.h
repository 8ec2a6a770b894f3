/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removing expired verdicts, a few at a time, so that the map's places are free for living ones and
 * the event loop never waits for a walk over millions. What is alive is counted on the way.
 */
#ifndef MXDP_VERDICT_SWEEP_H
#define MXDP_VERDICT_SWEEP_H

#include <stdbool.h>

#include "map_place.h"
#include "maps.h"

/* Zero-initialised by the caller; then only the functions below touch it. */
struct mxdp_verdict_sweep {
	bool v6; /* which map the walk is in */
	struct mxdp_map_place place;
	uint32_t counting;       /* living entries met so far in this map */
	uint32_t alive4, alive6; /* of the last complete walks */
};

/* Both maps have been walked, and the next walk has not begun. */
static inline bool mxdp_verdict_sweep_is_between(const struct mxdp_verdict_sweep *sweep)
{
	return !sweep->v6 && !sweep->place.started;
}

/*
 * Looks at `budget` entries or some hundred more, deletes those that expired, and remembers the
 * place. Returns how many were deleted.
 */
unsigned int mxdp_verdict_sweep_step(const struct mxdp_maps *maps, struct mxdp_verdict_sweep *sweep,
				     unsigned int budget);

#endif
