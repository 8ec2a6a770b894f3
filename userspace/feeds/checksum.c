/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES (64 * 1024)

static int digit_of(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* Sixty-four digits and no more. `text` ends before `end`. */
static bool read_sum(const char *text, const char *end, uint8_t sum[MXDP_CHECKSUM_BYTES])
{
	if (end - text < 2 * MXDP_CHECKSUM_BYTES)
		return false;
	for (size_t i = 0; i < MXDP_CHECKSUM_BYTES; i++) {
		int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		sum[i] = (uint8_t)(high << 4 | low);
	}
	text += 2 * MXDP_CHECKSUM_BYTES;
	return text == end || digit_of(*text) < 0;
}

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

/* A line's sum, and the name it is for; the name is empty where there is none. */
struct line {
	uint8_t sum[MXDP_CHECKSUM_BYTES];
	const char *name, *name_end;
};

/* "SHA256 (list) = SUM", also "SHA2-256(list)= SUM". */
static bool read_tagged(const char *text, const char *end, struct line *line)
{
	const char *open = memchr(text, '(', (size_t)(end - text)), *close = NULL;

	if (!open || (strncmp(text, "SHA256", 6) != 0 && strncmp(text, "SHA2-256", 8) != 0))
		return false;
	for (const char *at = open; at < end; at++)
		if (*at == ')')
			close = at;
	if (!close)
		return false;
	line->name = open + 1;
	line->name_end = close;
	for (close++; close < end && (is_space(*close) || *close == '='); close++)
		;
	return read_sum(close, end, line->sum);
}

/* "SUM  list", "SUM *list", or the sum alone. */
static bool read_plain(const char *text, const char *end, struct line *line)
{
	if (!read_sum(text, end, line->sum))
		return false;
	text += 2 * MXDP_CHECKSUM_BYTES;
	if (text < end && !is_space(*text))
		return false;
	while (text < end && is_space(*text))
		text++;
	if (text < end && *text == '*')
		text++;
	line->name = text;
	line->name_end = end;
	return true;
}

static bool names(const struct line *line, const char *name)
{
	const char *start = line->name;

	for (const char *at = start; at < line->name_end; at++)
		if (*at == '/')
			start = at + 1;
	return (size_t)(line->name_end - start) == strlen(name) &&
	       memcmp(start, name, strlen(name)) == 0;
}

int mxdp_checksum_find(const char *text, size_t length, const char *name,
		       uint8_t sum[MXDP_CHECKSUM_BYTES])
{
	const char *end = text + length, *next;
	unsigned int found = 0;
	struct line line;

	for (; text < end; text = next) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		next = stop ? stop + 1 : end;
		if (!stop)
			stop = end;
		while (text < stop && is_space(*text))
			text++;
		while (stop > text && is_space(stop[-1]))
			stop--;
		if (!read_plain(text, stop, &line) && !read_tagged(text, stop, &line))
			continue;
		memcpy(sum, line.sum, sizeof(line.sum));
		if (names(&line, name))
			return 0;
		found++;
	}
	return found == 1 ? 0 : -ENOENT;
}

/* Returns 0 or the negative errno of opening and reading. */
static int sum_of_file(const char *path, uint8_t sum[MXDP_CHECKSUM_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), error = 0;
	uint8_t *chunk = malloc(CHUNK_BYTES);
	struct sha256_ctx context;
	ssize_t length = 1;

	if (fd < 0 || !chunk)
		error = fd < 0 ? -errno : -ENOMEM;
	sha256_init(&context);
	while (!error && length) {
		length = read(fd, chunk, CHUNK_BYTES);
		if (length > 0)
			sha256_update(&context, (size_t)length, chunk);
		else if (length < 0 && errno != EINTR)
			error = -errno;
	}
	sha256_digest(&context, MXDP_CHECKSUM_BYTES, sum);
	free(chunk);
	if (fd >= 0)
		close(fd);
	return error;
}

/* Reads all of a small file. Returns its length or a negative errno. */
static ssize_t read_small(const char *path, char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t length = 0, got = 1;

	if (fd < 0)
		return -errno;
	while (got && length <= MXDP_CHECKSUM_FILE_MAX) {
		got = read(fd, text + length, (size_t)(MXDP_CHECKSUM_FILE_MAX + 1 - length));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		length += got;
	}
	if (got < 0)
		length = -errno;
	close(fd);
	return length > MXDP_CHECKSUM_FILE_MAX ? -EFBIG : length;
}

static void format_sum(const uint8_t sum[MXDP_CHECKSUM_BYTES], char text[MXDP_CHECKSUM_TEXT])
{
	for (size_t i = 0; i < MXDP_CHECKSUM_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", sum[i]);
}

static int read_expected(const char *sums, const char *name, uint8_t sum[MXDP_CHECKSUM_BYTES],
			 char *fault)
{
	char *text = calloc(1, MXDP_CHECKSUM_FILE_MAX + 1);
	ssize_t length = text ? read_small(sums, text) : -ENOMEM;
	int error = length < 0 ? (int)length : 0;

	if (error) {
		snprintf(fault, MXDP_CHECKSUM_FAULT,
			 "the checksum cannot be read: %s; mend that, or take `checksum` away",
			 strerror(-error));
	} else {
		error = mxdp_checksum_find(text, (size_t)length, name, sum);
		if (error)
			snprintf(fault, MXDP_CHECKSUM_FAULT,
				 "the checksum file has no SHA-256 of %.100s; name another one, or "
				 "take `checksum` away",
				 name);
	}
	free(text);
	return error;
}

int mxdp_checksum_verify(const char *path, const char *sums, const char *name,
			 char fault[MXDP_CHECKSUM_FAULT])
{
	uint8_t expected[MXDP_CHECKSUM_BYTES], sum[MXDP_CHECKSUM_BYTES];
	char expected_text[MXDP_CHECKSUM_TEXT], text[MXDP_CHECKSUM_TEXT];
	int error = read_expected(sums, name, expected, fault);

	if (error)
		return error;
	error = sum_of_file(path, sum);
	if (error) {
		snprintf(fault, MXDP_CHECKSUM_FAULT, "%.200s: %s", path, strerror(-error));
		return error;
	}
	if (memcmp(sum, expected, sizeof(sum)) == 0)
		return 0;
	format_sum(expected, expected_text);
	format_sum(sum, text);
	snprintf(fault, MXDP_CHECKSUM_FAULT,
		 "its SHA-256 is %s, but the checksum says %s; it is damaged, or one of the two is "
		 "not yet renewed: sync again",
		 text, expected_text);
	return -EBADMSG;
}
