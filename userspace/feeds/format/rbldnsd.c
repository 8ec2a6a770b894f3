/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zone files of rbldnsd: entries, ranges, partial prefixes (192.0.2 is 192.0.2.0/24, 10-11 is
 * 10.0.0.0 to 11.255.255.255), exclusions (!), values (:A:TXT) and a default one on a line of its
 * own. Directives ($SOA, $TTL ...) say nothing about addresses.
 */
#include "private.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

/* One to four octets with dots. Returns how many, or 0. */
static unsigned int read_octets(const char *text, unsigned int octets[4])
{
	unsigned int count = 0;

	for (;;) {
		unsigned int value = 0, digits = 0;
		bool zero = *text == '0';

		for (; *text >= '0' && *text <= '9' && digits < 4; digits++)
			value = value * 10 + (unsigned int)(*text++ - '0');
		if (!digits || digits > 3 || value > 255 || count == 4 || (zero && digits > 1))
			return 0;
		octets[count++] = value;
		if (*text == '\0')
			return count;
		if (*text++ != '.')
			return 0;
	}
}

static uint32_t join(const unsigned int octets[4], unsigned int count, uint32_t rest)
{
	uint32_t address = rest;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int shift = 24 - 8 * i;

		address = (address & ~((uint32_t)255 << shift)) | octets[i] << shift;
	}
	return address;
}

/* The end of a range may leave out the octets it shares with the beginning: 192.0.2.1-9. */
static const char *read_range4(const char *first, const char *last, struct mxdp_range *range)
{
	unsigned int from[4], to[4], end[4];
	unsigned int count = read_octets(first, from), given = read_octets(last, to);

	if (!count || !given)
		return mxdp_format_no_address(count ? last : first);
	if (given < count) {
		memcpy(end, from, sizeof(end));
		memcpy(end + count - given, to, given * sizeof(to[0]));
		given = count;
	} else {
		memcpy(end, to, sizeof(end));
	}
	range->v4 = true;
	range->first = join(from, count, 0);
	range->last = join(end, given, UINT32_MAX);
	return range->first <= range->last ? NULL : "the range ends before it begins";
}

/* 10/8, 192.0.2/24 and 192.0.2. */
static const char *read_partial4(char *text, struct mxdp_range *range)
{
	char *slash = strchr(text, '/'), *rest;
	unsigned int octets[4], count;
	unsigned long length;
	uint32_t mask;

	if (slash)
		*slash = '\0';
	count = read_octets(text, octets);
	if (!count)
		return mxdp_format_no_address(text);
	length = slash ? strtoul(slash + 1, &rest, 10) : 8ul * count;
	if (slash && (slash[1] < '0' || slash[1] > '9' || *rest || length > 32))
		return "not an address, CIDR or range";
	mask = length ? UINT32_MAX << (32 - length) : 0;
	range->v4 = true;
	range->first = join(octets, count, 0);
	range->last = (uint32_t)range->first | ~mask;
	return (uint32_t)range->first & ~mask ? "the address has bits beyond its prefix length"
					      : NULL;
}

/* 2001:db8:1 without "::" and with less than eight groups is 2001:db8:1::/48. */
static const char *read_v6(char *text, struct mxdp_range *range)
{
	static const char *const lengths[] = {"",      "::/16", "::/32", "::/48",
					      "::/64", "::/80", "::/96", "::/112"};
	char whole[MXDP_PREFIX_TEXT + 8];
	unsigned int groups = 1;
	const char *what;

	if (strlen(text) >= MXDP_PREFIX_TEXT)
		return "not an address, CIDR or range";
	for (const char *byte = text; *byte; byte++)
		groups += *byte == ':';
	snprintf(whole, sizeof(whole), "%s%s", text,
		 !strstr(text, "::") && !strchr(text, '/') && groups < 8 ? lengths[groups] : "");
	what = mxdp_format_range(whole, range);
	return what;
}

static const char *read_entry(char *text, struct mxdp_range *range)
{
	char *dash = strchr(text, '-');

	if (strchr(text, ':'))
		return read_v6(text, range);
	if (!dash)
		return read_partial4(text, range);
	*dash = '\0';
	return read_range4(text, dash + 1, range);
}

/* An ip6tset lists networks of 64 bits, however their address is written, and excludes hosts. */
static void widen_to_64(struct mxdp_range *range)
{
	mxdp_number low = UINT64_MAX;

	if (!range->v4 && range->first == range->last) {
		range->first &= ~low;
		range->last |= low;
	}
}

/* The text of ":A:TXT", ":TXT" or "TXT". */
static const char *text_of(char *value)
{
	char *colon;

	if (*value != ':')
		return value;
	colon = strchr(value + 1, ':');
	return mxdp_format_trim(colon ? colon + 1 : value + 1);
}

/* ":A:TXT", but not "::1" or "::/0". */
static bool is_default(const char *line)
{
	char word[MXDP_FEED_TEXT];
	struct mxdp_range range;
	size_t length = strcspn(line, " \t");

	if (*line != ':' || line[1] != ':' || length >= sizeof(word))
		return *line == ':';
	snprintf(word, sizeof(word), "%.*s", (int)length, line);
	return read_v6(word, &range) != NULL;
}

/*
 * Cuts the entry off the front of a line. Its value follows spaces, or right behind an IPv4 address
 * its colon.
 */
static char *cut_entry(char **line)
{
	size_t length = strcspn(*line, " \t"), digits = strcspn(*line, ":");
	char *entry = *line;

	if (digits >= length || !memchr(entry, '.', digits))
		return mxdp_format_word(line);
	memmove(entry + digits + 2, entry + digits + 1, strlen(entry + digits + 1) + 1);
	entry[digits] = '\0';
	entry[digits + 1] = ':';
	*line = entry + digits + 1;
	return entry;
}

/* "- 192.0.2.9" behind an address: rbldnsd would take the rest of the range for text. */
static bool ends_range(char *value)
{
	value = mxdp_format_trim(value + (*value == '-'));
	return strspn(value, "0123456789.") > 0 && value[strcspn(value, ".:")];
}

static void take(struct mxdp_feed_parser *parser, char *line, char end)
{
	char *word, *value, kept[MXDP_FEED_TEXT] = "";
	bool excluded = false;
	struct mxdp_range range = {.v4 = false};
	const char *what;

	(void)end;
	value = line = mxdp_format_trim(line);
	if (!*line || *line == '#' || *line == ';' || *line == '$')
		return;
	if (is_default(line)) {
		strncpy(parser->default_text, text_of(line), sizeof(parser->default_text) - 1);
		return;
	}
	if (*line == '!') {
		excluded = true;
		value = mxdp_format_trim(line + 1);
	}
	word = cut_entry(&value);
	value = mxdp_format_trim(value);
	strncpy(kept, word, sizeof(kept) - 1);
	what = *value == '-' && ends_range(value) ? "a range with spaces; write it without"
						  : read_entry(word, &range);
	if (what) {
		mxdp_format_fault(parser, what, kept);
		return;
	}
	if (parser->narrow && !excluded)
		widen_to_64(&range);
	mxdp_format_emit(parser, &range, excluded, *value ? text_of(value) : parser->default_text);
}

const struct mxdp_format mxdp_format_rbldnsd = {.piece = take, .simple = true};
