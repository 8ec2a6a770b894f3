/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses that a domain's SPF record permits by itself: what `spf_allow` exempts and
 * `mxdp spf-ranges` prints. Walks include, redirect, a, mx, ip4 and ip6; what depends on the
 * message (macros, exists) or on the client (ptr) is skipped with a warning. Bounded in lookups,
 * prefixes and time; asking again when `ttl` is over is the caller's part.
 */
#ifndef MXDP_SPF_RANGES_H
#define MXDP_SPF_RANGES_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "maps/address.h"
#include "lookup.h"

#define MXDP_SPF_RANGES_PREFIXES 4096
#define MXDP_SPF_RANGES_DOMAINS  64 /* records walked */
#define MXDP_SPF_RANGES_WARNINGS 32
#define MXDP_SPF_RANGES_TEXT     320 /* of a warning or fault, with its NUL */
/* Wider networks are not believed: a mistake, or a domain that lets everybody in. */
#define MXDP_SPF_RANGES_WIDEST4 8
#define MXDP_SPF_RANGES_WIDEST6 16

struct mxdp_spf_ranges {
	/* 0; -ENOENT: no SPF record; -EINVAL: a faulty or unusable one; -EAGAIN: DNS failed. */
	int error;
	char fault[MXDP_SPF_RANGES_TEXT]; /* for an error; then there are no prefixes */
	size_t count;
	struct mxdp_prefix *prefixes; /* sorted; none lies within another */
	uint32_t ttl;                 /* seconds: the least of all answers used */
	size_t warning_count;         /* may pass MXDP_SPF_RANGES_WARNINGS; so many are kept */
	char warnings[MXDP_SPF_RANGES_WARNINGS][MXDP_SPF_RANGES_TEXT];
};

struct mxdp_spf_walk;
/* The ranges are valid during the call only. */
typedef void (*mxdp_spf_ranges_done)(void *context, const struct mxdp_spf_ranges *ranges);

/*
 * Starts a walk. `done` is called exactly once, never from inside this call; the walk is freed
 * after it. Returns NULL when memory is out. `time_ms` 0: MXDP_SPF_TIME_MS.
 */
struct mxdp_spf_walk *mxdp_spf_ranges_start(uv_loop_t *loop, const struct mxdp_spf_lookup *lookup,
					    const char *domain, unsigned int time_ms,
					    mxdp_spf_ranges_done done, void *context);
void mxdp_spf_ranges_cancel(struct mxdp_spf_walk *walk);

/*
 * One walk over what a memo knows: true with `ranges` when nothing was missing. The caller empties
 * `ranges` by mxdp_spf_ranges_clear() in either case.
 */
bool mxdp_spf_ranges_walk(const char *domain, struct mxdp_spf_memo *memo,
			  struct mxdp_spf_ranges *ranges);
void mxdp_spf_ranges_clear(struct mxdp_spf_ranges *ranges);

#endif
