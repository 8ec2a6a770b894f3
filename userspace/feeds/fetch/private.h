/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of fetch alone. */
#ifndef MXDP_FEEDS_FETCH_PRIVATE_H
#define MXDP_FEEDS_FETCH_PRIVATE_H

#include "fetch.h"

enum mxdp_fetch_result mxdp_fetch_rsync(struct mxdp_fetch *fetch, char fault[MXDP_FETCH_FAULT]);

#endif
