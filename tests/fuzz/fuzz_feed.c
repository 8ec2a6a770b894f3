/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target for the feed formats. The first byte of an input chooses the format, the second
 * how many bytes the parser gets at once; what it says must not depend on that.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/feeds/format/format.h"

#define ENTRIES_MAX 100000

struct sum {
	uint64_t hash, entries, faults;
};

static void mix(struct sum *sum, const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum->hash = (sum->hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3ull;
}

static int on_entry(void *context, const struct mxdp_feed_entry *entry)
{
	struct sum *sum = context;
	struct mxdp_prefix whole = mxdp_prefix_of(&entry->prefix.address, entry->prefix.length);

	/* Host bits are zero, and the length fits the family. */
	if (entry->prefix.length > (mxdp_address_is_v4(&entry->prefix.address) ? 32 : 128) ||
	    !mxdp_address_equal(&whole.address, &entry->prefix.address))
		abort();
	mix(sum, &entry->prefix.address, sizeof(entry->prefix.address));
	mix(sum, &entry->line, sizeof(entry->line));
	mix(sum, entry->text, strlen(entry->text));
	return ++sum->entries > ENTRIES_MAX ? -1 : 0;
}

static void on_fault(void *context, const struct mxdp_feed_fault *fault)
{
	struct sum *sum = context;

	for (const char *byte = fault->text; *byte; byte++) {
		if (*byte < 0x20 || *byte > 0x7e)
			abort();
	}
	sum->faults++;
	mix(sum, fault->what, strlen(fault->what));
}

static struct sum run(int format, const char *bytes, size_t length, size_t step)
{
	struct sum sum = {.hash = 0xcbf29ce484222325ull};
	struct mxdp_feed_sink sink = {.entry = on_entry, .fault = on_fault, .context = &sum};
	struct mxdp_feed_parser *parser;
	int error = 0;

	if (mxdp_feed_parser_new(format, 2, &sink, &parser))
		return sum;
	for (size_t at = 0; at < length && !error; at += step)
		error = mxdp_feed_parser_take(parser, bytes + at,
					      length - at < step ? length - at : step);
	if (!error)
		mxdp_feed_parser_end(parser);
	mxdp_feed_parser_free(parser);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sum whole, pieces;

	if (size < 2)
		return 0;
	whole = run(data[0] % MXDP_FEED_FORMAT_COUNT, (const char *)data + 2, size - 2, size);
	pieces = run(data[0] % MXDP_FEED_FORMAT_COUNT, (const char *)data + 2, size - 2,
		     (size_t)data[1] + 1);
	if (whole.entries <= ENTRIES_MAX && memcmp(&whole, &pieces, sizeof(whole)) != 0)
		abort();
	return 0;
}
