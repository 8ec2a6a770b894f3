/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "line.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

/* What is left of a line: not terminated. */
struct rest {
	const char *start;
	size_t length;
};

static void step(struct rest *rest, size_t count)
{
	rest->start += count;
	rest->length -= count;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Steps over blanks and returns how many there were. */
static size_t skip_blanks(struct rest *rest)
{
	size_t count = 0;

	while (rest->length && is_blank(*rest->start)) {
		step(rest, 1);
		count++;
	}
	return count;
}

/* Takes off the line's end and the blanks before it. False: there is none, or not only there. */
static bool cut_end(struct rest *rest)
{
	if (!rest->length || rest->start[rest->length - 1] != '\n')
		return false;
	rest->length--;
	if (rest->length && rest->start[rest->length - 1] == '\r')
		rest->length--;
	while (rest->length && is_blank(rest->start[rest->length - 1]))
		rest->length--;
	for (size_t i = 0; i < rest->length; i++)
		if (rest->start[i] != '\t' && iscntrl((unsigned char)rest->start[i]))
			return false;
	return true;
}

/* Steps over a word that must come next, in any case. */
static bool skip_word(struct rest *rest, const char *word)
{
	const size_t length = strlen(word);

	if (rest->length < length || strncasecmp(rest->start, word, length) != 0)
		return false;
	step(rest, length);
	return true;
}

static int copy(struct rest argument, char out[MXDP_SAID_ARGUMENT])
{
	if (argument.length >= MXDP_SAID_ARGUMENT)
		return -EINVAL;
	memcpy(out, argument.start, argument.length);
	out[argument.length] = '\0';
	return 0;
}

/* One word of visible ASCII. */
static int read_helo(struct rest rest, char domain[MXDP_SAID_ARGUMENT])
{
	if (!skip_word(&rest, "HELO") && !skip_word(&rest, "EHLO"))
		return -EINVAL;
	if (!skip_blanks(&rest) || !rest.length)
		return -EINVAL;
	for (size_t i = 0; i < rest.length; i++)
		if (!isgraph((unsigned char)rest.start[i]))
			return -EINVAL;
	return copy(rest, domain);
}

/* The length of a path up to its closing bracket, which a quoted local part may hold; or -1. */
static ssize_t path_length(struct rest path)
{
	bool quoted = false;

	for (size_t i = 0; i < path.length; i++) {
		if (quoted && path.start[i] == '\\')
			i++;
		else if (path.start[i] == '"')
			quoted = !quoted;
		else if (!quoted && path.start[i] == '>')
			return (ssize_t)i;
		else if (!quoted && (is_blank(path.start[i]) || path.start[i] == '<'))
			return -1;
	}
	return -1;
}

/* "@a.example,@b.example:user@c.example": the route says nothing about who sends (appendix C). */
static bool skip_route(struct rest *path)
{
	const char *colon;

	if (!path->length || *path->start != '@')
		return true;
	colon = memchr(path->start, ':', path->length);
	if (!colon)
		return false;
	step(path, (size_t)(colon - path->start) + 1);
	return true;
}

static int read_path(struct rest rest, const char *verb, const char *preposition,
		     char address[MXDP_SAID_ARGUMENT])
{
	struct rest path;
	ssize_t length;

	if (!skip_word(&rest, verb) || !skip_blanks(&rest) || !skip_word(&rest, preposition))
		return -EINVAL;
	skip_blanks(&rest); /* wrong, and common */
	if (!skip_word(&rest, "<"))
		return -EINVAL;
	length = path_length(rest);
	if (length < 0)
		return -EINVAL;
	path = (struct rest){rest.start, (size_t)length};
	step(&rest, path.length + 1);
	if (rest.length && !is_blank(*rest.start))
		return -EINVAL;
	return skip_route(&path) ? copy(path, address) : -EINVAL;
}

int mxdp_said_read(enum mxdp_utterance kind, const uint8_t *line, size_t length,
		   char argument[MXDP_SAID_ARGUMENT])
{
	struct rest rest = {(const char *)line, length};

	argument[0] = '\0';
	if (!cut_end(&rest))
		return -EINVAL;
	switch (kind) {
	case MXDP_UTTERANCE_HELO:
		return read_helo(rest, argument);
	case MXDP_UTTERANCE_MAIL:
		return read_path(rest, "MAIL", "FROM:", argument);
	case MXDP_UTTERANCE_RCPT:
		return read_path(rest, "RCPT", "TO:", argument);
	default:
		return -EINVAL;
	}
}

void mxdp_said_domain(const char *address, char domain[MXDP_SAID_ARGUMENT])
{
	const char *at = strrchr(address, '@');
	size_t used = 0;

	for (const char *c = at ? at + 1 : ""; *c && used < MXDP_SAID_ARGUMENT - 1; c++)
		domain[used++] = (char)tolower((unsigned char)*c);
	domain[used] = '\0';
}
