/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times and durations as people read and write them. Times are Unix seconds, shown in local time.
 */
#ifndef MXDP_WHEN_H
#define MXDP_WHEN_H

#include <time.h>

#define WHEN_TEXT 64

/* "14:32:05 (in 14 min)", "1 Mar 2026 14:32 (3 d ago)"; "never" for 0. */
const char *when(time_t time, time_t now, char text[WHEN_TEXT]);
/* "14:32:05" */
const char *when_clock(time_t time, char text[WHEN_TEXT]);
/* "14 min", "3 h", "2 d": one unit, rounded down. */
const char *when_duration(long long seconds, char text[WHEN_TEXT]);
/* Reads 90, 90s, 15m, 1h30m, 2d, 1w. Returns seconds, or -1 when it is none or above ten years. */
long long when_duration_parse(const char *text);

#endif
