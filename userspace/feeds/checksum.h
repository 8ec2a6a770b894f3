/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256 sums that publishers put beside their lists, as sha256sum, `sha256sum --tag`, BSD and
 * openssl write them, or the sum alone. No globals and no log: for a thread of the pool.
 */
#ifndef MXDP_FEEDS_CHECKSUM_H
#define MXDP_FEEDS_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#define MXDP_CHECKSUM_BYTES    32
#define MXDP_CHECKSUM_TEXT     (2 * MXDP_CHECKSUM_BYTES + 1)
#define MXDP_CHECKSUM_FILE_MAX (1024 * 1024) /* bytes; a larger file is refused */
#define MXDP_CHECKSUM_FAULT    320

/*
 * The sum of the file `name` (no directories) in the text of such a file, which may hold those of
 * others. A text of one sum alone need not name the file. Returns 0, or -ENOENT: there is none.
 */
int mxdp_checksum_find(const char *text, size_t length, const char *name,
		       uint8_t sum[MXDP_CHECKSUM_BYTES]);

/*
 * Whether the file's sum is what the file at `sums` says of `name`. Returns 0, or a negative errno
 * with what is wrong and the way out in `fault`; -EBADMSG: the sum is another one.
 */
int mxdp_checksum_verify(const char *path, const char *sums, const char *name,
			 char fault[MXDP_CHECKSUM_FAULT]);

#endif
