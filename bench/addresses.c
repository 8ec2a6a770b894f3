/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "addresses.h"

/* xorshift64* */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dull;
}

static uint32_t public_address(uint64_t *random)
{
	uint32_t address, octet;

	do {
		address = next_random(random) >> 32;
		octet = address >> 24;
	} while (octet == 0 || octet == 10 || octet == 127 || octet > 223);
	return address;
}

static int compare(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

int bench_addresses_make(struct bench_addresses *addresses, size_t count, enum bench_spread spread)
{
	uint64_t random = 0x9e3779b97f4a7c15ull;
	uint32_t cluster = 0, left = 0;
	size_t i, kept = 0;
	uint32_t *list = malloc(count * sizeof(*list));

	if (!list)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		if (spread == BENCH_RANDOM || i % 5 == 0) {
			list[i] = public_address(&random);
			continue;
		}
		if (!left) {
			cluster = public_address(&random) & ~255u;
			left = 8 + next_random(&random) % 121;
		}
		left--;
		list[i] = cluster | next_random(&random) >> 56;
	}
	qsort(list, count, sizeof(*list), compare);
	for (i = 0; i < count; i++) {
		if (!kept || list[kept - 1] != list[i])
			list[kept++] = list[i];
	}
	*addresses = (struct bench_addresses){list, kept, spread};
	return 0;
}

void bench_addresses_free(struct bench_addresses *addresses)
{
	free(addresses->address);
	addresses->address = NULL;
}

uint8_t bench_class(const struct bench_addresses *addresses, uint32_t address)
{
	uint32_t of = addresses->spread == BENCH_RANDOM ? address : address >> 8;

	return 1 + (of * 2654435761u >> 16) % 63;
}

bool bench_is_listed(const struct bench_addresses *addresses, uint32_t address)
{
	return bsearch(&address, addresses->address, addresses->count, sizeof(address), compare);
}

void bench_sources(const struct bench_addresses *addresses, bool listed, uint32_t *sources,
		   size_t count)
{
	uint64_t random = 0x2545f4914f6cdd1dull;
	size_t i;

	for (i = 0; i < count; i++) {
		if (listed) {
			sources[i] = addresses->address[next_random(&random) % addresses->count];
			continue;
		}
		do
			sources[i] = public_address(&random);
		while (bench_is_listed(addresses, sources[i]));
	}
}
