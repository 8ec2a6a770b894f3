/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a host name holds an address, as the names of pools do: 192-0-2-1, 1.2.0.192,
 * 192000002001 or c0000201; of IPv6 the last four groups, padded or not.
 */
#ifndef MXDP_ADDRESS_IN_NAME_H
#define MXDP_ADDRESS_IN_NAME_H

#include <stdbool.h>

#include "maps/address.h"

/* `host` in upper or lower case. */
bool mxdp_address_in_name(const struct mxdp_address *address, const char *host);

#endif
