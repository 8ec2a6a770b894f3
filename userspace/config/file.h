/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens and reads a small text file that an operator edits. What would block or harm the daemon (a
 * directory, a named pipe, a file larger than 1 MiB) is refused.
 */
#ifndef MXDP_CONFIG_FILE_H
#define MXDP_CONFIG_FILE_H

#include <sys/types.h>

/* A descriptor for reading; or a negative errno with a text in `*why`, as below. */
int mxdp_config_file_open(const char *path, const char **why);

/*
 * The whole file as bytes that the caller frees. Returns their number, or a negative errno with a
 * text in `*why` that stays valid until the next call.
 */
ssize_t mxdp_config_file_read(const char *path, char **bytes, const char **why);

#endif
