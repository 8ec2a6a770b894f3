/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of userspace/feeds/snapshot.h in their plainest form, to compare snapshots with: a list
 * of entries, read from one end to the other for each address.
 */
#ifndef MXDP_TESTS_SNAPSHOT_REFERENCE_H
#define MXDP_TESTS_SNAPSHOT_REFERENCE_H

#include <stdbool.h>

#include "userspace/feeds/snapshot/snapshot.h"

struct reference_entry {
	struct mxdp_prefix prefix;
	uint16_t priority;
	uint8_t class;
	bool subtracted;
};

#define REFERENCE_PLACES 4096

struct reference {
	struct reference_entry entries[REFERENCE_PLACES];
	size_t count;
};

/* Adds an entry; host bits are cleared. Aborts when full. */
void reference_add(struct reference *reference, const struct mxdp_address *address,
		   unsigned int length, uint8_t class, uint16_t priority);
void reference_subtract(struct reference *reference, const struct mxdp_address *address,
			unsigned int length);
uint8_t reference_lookup(const struct reference *reference, const struct mxdp_address *address);

/* Builds the family's snapshot from the same entries. Aborts on failure. */
struct mxdp_snapshot reference_build(const struct reference *reference, int family);

/* xorshift64*: the same numbers in every run. */
uint64_t reference_random(uint64_t *state);

struct mxdp_address reference_v4(uint32_t host_order);

/* Sets that are hard on one structure or another, by number; their names tell which. */
struct reference_case {
	const char *name;
	int family;
	void (*fill)(struct reference *reference, uint64_t *random);
};
extern const struct reference_case reference_cases[];
extern const size_t reference_case_count;

/*
 * Addresses worth asking for: the edges of every entry and their neighbours, one within each and
 * some anywhere. Calls `ask` for each.
 */
void reference_questions(const struct reference *reference, int family, uint64_t *random,
			 void (*ask)(void *context, const struct mxdp_address *address),
			 void *context);

#endif
