/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The format: https://www.sqlite.org/fileformat2.html#walformat */
#include "wal.h"

#include <endian.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC      0x377f0682 /* the lowest bit: checksums over big-endian words */
#define PAGE_LEAST 512
#define PAGE_MOST  65536

struct header {
	uint32_t magic, version, page, sequence, salt[2], sum[2];
};

struct frame {
	uint32_t page, database; /* the second is not 0 where a transaction ends */
	uint32_t salt[2], sum[2];
	unsigned char data[PAGE_MOST];
};

#define FRAME_HEAD (offsetof(struct frame, data))

static void add_up(bool big, const void *bytes, size_t size, uint32_t sum[2])
{
	const unsigned char *at = bytes;
	uint32_t words[2];

	for (; size >= sizeof(words); at += sizeof(words), size -= sizeof(words)) {
		memcpy(words, at, sizeof(words));
		sum[0] += (big ? be32toh(words[0]) : le32toh(words[0])) + sum[1];
		sum[1] += (big ? be32toh(words[1]) : le32toh(words[1])) + sum[0];
	}
}

static bool is_sum(const uint32_t stored[2], const uint32_t sum[2])
{
	return be32toh(stored[0]) == sum[0] && be32toh(stored[1]) == sum[1];
}

/* Frames with another salt are left from before the log began anew. */
static bool is_current(const struct frame *frame, const struct header *header)
{
	return memcmp(frame->salt, header->salt, sizeof(frame->salt)) == 0;
}

static bool loses_frames(FILE *file, const struct header *header, struct frame *frame)
{
	const bool big = be32toh(header->magic) & 1;
	const size_t page = be32toh(header->page);
	uint32_t sum[2] = {be32toh(header->sum[0]), be32toh(header->sum[1])};
	bool good = true;

	while (good && fread(frame, FRAME_HEAD + page, 1, file) == 1) {
		add_up(big, frame, 2 * sizeof(uint32_t), sum);
		add_up(big, frame->data, page, sum);
		good = is_current(frame, header) && is_sum(frame->sum, sum);
	}
	/* The last one may be a write that a crash has cut: then no transaction ends behind it. */
	while (!good && fread(frame, FRAME_HEAD + page, 1, file) == 1)
		if (is_current(frame, header) && frame->database)
			return true;
	return false;
}

static bool is_good(const struct header *header)
{
	const uint32_t page = be32toh(header->page);
	uint32_t sum[2] = {0, 0};

	add_up(be32toh(header->magic) & 1, header, offsetof(struct header, sum), sum);
	return (be32toh(header->magic) & ~1U) == MAGIC && is_sum(header->sum, sum) &&
	       page >= PAGE_LEAST && page <= PAGE_MOST;
}

bool mxdp_wal_is_damaged(const char *path)
{
	struct frame *frame = malloc(sizeof(*frame));
	struct header header;
	bool damaged = false;
	char name[PATH_MAX];
	FILE *file;

	snprintf(name, sizeof(name), "%s-wal", path);
	file = fopen(name, "re");
	if (file && frame && fread(&header, sizeof(header), 1, file) == 1)
		damaged = !is_good(&header) || loses_frames(file, &header, frame);
	if (file)
		fclose(file);
	free(frame);
	return damaged;
}
