/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which networks lie wholly within what rules and never-block set take out of the snapshot. */
#ifndef MXDP_FEEDS_LEFT_OUT_H
#define MXDP_FEEDS_LEFT_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/address.h"

struct mxdp_left_out {
	struct mxdp_span {
		struct mxdp_address first, last;
	} * spans; /* ascending, apart */
	size_t count;
};

/* 0 or -ENOMEM; then it is as if nothing were taken out. */
int mxdp_left_out_make(const struct mxdp_prefix *prefixes, size_t count, struct mxdp_left_out *out);
void mxdp_left_out_free(struct mxdp_left_out *left_out);
bool mxdp_left_out_holds(const struct mxdp_left_out *left_out, const struct mxdp_prefix *prefix);

#endif
