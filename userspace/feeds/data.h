/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of one feed, read from a file and judged: either it is good and immutable, or it is
 * refused with line, reason and the way out. No globals and no log: reading may run on any thread.
 */
#ifndef MXDP_FEEDS_DATA_H
#define MXDP_FEEDS_DATA_H

#include "userspace/feeds/format/format.h"
#include "userspace/feeds/snapshot/snapshot.h"

#define MXDP_FEED_FAULTS_KEPT 5
#define MXDP_FEED_REFUSAL     384

/*
 * An IPv4 entry in one number, as mxdp_snapshot_add4() takes it: 63..32 address, 31..26 length, 25
 * excluded, 24..0 line. A line beyond MXDP_FEED_LINE_LAST is taken for that one.
 */
typedef uint64_t mxdp_feed_entry4;
#define MXDP_FEED_LINE_LAST ((1u << 25) - 1)

struct mxdp_feed_entry6 {
	uint8_t address[16];
	uint32_t line;
	uint8_t length;
	bool excluded;
};

/*
 * Sorted: by address, the shorter prefix first, of the same prefix what lists it before what
 * excludes it, then by line.
 */
struct mxdp_feed_data {
	mxdp_feed_entry4 *entries4;
	struct mxdp_feed_entry6 *entries6;
	size_t count4, count6;
	size_t places4, places6;
	uint64_t lengths4; /* bit L: there is a prefix of this length */
	uint64_t lengths6[3];
	struct mxdp_snapshot index4, index6; /* of feeds that score; class 1: listed */
	unsigned int references;             /* counted in the loop's thread alone */
};

/* What the operator lets a feed do. */
struct mxdp_feed_limits {
	bool wide;  /* IPv4 networks shorter than /8, IPv6 shorter than /16 */
	bool empty; /* no entry at all */
	unsigned int shrink_percent, grow_percent;
	uint64_t entries_max;
	uint64_t bytes_max; /* 0: no limit */
	uint64_t previous;  /* entries of the data in force, 0: there is none */
};

/* Changes of so few entries are never refused: small lists are edited by hand. */
#define MXDP_FEED_SMALL_CHANGE 1000

struct mxdp_feed_report {
	uint64_t entries;
	uint64_t faults;
	struct {
		uint32_t line;
		char what[96];
		char text[MXDP_FEED_TEXT];
	} first[MXDP_FEED_FAULTS_KEPT];
	char refusal[MXDP_FEED_REFUSAL]; /* "" when the data is good */
};

struct mxdp_feed_reading {
	const char *path;
	const char *copy; /* gets the bytes too, or NULL */
	enum mxdp_feed_format format;
	unsigned int column;
	bool index;   /* make index4 and index6 */
	bool growing; /* it is still written to: a last line without its end is left aside */
	struct mxdp_feed_limits limits;
};

/*
 * Returns 0 with `*out`, or a negative errno with the reason in `report->refusal`; -EINVAL when it
 * is the data that is refused. The report is filled in both cases.
 */
int mxdp_feed_data_read(const struct mxdp_feed_reading *reading, struct mxdp_feed_data **out,
			struct mxdp_feed_report *report);

struct mxdp_feed_data *mxdp_feed_data_ref(struct mxdp_feed_data *data);
void mxdp_feed_data_unref(struct mxdp_feed_data *data);

/* Adds all entries to a builder. 0 or -ENOMEM. */
int mxdp_feed_data_add(const struct mxdp_feed_data *data, struct mxdp_snapshot_builder *builder,
		       uint8_t class, uint16_t priority);

/* Once all entries are there. 0 or -ENOMEM. */
int mxdp_feed_data_sort(struct mxdp_feed_data *data);

/* The longest entry over an address and its line, or -ENOENT. A search for each length. */
int mxdp_feed_data_find(const struct mxdp_feed_data *data, const struct mxdp_address *address,
			struct mxdp_feed_entry *entry);
/*
 * The places, from `begin` to `end` - 1, of the entries for exactly this prefix, or with `within`
 * for it and all in it.
 */
void mxdp_feed_data_range(const struct mxdp_feed_data *data, const struct mxdp_prefix *prefix,
			  bool within, size_t *begin, size_t *end);
/* Whether the index lists an address. */
bool mxdp_feed_data_lists(const struct mxdp_feed_data *data, const struct mxdp_address *address);

/* Entry `place`, IPv4 before IPv6; `place` is less than the count. */
size_t mxdp_feed_data_count(const struct mxdp_feed_data *data);
struct mxdp_feed_entry mxdp_feed_data_entry(const struct mxdp_feed_data *data, size_t place);

#endif
