/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flood.h"

#include <string.h>

#include "userspace/log.h"

#define NS_PER_SECOND 1000000000ULL
#define KNOWN_CALM_NS (10 * NS_PER_SECOND)

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

static uint64_t known_over(const struct mxdp_counters *counters)
{
	return counters->known_over_client + counters->known_over_network +
	       counters->known_over_all;
}

static void log_known_end(const struct mxdp_counters *begin, const struct mxdp_counters *now)
{
	mxdp_log(MXDP_LOG_NOTICE,
		 "connection attempts in the names of clients that pass are within the limits "
		 "again: %llu were beyond, %llu of them challenged, %llu confirmed by their "
		 "clients, "
		 "%llu let through without",
		 (unsigned long long)(known_over(now) - known_over(begin)),
		 (unsigned long long)(now->known_challenged - begin->known_challenged),
		 (unsigned long long)(now->known_confirmed - begin->known_confirmed),
		 (unsigned long long)(now->known_spared - begin->known_spared +
				      now->known_unanswered - begin->known_unanswered));
}

static void look_at_known(struct mxdp_flood_watch *watch, const struct mxdp_counters *now)
{
	const uint64_t time_ns = mxdp_boottime_ns();

	if (!watch->looked) {
		watch->looked = true;
		watch->known_seen = known_over(now);
	}
	if (known_over(now) != watch->known_seen) {
		watch->known_seen = known_over(now);
		watch->known_ns = time_ns;
		if (!watch->known_on)
			mxdp_log(
				MXDP_LOG_WARNING,
				"more connection attempts in the names of clients that pass than "
				"limits.known_client, known_network or known_all have it: beyond "
				"these each is challenged, which costs the clients themselves some "
				"milliseconds");
		watch->known_on = true;
	} else if (watch->known_on && time_ns - watch->known_ns >= KNOWN_CALM_NS) {
		watch->known_on = false;
		log_known_end(&watch->known_begin, now);
	}
	if (!watch->known_on)
		watch->known_begin = *now;
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
	look_at_known(watch, &counters);
	return change;
}
