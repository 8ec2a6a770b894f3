/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clsact qdisc of an interface, which is shared with whoever else filters there. */
#ifndef MXDP_DATAPATH_CLSACT_H
#define MXDP_DATAPATH_CLSACT_H

#include <stdbool.h>

/* Whether no filter hangs in it, in neither direction. False also where that cannot be told. */
bool mxdp_clsact_is_empty(int ifindex);

#endif
