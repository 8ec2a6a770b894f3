/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "macro.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One macro-expand, "%{d2r-}", "%%", "%_" or "%-", taken apart. */
struct macro {
	char letter;     /* lower case; '%', '_' or '-' for the short forms */
	bool url_escape; /* was written in upper case */
	size_t keep;     /* right-hand parts to keep; 0: all */
	bool reverse;
	struct mxdp_spf_text delimiters; /* empty: the dot */
	size_t length;                   /* of the whole in the text */
};

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads the DIGITs of "%{d2r-}". More parts than any name has mean all of them. */
static const char *read_keep(const char *at, const char *end, struct macro *macro)
{
	const char *start = at;

	for (; at < end && is_digit(*at); at++)
		macro->keep = macro->keep > 999 ? 999 : macro->keep * 10 + (size_t)(*at - '0');
	if (at > start && macro->keep == 0)
		return NULL;
	return at;
}

/* Reads the macro that starts with the "%" at `at`. Returns NULL or what is wrong with it. */
static const char *read_macro(const char *at, const char *end, struct macro *macro)
{
	const char *start = at;

	*macro = (struct macro){0};
	if (end - at < 2)
		return "a % stands alone at the end; a literal one is written %%";
	at++;
	if (*at == '%' || *at == '_' || *at == '-') {
		macro->letter = *at;
		macro->length = 2;
		return NULL;
	}
	if (*at != '{')
		return "a % is followed by none of {, %, _ and -";
	if (++at == end)
		return "a macro is not closed by }";
	macro->url_escape = *at >= 'A' && *at <= 'Z';
	macro->letter = (char)tolower((unsigned char)*at);
	if (!is_alpha(*at) || !strchr("slodiphcrtv", macro->letter))
		return "an unknown macro letter";
	at = read_keep(at + 1, end, macro);
	if (!at)
		return "a macro keeps zero parts";
	if (at < end && (*at == 'r' || *at == 'R')) {
		macro->reverse = true;
		at++;
	}
	macro->delimiters.bytes = at;
	while (at < end && *at && strchr(".-+,/_=", *at))
		at++;
	macro->delimiters.length = (size_t)(at - macro->delimiters.bytes);
	if (at == end || *at != '}')
		return "a macro is not closed by }";
	macro->length = (size_t)(at + 1 - start);
	return NULL;
}

/* toplabel of RFC 7208 7.1: letters, digits, inner hyphens, not all digits. */
static bool is_top_label(const char *at, const char *end)
{
	bool telling = false;

	if (at == end || *at == '-' || end[-1] == '-')
		return false;
	for (; at < end; at++) {
		if (is_alpha(*at) || *at == '-')
			telling = true;
		else if (!is_digit(*at))
			return false;
	}
	return telling;
}

/* domain-end: the literal tail, behind the last macro, must end in "." and a top label. */
static const char *domain_end_fault(const char *tail, const char *end)
{
	const char *label;

	if (end > tail && end[-1] == '.')
		end--;
	label = end;
	while (label > tail && label[-1] != '.')
		label--;
	if (label == tail || !is_top_label(label, end))
		return "a domain must end in a macro, or in a dot and a top-level name";
	return NULL;
}

const char *mxdp_spf_macro_fault(struct mxdp_spf_text text, enum mxdp_spf_macro_place place)
{
	const char *at = text.bytes, *end = at + text.length, *tail = at, *fault;
	bool explanation = place == MXDP_SPF_MACRO_EXPLANATION;
	struct macro macro;

	if (place == MXDP_SPF_MACRO_DOMAIN && at == end)
		return "a domain is empty";
	while (at < end) {
		if (*at != '%') {
			if ((*at <= ' ' || *at > '~') && !(explanation && *at == ' '))
				return "a character that is not visible ASCII";
			at++;
			continue;
		}
		fault = read_macro(at, end, &macro);
		if (fault)
			return fault;
		if (strchr("crt", macro.letter) && !explanation)
			return "the macros c, r and t are for explanations only";
		at += macro.length;
		tail = at;
	}
	if (place == MXDP_SPF_MACRO_DOMAIN && tail < end)
		return domain_end_fault(tail, end);
	return NULL;
}

bool mxdp_spf_macro_uses(struct mxdp_spf_text text, char letter)
{
	const char *at = text.bytes, *end = at + text.length;
	struct macro macro;

	while (at < end) {
		if (*at != '%') {
			at++;
			continue;
		}
		if (read_macro(at, end, &macro))
			return false;
		if (macro.letter == letter)
			return true;
		at += macro.length;
	}
	return false;
}

/* A string that grows up to its limit. */
struct output {
	char *bytes;
	size_t length, capacity, limit;
};

static int put(struct output *output, const char *bytes, size_t length)
{
	size_t capacity = output->capacity;
	char *grown;

	if (length > output->limit - output->length)
		return -EMSGSIZE;
	if (output->length + length + 1 > capacity) {
		capacity = 2 * (output->length + length + 1);
		grown = realloc(output->bytes, capacity);
		if (!grown)
			return -ENOMEM;
		output->bytes = grown;
		output->capacity = capacity;
	}
	if (length)
		memcpy(output->bytes + output->length, bytes, length);
	output->length += length;
	output->bytes[output->length] = '\0';
	return 0;
}

/* RFC 3986 2.1 and 2.3: all but the unreserved characters. */
static int put_escaped(struct output *output, const char *bytes, size_t length)
{
	char escaped[4];
	int error = 0;

	for (size_t i = 0; i < length && !error; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (is_alpha((char)c) || is_digit((char)c) || (c && strchr("-._~", c))) {
			error = put(output, bytes + i, 1);
		} else {
			snprintf(escaped, sizeof(escaped), "%%%02X", c);
			error = put(output, escaped, 3);
		}
	}
	return error;
}

static bool is_delimiter(const struct macro *macro, char c)
{
	if (!macro->delimiters.length)
		return c == '.';
	return memchr(macro->delimiters.bytes, c, macro->delimiters.length);
}

/* Takes the first part, or with `reverse` the last one, off `rest`. */
static struct mxdp_spf_text take_part(const struct macro *macro, struct mxdp_spf_text *rest)
{
	struct mxdp_spf_text part = {rest->bytes, 0};
	size_t length = rest->length, skip;

	if (macro->reverse) {
		while (length && !is_delimiter(macro, rest->bytes[length - 1]))
			length--;
		part = (struct mxdp_spf_text){rest->bytes + length, rest->length - length};
		rest->length = length ? length - 1 : 0;
		return part;
	}
	while (part.length < length && !is_delimiter(macro, rest->bytes[part.length]))
		part.length++;
	skip = part.length + (part.length < length);
	*rest = (struct mxdp_spf_text){rest->bytes + skip, length - skip};
	return part;
}

/* Splits, reverses, drops left-hand parts, joins by dots (RFC 7208 7.3). */
static int put_value(struct output *output, const struct macro *macro, const char *value)
{
	struct mxdp_spf_text rest = {value, strlen(value)}, part;
	size_t count = 1, first = 0;
	int error = 0;

	for (const char *at = value; *at; at++)
		count += is_delimiter(macro, *at);
	if (macro->keep && macro->keep < count)
		first = count - macro->keep;
	for (size_t i = 0; i < count && !error; i++) {
		part = take_part(macro, &rest);
		if (i < first)
			continue;
		if (i > first)
			error = put(output, ".", 1);
		if (!error && macro->url_escape)
			error = put_escaped(output, part.bytes, part.length);
		else if (!error)
			error = put(output, part.bytes, part.length);
	}
	return error;
}

static const char *letter_value(char letter, const struct mxdp_spf_macro_values *values,
				char *number, size_t size)
{
	switch (letter) {
	case 's':
		return values->sender;
	case 'l':
		return values->local_part;
	case 'o':
		return values->sender_domain;
	case 'd':
		return values->domain;
	case 'i':
		return values->address;
	case 'p':
		return values->validated;
	case 'v':
		return values->version;
	case 'h':
		return values->helo;
	case 'c':
		return values->readable;
	case 'r':
		return values->receiver;
	default:
		snprintf(number, size, "%" PRId64, values->now);
		return number;
	}
}

static int put_macro(struct output *output, const struct macro *macro,
		     const struct mxdp_spf_macro_values *values)
{
	char number[24];

	switch (macro->letter) {
	case '%':
		return put(output, "%", 1);
	case '_':
		return put(output, " ", 1);
	case '-':
		return put(output, "%20", 3);
	default:
		return put_value(output, macro,
				 letter_value(macro->letter, values, number, sizeof(number)));
	}
}

int mxdp_spf_macro_expand(struct mxdp_spf_text text, const struct mxdp_spf_macro_values *values,
			  size_t limit, char **out)
{
	const char *at = text.bytes, *end = at + text.length, *literal;
	struct output output = {.limit = limit};
	struct macro macro;
	int error = put(&output, "", 0);

	while (at < end && !error) {
		for (literal = at; at < end && *at != '%'; at++)
			;
		error = put(&output, literal, (size_t)(at - literal));
		if (error || at == end)
			break;
		if (read_macro(at, end, &macro)) {
			error = -EINVAL;
			break;
		}
		error = put_macro(&output, &macro, values);
		at += macro.length;
	}
	if (error) {
		free(output.bytes);
		return error;
	}
	*out = output.bytes;
	return 0;
}
