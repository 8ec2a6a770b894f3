/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's log: one line an event on stderr, with a syslog priority prefix (<3>) when systemd
 * reads it. Every message names the thing, the place and the way out. What a peer can trigger goes
 * through mxdp_log_limited(), which tells how many it kept back. A reader who stops reading holds
 * up nobody: what it misses is counted, and told when it reads again.
 */
#ifndef MXDP_LOG_H
#define MXDP_LOG_H

#include <stdint.h>

enum mxdp_log_level {
	MXDP_LOG_ERROR = 3, /* syslog's numbers */
	MXDP_LOG_WARNING = 4,
	MXDP_LOG_NOTICE = 5,
	MXDP_LOG_INFO = 6,
	MXDP_LOG_DEBUG = 7,
};

/* Messages above `level` are dropped. Uses priority prefixes when JOURNAL_STREAM is set. */
void mxdp_log_open(enum mxdp_log_level level);

void mxdp_log(enum mxdp_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* One place in the code that may log at most once in five seconds. */
struct mxdp_log_site {
	uint64_t last_ms;
	unsigned int suppressed;
};
void mxdp_log_at_site(struct mxdp_log_site *site, enum mxdp_log_level level, const char *format,
		      ...) __attribute__((format(printf, 3, 4)));

#define mxdp_log_limited(level, ...)                              \
	do {                                                      \
		static struct mxdp_log_site mxdp_site;            \
		mxdp_log_at_site(&mxdp_site, level, __VA_ARGS__); \
	} while (0)

#endif
