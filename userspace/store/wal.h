/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A database's write-ahead log, before SQLite reads it: SQLite believes it up to the first page
 * that does not fit its checksum, and says nothing of what stands behind it.
 */
#ifndef MXDP_WAL_H
#define MXDP_WAL_H

#include <stdbool.h>

/*
 * Whether pages that were committed to the log beside the database at `path` will be ignored for
 * damage before them. Not where there is no log, nor where it ends in the middle of a write, as
 * after a crash.
 */
bool mxdp_wal_is_damaged(const char *path);

#endif
