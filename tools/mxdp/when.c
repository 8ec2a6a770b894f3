/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "when.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DURATION_MAX (10LL * 365 * 86400)

static const struct {
	char letter;
	long long seconds;
	const char *name;
} units[] = {
	{'w', 604800, NULL}, {'d', 86400, "d"}, {'h', 3600, "h"}, {'m', 60, "min"}, {'s', 1, "s"},
};
#define UNITS (sizeof(units) / sizeof(units[0]))

const char *when_duration(long long seconds, char text[WHEN_TEXT])
{
	if (seconds < 0) /* two clocks, each rounded its way */
		seconds = 0;
	for (size_t i = 0; i < UNITS; i++) {
		/* 90 s says more than 1 min. */
		if (!units[i].name || (seconds < 2 * units[i].seconds && units[i].seconds > 1))
			continue;
		snprintf(text, WHEN_TEXT, "%lld %s", seconds / units[i].seconds, units[i].name);
		break;
	}
	return text;
}

const char *when_clock(time_t time, char text[WHEN_TEXT])
{
	struct tm local;

	if (!localtime_r(&time, &local) || strftime(text, WHEN_TEXT, "%H:%M:%S", &local) == 0)
		snprintf(text, WHEN_TEXT, "?");
	return text;
}

const char *when(time_t time, time_t now, char text[WHEN_TEXT])
{
	char clock[WHEN_TEXT], distance[WHEN_TEXT];
	struct tm local, today;

	if (time == 0) {
		snprintf(text, WHEN_TEXT, "never");
		return text;
	}
	if (!localtime_r(&time, &local) || !localtime_r(&now, &today)) {
		snprintf(text, WHEN_TEXT, "?");
		return text;
	}
	if (local.tm_yday == today.tm_yday && local.tm_year == today.tm_year)
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	else
		strftime(clock, sizeof(clock), "%-d %b %Y %H:%M", &local);
	/* Clocks of kernel and daemon differ by less than a second. */
	if (time > now + 1)
		snprintf(text, WHEN_TEXT, "%.30s (in %.20s)", clock,
			 when_duration(time - now, distance));
	else if (time < now)
		snprintf(text, WHEN_TEXT, "%.30s (%.20s ago)", clock,
			 when_duration(now - time, distance));
	else
		snprintf(text, WHEN_TEXT, "%.30s (now)", clock);
	return text;
}

static long long unit_seconds(char letter)
{
	for (size_t i = 0; i < UNITS; i++)
		if (units[i].letter == letter)
			return units[i].seconds;
	return -1;
}

long long when_duration_parse(const char *text)
{
	long long sum = 0;

	if (!*text)
		return -1;
	while (*text) {
		long long number = 0, unit = 1;

		if (!isdigit((unsigned char)*text))
			return -1;
		for (; isdigit((unsigned char)*text); text++) {
			number = number * 10 + (*text - '0');
			if (number > DURATION_MAX)
				return -1;
		}
		if (*text)
			unit = unit_seconds(*text++);
		if (unit < 0)
			return -1;
		sum += number * unit;
		if (sum > DURATION_MAX)
			return -1;
	}
	return sum;
}
