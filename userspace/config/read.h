/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From libConfuse's tree of texts to struct mxdp_config: each reader judges its part and, at the
 * first fault, writes the message with its place. For config.c alone.
 */
#ifndef MXDP_CONFIG_READ_H
#define MXDP_CONFIG_READ_H

#include <confuse.h>

#include "config.h"
#include "source.h"

struct mxdp_setting;

struct mxdp_reading {
	const struct mxdp_source *source;
	cfg_t *tree;
	struct mxdp_config *config; /* what was read so far is freed with it */
	char *error;
	size_t error_size;
};

/* The fault of value `index` of `key` in `section`; returns -EINVAL. */
int mxdp_reading_fault(const struct mxdp_reading *reading, cfg_t *section, const char *key,
		       size_t index, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The fault of a section as a whole, at the line of its opening brace; returns -EINVAL. */
int mxdp_reading_section_fault(const struct mxdp_reading *reading, cfg_t *section,
			       const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Memory is out; returns -ENOMEM. */
int mxdp_reading_memory(const struct mxdp_reading *reading);

/* All return 0, -EINVAL or -ENOMEM, with the message written. */
int mxdp_read_settings(const struct mxdp_reading *reading); /* the plain keys */
/* The keys of one titled section, into the struct at `base`. */
int mxdp_read_section(const struct mxdp_reading *reading, const struct mxdp_setting *table,
		      cfg_t *section, void *base);
int mxdp_read_lists(const struct mxdp_reading *reading); /* interfaces, ports, prefixes ... */
int mxdp_read_dnsbls(const struct mxdp_reading *reading);
int mxdp_read_feeds(const struct mxdp_reading *reading);
int mxdp_read_reply(const struct mxdp_reading *reading); /* after the lists that it names */
int mxdp_read_own_names(const struct mxdp_reading *reading);
int mxdp_read_generic_names(const struct mxdp_reading *reading); /* the table it names */

#endif
