/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot_reference.h"

static unsigned int offset_of(const struct mxdp_address *address)
{
	return mxdp_address_is_v4(address) ? 96 : 0;
}

static bool bit(const struct mxdp_address *address, unsigned int number)
{
	return address->bytes[number / 8] >> (7 - number % 8) & 1;
}

static void set_bit(struct mxdp_address *address, unsigned int number, bool value)
{
	uint8_t mask = 1u << (7 - number % 8);

	if (value)
		address->bytes[number / 8] |= mask;
	else
		address->bytes[number / 8] &= ~mask;
}

static bool inside(const struct mxdp_prefix *prefix, const struct mxdp_address *address)
{
	unsigned int bits = offset_of(&prefix->address) + prefix->length;
	uint8_t mask = 0xff00 >> bits % 8;

	if (memcmp(prefix->address.bytes, address->bytes, bits / 8))
		return false;
	if (bits % 8 && (prefix->address.bytes[bits / 8] ^ address->bytes[bits / 8]) & mask)
		return false;
	return offset_of(&prefix->address) == offset_of(address);
}

static struct reference_entry *append(struct reference *reference,
				      const struct mxdp_address *address, unsigned int length)
{
	struct reference_entry *entry = &reference->entries[reference->count++];
	unsigned int i;

	if (reference->count > REFERENCE_PLACES)
		abort();
	memset(entry, 0, sizeof(*entry));
	entry->prefix.address = *address;
	entry->prefix.length = length;
	for (i = offset_of(address) + length; i < 128; i++)
		set_bit(&entry->prefix.address, i, false);
	return entry;
}

void reference_add(struct reference *reference, const struct mxdp_address *address,
		   unsigned int length, uint8_t class, uint16_t priority)
{
	struct reference_entry *entry = append(reference, address, length);

	entry->class = class;
	entry->priority = priority;
}

void reference_subtract(struct reference *reference, const struct mxdp_address *address,
			unsigned int length)
{
	append(reference, address, length)->subtracted = true;
}

static bool decides_over(const struct reference_entry *entry, const struct reference_entry *best)
{
	if (!best || entry->prefix.length != best->prefix.length)
		return !best || entry->prefix.length > best->prefix.length;
	if (entry->priority != best->priority)
		return entry->priority > best->priority;
	return entry->class < best->class;
}

uint8_t reference_lookup(const struct reference *reference, const struct mxdp_address *address)
{
	const struct reference_entry *best = NULL;
	size_t i;

	for (i = 0; i < reference->count; i++) {
		const struct reference_entry *entry = &reference->entries[i];

		if (!inside(&entry->prefix, address))
			continue;
		if (entry->subtracted)
			return 0;
		if (decides_over(entry, best))
			best = entry;
	}
	return best ? best->class : 0;
}

struct mxdp_snapshot reference_build(const struct reference *reference, int family)
{
	struct mxdp_snapshot_builder *builder;
	struct mxdp_snapshot snapshot;
	int error = mxdp_snapshot_builder_new(&builder);
	size_t i;

	for (i = 0; i < reference->count && !error; i++) {
		const struct reference_entry *entry = &reference->entries[i];

		error = entry->subtracted ? mxdp_snapshot_subtract(builder, &entry->prefix)
					  : mxdp_snapshot_add(builder, &entry->prefix, entry->class,
							      entry->priority);
	}
	if (!error)
		error = family == 4 ? mxdp_snapshot_build4(builder, 1, &snapshot)
				    : mxdp_snapshot_build6(builder, 1, &snapshot);
	if (error)
		abort();
	mxdp_snapshot_builder_free(builder);
	return snapshot;
}

uint64_t reference_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dull;
}

struct mxdp_address reference_v4(uint32_t host_order)
{
	return mxdp_address_from_v4(htonl(host_order));
}

/* An address that shares `bits` bits (of its family) with `like`. */
static struct mxdp_address near(const struct mxdp_address *like, unsigned int bits,
				uint64_t *random)
{
	struct mxdp_address address = *like;
	unsigned int i;

	for (i = offset_of(like) + bits; i < 128; i++)
		set_bit(&address, i, reference_random(random) >> 63);
	return address;
}

/* The address one above (or below) another, around the end of the family's space. */
static struct mxdp_address step(struct mxdp_address address, bool down)
{
	unsigned int i = 128, first = offset_of(&address);

	while (i-- > first) {
		bool old = bit(&address, i);

		set_bit(&address, i, !old);
		if (old == down)
			break;
	}
	return address;
}

void reference_questions(const struct reference *reference, int family, uint64_t *random,
			 void (*ask)(void *context, const struct mxdp_address *address),
			 void *context)
{
	struct mxdp_address anywhere = family == 4 ? reference_v4(0) : (struct mxdp_address){0};
	struct mxdp_address address;
	size_t i;

	for (i = 0; i < reference->count; i++) {
		const struct mxdp_prefix *prefix = &reference->entries[i].prefix;
		struct mxdp_address last = prefix->address;
		unsigned int b;

		for (b = offset_of(&last) + prefix->length; b < 128; b++)
			set_bit(&last, b, true);
		ask(context, &prefix->address);
		ask(context, &last);
		address = step(prefix->address, true);
		ask(context, &address);
		address = step(last, false);
		ask(context, &address);
		address = near(&prefix->address, prefix->length, random);
		ask(context, &address);
		address = near(&prefix->address, prefix->length / 2, random);
		ask(context, &address);
	}
	for (i = 0; i < 16; i++) {
		address = near(&anywhere, 0, random);
		ask(context, &address);
	}
}

static struct mxdp_address any6(uint64_t *random)
{
	struct mxdp_address zero = {{0x20, 1}};

	return near(&zero, 3, random);
}

static uint8_t any_class(uint64_t *random)
{
	return reference_random(random) % 4 ? reference_random(random) % 256 : 0;
}

static void fill_anywhere4(struct reference *reference, uint64_t *random)
{
	size_t count = reference_random(random) % 100;

	while (count--) {
		struct mxdp_address address = reference_v4(reference_random(random) >> 32);

		reference_add(reference, &address, reference_random(random) % 33, any_class(random),
			      reference_random(random) % 3);
	}
}

static void fill_nested4(struct reference *reference, uint64_t *random)
{
	struct mxdp_address around = reference_v4(reference_random(random) >> 32);
	size_t i;

	for (i = 0; i < 33; i++)
		reference_add(reference, &around, i, any_class(random), 0);
	for (i = 0; i < 20; i++) {
		struct mxdp_address address = near(&around, reference_random(random) % 33, random);

		reference_add(reference, &address, reference_random(random) % 33, any_class(random),
			      0);
	}
}

static void fill_edges4(struct reference *reference, uint64_t *random)
{
	static const uint32_t edges[] = {0,          1,          0xffff,     0x10000,   0x7fffffff,
					 0x80000000, 0xffff0000, 0xfffffffe, 0xffffffff};
	size_t i;

	for (i = 0; i < 30; i++) {
		struct mxdp_address address = reference_v4(edges[reference_random(random) % 9]);

		reference_add(reference, &address,
			      reference_random(random) % 2 ? 32 : reference_random(random) % 33,
			      any_class(random), 0);
	}
}

static void fill_crowded4(struct reference *reference, uint64_t *random)
{
	struct mxdp_address around = reference_v4(reference_random(random) >> 32);
	unsigned int classes = 1 + reference_random(random) % 6;
	size_t count = reference_random(random) % 500;

	while (count--) {
		struct mxdp_address address = near(&around, 24, random);

		reference_add(reference, &address, 32, 1 + reference_random(random) % classes, 0);
	}
}

static void fill_one_in_each_network4(struct reference *reference, uint64_t *random)
{
	uint32_t base = reference_random(random) >> 32 & 0xffff0000;
	uint32_t i;

	for (i = 0; i < 256; i++) {
		struct mxdp_address address =
			reference_v4(base | i << 8 | (reference_random(random) & 255));

		reference_add(reference, &address, 32, 1 + i % 3, 0);
	}
}

static void fill_same_prefix4(struct reference *reference, uint64_t *random)
{
	struct mxdp_address address = reference_v4(reference_random(random) >> 32);
	unsigned int length = reference_random(random) % 33;
	size_t i;

	for (i = 0; i < 30; i++)
		reference_add(reference, &address, length, any_class(random),
			      reference_random(random) % 4);
}

static void fill_subtracted4(struct reference *reference, uint64_t *random)
{
	size_t i;

	fill_nested4(reference, random);
	for (i = 0; i < 5; i++) {
		size_t some = reference_random(random) % reference->count;
		struct mxdp_address address = reference->entries[some].prefix.address;

		reference_subtract(reference, &address, 12 + reference_random(random) % 21);
	}
}

static void fill_anywhere6(struct reference *reference, uint64_t *random)
{
	size_t count = reference_random(random) % 60;

	while (count--) {
		struct mxdp_address address = any6(random);

		reference_add(reference, &address, reference_random(random) % 129,
			      any_class(random), reference_random(random) % 3);
	}
}

static void fill_nested6(struct reference *reference, uint64_t *random)
{
	struct mxdp_address around = any6(random);
	size_t i;

	for (i = 0; i < 129; i++)
		reference_add(reference, &around, i, any_class(random), 0);
}

static void fill_hosts_of_one_network6(struct reference *reference, uint64_t *random)
{
	struct mxdp_address around = any6(random);
	size_t i;

	reference_add(reference, &around, 64, 9, 0);
	for (i = 0; i < 200; i++) {
		struct mxdp_address address = near(&around, 120, random);

		reference_add(reference, &address, 128, any_class(random), 0);
	}
}

static void fill_subtracted6(struct reference *reference, uint64_t *random)
{
	size_t i;

	fill_hosts_of_one_network6(reference, random);
	fill_anywhere6(reference, random);
	for (i = 0; i < 5; i++) {
		size_t some = reference_random(random) % reference->count;
		struct mxdp_address address = reference->entries[some].prefix.address;

		reference_subtract(reference, &address, 40 + reference_random(random) % 89);
	}
}

const struct reference_case reference_cases[] = {
	{"IPv4 prefixes of all lengths anywhere", 4, fill_anywhere4},
	{"IPv4 prefixes nested from /0 to /32", 4, fill_nested4},
	{"IPv4 prefixes at both ends of the space and of a /16", 4, fill_edges4},
	{"IPv4 hosts crowded in one /24", 4, fill_crowded4},
	{"one IPv4 host in each /24 of a /16", 4, fill_one_in_each_network4},
	{"one IPv4 prefix named many times", 4, fill_same_prefix4},
	{"IPv4 prefixes nested, some subtracted", 4, fill_subtracted4},
	{"IPv6 prefixes of all lengths anywhere", 6, fill_anywhere6},
	{"IPv6 prefixes nested from /0 to /128", 6, fill_nested6},
	{"IPv6 hosts crowded in one /64", 6, fill_hosts_of_one_network6},
	{"IPv6 prefixes, some subtracted", 6, fill_subtracted6},
};
const size_t reference_case_count = sizeof(reference_cases) / sizeof(*reference_cases);
