/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory of a test's own, for the files that it writes or lets be written. */
#ifndef MXDP_TEST_DIRECTORY_H
#define MXDP_TEST_DIRECTORY_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY_STEM  "/tmp/mxdp-test-"
#define DIRECTORY_BYTES (sizeof(DIRECTORY_STEM) + 6)

static char directory[DIRECTORY_BYTES];

/* In main() or in a fixture; without it no test can run. */
static inline void make_directory(void)
{
	memcpy(directory, DIRECTORY_STEM, sizeof(DIRECTORY_STEM));
	memset(directory + sizeof(DIRECTORY_STEM) - 1, 'X', 6); /* as mkdtemp() wants it */
	if (!mkdtemp(directory)) {
		perror(directory);
		exit(EXIT_FAILURE);
	}
}

static inline int remove_inner(const char *entry, const struct stat *status, int kind,
			       struct FTW *place)
{
	(void)status;
	(void)kind;
	return place->level > 0 ? remove(entry) : 0;
}

static inline void empty_directory(void)
{
	nftw(directory, remove_inner, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void remove_directory(void)
{
	empty_directory();
	rmdir(directory);
}

#endif
