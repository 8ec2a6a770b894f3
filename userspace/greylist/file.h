/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * greylist.sqlite: rows gathered in the loop and written by a thread of its pool, a batch a
 * transaction, twice a second at most. A kill loses at most what was gathered since.
 */
#ifndef MXDP_GREYLIST_FILE_H
#define MXDP_GREYLIST_FILE_H

#include "greylist.h"

struct mxdp_greylist_file;

/* Returns 0 or a negative errno after logging it. */
int mxdp_greylist_file_open(uv_loop_t *loop, const char *directory,
			    struct mxdp_greylist_file **out);
/* Writes what is left. NULL is closed already, as is a file that could not be opened. */
void mxdp_greylist_file_close(struct mxdp_greylist_file *file);

/* Calls `each` for every row, the longest unused first. To be called before the first row is saved.
 */
int mxdp_greylist_file_load(struct mxdp_greylist_file *file,
			    void (*each)(void *context, const struct mxdp_greylist_row *row),
			    void *context);

/* Saves a row, or deletes it. What finds no place in the queue is lost, with a log line. */
void mxdp_greylist_file_save(struct mxdp_greylist_file *file, const struct mxdp_greylist_row *row,
			     bool gone);
/* Deletes, with the next batch, networks and triplets first tried and clients last heard of before.
 */
void mxdp_greylist_file_prune(struct mxdp_greylist_file *file, int64_t first_before,
			      int64_t last_before);

#endif
