/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file of the configuration, cut into words: comments skipped, quotes taken off, braces paired.
 * source.c puts files together. The file's bytes may be anything.
 */
#ifndef MXDP_CONFIG_WORDS_H
#define MXDP_CONFIG_WORDS_H

#include <stdarg.h>

#include "source.h"

#define MXDP_READER_BRACES_MAX 8

struct mxdp_reader {
	struct mxdp_source *source;
	char *error;
	size_t error_size;
	size_t file;
	int depth;
	const char *at, *end;
	int line;
	size_t open[MXDP_READER_BRACES_MAX]; /* words that opened what is not closed yet */
	size_t open_count;
};

/* Reads one more word into the source. Returns 1, 0 at the end, or a negative errno, told. */
int mxdp_reader_next(struct mxdp_reader *reader);

/* Tell what is wrong on a line; return -EINVAL, and -ENOMEM. */
int mxdp_reader_fault(const struct mxdp_reader *reader, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int mxdp_reader_memory(const struct mxdp_reader *reader);

/*
 * The message behind FILE, and LINE unless it is 0 (source.c); what it quotes must not reach a
 * terminal as control characters.
 */
void mxdp_source_describe(const struct mxdp_source *source, size_t file, int line, char *error,
			  size_t error_size, const char *format, va_list arguments);

#endif
