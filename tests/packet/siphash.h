/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SipHash-2-4 as its authors describe it, to judge the packet path's cookies by. */
#ifndef MXDP_TEST_SIPHASH_H
#define MXDP_TEST_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash(uint64_t key0, uint64_t key1, const uint8_t *bytes, size_t count);

#endif
