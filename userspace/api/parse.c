/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maps/maps.h"

/* What the client sent may be any bytes, and the fault goes into JSON and onto terminals. */
int mxdp_api_fault(int error, char fault[MXDP_API_FAULT], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fault, MXDP_API_FAULT, format, arguments);
	va_end(arguments);
	for (char *c = fault; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return error;
}

int mxdp_api_parse_address(const char *text, struct mxdp_address *address,
			   char fault[MXDP_API_FAULT])
{
	if (!text)
		return mxdp_api_fault(-EINVAL, fault, "which client? give address=ADDRESS");
	if (mxdp_address_parse(text, address) < 0)
		return mxdp_api_fault(-EINVAL, fault,
				      "\"%.*s\" is not an IP address; give one like 192.0.2.1 or "
				      "2001:db8::1",
				      MXDP_API_ECHO, text);
	return 0;
}

/* The network that ADDRESS/LENGTH with host bits set probably meant. */
static int propose_network(const char *text, char network[MXDP_PREFIX_TEXT])
{
	char host[MXDP_ADDRESS_TEXT];
	const char *slash = strchr(text, '/');
	struct mxdp_address address;
	struct mxdp_prefix prefix;
	size_t length = slash ? (size_t)(slash - text) : sizeof(host);
	long bits;

	if (length >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, length);
	host[length] = '\0';
	if (mxdp_address_parse(host, &address) < 0)
		return -EINVAL;
	bits = strtol(slash + 1, NULL, 10);
	if (mxdp_address_is_v4(&address) && strchr(host, ':'))
		bits -= 96;
	if (bits < 0 || bits > (mxdp_address_is_v4(&address) ? 32 : 128))
		return -EINVAL;
	prefix = mxdp_prefix_of(&address, (uint8_t)bits);
	mxdp_prefix_format(&prefix, network);
	return 0;
}

int mxdp_api_parse_prefix(const char *text, struct mxdp_prefix *prefix, char fault[MXDP_API_FAULT])
{
	char network[MXDP_PREFIX_TEXT];
	int error;

	if (!text)
		return mxdp_api_fault(-EINVAL, fault,
				      "which prefix? give ADDRESS or ADDRESS/LENGTH");
	error = mxdp_prefix_parse(text, prefix);
	if (error == -EDOM && propose_network(text, network) == 0)
		return mxdp_api_fault(
			-EDOM, fault,
			"%.*s has host bits set; say %s for the network, or leave the "
			"length out for the one address",
			MXDP_API_ECHO, text, network);
	if (error < 0)
		return mxdp_api_fault(
			-EINVAL, fault,
			"\"%.*s\" is not an address or prefix; give one like 192.0.2.1, "
			"192.0.2.0/24 or 2001:db8::/32",
			MXDP_API_ECHO, text);
	return 0;
}

int mxdp_api_parse_action(const char *text, unsigned int *action, char fault[MXDP_API_FAULT])
{
	int number;

	*action = MXDP_ACTION_COUNT;
	if (!text)
		return 0;
	number = mxdp_action_number(text);
	if (number <= MXDP_ACTION_NONE)
		return mxdp_api_fault(-EINVAL, fault,
				      "\"%.*s\" is not an action; there are pass, limit, greylist, "
				      "tempfail, reject, tarpit and drop",
				      MXDP_API_ECHO, text);
	*action = (unsigned int)number;
	return 0;
}

int mxdp_api_parse_limit(const char *text, size_t *limit, char fault[MXDP_API_FAULT])
{
	size_t length = text ? strlen(text) : 0;
	unsigned long number;

	*limit = MXDP_API_LIMIT;
	if (!text)
		return 0;
	number = strtoul(text, NULL, 10);
	/* Nine digits fit an unsigned long everywhere, and no sign or space gets through. */
	if (length == 0 || length > 9 || strspn(text, "0123456789") != length || number == 0 ||
	    number > MXDP_API_LIMIT_MAX)
		return mxdp_api_fault(-EINVAL, fault, "limit=%.*s is not a number from 1 to %d",
				      MXDP_API_ECHO, text, MXDP_API_LIMIT_MAX);
	*limit = number;
	return 0;
}

int mxdp_api_parse_since(const char *text, int64_t *since, char fault[MXDP_API_FAULT])
{
	const size_t length = text ? strlen(text) : 0;

	*since = 0;
	if (!text)
		return 0;
	if (length == 0 || length > 12 || strspn(text, "0123456789") != length)
		return mxdp_api_fault(-EINVAL, fault, "since=%.*s is no time; give Unix seconds",
				      MXDP_API_ECHO, text);
	*since = strtoll(text, NULL, 10);
	return 0;
}

int mxdp_api_parse_domain(const char *text, char fault[MXDP_API_FAULT])
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_.";
	const size_t length = text ? strlen(text) : 0;

	if (length == 0 || length > 253 || strspn(text, good) != length)
		return mxdp_api_fault(
			-EINVAL, fault,
			"\"%.*s\" is no domain; write it as example.org, IDNs as xn--",
			MXDP_API_ECHO, text ? text : "");
	return 0;
}
