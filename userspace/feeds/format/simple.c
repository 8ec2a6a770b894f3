/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that are an IPv4 address or CIDR and nothing else: nearly all lines of the largest feeds.
 * They are read where they lie; whatever is not exactly that is left to the format.
 */
#include <arpa/inet.h>

#include "private.h"

#define LONGEST 20 /* 255.255.255.255/32\r\n */

/* At most three digits, none a leading zero, not above `most`. Returns what follows, or NULL. */
static const char *read_number(const char *at, unsigned int most, unsigned int *number)
{
	unsigned int value = (unsigned char)*at - '0', digit;

	if (value > 9)
		return NULL;
	for (int digits = 1; digits < 3; digits++) {
		digit = (unsigned char)*++at - '0';
		if (digit > 9)
			break;
		if (!value)
			return NULL;
		value = value * 10 + digit;
		if (digits == 2)
			at++;
	}
	*number = value;
	return value <= most ? at : NULL;
}

static const char *read_address(const char *at, uint32_t *address)
{
	*address = 0;
	for (int octet = 0; octet < 4; octet++) {
		unsigned int value;

		if (octet && *at++ != '.')
			return NULL;
		at = read_number(at, 255, &value);
		if (!at)
			return NULL;
		*address = *address << 8 | value;
	}
	return at;
}

/* There are LONGEST bytes. Returns the line after this one, or NULL. */
static const char *read_line(const char *at, uint32_t *address, unsigned int *length)
{
	*length = 32;
	at = read_address(at, address);
	if (at && *at == '/') {
		at = read_number(at + 1, 32, length);
		if (at && *address & (*length < 32 ? UINT32_MAX >> *length : 0))
			return NULL;
	}
	if (at && *at == '\r')
		at++;
	return at && *at == '\n' ? at + 1 : NULL;
}

size_t mxdp_format_simple(struct mxdp_feed_parser *parser, const char *bytes, size_t length)
{
	struct mxdp_feed_entry entry = {.text = parser->default_text};
	const char *at = bytes, *end = bytes + length;

	while (end - at >= LONGEST && !parser->error) {
		uint32_t address;
		unsigned int bits;
		const char *next = read_line(at, &address, &bits);

		if (!next)
			break;
		at = next;
		entry.prefix.address = mxdp_address_from_v4(htonl(address));
		entry.prefix.length = (uint8_t)bits;
		entry.line = parser->line++;
		parser->error = parser->sink.entry(parser->sink.context, &entry);
	}
	return (size_t)(at - bytes);
}
