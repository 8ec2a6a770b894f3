/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a walk over a map is, kept from one turn of the event loop to another. */
#ifndef MXDP_MAP_PLACE_H
#define MXDP_MAP_PLACE_H

#include <stdbool.h>

#include "abi.h"

/* Zero-initialised by its owner: at the beginning. Only mxdp_map_read() moves it. */
struct mxdp_map_place {
	bool started;
	__u8 at[sizeof(struct mxdp_client6)]; /* the kernel's token: no longer than a key */
};

#endif
