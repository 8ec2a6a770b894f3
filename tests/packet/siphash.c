/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "siphash.h"

static uint64_t turn(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

static void rounds(uint64_t v[4], int count)
{
	while (count--) {
		v[0] += v[1];
		v[1] = turn(v[1], 13) ^ v[0];
		v[0] = turn(v[0], 32);
		v[2] += v[3];
		v[3] = turn(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = turn(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = turn(v[1], 17) ^ v[2];
		v[2] = turn(v[2], 32);
	}
}

uint64_t siphash(uint64_t key0, uint64_t key1, const uint8_t *bytes, size_t count)
{
	uint64_t v[4] = {key0 ^ 0x736f6d6570736575ULL, key1 ^ 0x646f72616e646f6dULL,
			 key0 ^ 0x6c7967656e657261ULL, key1 ^ 0x7465646279746573ULL};

	for (size_t at = 0; at <= count; at += 8) {
		uint64_t word = 0;

		for (size_t i = 0; i < 8; i++) {
			if (at + i < count)
				word |= (uint64_t)bytes[at + i] << (8 * i);
			else if (i == 7)
				word |= (uint64_t)(count & 0xff) << 56;
		}
		v[3] ^= word;
		rounds(v, 2);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
