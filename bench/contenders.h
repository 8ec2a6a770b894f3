/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bench/drop_rate.c compares: ways to drop packets from listed addresses. Each loads its list
 * once and takes its place on the receiving interface for the time of a run.
 */
#ifndef MXDP_BENCH_CONTENDERS_H
#define MXDP_BENCH_CONTENDERS_H

#include "addresses.h"
#include "link.h"
#include "mxdp.skel.h"

/* One comparison. */
struct contest {
	struct bench_link *link;
	struct mxdp_bpf *mxdp;
	const struct bench_addresses *addresses; /* the list */
	const uint32_t *sources;                 /* those that send, of the list */
	uint32_t source_count;
	int peer_program; /* xdp-filter's */
	char reason[256]; /* why the last one that could not be prepared could not */
};

struct contender {
	const char *name;
	uint64_t entries_max;                    /* longer lists it is not given, 0: any */
	const char *entries_why;                 /* why not */
	int (*prepare)(struct contest *contest); /* 0, or an error with a reason */
	int (*enter)(struct contest *contest);   /* 0 or a negative errno */
	void (*leave)(struct contest *contest);
};

extern const struct contender contenders[];
extern const unsigned int contender_count;

/* Packets that mxdp's path of a flood dropped so far. */
long long contender_mxdp_drops(const struct contest *contest);

/* Runs a fixed command; on failure its first line becomes the reason. 0 or -EIO. */
int contest_run(struct contest *contest, const char *command);
/* -EIO, with a reason. */
int contest_fail(struct contest *contest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* bench/netfilter.c */
int nft_raw_prepare(struct contest *contest);
int nft_raw_enter(struct contest *contest);
void nft_raw_leave(struct contest *contest);
int nft_netdev_prepare(struct contest *contest);
int nft_netdev_enter(struct contest *contest);
void nft_netdev_leave(struct contest *contest);
int ipset_prepare(struct contest *contest);
int ipset_enter(struct contest *contest);
void ipset_leave(struct contest *contest);

#endif
