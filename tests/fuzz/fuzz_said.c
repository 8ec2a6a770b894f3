/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target for the lines that clients say on the wire. The first byte of an input chooses
 * the kind. What comes of a line is bounded, has no control characters, and stands in the line.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/said/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_plain(const char *text)
{
	if (strnlen(text, MXDP_SAID_ARGUMENT) == MXDP_SAID_ARGUMENT)
		abort();
	for (; *text; text++)
		if (iscntrl((unsigned char)*text) && *text != '\t')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char argument[MXDP_SAID_ARGUMENT], domain[MXDP_SAID_ARGUMENT];
	enum mxdp_utterance kind;
	int result;

	if (!size)
		return 0;
	kind = data[0] % MXDP_UTTERANCE_COUNT;
	result = mxdp_said_read(kind, data + 1, size - 1, argument);
	expect_plain(argument);
	if (result && argument[0])
		abort();
	if (!memmem(data + 1, size - 1, argument, strlen(argument)))
		abort();
	if (kind == MXDP_UTTERANCE_HELO && strpbrk(argument, " \t"))
		abort();
	mxdp_said_domain(argument, domain);
	expect_plain(domain);
	return 0;
}
