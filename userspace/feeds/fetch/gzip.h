/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacking a gzip stream (RFC 1952) as it arrives. libcurl could do it, but takes a stream that
 * ends early for a whole one: a list cut off in the middle would be good.
 */
#ifndef MXDP_FEEDS_FETCH_GZIP_H
#define MXDP_FEEDS_FETCH_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

struct mxdp_gunzip {
	z_stream stream;
	bool begun; /* the stream has memory */
	bool whole; /* the last member has ended, and its checksum is right */
};

/*
 * Unpacks the next bytes and hands them to `write`, which returns 0 or a negative errno that ends
 * it. Returns 0, -EBADMSG for what is no gzip, -ENOMEM, or what `write` returned.
 */
int mxdp_gunzip_take(struct mxdp_gunzip *gunzip, const char *bytes, size_t length,
		     int (*write)(void *context, const char *bytes, size_t length), void *context);
void mxdp_gunzip_end(struct mxdp_gunzip *gunzip);

#endif
