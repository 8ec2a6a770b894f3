/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "statistics.h"

#include <string.h>

#define CACHED_MS      1.0 /* what comes sooner was in the resolver's cache */
#define LATENCY_WEIGHT 16  /* one answer's part in the running mean */
#define RECENT_ANSWERS 128 /* likewise of the shares of hits */
#define USUAL_ANSWERS  4096
#define KNOWN_ANSWERS  512  /* before this, nothing is usual */
#define USUAL_MOST     0.95 /* of a list that names nearly everybody anyway, chance decides */
#define JUMP           4
#define JUMP_OVER      2    /* less, or chance would end and begin it all the time */
#define TRUSTED_SPAN   3600 /* seconds */

static void count_share(struct mxdp_zone_statistics *statistics, bool hit)
{
	const uint64_t answers = statistics->asked - statistics->errors;
	const double share = hit ? 1 : 0;
	const double usual = answers < USUAL_ANSWERS ? (double)answers : USUAL_ANSWERS;
	const double recent = answers < RECENT_ANSWERS ? (double)answers : RECENT_ANSWERS;

	statistics->usual += (share - statistics->usual) / usual;
	statistics->recent += (share - statistics->recent) / recent;
}

static void count_latency(struct mxdp_zone_statistics *statistics, double took_ms)
{
	if (took_ms < CACHED_MS)
		return;
	if (statistics->latency_ms < CACHED_MS)
		statistics->latency_ms = took_ms;
	statistics->latency_ms += (took_ms - statistics->latency_ms) / LATENCY_WEIGHT;
}

/* The newest first; one that is there moves up. */
static void note_trusted(struct mxdp_zone_statistics *statistics, const struct mxdp_address *client,
			 int64_t now)
{
	size_t place = 0;

	while (place < MXDP_ZONE_TRUSTED_MAX - 1 &&
	       !mxdp_address_equal(&statistics->trusted[place].client, client))
		place++;
	memmove(&statistics->trusted[1], &statistics->trusted[0],
		place * sizeof(statistics->trusted[0]));
	statistics->trusted[0].client = *client;
	statistics->trusted[0].time = now;
}

void mxdp_zone_statistics_count(struct mxdp_zone_statistics *statistics,
				const struct mxdp_zone_outcome *outcome, int64_t now)
{
	if (statistics->since == 0)
		statistics->since = now;
	statistics->asked++;
	statistics->errors += outcome->failed;
	statistics->hits += outcome->hit;
	statistics->unique += outcome->unique;
	if (outcome->trusted)
		note_trusted(statistics, outcome->trusted, now);
	if (outcome->failed)
		return;
	count_share(statistics, outcome->hit);
	count_latency(statistics, outcome->took_ms);
}

bool mxdp_zone_statistics_jumped(const struct mxdp_zone_statistics *statistics, bool before)
{
	const double factor = before ? JUMP_OVER : JUMP;

	return statistics->asked - statistics->errors >= KNOWN_ANSWERS &&
	       statistics->usual <= USUAL_MOST &&
	       (1 - statistics->recent) * factor < 1 - statistics->usual;
}

bool mxdp_zone_statistics_names_trusted(const struct mxdp_zone_statistics *statistics, int64_t now)
{
	const int64_t oldest = statistics->trusted[MXDP_ZONE_TRUSTED_MAX - 1].time;

	return oldest != 0 && now - oldest < TRUSTED_SPAN;
}
