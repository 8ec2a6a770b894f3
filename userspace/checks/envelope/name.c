/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "name.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define DOMAIN_MAX  255 /* RFC 5321 4.5.3.1.2 */
#define LABEL_MAX   63
#define IPV6_PREFIX "IPv6:"

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool label_is_good(const char *label, size_t length)
{
	if (length == 0 || length > LABEL_MAX)
		return false;
	if (label[0] == '-' || label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_letter_or_digit(label[i]) && label[i] != '-')
			return false;
	return true;
}

const char *mxdp_smtp_domain_fault(const char *domain)
{
	static const char no_name[] = "not a host name";
	const size_t whole = strnlen(domain, DOMAIN_MAX + 1);
	struct mxdp_address address;
	size_t labels = 0;
	const char *label = domain;

	if (whole == 0)
		return "empty";
	if (whole > DOMAIN_MAX)
		return "too long";
	if (mxdp_address_parse(domain, &address) == 0)
		return "an address without brackets";
	while (*label) {
		const size_t length = strcspn(label, ".");

		if (!label_is_good(label, length))
			return no_name;
		labels++;
		/* The last label of digits alone: neither a name nor an address. */
		if (strspn(label, "0123456789") == length &&
		    label[length + (label[length] == '.')] == '\0')
			return no_name;
		label += length + (label[length] == '.');
	}
	return labels < 2 ? "not fully qualified" : NULL;
}

int mxdp_smtp_literal_parse(const char *text, struct mxdp_address *address)
{
	char inner[sizeof(IPV6_PREFIX) + MXDP_ADDRESS_TEXT];
	const size_t length = strnlen(text, sizeof(inner) + 2);
	struct mxdp_address read;
	bool tagged;

	if (length < 2 || length - 2 >= sizeof(inner) || text[0] != '[' || text[length - 1] != ']')
		return -EINVAL;
	memcpy(inner, text + 1, length - 2);
	inner[length - 2] = '\0';
	tagged = strncasecmp(inner, IPV6_PREFIX, strlen(IPV6_PREFIX)) == 0;
	if (mxdp_address_parse(inner + (tagged ? strlen(IPV6_PREFIX) : 0), &read) != 0)
		return -EINVAL;
	/* Colons need the tag, and the tag needs colons; a mapped address is an IPv4 one for us. */
	if (tagged != (strchr(inner + (tagged ? strlen(IPV6_PREFIX) : 0), ':') != NULL))
		return -EINVAL;
	*address = read;
	return 0;
}
