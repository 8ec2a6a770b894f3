/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "write_all.h"

#include <errno.h>
#include <unistd.h>

int mxdp_feed_write_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		length -= (size_t)written;
	}
	return 0;
}
