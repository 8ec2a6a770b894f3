/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections `flood` and `limits` on their way into the packet path. */
#include "rates.h"

#define NS_PER_SECOND   1000000000ULL
#define NS_PER_MINUTE   (60 * NS_PER_SECOND)
#define CHALLENGE_BURST (NS_PER_SECOND / 10) /* a tenth of a second's at once */

/* As many as come in a minute may come at once. */
static struct mxdp_rate rate_of(unsigned int per_minute)
{
	struct mxdp_rate rate = {0};

	if (per_minute) {
		rate.interval_ns = NS_PER_MINUTE / per_minute;
		rate.burst_ns = rate.interval_ns * (per_minute - 1);
	}
	return rate;
}

void mxdp_config_rates(const struct mxdp_config *config, struct mxdp_settings *settings)
{
	const struct mxdp_flood_settings *flood = &config->flood;

	settings->proof_ns = flood->proof_seconds * NS_PER_SECOND;
	settings->flood_enter = flood->enter;
	settings->flood_leave = flood->leave;
	settings->flood_calm_ns = flood->calm_seconds * NS_PER_SECOND;
	if (flood->challenges)
		settings->challenges = (struct mxdp_rate){
			.interval_ns = NS_PER_SECOND / flood->challenges,
			.burst_ns = CHALLENGE_BURST,
		};
	for (int scope = 0; scope < MXDP_SCOPES; scope++) {
		settings->attempts[scope] = rate_of(config->limits.attempts[scope]);
		settings->handshakes[scope] = rate_of(config->limits.handshakes[scope]);
		settings->known[scope] = rate_of(config->limits.known[scope]);
	}
}
