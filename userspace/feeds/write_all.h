/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing the bytes of a feed: all of them, however the kernel cuts them. */
#ifndef MXDP_FEEDS_WRITE_ALL_H
#define MXDP_FEEDS_WRITE_ALL_H

#include <stddef.h>

/* Returns 0 or the negative errno of write(2), after which some may be written. */
int mxdp_feed_write_all(int fd, const char *bytes, size_t length);

#endif
