/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, prefixes and ranges as feeds write them, and the prefixes that make up a range. */
#include "private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\v' || byte == '\f';
}

char *mxdp_format_trim(char *text)
{
	size_t length;

	while (is_space(*text))
		text++;
	length = strlen(text);
	while (length && is_space(text[length - 1]))
		text[--length] = '\0';
	return text;
}

char *mxdp_format_word(char **text)
{
	char *word = *text, *stop;

	while (is_space(*word))
		word++;
	for (stop = word; *stop && !is_space(*stop); stop++)
		;
	*text = *stop ? stop + 1 : stop;
	*stop = '\0';
	return word;
}

char *mxdp_format_token(char **text)
{
	char *token = mxdp_format_trim(*text), *end;

	if (*token != '"') {
		*text = token;
		return mxdp_format_word(text);
	}
	end = strchr(++token, '"');
	if (!end)
		return NULL;
	*end = '\0';
	*text = end + 1;
	return token;
}

/* Most lines of most feeds: four decimal numbers and nothing else. */
static bool read_v4(const char *text, mxdp_number *out)
{
	uint32_t address = 0;

	for (int octet = 0; octet < 4; octet++) {
		unsigned int value = 0, digits = 0;
		bool zero = *text == '0';

		for (; *text >= '0' && *text <= '9' && digits < 4; digits++)
			value = value * 10 + (unsigned int)(*text++ - '0');
		if (!digits || digits > 3 || value > 255 || (zero && digits > 1))
			return false;
		if (octet < 3 && *text++ != '.')
			return false;
		address = address << 8 | value;
	}
	*out = address;
	return *text == '\0';
}

static mxdp_number number_of(const struct mxdp_address *address)
{
	mxdp_number number = 0;

	if (mxdp_address_is_v4(address))
		return ntohl(mxdp_address_v4(address));
	for (size_t i = 0; i < sizeof(address->bytes); i++)
		number = number << 8 | address->bytes[i];
	return number;
}

static struct mxdp_address address_of(mxdp_number number, bool v4)
{
	uint8_t bytes[16];

	if (v4)
		return mxdp_address_from_v4(htonl((uint32_t)number));
	for (size_t i = sizeof(bytes); i-- > 0; number >>= 8)
		bytes[i] = (uint8_t)number;
	return mxdp_address_from_bytes(bytes);
}

static struct mxdp_range range_of(const struct mxdp_prefix *prefix)
{
	struct mxdp_range range = {.v4 = mxdp_address_is_v4(&prefix->address)};
	unsigned int host_bits = (range.v4 ? 32 : 128) - prefix->length;

	range.first = number_of(&prefix->address);
	range.last = host_bits == 128 ? ~(mxdp_number)0
				      : range.first | (((mxdp_number)1 << host_bits) - 1);
	return range;
}

/* Some read 010 as ten, others as eight. */
static bool has_leading_zero(const char *text)
{
	if (text[strspn(text, "0123456789./-")])
		return false;
	for (const char *at = text; *at; at++)
		if (*at == '0' && at[1] >= '0' && at[1] <= '9' &&
		    (at == text || strchr("./-", at[-1])))
			return true;
	return false;
}

const char *mxdp_format_no_address(const char *text)
{
	return has_leading_zero(text)
		       ? "a number with a leading zero, decimal or octal? write it without"
		       : "not an address, CIDR or range";
}

static const char *read_ends(char *first, char *last, struct mxdp_range *range)
{
	struct mxdp_address from, to;

	first = mxdp_format_trim(first);
	last = mxdp_format_trim(last);
	if (mxdp_address_parse(first, &from))
		return mxdp_format_no_address(first);
	if (mxdp_address_parse(last, &to))
		return mxdp_format_no_address(last);
	if (mxdp_address_is_v4(&from) != mxdp_address_is_v4(&to))
		return "a range needs two addresses of one family";
	range->v4 = mxdp_address_is_v4(&from);
	range->first = number_of(&from);
	range->last = number_of(&to);
	return range->first <= range->last ? NULL : "the range ends before it begins";
}

const char *mxdp_format_range(char *text, struct mxdp_range *range)
{
	struct mxdp_prefix prefix;
	char *dash;
	int error;

	if (read_v4(text, &range->first)) {
		range->v4 = true;
		range->last = range->first;
		return NULL;
	}
	dash = strchr(text, '-');
	if (dash) {
		*dash = '\0';
		return read_ends(text, dash + 1, range);
	}
	error = mxdp_prefix_parse(text, &prefix);
	if (error == -EDOM)
		return "the address has bits beyond its prefix length";
	if (error)
		return mxdp_format_no_address(text);
	*range = range_of(&prefix);
	/* Nobody comes from ::192.0.2.1; 192.0.2.1 or ::ffff:192.0.2.1 is meant. */
	if (!range->v4 && range->last >> 32 == 0 && strchr(text, '.'))
		return "an IPv4 address behind ::; write it without";
	return NULL;
}

/* The largest aligned block at `first` that does not reach beyond `last`, as a power of two. */
static unsigned int block_bits(mxdp_number first, mxdp_number last, unsigned int width)
{
	unsigned int bits = 0;

	while (bits < width) {
		mxdp_number size = (mxdp_number)1 << bits; /* of the half that would be added */

		if ((first & size) || last - first < size || last - first - size < size - 1)
			break;
		bits++;
	}
	return bits;
}

void mxdp_format_emit(struct mxdp_feed_parser *parser, const struct mxdp_range *range,
		      bool excluded, const char *text)
{
	unsigned int width = range->v4 ? 32 : 128;
	mxdp_number first = range->first;

	while (!parser->error) {
		unsigned int bits = block_bits(first, range->last, width);
		/* Where an IPv6 range covers the IPv4-mapped addresses, IPv4 is meant. */
		bool mapped = !range->v4 && first >> 32 == 0xffff;
		struct mxdp_feed_entry entry = {
			.prefix = {.address = address_of(first, range->v4),
				   .length = (uint8_t)((mapped ? 32 : width) - bits)},
			.excluded = excluded,
			.line = parser->line,
			.text = text,
		};
		mxdp_number rest = range->last - first;

		parser->error = parser->sink.entry(parser->sink.context, &entry);
		if (bits == width || rest >> bits == 0 || rest == ((mxdp_number)1 << bits) - 1)
			return;
		first += (mxdp_number)1 << bits;
	}
}

void mxdp_format_take(struct mxdp_feed_parser *parser, char *text, bool excluded, const char *label)
{
	char kept[MXDP_FEED_TEXT];
	struct mxdp_range range;
	const char *what;

	strncpy(kept, text, sizeof(kept) - 1);
	kept[sizeof(kept) - 1] = '\0';
	what = mxdp_format_range(text, &range);
	if (what)
		mxdp_format_fault(parser, what, kept);
	else
		mxdp_format_emit(parser, &range, excluded, label);
}
