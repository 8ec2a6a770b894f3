/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define FILES_MAX    64
#define INCLUDES_MAX 8
#define BRACES_MAX   8

/* One file while it is read. */
struct reader {
	struct mxdp_source *source;
	char *error;
	size_t error_size;
	size_t file;
	int depth;
	const char *at, *end;
	int line;
	size_t open[BRACES_MAX]; /* words that opened what is not closed yet */
	size_t open_count;
};

/* The message; what it quotes from the file must not reach a terminal as control characters. */
static void describe(const struct mxdp_source *source, size_t file, int line, char *error,
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
	describe(source, known ? source->words[word].file : 0, known ? source->words[word].line : 1,
		 error, error_size, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int fault(const struct reader *reader, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fault(const struct reader *reader, int line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	describe(reader->source, reader->file, line, reader->error, reader->error_size, format,
		 arguments);
	va_end(arguments);
	return -EINVAL;
}

static int out_of_memory(const struct reader *reader)
{
	fault(reader, reader->line, "memory is out; nothing was changed");
	return -ENOMEM;
}

static int add_word(struct reader *reader, enum mxdp_word_kind kind, char *text, int line)
{
	struct mxdp_source *source = reader->source;

	if (text && source->count == source->words_room) {
		const size_t room = source->words_room ? source->words_room * 2 : 256;
		struct mxdp_word *words = reallocarray(source->words, room, sizeof(*words));

		if (words) {
			source->words = words;
			source->words_room = room;
		}
	}
	if (!text || source->count == source->words_room) {
		free(text);
		return out_of_memory(reader);
	}
	source->words[source->count++] = (struct mxdp_word){
		.kind = kind,
		.text = text,
		.file = reader->file,
		.line = line,
		.match = MXDP_WORD_NONE,
	};
	return 0;
}

static bool ends_line(const struct reader *reader)
{
	return reader->at == reader->end || *reader->at == '\n';
}

static int skip_block_comment(struct reader *reader)
{
	const int opened = reader->line;

	for (reader->at += 2; reader->at + 1 < reader->end; reader->at++) {
		if (reader->at[0] == '*' && reader->at[1] == '/') {
			reader->at += 2;
			return 0;
		}
		if (*reader->at == '\n')
			reader->line++;
	}
	return fault(reader, opened, "a comment begins here and never ends; close it with */");
}

/* Moves to the next word. Returns 1 when there is one, 0 at the end, or a negative errno. */
static int skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end) {
		const char c = *reader->at;
		const char next = reader->at + 1 < reader->end ? reader->at[1] : '\0';
		int error = 0;

		if (c == '\n')
			reader->line++;
		if (c == '#' || (c == '/' && next == '/')) {
			while (!ends_line(reader))
				reader->at++;
		} else if (c == '/' && next == '*') {
			error = skip_block_comment(reader);
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			reader->at++;
		} else {
			return 1;
		}
		if (error)
			return error;
	}
	return 0;
}

static int read_quoted(struct reader *reader)
{
	const char quote = *reader->at++;
	const char *const start = reader->at;
	char *text;
	size_t used = 0;

	while (!ends_line(reader) && *reader->at != quote)
		reader->at += *reader->at == '\\' && reader->at + 1 < reader->end ? 2 : 1;
	if (reader->at >= reader->end || *reader->at != quote)
		return fault(reader, reader->line,
			     "a quoted text does not end on its line; close it with %c", quote);
	text = malloc((size_t)(reader->at - start) + 1);
	for (const char *from = start; text && from < reader->at; from++) {
		if (*from == '\\' && from[1] != '\\' && from[1] != quote) {
			free(text);
			return fault(reader, reader->line,
				     "a backslash stands before \"%c\"; in a quoted text it may "
				     "only stand before another or before the quote",
				     from[1]);
		}
		from += *from == '\\';
		text[used++] = *from;
	}
	if (text)
		text[used] = '\0';
	reader->at++;
	return add_word(reader, MXDP_WORD_QUOTED, text, reader->line);
}

static bool is_plain(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && !strchr("{}()=+,*|#\"'", c);
}

static int read_plain(struct reader *reader)
{
	const char *const start = reader->at;

	while (reader->at < reader->end && is_plain(*reader->at))
		reader->at++;
	if (reader->at == start)
		return fault(reader, reader->line,
			     "\"%c\" means nothing here; remove it or put the text in quotes",
			     *start);
	return add_word(reader, MXDP_WORD_PLAIN, strndup(start, (size_t)(reader->at - start)),
			reader->line);
}

/* Pairs the braces; what a file opens it must close itself. */
static int match_brace(struct reader *reader, char mark)
{
	struct mxdp_word *words = reader->source->words;
	const size_t word = reader->source->count - 1;
	size_t open;

	if (mark == '{') {
		if (reader->open_count == BRACES_MAX)
			return fault(reader, reader->line,
				     "braces are nested deeper than any section; close the ones "
				     "before");
		reader->open[reader->open_count++] = word;
	} else if (mark == '}') {
		if (reader->open_count == 0)
			return fault(reader, reader->line,
				     "a closing brace without its opening one; remove it");
		open = reader->open[--reader->open_count];
		words[open].match = word;
		words[word].match = open;
	}
	return 0;
}

static int read_mark(struct reader *reader)
{
	const char mark[2] = {*reader->at++, '\0'};
	const int error = add_word(reader, MXDP_WORD_MARK, strdup(mark), reader->line);

	return error ? error : match_brace(reader, mark[0]);
}

static bool is_mark(const struct mxdp_word *word, char mark)
{
	return word->kind == MXDP_WORD_MARK && *word->text == mark;
}

static int read_file(struct mxdp_source *source, const char *path, int depth, char *error,
		     size_t error_size, const struct reader *from);

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
static int follow_include(struct reader *reader, size_t first)
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
		return out_of_memory(reader);
	drop_last(source, 4);
	error = read_file(source, path, reader->depth + 1, reader->error, reader->error_size,
			  reader);
	free(path);
	return error;
}

static int read_words(struct reader *reader)
{
	struct mxdp_source *source = reader->source;
	const size_t first = source->count;
	int state;

	while ((state = skip_blanks(reader)) > 0) {
		if (*reader->at == '"' || *reader->at == '\'')
			state = read_quoted(reader);
		else if (strchr("{}()=,", *reader->at))
			state = read_mark(reader);
		else
			state = read_plain(reader);
		if (state == 0)
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

static int unreadable(const struct reader *from, const char *path, int error, const char *why,
		      char *text, size_t size)
{
	if (from)
		fault(from, from->line, "cannot include %s: %s; correct the path or the file", path,
		      why);
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
		     size_t error_size, const struct reader *from)
{
	struct reader reader = {.source = source, .error = error, .error_size = error_size};
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
		result = fault(&reader, 1, "the file holds a NUL byte; it is not a text");
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
