/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Made-up sets of listed IPv4 addresses, the same in each run, and source addresses to ask for.
 * Addresses are in host order, public unicast (first octet 1..223 without 10 and 127).
 */
#ifndef MXDP_BENCH_ADDRESSES_H
#define MXDP_BENCH_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bench_spread {
	BENCH_RANDOM,    /* anywhere, each of a class of its own */
	BENCH_CLUSTERED, /* four of five in /24s that hold 8 to 128; a /24 has one class */
};

struct bench_addresses {
	uint32_t *address; /* ascending, each once */
	size_t count;      /* a little less than asked for where some fell together */
	enum bench_spread spread;
};

/* Returns 0 or -ENOMEM. */
int bench_addresses_make(struct bench_addresses *addresses, size_t count, enum bench_spread spread);
void bench_addresses_free(struct bench_addresses *addresses);

/* The class of an address, 1..63. */
uint8_t bench_class(const struct bench_addresses *addresses, uint32_t address);
bool bench_is_listed(const struct bench_addresses *addresses, uint32_t address);

/* Fills `sources` with listed addresses or with public ones that are not, in random order. */
void bench_sources(const struct bench_addresses *addresses, bool listed, uint32_t *sources,
		   size_t count);

#endif
