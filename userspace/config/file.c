/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (1024 * 1024)

/* Without waiting for the writer of a named pipe. */
int mxdp_config_file_open(const char *path, const char **why)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int error = fd < 0 ? -errno : 0;
	struct stat status;

	*why = strerror(errno);
	if (fd < 0)
		return error;
	if (fstat(fd, &status) < 0) {
		error = -errno;
		*why = strerror(errno);
	} else if (!S_ISREG(status.st_mode)) {
		error = -EINVAL;
		*why = "it is not a regular file";
	} else if (status.st_size > FILE_BYTES_MAX) {
		error = -EFBIG;
		*why = "it is larger than 1 MiB";
	}
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

ssize_t mxdp_config_file_read(const char *path, char **bytes, const char **why)
{
	const int fd = mxdp_config_file_open(path, why);
	ssize_t size = 0;

	if (fd < 0)
		return fd;
	*bytes = malloc(FILE_BYTES_MAX);
	while (*bytes && size < FILE_BYTES_MAX) {
		const ssize_t got = read(fd, *bytes + size, (size_t)(FILE_BYTES_MAX - size));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			size = -errno;
		if (got <= 0)
			break;
		size += got;
	}
	close(fd);
	if (!*bytes)
		size = -ENOMEM;
	if (size < 0) {
		*why = strerror((int)-size);
		free(*bytes);
	}
	return size;
}
