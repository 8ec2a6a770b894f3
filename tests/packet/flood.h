/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of floods share: a flood that goes on, and what it may and may not leave behind.
 */
#ifndef MXDP_TEST_FLOOD_H
#define MXDP_TEST_FLOOD_H

#include <stddef.h>

#include "harness.h"

/*
 * From now on every unknown SYN is one of a flood at its height, which fewer than `leave` SYNs a
 * second would end, in an hour; replies can be made. A flood is known to each CPU for itself: this
 * thread stays on the one that it is on.
 */
void flood_begin(struct harness *harness, uint64_t leave);

/* What a counter has come to. */
uint64_t flood_counted(const struct harness *harness, size_t offset);
#define COUNTED(name) flood_counted(&harness, offsetof(struct mxdp_counters, name))

/* Whether the address was proved; asserts that a reset did it. */
bool flood_proved(const struct harness *harness, const char *client);

/* Asserts that nothing is kept by address, and that the daemon was told nothing. */
void flood_left_nothing(const struct harness *harness);

#endif
