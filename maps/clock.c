/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps' clock, CLOCK_BOOTTIME, and the Unix seconds of all that outlives a boot (maps.h). */
#include <time.h>

#include "maps.h"

#define SECOND_NS 1000000000LL

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* Unix time at which the machine was started, by today's reading of both clocks. */
static int64_t boot_unix_ns(void)
{
	return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME);
}

uint64_t mxdp_boottime_ns(void)
{
	return (uint64_t)read_clock(CLOCK_BOOTTIME);
}

/* Rounded to the nearest second: the clocks are read one after the other and drift a little. */
int64_t mxdp_boottime_to_unix(uint64_t boottime_ns)
{
	int64_t boot = boot_unix_ns();

	if (!boottime_ns)
		return 0;
	if (boottime_ns > (uint64_t)(INT64_MAX - boot - SECOND_NS / 2))
		return INT64_MAX / SECOND_NS;
	return (boot + (int64_t)boottime_ns + SECOND_NS / 2) / SECOND_NS;
}

uint64_t mxdp_boottime_from_unix(int64_t unix_seconds)
{
	int64_t boot = boot_unix_ns();

	if (!unix_seconds)
		return 0;
	if (unix_seconds >= INT64_MAX / SECOND_NS)
		return INT64_MAX;
	if (unix_seconds * SECOND_NS <= boot || unix_seconds < 0)
		return 1; /* before the start: the longest ago that is not "never" */
	return (uint64_t)(unix_seconds * SECOND_NS - boot);
}
