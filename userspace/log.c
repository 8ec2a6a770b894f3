/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES  1024
#define LIMIT_MS    5000
#define SECOND_MS   1000
#define MILLISECOND 1000000
#define PATIENCE_MS 50 /* with a reader that was not behind */

static enum mxdp_log_level highest = MXDP_LOG_INFO;
static bool priorities;
static unsigned int unread; /* lines for which there was no room, until it is told */

static const struct {
	const char *name;
	enum mxdp_log_level level;
} names[] = {
	{"error", MXDP_LOG_ERROR}, {"warning", MXDP_LOG_WARNING}, {"notice", MXDP_LOG_NOTICE},
	{"info", MXDP_LOG_INFO},   {"debug", MXDP_LOG_DEBUG},
};
#define NAMES (sizeof(names) / sizeof(names[0]))

void mxdp_log_open(enum mxdp_log_level level)
{
	highest = level;
	priorities = getenv("JOURNAL_STREAM") != NULL;
}

static const char *level_name(enum mxdp_log_level level)
{
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].level == level)
			return names[i].name;
	return "info";
}

/* Room is kept for the final newline; what is too long ends in "...". */
static size_t append(char line[LINE_BYTES], size_t used, const char *format, va_list arguments)
{
	const size_t room = LINE_BYTES - 1 - used;
	const int wanted = vsnprintf(line + used, room, format, arguments);

	if (wanted < 0)
		return used;
	if ((size_t)wanted < room)
		return used + (size_t)wanted;
	memcpy(line + LINE_BYTES - 5, "...", 4);
	return LINE_BYTES - 2;
}

static size_t append_text(char line[LINE_BYTES], size_t used, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static size_t append_text(char line[LINE_BYTES], size_t used, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	used = append(line, used, format, arguments);
	va_end(arguments);
	return used;
}

/* journald stamps its lines itself; a terminal or a file has only what we write. */
static size_t begin_line(char line[LINE_BYTES], enum mxdp_log_level level)
{
	char stamp[32] = "";
	struct timespec now;
	struct tm utc;

	if (priorities)
		return append_text(line, 0, "<%d>", (int)level);
	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &utc))
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	return append_text(line, 0, "%s.%03ldZ mxdpd %s: ", stamp, now.tv_nsec / MILLISECOND,
			   level_name(level));
}

/* One write a line, so that lines of several processes do not mix. */
static void write_line(char line[LINE_BYTES], size_t used)
{
	size_t done = 0;

	line[used++] = '\n';
	while (done < used) {
		const ssize_t wrote = write(STDERR_FILENO, line + done, used - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return; /* stderr is gone, and there is nobody else to tell */
		done += (size_t)wrote;
	}
}

/*
 * Whoever waits for a reader that has stopped (a pager, a journald without a disk) screens nobody.
 * A pipe that says that it has room takes PIPE_BUF bytes; an error is write()'s to find.
 */
static bool has_room(void)
{
	struct pollfd log = {.fd = STDERR_FILENO, .events = POLLOUT};
	const bool behind = __atomic_load_n(&unread, __ATOMIC_RELAXED) > 0;

	return poll(&log, 1, behind ? 0 : PATIENCE_MS) != 0;
}

static void tell_unread(void)
{
	const unsigned int lost = __atomic_exchange_n(&unread, 0, __ATOMIC_RELAXED);
	char line[LINE_BYTES];
	size_t used;

	if (!lost)
		return;
	used = begin_line(line, MXDP_LOG_WARNING);
	used = append_text(line, used, "%u lines of the log are lost: its reader did not keep up",
			   lost);
	write_line(line, used);
}

/*
 * A control character would forge a second line or steer the reader's terminal: messages quote
 * names that come from the network.
 */
static void end_line(char line[LINE_BYTES], size_t used)
{
	for (size_t i = 0; i < used; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	if (!has_room()) {
		__atomic_fetch_add(&unread, 1, __ATOMIC_RELAXED);
		return;
	}
	tell_unread();
	write_line(line, used);
}

void mxdp_log(enum mxdp_log_level level, const char *format, ...)
{
	const int saved = errno;
	char line[LINE_BYTES];
	va_list arguments;
	size_t used;

	if (level > highest)
		return;
	used = begin_line(line, level);
	va_start(arguments, format);
	used = append(line, used, format, arguments);
	va_end(arguments);
	end_line(line, used);
	errno = saved;
}

static uint64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_MS + (uint64_t)now.tv_nsec / MILLISECOND;
}

void mxdp_log_at_site(struct mxdp_log_site *site, enum mxdp_log_level level, const char *format,
		      ...)
{
	const int saved = errno;
	const uint64_t now = monotonic_ms();
	char line[LINE_BYTES];
	va_list arguments;
	unsigned int suppressed;
	uint64_t last;
	size_t used;

	if (level > highest)
		return;
	last = __atomic_load_n(&site->last_ms, __ATOMIC_RELAXED);
	/* Of threads that come at once, one logs. */
	if ((last && now - last < LIMIT_MS) ||
	    !__atomic_compare_exchange_n(&site->last_ms, &last, now, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED)) {
		__atomic_fetch_add(&site->suppressed, 1, __ATOMIC_RELAXED);
		return;
	}
	suppressed = __atomic_exchange_n(&site->suppressed, 0, __ATOMIC_RELAXED);
	used = begin_line(line, level);
	va_start(arguments, format);
	used = append(line, used, format, arguments);
	va_end(arguments);
	if (suppressed)
		used = append_text(line, used, " (%u more like this were kept back)", suppressed);
	end_line(line, used);
	errno = saved;
}
