/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A unix socket to listen on: bound with its final owner and mode before anybody can connect, taken
 * over from a dead daemon, never from a live one, and removed at the end only while it is ours.
 */
#ifndef MXDP_LISTEN_H
#define MXDP_LISTEN_H

#include <sys/types.h>

struct mxdp_listener {
	int fd;
	char *path;
	dev_t device; /* what was bound, so that nobody else's socket is removed */
	ino_t inode;
};

/*
 * Binds and listens (0660, `group` if not NULL), making the last directory of the path when it is
 * missing. Returns 0 or, after logging the way out, a negative errno: -EADDRINUSE when a daemon
 * answers there, -EEXIST when something other than a socket is in the way.
 */
int mxdp_listen_unix(const char *path, const char *group, struct mxdp_listener *sock);

/* Removes the path if it is still this socket. Does not close the file descriptor. */
void mxdp_listen_remove(struct mxdp_listener *sock);

#endif
