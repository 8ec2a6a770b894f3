/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address_in_name.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS 4 /* octets of IPv4, last groups of IPv6 */

/* The last numbers that were met in a name, newest last; -1 where something else came between. */
struct window {
	long numbers[PARTS];
};

static void push(struct window *window, long number)
{
	memmove(window->numbers, window->numbers + 1, sizeof(long) * (PARTS - 1));
	window->numbers[PARTS - 1] = number;
}

static bool shows(const struct window *window, const long parts[PARTS])
{
	bool forward = true, backward = true;

	for (int i = 0; i < PARTS; i++) {
		forward = forward && window->numbers[i] == parts[i];
		backward = backward && window->numbers[i] == parts[PARTS - 1 - i];
	}
	return forward || backward;
}

static bool holds_octets(const char *host, const long octets[PARTS])
{
	struct window window = {{-1, -1, -1, -1}};
	char joined[3 * PARTS + 1];

	while (*host) {
		size_t digits = strspn(host, "0123456789");

		if (digits == 0) {
			host++;
			continue;
		}
		push(&window, digits <= 3 ? strtol(host, NULL, 10) : -1);
		if (shows(&window, octets))
			return true;
		snprintf(joined, sizeof(joined), "%03ld%03ld%03ld%03ld", octets[0], octets[1],
			 octets[2], octets[3]);
		if (digits == 3 * PARTS && strncmp(host, joined, digits) == 0)
			return true;
		host += digits;
	}
	return false;
}

static bool holds_groups(const char *host, const long groups[PARTS])
{
	struct window window = {{-1, -1, -1, -1}};

	while (*host) {
		size_t length = strcspn(host, "-._x:");
		size_t digits = strspn(host, "0123456789abcdefABCDEF");

		if (length > 0)
			push(&window,
			     digits == length && length <= 4 ? strtol(host, NULL, 16) : -1);
		if (shows(&window, groups))
			return true;
		host += length;
		host += *host != '\0';
	}
	return false;
}

static bool v4_in_name(const struct mxdp_address *address, const char *host)
{
	const uint8_t *bytes = address->bytes + 12;
	const long octets[PARTS] = {bytes[0], bytes[1], bytes[2], bytes[3]};
	char hex[9];

	snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
	return holds_octets(host, octets) || strcasestr(host, hex) != NULL;
}

static bool v6_in_name(const struct mxdp_address *address, const char *host)
{
	const uint8_t *bytes = address->bytes + 8;
	long groups[PARTS];
	char hex[17];

	for (int i = 0; i < PARTS; i++) {
		groups[i] = bytes[2 * i] << 8 | bytes[2 * i + 1];
		snprintf(hex + (ptrdiff_t)4 * i, 5, "%04lx", (unsigned long)groups[i]);
	}
	return holds_groups(host, groups) || strcasestr(host, hex) != NULL;
}

bool mxdp_address_in_name(const struct mxdp_address *address, const char *host)
{
	return mxdp_address_is_v4(address) ? v4_in_name(address, host) : v6_in_name(address, host);
}
