/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flood.h"

#include <string.h>

#include "userspace/log.h"

#define NS_PER_SECOND 1000000000ULL

static void log_begin(const struct mxdp_flood_view *flood)
{
	mxdp_log(MXDP_LOG_WARNING,
		 "a flood of connection attempts from unknown clients, seen on %u CPU%s: until it "
		 "is "
		 "over they must prove their addresses before anything is done about them; known "
		 "clients notice nothing (`mxdp counters` shows the challenges)",
		 flood->cpus, flood->cpus == 1 ? "" : "s");
}

static void log_end(const struct mxdp_flood_watch *watch, const struct mxdp_counters *now)
{
	const struct mxdp_counters *begin = &watch->begin;
	uint64_t lasted_ns = mxdp_boottime_ns() - watch->since_ns;

	mxdp_log(MXDP_LOG_NOTICE,
		 "the flood is over after %llu s: %llu challenges were sent, %llu answered; %llu "
		 "attempts were let through without, %llu dropped beyond the rate of challenges",
		 (unsigned long long)(lasted_ns / NS_PER_SECOND),
		 (unsigned long long)(now->challenge_sent - begin->challenge_sent),
		 (unsigned long long)(now->challenge_proved - begin->challenge_proved),
		 (unsigned long long)(now->challenge_spared - begin->challenge_spared +
				      now->challenge_unanswered - begin->challenge_unanswered),
		 (unsigned long long)(now->challenge_over - begin->challenge_over));
}

enum mxdp_flood_change mxdp_flood_look(struct mxdp_flood_watch *watch, const struct mxdp_maps *maps)
{
	enum mxdp_flood_change change = MXDP_FLOOD_AS_BEFORE;
	struct mxdp_counters counters;
	struct mxdp_flood_view now;
	int error = mxdp_flood_read(maps, &now);

	if (!error)
		error = mxdp_counters_read(maps, &counters);
	if (error) {
		if (!watch->failing)
			mxdp_log(MXDP_LOG_ERROR, "whether there is a flood cannot be read: %s",
				 strerror(-error));
		watch->failing = true;
		return MXDP_FLOOD_AS_BEFORE;
	}
	watch->failing = false;
	if (now.cpus && !watch->last.cpus) {
		change = MXDP_FLOOD_BEGUN;
		watch->since_ns = now.since_ns;
		log_begin(&now);
	} else if (!now.cpus && watch->last.cpus) {
		change = MXDP_FLOOD_OVER;
		log_end(watch, &counters);
	}
	if (!now.cpus)
		watch->begin = counters;
	watch->last = now;
	return change;
}
