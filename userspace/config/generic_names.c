/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "generic_names.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "address_in_name.h"
#include "file.h"

#define WORDS_MAX  1024
#define WORD_MAX   32
#define LINE_BYTES 256

struct word {
	char text[WORD_MAX + 1]; /* lower case */
	bool exception;
};

struct mxdp_generic_names {
	size_t count;
	struct word words[WORDS_MAX];
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Takes a line without comment and blanks. Returns NULL, or what is wrong. */
static const char *add_word(struct mxdp_generic_names *names, const char *line)
{
	struct word *word = &names->words[names->count];
	size_t length;

	if (names->count == WORDS_MAX)
		return "there are more than 1024 words; remove some";
	*word = (struct word){.exception = *line == '!'};
	line += word->exception;
	length = strlen(line);
	if (length == 0 || length > WORD_MAX)
		return "a word of 1 to 32 letters is needed, as dyn or !smtp";
	for (size_t i = 0; i < length; i++) {
		if (!is_letter(line[i]))
			return "a word holds letters only; write one word a line";
		word->text[i] = (char)tolower(line[i]);
	}
	names->count++;
	return NULL;
}

static char *strip(char *line)
{
	char *end;

	line[strcspn(line, "#\r\n")] = '\0';
	line += strspn(line, " \t");
	end = line + strlen(line);
	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return line;
}

static const char *read_lines(FILE *file, struct mxdp_generic_names *names, unsigned int *line)
{
	char text[LINE_BYTES];

	while (fgets(text, sizeof(text), file)) {
		const char *fault = NULL;
		const char *word;

		++*line;
		if (!strchr(text, '\n') && !feof(file))
			return "the line is too long; write one word a line";
		word = strip(text);
		if (*word)
			fault = add_word(names, word);
		if (fault)
			return fault;
	}
	return ferror(file) ? "reading failed; check the disk" : NULL;
}

int mxdp_generic_names_read(const char *path, struct mxdp_generic_names **out, char *error,
			    size_t error_size)
{
	struct mxdp_generic_names *names;
	unsigned int line = 0;
	const char *fault;
	FILE *file;
	int fd;

	fd = mxdp_config_file_open(path, &fault);
	if (fd < 0) {
		snprintf(error, error_size, "%s: %s; correct the path or its permissions", path,
			 fault);
		return fd;
	}
	names = calloc(1, sizeof(*names));
	file = fdopen(fd, "r");
	if (!names || !file) {
		if (file)
			fclose(file);
		else
			close(fd);
		free(names);
		snprintf(error, error_size, "%s: memory is out", path);
		return -ENOMEM;
	}
	fault = read_lines(file, names, &line);
	fclose(file);
	if (fault) {
		snprintf(error, error_size, "%s:%u: %s", path, line, fault);
		mxdp_generic_names_free(names);
		return -EINVAL;
	}
	*out = names;
	return 0;
}

void mxdp_generic_names_free(struct mxdp_generic_names *names)
{
	free(names);
}

/* The end of what a pool's owner may name: before the last two labels. */
static const char *end_of_local_part(const char *host)
{
	const char *end = host + strlen(host);

	if (end > host && end[-1] == '.')
		end--;
	for (int label = 0; label < 2 && end > host; label++) {
		while (end > host && *--end != '.')
			;
	}
	return end;
}

static const struct word *find_word(const struct mxdp_generic_names *names, const char *text,
				    size_t length)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct word *word = &names->words[i];

		if (strlen(word->text) == length && strncasecmp(word->text, text, length) == 0)
			return word;
	}
	return NULL;
}

/* The first word of the table in the name, unless an exception is among them. */
static const struct word *find_generic_word(const struct mxdp_generic_names *names,
					    const char *host, bool *exception)
{
	const char *end = end_of_local_part(host);
	const struct word *generic = NULL;

	*exception = false;
	while (host < end) {
		const char *first = host;
		const struct word *word;

		while (host < end && is_letter(*host))
			host++;
		if (host == first) {
			host++;
			continue;
		}
		word = find_word(names, first, (size_t)(host - first));
		if (word && word->exception)
			*exception = true;
		else if (word && !generic)
			generic = word;
	}
	return generic;
}

bool mxdp_generic_name(const struct mxdp_generic_names *names, const char *host,
		       const struct mxdp_address *client, char sign[MXDP_GENERIC_SIGN])
{
	const struct word *word = NULL;
	bool exception = false;

	if (names)
		word = find_generic_word(names, host, &exception);
	if (exception)
		return false;
	if (mxdp_address_in_name(client, host)) {
		snprintf(sign, MXDP_GENERIC_SIGN, "holds the client's address");
		return true;
	}
	if (!word)
		return false;
	snprintf(sign, MXDP_GENERIC_SIGN, "holds \"%s\"", word->text);
	return true;
}
