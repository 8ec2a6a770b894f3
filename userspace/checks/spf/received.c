/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The header field Received-SPF (RFC 7208 9.1). */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "spf.h"
#include "identity.h"

/* Longer texts are cut, so that hostile ones cannot make the header grow without end. */
#define COMMENT_MAX 100
#define VALUE_MAX   256

struct field {
	char *text;
	size_t size, length;
};

static void put(struct field *field, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct field *field, const char *format, ...)
{
	size_t room = field->length < field->size ? field->size - field->length : 0;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(room ? field->text + field->length : NULL, room, format, arguments);
	va_end(arguments);
	field->length += length > 0 ? (size_t)length : 0;
}

static char printable(char c)
{
	return (char)(c >= ' ' && c <= '~' ? c : '?');
}

/* Text inside a comment: parentheses and backslashes are quoted (RFC 5322 3.2.2). */
static void put_comment(struct field *field, const char *text)
{
	for (size_t i = 0; i < COMMENT_MAX && text[i]; i++)
		put(field, "%s%c", strchr("()\\", text[i]) ? "\\" : "", printable(text[i]));
}

static bool is_dot_atom(const char *text)
{
	static const char atext[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "!#$%&'*+-/=?^_`{|}~.";
	size_t length = strlen(text);

	return length && length <= VALUE_MAX && strspn(text, atext) == length && *text != '.' &&
	       text[length - 1] != '.' && !strstr(text, "..");
}

static void put_pair(struct field *field, const char *key, const char *value)
{
	put(field, " %s=", key);
	if (is_dot_atom(value)) {
		put(field, "%s;", value);
		return;
	}
	put(field, "\"");
	for (size_t i = 0; i < VALUE_MAX && value[i]; i++)
		put(field, "%s%c", strchr("\"\\", value[i]) ? "\\" : "", printable(value[i]));
	put(field, "\";");
}

/* The comment's sentence, with `domain` and `client` put in. */
static void put_sentence(struct field *field, enum mxdp_spf_code code, const char *domain,
			 const char *client)
{
	static const char *const before[] = {
		[MXDP_SPF_NONE] = "domain of ",
		[MXDP_SPF_PASS] = "domain of ",
		[MXDP_SPF_FAIL] = "domain of ",
		[MXDP_SPF_SOFTFAIL] = "transitioning domain of ",
		[MXDP_SPF_NEUTRAL] = "domain of ",
		[MXDP_SPF_TEMPERROR] = "temporary error in processing during lookup of ",
		[MXDP_SPF_PERMERROR] = "permanent error in processing domain of ",
	};
	static const char *const after[] = {
		[MXDP_SPF_NONE] = " does not provide an SPF record",
		[MXDP_SPF_PASS] = " designates %s as permitted sender",
		[MXDP_SPF_FAIL] = " does not designate %s as permitted sender",
		[MXDP_SPF_SOFTFAIL] = " does not designate %s as permitted sender",
		[MXDP_SPF_NEUTRAL] = " neither permits nor denies %s",
		[MXDP_SPF_TEMPERROR] = "",
		[MXDP_SPF_PERMERROR] = "",
	};
	const char *rest = after[code], *gap = strstr(rest, "%s");

	put(field, "%s", before[code]);
	put_comment(field, domain);
	if (gap)
		put(field, "%.*s%s%s", (int)(gap - rest), rest, client, gap + 2);
	else
		put(field, "%s", rest);
}

int mxdp_spf_received(const struct mxdp_spf_question *question,
		      const struct mxdp_spf_result *result, char *text, size_t size)
{
	struct field field = {.text = text, .size = size};
	struct mxdp_spf_identity identity;
	const char *receiver =
		question->receiver && *question->receiver ? question->receiver : "unknown";

	mxdp_spf_identity_of(question, &identity);
	put(&field, "Received-SPF: %s (", mxdp_spf_code_name(result->code));
	put_comment(&field, receiver);
	put(&field, ": ");
	put_sentence(&field, result->code, identity.domain, identity.readable);
	put(&field, ")");
	put_pair(&field, "receiver", receiver);
	put_pair(&field, "client-ip", identity.readable);
	put_pair(&field, "envelope-from", identity.from_helo ? "<>" : question->sender);
	put_pair(&field, "helo", identity.helo);
	put_pair(&field, "identity", identity.from_helo ? "helo" : "mailfrom");
	if (result->mechanism[0])
		put_pair(&field, "mechanism", result->mechanism);
	if (result->problem[0])
		put_pair(&field, "problem", result->problem);
	if (field.length && field.length < field.size && text[field.length - 1] == ';')
		text[--field.length] = '\0'; /* the last pair needs no semicolon */
	return field.length < size ? (int)field.length : -ENOSPC;
}
