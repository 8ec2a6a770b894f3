/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names under which addresses are looked up (declared in resolver.h). */
#include "resolver.h"

#include <errno.h>
#include <stdio.h>

#include "maps/address.h"

int mxdp_dns_reverse_name(const struct mxdp_address *address, const char *zone,
			  char name[MXDP_DNS_NAME])
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = address->bytes;
	char labels[sizeof("0.") * 32];
	char *end = labels;
	int length;

	if (mxdp_address_is_v4(address)) {
		snprintf(labels, sizeof(labels), "%u.%u.%u.%u", bytes[15], bytes[14], bytes[13],
			 bytes[12]);
	} else {
		for (int i = 15; i >= 0; i--) {
			*end++ = digits[bytes[i] & 0x0f];
			*end++ = '.';
			*end++ = digits[bytes[i] >> 4];
			*end++ = '.';
		}
		*--end = '\0';
	}
	length = snprintf(name, MXDP_DNS_NAME, "%s.%s", labels, zone);
	return length < 0 || length >= MXDP_DNS_NAME ? -ENAMETOOLONG : 0;
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
