/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files that are about feeds as a whole: feeds.c, feed.c, force.c, build.c ... */
#ifndef MXDP_FEEDS_PRIVATE_H
#define MXDP_FEEDS_PRIVATE_H

#include <linux/limits.h>

#include "difference.h"
#include "feeds.h"
#include "userspace/feeds/fetch/fetch.h"
#include "watch.h"

/* One feed. */
struct mxdp_feed {
	struct mxdp_feeds *feeds;
	struct mxdp_config *config; /* holds the setting */
	const struct mxdp_feed_setting *setting;
	struct mxdp_feed_data *data; /* the good one, or NULL */
	uint64_t content;            /* a number for its prefixes: others have another one */
	struct mxdp_feed_report report;
	struct mxdp_fetch_version version;
	struct mxdp_watch *watch;               /* of a file, or NULL */
	struct mxdp_watch *checksum_watch;      /* ... and of its checksum's */
	struct mxdp_feed_difference difference; /* by the last sync that changed it */
	uint64_t distinct, unique;              /* of the build in force, as these: */
	struct mxdp_feed_finding protected, local;
	uint64_t hits;
	int64_t synced, tried, next, changed; /* Unix seconds */
	unsigned int failures;                /* in a row */
	char refusal[MXDP_FEED_REFUSAL];
	bool syncing, keeping, again, gone, told_old;
	struct mxdp_feed *next_feed;
};

struct mxdp_build;

struct mxdp_feeds {
	uv_loop_t *loop;
	struct mxdp_feeds_world world;
	struct mxdp_config *config;
	struct mxdp_feed **list; /* in the configuration's order: feed i is class i + 1 */
	size_t count;
	uv_timer_t tick;
	unsigned int jobs; /* on the thread pool */
	unsigned int fetching;
	unsigned int syncs; /* ever: tells their files apart */
	bool closing, handle_closed;
	atomic_bool stop;

	struct mxdp_build *build;                      /* under way, or NULL */
	struct mxdp_build *built;                      /* what is in force, or NULL */
	uint64_t waits_since;                          /* a build, by the loop's clock; 0: none */
	uint64_t not_before;                           /* ... as the last one has failed */
	uint64_t contents;                             /* numbers given to contents of feeds */
	uint64_t hits_seen[MXDP_SNAPSHOT_CLASS_COUNT]; /* of the kernel's count, by class */
	uint64_t generation;
};

/* What the snapshot is built from, and what came of it. */
struct mxdp_build {
	uv_work_t work;
	struct mxdp_feeds *feeds;
	int feeds4_fd, feeds6_fd;
	uint64_t generation;
	size_t count;
	struct mxdp_build_part {
		struct mxdp_feed_data *data; /* NULL: there is none */
		uint64_t content;
		bool acts;
		struct mxdp_config *config;
		const struct mxdp_feed_setting *setting;
		uint64_t valid_until_ns;
		uint16_t text;     /* number of the reply text */
		uint64_t distinct; /* prefixes it lists, each once */
		uint64_t unique;   /* of these, those that are within no other feed's */
		struct mxdp_feed_finding protected; /* entries that name never-block addresses */
		struct mxdp_feed_finding local;     /* ... and local networks */
	} * parts;                                  /* part i is class i + 1 */
	size_t subtracted_count;
	size_t never_block_count; /* of these the first so many */
	struct mxdp_prefix *subtracted;
	uint64_t subtracted_hash;
	struct mxdp_prefix *local; /* networks that no list from outside should name */
	size_t local_count;
	uint64_t signature; /* of all that it is made from ... */
	uint64_t acting;    /* ... and of what of it the snapshot holds */
	bool same_snapshot; /* as the one in force: only what is told of the feeds is new */
	int error;
	struct mxdp_snapshot_map map4, map6;
	bool built; /* what failed came later */
	unsigned int build_ms, publish_ms, wait_us;
};

/* One feed (feed.c). NULL when memory is out. */
struct mxdp_feed *mxdp_feed_new(struct mxdp_feeds *feeds, const struct mxdp_feed_setting *setting);
void mxdp_feed_free(struct mxdp_feed *feed);
bool mxdp_feed_is_file(const struct mxdp_feed_setting *setting);
bool mxdp_feed_file_exists(const struct mxdp_feed_setting *setting);
/* The path of a source or checksum that is a file, or NULL. */
const char *mxdp_feed_place_path(const char *place);
/* Without a word from its watches from now on. */
void mxdp_feed_stop(struct mxdp_feed *feed);
/* From now on it is synced whenever it is time. */
void mxdp_feed_start(struct mxdp_feed *feed);
/* Whether its file is about to be read, or being read. */
bool mxdp_feed_is_reading(const struct mxdp_feed *feed);
/* How its data is read, but for the path. */
struct mxdp_feed_reading mxdp_feed_reading_of(const struct mxdp_feed *feed);

/* The last good data on disk (kept.c). */
struct mxdp_kept {
	char new_path[PATH_MAX], path[PATH_MAX];
	char new_version_path[PATH_MAX], version_path[PATH_MAX];
	char new_checksum_path[PATH_MAX];        /* as fetched, for a moment */
	const struct mxdp_feed_setting *setting; /* NULL: there is no version to be kept */
	struct mxdp_fetch_version version;
};
/* Of sync `number`. Returns 0 or -ENAMETOOLONG. */
int mxdp_kept_paths(const struct mxdp_feed *feed, unsigned int number, struct mxdp_kept *kept);
/* Removes what a daemon that was killed has left unfinished; before the first sync. */
void mxdp_kept_clean(const struct mxdp_config *config);
/* Makes the new file the kept one, safely on the disk; on any thread. 0 or a negative errno. */
int mxdp_kept_store(const struct mxdp_kept *kept);
/* Reads the last good data from the disk, on this thread. */
void mxdp_feed_load(struct mxdp_feed *feed);
/* Begins a sync on the thread pool (sync.c); one at a time. */
void mxdp_feed_sync(struct mxdp_feed *feed);
/* Looks whether it is time for a sync. */
void mxdp_feed_tick(struct mxdp_feed *feed, int64_t now);

/* The age of its data (age.c): whether it is beyond max_age. */
bool mxdp_feed_is_old(const struct mxdp_feed *feed, int64_t now);
/* Whether it is, and therefore neither acts nor weighs. */
bool mxdp_feed_has_ended(const struct mxdp_feed *feed, int64_t now);
/* Until when it acts, CLOCK_BOOTTIME; 0: for ever. */
uint64_t mxdp_feed_valid_until(const struct mxdp_feed *feed);
/* Warns of data that has become too old, and moves the ends of those in force that are current. */
void mxdp_feeds_look_at_ages(struct mxdp_feeds *feeds, int64_t now);

/* The snapshot (build.c). NULL when memory is out. */
struct mxdp_build *mxdp_build_new(struct mxdp_feeds *feeds);
/* On any thread. A build of no feed withdraws what is in force. */
void mxdp_build_run(struct mxdp_build *build);
void mxdp_build_free(struct mxdp_build *build);
/* What the feeds have in common (overlap.c), and name that they should not (protected.c). */
void mxdp_build_overlap(struct mxdp_build *build);
void mxdp_build_find_protected(struct mxdp_build *build);
/* Takes note of the kernel's hits for the feeds in force, and of what the build has found. */
void mxdp_feeds_tally(struct mxdp_feeds *feeds);
void mxdp_feeds_take_findings(struct mxdp_feeds *feeds, const struct mxdp_build *build);
/* A build of the snapshot in force takes it over from `before`. */
void mxdp_build_inherit(struct mxdp_build *build, struct mxdp_build *before);
/* Of what is to be subtracted now, and of all that a build would be made from. */
uint64_t mxdp_build_subtracted_hash(const struct mxdp_feeds *feeds);
uint64_t mxdp_build_signature(const struct mxdp_feeds *feeds);

/*
 * What is in force (force.c): compares it with what the feeds, the rules and the never-block set
 * say, and builds it anew if they differ. Without feeds there is no snapshot: the packet path has
 * one lookup less.
 */
void mxdp_force_look(struct mxdp_feeds *feeds);
/* The same without the loop: returns when it is in force. */
void mxdp_force_now(struct mxdp_feeds *feeds);
/* The rules may have changed: nothing is asked before them until all are subtracted. */
void mxdp_force_rules_first(struct mxdp_feeds *feeds);

/* feeds.c: the feed of a name, or NULL; a job of the pool has ended. */
struct mxdp_feed *mxdp_feeds_named(const struct mxdp_feeds *feeds, const char *name);
void mxdp_feeds_job_done(struct mxdp_feeds *feeds);

#endif
