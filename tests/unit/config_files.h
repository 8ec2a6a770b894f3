/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration files of a test: written into a directory of its own, and loaded. */
#ifndef MXDP_TEST_CONFIG_FILES_H
#define MXDP_TEST_CONFIG_FILES_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "directory.h"
#include "userspace/config/config.h"

#define GOOD "interfaces = { eth0 }\n"

static char path[sizeof(directory) + 16];

static inline void write_file(const char *name, const char *bytes, size_t length)
{
	char where[256];
	FILE *file;

	snprintf(where, sizeof(where), "%s/%s", directory, name);
	file = fopen(where, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
}

static inline void write_text(const char *name, const char *text)
{
	write_file(name, text, strlen(text));
}

static inline int load_bytes(const char *bytes, size_t length, struct mxdp_config **config,
			     char error[MXDP_CONFIG_ERROR])
{
	*config = NULL;
	*error = '\0';
	write_file("mxdp.conf", bytes, length);
	return mxdp_config_load(path, config, error);
}

static inline struct mxdp_config *load_good(const char *text)
{
	char error[MXDP_CONFIG_ERROR];
	struct mxdp_config *config;
	const int result = load_bytes(text, strlen(text), &config, error);

	ck_assert_msg(result == 0, "refused: %s\n%s", error, text);
	return config;
}

/* At the beginning of main(); remove_directory() at its end. */
static inline void make_config_directory(void)
{
	make_directory();
	snprintf(path, sizeof(path), "%s/mxdp.conf", directory);
}

#endif
