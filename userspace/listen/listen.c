/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listen.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "userspace/log.h"

#define BACKLOG 64

static int open_stream(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* Removes what a dead daemon left at the path. A live one, or a file that is no socket, stays. */
static int clear_path(const struct sockaddr_un *name)
{
	struct stat found;
	int fd, error;

	if (lstat(name->sun_path, &found) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(found.st_mode)) {
		mxdp_log(MXDP_LOG_ERROR,
			 "%s exists and is no socket; remove it or configure another socket",
			 name->sun_path);
		return -EEXIST;
	}
	fd = open_stream();
	if (fd < 0)
		return fd;
	error = connect(fd, (const struct sockaddr *)name, sizeof(*name)) < 0 ? errno : 0;
	close(fd);
	if (error == ECONNREFUSED)
		return unlink(name->sun_path) < 0 && errno != ENOENT ? -errno : 0;
	/* EAGAIN: its queue of connections is full, so somebody is listening. */
	mxdp_log(MXDP_LOG_ERROR, "another daemon answers on %s; stop it first", name->sun_path);
	return -EADDRINUSE;
}

static void make_directory(const char *path)
{
	char *copy = strdup(path);

	if (copy && mkdir(dirname(copy), 0755) < 0 && errno != EEXIST)
		mxdp_log(MXDP_LOG_WARNING, "cannot make the directory of %s: %s", path,
			 strerror(errno));
	free(copy);
}

static int give_to_group(const char *path, const char *group)
{
	const struct group *entry;

	if (!group)
		return 0;
	errno = 0;
	entry = getgrnam(group);
	if (!entry) {
		mxdp_log(MXDP_LOG_ERROR,
			 "there is no group \"%s\"; make it (groupadd --system %s) or configure "
			 "another group",
			 group, group);
		return errno ? -errno : -ENOENT;
	}
	if (chown(path, (uid_t)-1, entry->gr_gid) < 0) {
		int error = -errno;

		mxdp_log(MXDP_LOG_ERROR, "cannot give %s to group \"%s\": %s", path, group,
			 strerror(errno));
		return error;
	}
	return 0;
}

static int bind_private(int fd, const struct sockaddr_un *name)
{
	mode_t before = umask(0177); /* nobody but the owner until the group is right */
	int error = bind(fd, (const struct sockaddr *)name, sizeof(*name)) < 0 ? -errno : 0;

	umask(before);
	return error;
}

static int bind_and_listen(int fd, const struct sockaddr_un *name, const char *group,
			   struct mxdp_listener *sock)
{
	struct stat made = {0};
	int error = bind_private(fd, name);

	if (error < 0) {
		mxdp_log(MXDP_LOG_ERROR, "cannot bind %s: %s", name->sun_path, strerror(-error));
		return error;
	}
	error = give_to_group(name->sun_path, group);
	if (error == 0 && (chmod(name->sun_path, 0660) < 0 || lstat(name->sun_path, &made) < 0 ||
			   listen(fd, BACKLOG) < 0)) {
		error = -errno;
		mxdp_log(MXDP_LOG_ERROR, "cannot listen on %s: %s", name->sun_path,
			 strerror(-error));
	}
	if (error < 0) {
		unlink(name->sun_path);
		return error;
	}
	sock->device = made.st_dev;
	sock->inode = made.st_ino;
	return 0;
}

int mxdp_listen_unix(const char *path, const char *group, struct mxdp_listener *sock)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int error;

	if (strlen(path) >= sizeof(name.sun_path)) {
		mxdp_log(MXDP_LOG_ERROR, "the socket's path is longer than %zu bytes: %s",
			 sizeof(name.sun_path) - 1, path);
		return -ENAMETOOLONG;
	}
	memcpy(name.sun_path, path, strlen(path) + 1);
	make_directory(path);
	error = clear_path(&name);
	if (error < 0)
		return error;
	*sock = (struct mxdp_listener){.path = strdup(path), .fd = open_stream()};
	error = !sock->path ? -ENOMEM : sock->fd < 0 ? sock->fd : 0;
	if (error == 0)
		error = bind_and_listen(sock->fd, &name, group, sock);
	if (error < 0) {
		if (sock->fd >= 0)
			close(sock->fd);
		free(sock->path);
	}
	return error;
}

void mxdp_listen_remove(struct mxdp_listener *sock)
{
	struct stat found;

	if (lstat(sock->path, &found) == 0 && found.st_dev == sock->device &&
	    found.st_ino == sock->inode)
		unlink(sock->path);
	free(sock->path);
	sock->path = NULL;
}
