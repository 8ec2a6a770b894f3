/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "words.h"

#define FILES_MAX    64
#define INCLUDES_MAX 8

void mxdp_source_describe(const struct mxdp_source *source, size_t file, int line, char *error,
			  size_t error_size, const char *format, va_list arguments)
{
	int used;

	if (line)
		used = snprintf(error, error_size, "%s:%d: ", source->files[file], line);
	else
		used = snprintf(error, error_size, "%s: ", source->files[file]);
	if (used > 0 && (size_t)used < error_size)
		vsnprintf(error + used, error_size - (size_t)used, format, arguments);
	for (; *error; error++)
		if ((unsigned char)*error < ' ' || *error == 0x7f)
			*error = '?';
}

int mxdp_source_fault(const struct mxdp_source *source, size_t word, char *error, size_t error_size,
		      const char *format, ...)
{
	const bool known = word < source->count;
	va_list arguments;

	va_start(arguments, format);
	mxdp_source_describe(source, known ? source->words[word].file : 0,
			     known ? source->words[word].line : 1, error, error_size, format,
			     arguments);
	va_end(arguments);
	return -EINVAL;
}

static bool is_mark(const struct mxdp_word *word, char mark)
{
	return word->kind == MXDP_WORD_MARK && *word->text == mark;
}

static int read_file(struct mxdp_source *source, const char *path, int depth, char *error,
		     size_t error_size, const struct mxdp_reader *from);

static char *beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	char *joined = NULL;

	if (*path == '/' || !slash)
		return strdup(path);
	if (asprintf(&joined, "%.*s%s", (int)(slash - file) + 1, file, path) < 0)
		return NULL;
	return joined;
}

static void drop_last(struct mxdp_source *source, size_t count)
{
	while (count-- > 0)
		free(source->words[--source->count].text);
}

/* Whether the last words are `include ( PATH )`; then the file's words take their place. */
static int follow_include(struct mxdp_reader *reader, size_t first)
{
	struct mxdp_source *source = reader->source;
	struct mxdp_word *last = source->words + source->count;
	char *path;
	int error;

	if (source->count < first + 4 || !is_mark(last - 1, ')') || !is_mark(last - 3, '(') ||
	    last[-4].kind != MXDP_WORD_PLAIN || strcmp(last[-4].text, "include") != 0)
		return 0;
	path = beside(source->files[reader->file], last[-2].text);
	if (!path)
		return mxdp_reader_memory(reader);
	drop_last(source, 4);
	error = read_file(source, path, reader->depth + 1, reader->error, reader->error_size,
			  reader);
	free(path);
	return error;
}

static int read_words(struct mxdp_reader *reader)
{
	struct mxdp_source *source = reader->source;
	const size_t first = source->count;
	int state;

	while ((state = mxdp_reader_next(reader)) > 0) {
		state = follow_include(reader, first);
		if (state < 0)
			return state;
	}
	if (state == 0 && reader->open_count)
		return mxdp_source_fault(source, reader->open[reader->open_count - 1],
					 reader->error, reader->error_size,
					 "this brace is never closed; add a } after what belongs "
					 "to it");
	return state;
}

static int unreadable(const struct mxdp_reader *from, const char *path, int error, const char *why,
		      char *text, size_t size)
{
	if (from)
		mxdp_reader_fault(from, from->line,
				  "cannot include %s: %s; correct the path or the file", path, why);
	else
		snprintf(text, size, "%s: cannot be read: %s; correct the path or the file", path,
			 why);
	return error;
}

static int name_file(struct mxdp_source *source, const char *path)
{
	char **files = reallocarray(source->files, source->file_count + 1, sizeof(*files));

	if (!files)
		return -ENOMEM;
	source->files = files;
	files[source->file_count] = strdup(path);
	if (!files[source->file_count])
		return -ENOMEM;
	source->file_count++;
	return 0;
}

static int read_file(struct mxdp_source *source, const char *path, int depth, char *error,
		     size_t error_size, const struct mxdp_reader *from)
{
	struct mxdp_reader reader = {.source = source, .error = error, .error_size = error_size};
	const char *why = NULL;
	char *bytes = NULL;
	ssize_t size;
	int result;

	if (depth > INCLUDES_MAX || source->file_count >= FILES_MAX)
		return unreadable(from, path, -ELOOP,
				  depth > INCLUDES_MAX ? "includes are nested deeper than 8"
						       : "more than 64 files are included",
				  error, error_size);
	size = mxdp_config_file_read(path, &bytes, &why);
	if (size < 0)
		return unreadable(from, path, (int)size, why, error, error_size);
	result = name_file(source, path);
	reader.file = source->file_count - 1;
	reader.depth = depth;
	reader.at = bytes;
	reader.end = bytes + size;
	reader.line = 1;
	if (result < 0)
		unreadable(from, path, result, "memory is out", error, error_size);
	else if (memchr(bytes, '\0', (size_t)size))
		result = mxdp_reader_fault(&reader, 1,
					   "the file holds a NUL byte; it is not a text");
	else
		result = read_words(&reader);
	free(bytes);
	return result;
}

int mxdp_source_read(struct mxdp_source *source, const char *path, char *error, size_t error_size)
{
	*source = (struct mxdp_source){0};
	return read_file(source, path, 0, error, error_size, NULL);
}

void mxdp_source_free(struct mxdp_source *source)
{
	drop_last(source, source->count);
	for (size_t i = 0; i < source->file_count; i++)
		free(source->files[i]);
	free(source->files);
	free(source->words);
	*source = (struct mxdp_source){0};
}

/* Quotes and backslashes are escaped; no other character means anything to libConfuse in there. */
static void put_quoted(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
	putc('"', out);
}

char *mxdp_source_text(const struct mxdp_source *source, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);
	bool failed;

	if (!out)
		return NULL;
	for (size_t i = 0; i < source->count; i++) {
		if (source->words[i].kind == MXDP_WORD_MARK)
			fputs(source->words[i].text, out);
		else
			put_quoted(out, source->words[i].text);
		putc('\n', out);
	}
	putc('\n', out); /* libConfuse wants at least one byte */
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
