/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells when the file of a path has changed and is no longer being written: written in place,
 * replaced by another, behind a symbolic link that was turned, come or gone with its directory. By
 * inotify; a look now and then finds what inotify has missed, and often where it does not work.
 */
#ifndef MXDP_FEEDS_WATCH_H
#define MXDP_FEEDS_WATCH_H

#include <stdbool.h>
#include <uv.h>

struct mxdp_watch;

/*
 * `exists`: there is such a file now. It is told once at the beginning, then of each change. A file
 * that does nothing but grow is told of while it does, and once more at its end.
 */
typedef void (*mxdp_watch_fn)(void *context, bool exists);

/* `path` is absolute. Returns 0, -ENOMEM or -ENAMETOOLONG. */
int mxdp_watch_new(uv_loop_t *loop, const char *path, mxdp_watch_fn changed, void *context,
		   struct mxdp_watch **out);
/* NULL is fine. Tells nothing any more; handles close in the loop's next turns. */
void mxdp_watch_free(struct mxdp_watch *watch);

/* Whether the file was there at the latest look. */
bool mxdp_watch_exists(const struct mxdp_watch *watch);
/* Whether a change was seen that is not yet told. */
bool mxdp_watch_is_settling(const struct mxdp_watch *watch);
/* Whether it was told last while it was still growing: its last line may lack its end. */
bool mxdp_watch_is_growing(const struct mxdp_watch *watch);

#endif
