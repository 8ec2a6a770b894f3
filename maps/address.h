/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and prefixes in user space. One form for both families: 16 bytes in network order,
 * IPv4 as ::ffff:a.b.c.d, so that the same client is the same key whichever door it came through.
 */
#ifndef MXDP_ADDRESS_H
#define MXDP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct mxdp_address {
	uint8_t bytes[16]; /* network order, IPv4-mapped for IPv4 */
};

/* `length` counts in the prefix's own family: 0..32 for IPv4, 0..128 for IPv6. */
struct mxdp_prefix {
	struct mxdp_address address; /* host bits are zero */
	uint8_t length;
};

#define MXDP_ADDRESS_TEXT 46 /* longest address with its final NUL */
#define MXDP_PREFIX_TEXT  50 /* longest prefix with its final NUL */

bool mxdp_address_is_v4(const struct mxdp_address *address);
bool mxdp_address_equal(const struct mxdp_address *a, const struct mxdp_address *b);

/* The IPv4 address in network byte order; meaningful only where mxdp_address_is_v4(). */
uint32_t mxdp_address_v4(const struct mxdp_address *address);
struct mxdp_address mxdp_address_from_v4(uint32_t network_order);
struct mxdp_address mxdp_address_from_bytes(const uint8_t bytes[16]);

/* Takes AF_INET and AF_INET6 socket addresses. Returns 0 or -EAFNOSUPPORT. */
int mxdp_address_from_sockaddr(const struct sockaddr *sockaddr, struct mxdp_address *out);

/* Reads "192.0.2.1", "2001:db8::1" or "::ffff:192.0.2.1". Returns 0 or -EINVAL. */
int mxdp_address_parse(const char *text, struct mxdp_address *out);

/* Writes the address as text into `text` and returns it. */
const char *mxdp_address_format(const struct mxdp_address *address, char text[MXDP_ADDRESS_TEXT]);

/*
 * Reads ADDRESS or ADDRESS/LENGTH; a mapped prefix (::ffff:192.0.2.0/120) becomes IPv4. Returns 0,
 * -EINVAL for what is no prefix, -EDOM when host bits are set (the caller says which it meant).
 */
int mxdp_prefix_parse(const char *text, struct mxdp_prefix *out);

/* "192.0.2.1" for a single host, "192.0.2.0/24" otherwise. */
const char *mxdp_prefix_format(const struct mxdp_prefix *prefix, char text[MXDP_PREFIX_TEXT]);

/* The prefix of `length` bits (in the address's family) around an address. */
struct mxdp_prefix mxdp_prefix_of(const struct mxdp_address *address, uint8_t length);
struct mxdp_prefix mxdp_prefix_host(const struct mxdp_address *address);
bool mxdp_prefix_is_host(const struct mxdp_prefix *prefix);
bool mxdp_prefix_contains(const struct mxdp_prefix *prefix, const struct mxdp_address *address);

#endif
