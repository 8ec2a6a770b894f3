/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names under which addresses are looked up (declared in resolver.h). */
#include "resolver.h"

#include <errno.h>
#include <string.h>

#include "maps/address.h"

#define LABELS_MAX (sizeof("0.") * 32) /* of an address, with a NUL each */

static char *put_octet(char *to, unsigned int octet)
{
	if (octet >= 100)
		*to++ = (char)('0' + octet / 100);
	if (octet >= 10)
		*to++ = (char)('0' + octet / 10 % 10);
	*to++ = (char)('0' + octet % 10);
	*to++ = '.';
	return to;
}

static char *put_nibbles(char *to, unsigned int octet)
{
	static const char digits[] = "0123456789abcdef";

	*to++ = digits[octet & 0x0f];
	*to++ = '.';
	*to++ = digits[octet >> 4];
	*to++ = '.';
	return to;
}

/* By hand: each client is looked up under several names. */
int mxdp_dns_reverse_name(const struct mxdp_address *address, const char *zone,
			  char name[MXDP_DNS_NAME])
{
	const size_t length = strlen(zone);
	const bool v4 = mxdp_address_is_v4(address);
	char labels[LABELS_MAX], *end = labels;

	for (int i = 15; i >= (v4 ? 12 : 0); i--)
		end = v4 ? put_octet(end, address->bytes[i]) : put_nibbles(end, address->bytes[i]);
	if ((size_t)(end - labels) + length >= MXDP_DNS_NAME)
		return -ENAMETOOLONG;
	memcpy(name, labels, (size_t)(end - labels));
	memcpy(name + (end - labels), zone, length + 1);
	return 0;
}

static const char *const status_names[] = {
	[MXDP_DNS_OK] = "ok",
	[MXDP_DNS_NODATA] = "no data",
	[MXDP_DNS_NXDOMAIN] = "no such name",
	[MXDP_DNS_TIMEOUT] = "time-out",
	[MXDP_DNS_SERVFAIL] = "server failure",
	[MXDP_DNS_BADNAME] = "not a name",
	[MXDP_DNS_BUSY] = "too many questions",
};

const char *mxdp_dns_status_name(enum mxdp_dns_status status)
{
	if ((unsigned int)status >= sizeof(status_names) / sizeof(status_names[0]))
		return "?";
	return status_names[status];
}

const char *mxdp_dns_type_name(enum mxdp_dns_type type)
{
	switch (type) {
	case MXDP_DNS_A:
		return "A";
	case MXDP_DNS_PTR:
		return "PTR";
	case MXDP_DNS_MX:
		return "MX";
	case MXDP_DNS_TXT:
		return "TXT";
	case MXDP_DNS_AAAA:
		return "AAAA";
	}
	return "?";
}
