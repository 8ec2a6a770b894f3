/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a configuration file and of the files that it includes, each with the place where it
 * stands, so that every message can name file and line.
 *
 * libConfuse does the grammar, but it is handed these words, one a line, never the file: its
 * version 3.3 miscounts the lines after a comment, stays inside an unterminated string (also for
 * the next file), ends the process when it is given a directory, and lets a second value silently
 * replace the first. What it calls line N is then word N.
 */
#ifndef MXDP_CONFIG_SOURCE_H
#define MXDP_CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

enum mxdp_word_kind { MXDP_WORD_PLAIN, MXDP_WORD_QUOTED, MXDP_WORD_MARK };

struct mxdp_word {
	enum mxdp_word_kind kind;
	char *text;   /* without quotes; of a mark its one character */
	size_t file;  /* index in files */
	int line;     /* from 1 */
	size_t match; /* of a brace: the other one of the pair */
};

struct mxdp_source {
	size_t file_count;
	char **files; /* files[0] is the one that was asked for */
	size_t count;
	struct mxdp_word *words;
	size_t words_room;
};

/* No word: used for places that are the file as a whole. */
#define MXDP_WORD_NONE ((size_t)-1)

/*
 * Reads the file, and in place of each `include("PATH")` the file that is named there (from the
 * including file's directory unless absolute). Returns 0, or a negative errno with the message in
 * `error`; `source` is to be freed in both cases.
 */
int mxdp_source_read(struct mxdp_source *source, const char *path, char *error, size_t error_size);
void mxdp_source_free(struct mxdp_source *source);

/* The text for libConfuse: word N on line N+1, all of them quoted. The caller frees it. */
char *mxdp_source_text(const struct mxdp_source *source, size_t *length);

/*
 * Writes "FILE:LINE: " and the message into `error`, FILE alone for MXDP_WORD_NONE, and returns
 * -EINVAL. Control characters become '?'.
 */
int mxdp_source_fault(const struct mxdp_source *source, size_t word, char *error, size_t error_size,
		      const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
