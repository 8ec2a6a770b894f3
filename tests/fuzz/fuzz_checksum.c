/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target for checksum files. What is found in one stands in it, as digits. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "userspace/feeds/checksum.h"

static int holds(const char *text, size_t length, const char *digits)
{
	size_t size = strlen(digits);

	for (size_t at = 0; at + size <= length; at++)
		if (strncasecmp(text + at, digits, size) == 0)
			return 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t sum[MXDP_CHECKSUM_BYTES];
	char digits[MXDP_CHECKSUM_TEXT];

	if (mxdp_checksum_find((const char *)data, size, "list", sum))
		return 0;
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(digits + 2 * i, 3, "%02x", sum[i]);
	if (!holds((const char *)data, size, digits))
		abort();
	return 0;
}
