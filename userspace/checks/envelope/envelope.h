/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks of what a client says of itself. HELO: its syntax, whether an address in it is the
 * client's, whether it is one of our own names, whether the name exists (RFC 5321 4.1.1.1, 2.3.5).
 * Sender: its syntax. They speak about the host alone.
 */
#ifndef MXDP_CHECK_ENVELOPE_H
#define MXDP_CHECK_ENVELOPE_H

#include "userspace/checks/check.h"

extern const struct mxdp_check mxdp_check_helo;
extern const struct mxdp_check mxdp_check_sender;

#endif
