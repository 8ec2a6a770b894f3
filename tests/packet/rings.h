/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the packet path tells the daemon, taken out of its rings record by record. */
#ifndef MXDP_TEST_RINGS_H
#define MXDP_TEST_RINGS_H

#include "harness.h"

/* Takes the oldest record out of a ring of events or samples. False when it is empty. */
bool take_event(int ring, struct mxdp_event *event);
/* Takes all announced clients out of the ring `events`; how many there were. */
unsigned int count_announced(const struct harness *harness);
/* Takes the oldest record out of the ring `dialogues`; its kind is NONE when that is empty. */
struct mxdp_dialogue take_dialogue(const struct harness *harness);

#endif
