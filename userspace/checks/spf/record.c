/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "spf.h"

#define VERSION        "v=spf1"
#define VERSION_LENGTH (sizeof(VERSION) - 1)

/* What a mechanism may have behind its name. */
struct grammar {
	const char *name;
	enum { NO_DOMAIN, MAY_DOMAIN, MUST_DOMAIN } domain;
	bool lengths; /* dual-cidr-length */
};

static const struct grammar grammars[] = {
	[MXDP_SPF_ALL] = {"all", NO_DOMAIN, false},
	[MXDP_SPF_INCLUDE] = {"include", MUST_DOMAIN, false},
	[MXDP_SPF_A] = {"a", MAY_DOMAIN, true},
	[MXDP_SPF_MX] = {"mx", MAY_DOMAIN, true},
	[MXDP_SPF_PTR] = {"ptr", MAY_DOMAIN, false},
	[MXDP_SPF_IP4] = {"ip4", MUST_DOMAIN, false},
	[MXDP_SPF_IP6] = {"ip6", MUST_DOMAIN, false},
	[MXDP_SPF_EXISTS] = {"exists", MUST_DOMAIN, false},
};

void mxdp_spf_printable(struct mxdp_spf_text text, char *out, size_t size)
{
	size_t length = text.length < size ? text.length : size - 1;

	for (size_t i = 0; i < length; i++) {
		char c = text.bytes[i];

		out[i] = (char)(c >= ' ' && c <= '~' ? c : '?');
	}
	out[length] = '\0';
}

size_t mxdp_spf_record_select(const struct mxdp_dns_answer *answer, struct mxdp_spf_text *found)
{
	size_t count = 0;

	for (size_t i = 0; i < answer->count; i++) {
		const char *bytes = answer->records[i].txt.bytes;
		size_t length = answer->records[i].txt.length;

		if (length < VERSION_LENGTH || strncasecmp(bytes, VERSION, VERSION_LENGTH) != 0)
			continue;
		if (length > VERSION_LENGTH && bytes[VERSION_LENGTH] != ' ')
			continue;
		if (count++ == 0)
			*found = (struct mxdp_spf_text){bytes, length};
	}
	return count;
}

static bool equals(struct mxdp_spf_text text, const char *word)
{
	return text.length == strlen(word) && strncasecmp(text.bytes, word, text.length) == 0;
}

/* strchr() would find the NUL that a hostile record may hold. */
static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static struct mxdp_spf_text from(struct mxdp_spf_text text, size_t skip)
{
	return (struct mxdp_spf_text){text.bytes + skip, text.length - skip};
}

/*
 * Takes "/NUMBER" off the end of `text`. Returns false when the number is out of range or has a
 * leading zero; without such an end it changes nothing.
 */
static bool take_length(struct mxdp_spf_text *text, unsigned int max, uint8_t *length)
{
	size_t at = text->length, digits;
	unsigned int number = 0;

	while (at && text->bytes[at - 1] >= '0' && text->bytes[at - 1] <= '9')
		at--;
	digits = text->length - at;
	if (!digits || !at || text->bytes[at - 1] != '/')
		return true;
	if (digits > 3 || (digits > 1 && text->bytes[at] == '0'))
		return false;
	for (size_t i = at; i < text->length; i++)
		number = number * 10 + (unsigned int)(text->bytes[i] - '0');
	if (number > max)
		return false;
	*length = (uint8_t)number;
	text->length = at - 1;
	return true;
}

/* dual-cidr-length = [ "/" ip4 ] [ "//" ip6 ] */
static const char *take_lengths(struct mxdp_spf_text *text, struct mxdp_spf_term *term)
{
	struct mxdp_spf_text shorter = *text;
	uint8_t length = 128;

	if (!take_length(&shorter, 128, &length))
		return "the prefix length is out of range";
	if (shorter.length < text->length && shorter.length &&
	    shorter.bytes[shorter.length - 1] == '/') {
		term->length6 = length;
		text->length = shorter.length - 1;
	}
	if (!take_length(text, 32, &term->length4))
		return "the prefix length is out of range";
	return NULL;
}

/* ip4:ADDRESS[/LENGTH] and ip6:ADDRESS[/LENGTH]; `text` is what stands behind the colon. */
static const char *read_network(struct mxdp_spf_text text, struct mxdp_spf_term *term)
{
	bool is_ip4 = term->mechanism == MXDP_SPF_IP4;
	char address[INET6_ADDRSTRLEN];

	if (!take_length(&text, is_ip4 ? 32 : 128, is_ip4 ? &term->length4 : &term->length6))
		return "the prefix length is out of range";
	if (text.length >= sizeof(address) || memchr(text.bytes, '\0', text.length))
		return "not an address";
	memcpy(address, text.bytes, text.length);
	address[text.length] = '\0';
	if (inet_pton(is_ip4 ? AF_INET : AF_INET6, address, term->network) != 1)
		return is_ip4 ? "not an IPv4 address" : "not an IPv6 address";
	return NULL;
}

static const char *read_argument(struct mxdp_spf_text rest, struct mxdp_spf_term *term)
{
	const struct grammar *grammar = &grammars[term->mechanism];
	const char *fault = NULL;

	if (grammar->lengths)
		fault = take_lengths(&rest, term);
	if (fault)
		return fault;
	if (rest.length && rest.bytes[0] != ':')
		return "something stands behind the mechanism's name that may not be there";
	if (!rest.length)
		return grammar->domain == MUST_DOMAIN ? "the part behind : is missing" : NULL;
	if (grammar->domain == NO_DOMAIN)
		return "all takes nothing behind its name";
	rest = from(rest, 1);
	if (term->mechanism == MXDP_SPF_IP4 || term->mechanism == MXDP_SPF_IP6)
		return read_network(rest, term);
	term->domain = rest;
	return mxdp_spf_macro_fault(rest, MXDP_SPF_MACRO_DOMAIN);
}

static const char *read_directive(struct mxdp_spf_text text, struct mxdp_spf_record *record)
{
	struct mxdp_spf_term term = {.qualifier = '+', .text = text, .length4 = 32, .length6 = 128};
	struct mxdp_spf_text name;
	const char *fault;

	if (is_one_of(text.bytes[0], "+-~?")) {
		term.qualifier = text.bytes[0];
		text = from(text, 1);
	}
	name = (struct mxdp_spf_text){text.bytes, 0};
	while (name.length < text.length && !is_one_of(text.bytes[name.length], ":/"))
		name.length++;
	for (size_t i = 0; i < sizeof(grammars) / sizeof(*grammars); i++) {
		if (!equals(name, grammars[i].name))
			continue;
		term.mechanism = (enum mxdp_spf_mechanism)i;
		fault = read_argument(from(text, name.length), &term);
		if (!fault)
			record->terms[record->count++] = term;
		return fault;
	}
	return "unknown mechanism";
}

/* Length of the modifier's name that `text` starts with, 0 when it is no modifier. */
static size_t modifier_name(struct mxdp_spf_text text)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.bytes[i];
		bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (c == '=')
			return i;
		if (!alpha && (i == 0 || !is_one_of(c, "0123456789-_.")))
			return 0;
	}
	return 0;
}

static const char *read_modifier(struct mxdp_spf_text text, size_t name_length,
				 struct mxdp_spf_record *record)
{
	struct mxdp_spf_text name = {text.bytes, name_length}, value = from(text, name_length + 1);
	struct mxdp_spf_text *known = NULL;

	if (equals(name, "redirect"))
		known = &record->redirect;
	else if (equals(name, "exp"))
		known = &record->explanation;
	if (!known)
		return mxdp_spf_macro_fault(value, MXDP_SPF_MACRO_STRING);
	if (known->bytes)
		return "the modifier stands twice";
	*known = value;
	return mxdp_spf_macro_fault(value, MXDP_SPF_MACRO_DOMAIN);
}

static void write_fault(struct mxdp_spf_text term, const char *what, char fault[MXDP_SPF_FAULT])
{
	char quoted[64];

	mxdp_spf_printable(term, quoted, sizeof(quoted));
	snprintf(fault, MXDP_SPF_FAULT, "\"%s%s\": %s", quoted,
		 term.length < sizeof(quoted) ? "" : "...", what);
}

static const char *read_term(struct mxdp_spf_text term, struct mxdp_spf_record *record)
{
	size_t name = modifier_name(term);

	return name ? read_modifier(term, name, record) : read_directive(term, record);
}

int mxdp_spf_record_parse(struct mxdp_spf_text text, struct mxdp_spf_record *record,
			  char fault[MXDP_SPF_FAULT])
{
	size_t at = VERSION_LENGTH;

	*record = (struct mxdp_spf_record){0};
	if (text.length > MXDP_SPF_RECORD_BYTES) {
		snprintf(fault, MXDP_SPF_FAULT, "the record is longer than %d bytes",
			 MXDP_SPF_RECORD_BYTES);
		return -EINVAL;
	}
	/* A term and its space take two bytes at least. */
	record->terms = calloc(text.length / 2 + 1, sizeof(*record->terms));
	if (!record->terms)
		return -ENOMEM;
	while (at < text.length) {
		struct mxdp_spf_text term = from(text, at);
		const char *space = memchr(term.bytes, ' ', term.length), *what;

		if (space)
			term.length = (size_t)(space - term.bytes);
		at += term.length + 1;
		what = term.length ? read_term(term, record) : NULL;
		if (what) {
			write_fault(term, what, fault);
			mxdp_spf_record_free(record);
			return -EINVAL;
		}
	}
	return 0;
}

void mxdp_spf_record_free(struct mxdp_spf_record *record)
{
	free(record->terms);
	*record = (struct mxdp_spf_record){0};
}
