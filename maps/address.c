/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

/* Bits that an address of this family has. */
static unsigned int family_bits(const struct mxdp_address *address)
{
	return mxdp_address_is_v4(address) ? 32 : 128;
}

/* Where a prefix of this family begins in the 128 bits. */
static unsigned int family_offset(const struct mxdp_address *address)
{
	return 128 - family_bits(address);
}

static void clear_host_bits(struct mxdp_address *address, unsigned int network_bits)
{
	for (unsigned int bit = network_bits; bit < 128; bit++)
		address->bytes[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
}

bool mxdp_address_is_v4(const struct mxdp_address *address)
{
	return !memcmp(address->bytes, mapped, sizeof(mapped));
}

bool mxdp_address_equal(const struct mxdp_address *a, const struct mxdp_address *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

uint32_t mxdp_address_v4(const struct mxdp_address *address)
{
	uint32_t network_order;

	memcpy(&network_order, address->bytes + sizeof(mapped), sizeof(network_order));
	return network_order;
}

struct mxdp_address mxdp_address_from_v4(uint32_t network_order)
{
	struct mxdp_address address;

	memcpy(address.bytes, mapped, sizeof(mapped));
	memcpy(address.bytes + sizeof(mapped), &network_order, sizeof(network_order));
	return address;
}

struct mxdp_address mxdp_address_from_bytes(const uint8_t bytes[16])
{
	struct mxdp_address address;

	memcpy(address.bytes, bytes, sizeof(address.bytes));
	return address;
}

int mxdp_address_from_sockaddr(const struct sockaddr *sockaddr, struct mxdp_address *out)
{
	if (sockaddr->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sockaddr, sizeof(in));
		*out = mxdp_address_from_v4(in.sin_addr.s_addr);
		return 0;
	}
	if (sockaddr->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sockaddr, sizeof(in6));
		*out = mxdp_address_from_bytes(in6.sin6_addr.s6_addr);
		return 0;
	}
	return -EAFNOSUPPORT;
}

int mxdp_address_parse(const char *text, struct mxdp_address *out)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, text, &v4) == 1)
		*out = mxdp_address_from_v4(v4.s_addr);
	else if (inet_pton(AF_INET6, text, &v6) == 1)
		*out = mxdp_address_from_bytes(v6.s6_addr);
	else
		return -EINVAL;
	return 0;
}

const char *mxdp_address_format(const struct mxdp_address *address, char text[MXDP_ADDRESS_TEXT])
{
	if (mxdp_address_is_v4(address))
		inet_ntop(AF_INET, address->bytes + sizeof(mapped), text, MXDP_ADDRESS_TEXT);
	else
		inet_ntop(AF_INET6, address->bytes, text, MXDP_ADDRESS_TEXT);
	return text;
}

/* Up to three digits without a leading zero, at most `max`. */
static int parse_length(const char *text, unsigned int max, unsigned int *length)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 3 || text[digits] || (text[0] == '0' && digits > 1))
		return -EINVAL;
	*length = 0;
	for (size_t i = 0; i < digits; i++)
		*length = *length * 10 + (unsigned int)(text[i] - '0');
	return *length > max ? -EINVAL : 0;
}

int mxdp_prefix_parse(const char *text, struct mxdp_prefix *out)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char address_text[MXDP_ADDRESS_TEXT];
	struct mxdp_prefix prefix;
	unsigned int bits, offset;

	if (length >= sizeof(address_text))
		return -EINVAL;
	memcpy(address_text, text, length);
	address_text[length] = '\0';
	if (mxdp_address_parse(address_text, &prefix.address))
		return -EINVAL;

	/* A mapped address in IPv6 notation counts its prefix in 128 bits. */
	offset = family_offset(&prefix.address);
	bits = 128 - offset;
	if (slash) {
		bool notation6 = strchr(address_text, ':') != NULL;
		unsigned int skipped = notation6 ? offset : 0;

		if (parse_length(slash + 1, notation6 ? 128 : 32, &bits) || bits < skipped)
			return -EINVAL;
		bits -= skipped;
	}
	prefix.length = (uint8_t)bits;
	*out = mxdp_prefix_of(&prefix.address, prefix.length);
	return mxdp_address_equal(&out->address, &prefix.address) ? 0 : -EDOM;
}

const char *mxdp_prefix_format(const struct mxdp_prefix *prefix, char text[MXDP_PREFIX_TEXT])
{
	size_t length;

	mxdp_address_format(&prefix->address, text);
	if (mxdp_prefix_is_host(prefix))
		return text;
	length = strlen(text);
	snprintf(text + length, MXDP_PREFIX_TEXT - length, "/%u", prefix->length);
	return text;
}

struct mxdp_prefix mxdp_prefix_of(const struct mxdp_address *address, uint8_t length)
{
	struct mxdp_prefix prefix = {.address = *address, .length = length};
	unsigned int bits = family_bits(address);

	if (prefix.length > bits)
		prefix.length = (uint8_t)bits;
	clear_host_bits(&prefix.address, family_offset(address) + prefix.length);
	return prefix;
}

struct mxdp_prefix mxdp_prefix_host(const struct mxdp_address *address)
{
	return mxdp_prefix_of(address, (uint8_t)family_bits(address));
}

bool mxdp_prefix_is_host(const struct mxdp_prefix *prefix)
{
	return prefix->length == family_bits(&prefix->address);
}

bool mxdp_prefix_contains(const struct mxdp_prefix *prefix, const struct mxdp_address *address)
{
	struct mxdp_prefix around;

	if (mxdp_address_is_v4(&prefix->address) != mxdp_address_is_v4(address))
		return false;
	around = mxdp_prefix_of(address, prefix->length);
	return mxdp_address_equal(&around.address, &prefix->address);
}
