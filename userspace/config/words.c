/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int mxdp_reader_fault(const struct mxdp_reader *reader, int line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	mxdp_source_describe(reader->source, reader->file, line, reader->error, reader->error_size,
			     format, arguments);
	va_end(arguments);
	return -EINVAL;
}

int mxdp_reader_memory(const struct mxdp_reader *reader)
{
	mxdp_reader_fault(reader, reader->line, "memory is out; nothing was changed");
	return -ENOMEM;
}

static int add_word(struct mxdp_reader *reader, enum mxdp_word_kind kind, char *text, int line)
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
		return mxdp_reader_memory(reader);
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

static bool ends_line(const struct mxdp_reader *reader)
{
	return reader->at == reader->end || *reader->at == '\n';
}

static int skip_block_comment(struct mxdp_reader *reader)
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
	return mxdp_reader_fault(reader, opened,
				 "a comment begins here and never ends; close it with */");
}

/* Moves to the next word. Returns 1 when there is one, 0 at the end, or a negative errno. */
static int skip_blanks(struct mxdp_reader *reader)
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

static int read_quoted(struct mxdp_reader *reader)
{
	const char quote = *reader->at++;
	const char *const start = reader->at;
	char *text;
	size_t used = 0;

	while (!ends_line(reader) && *reader->at != quote)
		reader->at += *reader->at == '\\' && reader->at + 1 < reader->end ? 2 : 1;
	if (reader->at >= reader->end || *reader->at != quote)
		return mxdp_reader_fault(reader, reader->line,
					 "a quoted text does not end on its line; close it with %c",
					 quote);
	text = malloc((size_t)(reader->at - start) + 1);
	for (const char *from = start; text && from < reader->at; from++) {
		if (*from == '\\' && from[1] != '\\' && from[1] != quote) {
			free(text);
			return mxdp_reader_fault(
				reader, reader->line,
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

static int read_plain(struct mxdp_reader *reader)
{
	const char *const start = reader->at;

	while (reader->at < reader->end && is_plain(*reader->at))
		reader->at++;
	if (reader->at == start)
		return mxdp_reader_fault(
			reader, reader->line,
			"\"%c\" means nothing here; remove it or put the text in quotes", *start);
	return add_word(reader, MXDP_WORD_PLAIN, strndup(start, (size_t)(reader->at - start)),
			reader->line);
}

/* Pairs the braces; what a file opens it must close itself. */
static int match_brace(struct mxdp_reader *reader, char mark)
{
	struct mxdp_word *words = reader->source->words;
	const size_t word = reader->source->count - 1;
	size_t open;

	if (mark == '{') {
		if (reader->open_count == MXDP_READER_BRACES_MAX)
			return mxdp_reader_fault(
				reader, reader->line,
				"braces are nested deeper than any section; close the ones "
				"before");
		reader->open[reader->open_count++] = word;
	} else if (mark == '}') {
		if (reader->open_count == 0)
			return mxdp_reader_fault(
				reader, reader->line,
				"a closing brace without its opening one; remove it");
		open = reader->open[--reader->open_count];
		words[open].match = word;
		words[word].match = open;
	}
	return 0;
}

static int read_mark(struct mxdp_reader *reader)
{
	const char mark[2] = {*reader->at++, '\0'};
	const int error = add_word(reader, MXDP_WORD_MARK, strdup(mark), reader->line);

	return error ? error : match_brace(reader, mark[0]);
}

int mxdp_reader_next(struct mxdp_reader *reader)
{
	int state = skip_blanks(reader);

	if (state <= 0)
		return state;
	if (*reader->at == '"' || *reader->at == '\'')
		state = read_quoted(reader);
	else if (strchr("{}()=,", *reader->at))
		state = read_mark(reader);
	else
		state = read_plain(reader);
	return state < 0 ? state : 1;
}
