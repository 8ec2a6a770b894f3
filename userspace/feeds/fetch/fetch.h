/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fetching a feed from its source into a file: http and https by libcurl, rsync by the system's
 * rsync. Blocks, bounded by time and size: for a thread of the pool. No globals and no log.
 */
#ifndef MXDP_FEEDS_FETCH_H
#define MXDP_FEEDS_FETCH_H

#include <stdatomic.h>
#include <stdint.h>

#define MXDP_FETCH_TAG   256 /* an ETag's bytes; a longer one is not kept */
#define MXDP_FETCH_FAULT 256

/* What tells the server which version is here; empty: none. */
struct mxdp_fetch_version {
	char etag[MXDP_FETCH_TAG];
	int64_t modified; /* Unix seconds, 0: unknown */
};

struct mxdp_fetch {
	const char *url;             /* http://, https:// or rsync:// */
	const char *to;              /* a file that is made or replaced */
	const char *proxy, *ca_file; /* or NULL */
	unsigned int timeout;        /* seconds */
	uint64_t size_max;           /* bytes, after decompression */
	const atomic_bool *stop;     /* ends the transfer soon */
	struct mxdp_fetch_version version;
};

enum mxdp_fetch_result { MXDP_FETCH_FAILED, MXDP_FETCH_UNCHANGED, MXDP_FETCH_NEW };

/*
 * With NEW `fetch->version` is that of the new data; with FAILED `fault` says why, without the
 * user's name and password that a URL may hold.
 */
enum mxdp_fetch_result mxdp_fetch_run(struct mxdp_fetch *fetch, char fault[MXDP_FETCH_FAULT]);

#endif
