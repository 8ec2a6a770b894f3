/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and prefixes as a test writes them. */
#ifndef MXDP_TESTS_ADDRESSES_H
#define MXDP_TESTS_ADDRESSES_H

#include <check.h>

#include "maps/address.h"

static inline struct mxdp_address address(const char *text)
{
	struct mxdp_address parsed;

	ck_assert_msg(!mxdp_address_parse(text, &parsed), "%s is no address", text);
	return parsed;
}

static inline struct mxdp_prefix prefix_of(const char *text)
{
	struct mxdp_prefix parsed;

	ck_assert_msg(!mxdp_prefix_parse(text, &parsed), "%s is no prefix", text);
	return parsed;
}

#endif
