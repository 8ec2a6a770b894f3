/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blocklist feeds: each is synced from its source, judged, and kept on disk; all that act are
 * merged into the snapshot that the packet path reads. Fetching, reading and building run on the
 * loop's thread pool; nothing that is refused or fails changes what is in force.
 */
#ifndef MXDP_FEEDS_H
#define MXDP_FEEDS_H

#include <uv.h>

#include "difference.h"
#include "maps/maps.h"
#include "userspace/config/config.h"
#include "userspace/never_block/never_block.h"
#include "userspace/rules/rules.h"
#include "warnings.h"

struct mxdp_feeds;

struct mxdp_feeds_world {
	const struct mxdp_maps *maps;
	struct mxdp_rules *rules;
	const struct mxdp_never_block *never_block;
};

/*
 * Loads the last good data of every feed and publishes the snapshot before it returns, so before
 * the first packet is judged; then syncs begin. Faults of feeds are logged, not returned.
 */
int mxdp_feeds_new(uv_loop_t *loop, const struct mxdp_feeds_world *world,
		   struct mxdp_config *config, struct mxdp_feeds **out);
/* What is published stays in force. Handles close in the loop's next turns. */
void mxdp_feeds_free(struct mxdp_feeds *feeds);

/* From now on, these feeds. One that keeps source and format keeps its data. */
void mxdp_feeds_configure(struct mxdp_feeds *feeds, struct mxdp_config *config);
/* The operator's rules have changed: they must hold at once, and be subtracted soon. */
void mxdp_feeds_refresh(struct mxdp_feeds *feeds);

/* Syncs a feed now, or all when `name` is NULL. Returns how many, or -ENOENT. */
int mxdp_feeds_sync(struct mxdp_feeds *feeds, const char *name);

struct mxdp_feed_status {
	const struct mxdp_feed_setting *setting;
	bool syncing;
	bool loaded;                        /* there is good data */
	bool old;                           /* ... which is older than max_age */
	uint64_t entries;                   /* prefixes of the good data */
	uint64_t faults;                    /* lines of it that are no entries */
	uint64_t added, removed;            /* by the last sync that changed it */
	int64_t changed;                    /* when that was, 0: not since the start */
	uint64_t unique;                    /* prefixes that lie within no other feed's ... */
	uint64_t shared;                    /* ... and those that do */
	struct mxdp_feed_finding protected; /* never-block addresses: left out */
	struct mxdp_feed_finding local;     /* private networks, and this machine's */
	uint64_t hits;       /* connection attempts of listed clients since the daemon's start */
	int64_t synced;      /* Unix seconds: when the data was last known to be current */
	int64_t tried;       /* the last attempt, 0: none */
	int64_t next;        /* the next attempt, 0: when the file changes */
	const char *refusal; /* why the last attempt changed nothing, or "" */
};

/* What asks takes NULL for no feeds. */
size_t mxdp_feeds_count(const struct mxdp_feeds *feeds);
/*
 * `index` is less than the count. Texts are valid until the loop's next turn. Hits are those of the
 * latest question for index 0.
 */
void mxdp_feeds_status(struct mxdp_feeds *feeds, size_t index, struct mxdp_feed_status *status);

/* What the last sync of a feed has changed, until the loop's next turn. NULL: no such feed. */
const struct mxdp_feed_difference *mxdp_feeds_difference(const struct mxdp_feeds *feeds,
							 const char *name, int64_t *changed);

/* A feed's word about an address: its longest entry. */
struct mxdp_feed_word {
	const struct mxdp_feed_setting *setting;
	struct mxdp_feed_entry entry;
	bool acts;    /* in the kernel: it is to, and not too old */
	bool decides; /* of those that act, the one whose class the packet path finds */
};

/* Every feed that names the address, at most `most`. Returns how many. */
size_t mxdp_feeds_find(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
		       struct mxdp_feed_word *words, size_t most);

/* What the packet path finds in the snapshot in force. */
struct mxdp_feeds_listing {
	uint8_t class; /* 0: not listed */
	enum mxdp_action action;
	int64_t valid_until; /* Unix seconds, 0: for ever */
	uint64_t generation;
	const struct mxdp_feed_setting *setting; /* whose class it is; NULL: unknown */
	bool subtracted;                         /* a rule or the never-block set keeps it out */
	bool differs;                            /* from what the feeds say */
};
/* Returns 0, or -ENOENT while no snapshot is in force. */
int mxdp_feeds_listing(const struct mxdp_feeds *feeds, const struct mxdp_address *address,
		       struct mxdp_feeds_listing *listing);

struct mxdp_feeds_snapshot {
	struct mxdp_snapshot_info v4, v6; /* family 0: none is published */
	/*
	 * Of the last build: until it was made, and published; and of that the time after the
	 * swaps, until no packet was judged by the generations before.
	 */
	unsigned int build_ms, publish_ms, wait_us;
	bool building;
	bool subtracted; /* all rules are subtracted: the packet path asks the feeds first */
};
void mxdp_feeds_snapshot(const struct mxdp_feeds *feeds, struct mxdp_feeds_snapshot *snapshot);

/* Evidence of the feeds that score, for the screener. */
void mxdp_feeds_evidence(const struct mxdp_feeds *feeds, const struct mxdp_address *client,
			 void (*add)(void *context, const struct mxdp_evidence *evidence),
			 void *sink);

#endif
