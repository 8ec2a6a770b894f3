/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in the source a key, a value or a section stands, and what is given there twice.
 */
#ifndef MXDP_CONFIG_PLACES_H
#define MXDP_CONFIG_PLACES_H

#include <stddef.h>

#include "source.h"

/* The brace that opened the section ending at `close`; MXDP_WORD_NONE stays the whole file. */
size_t mxdp_source_opening(const struct mxdp_source *source, size_t close);

/*
 * Where value number `index` of key `name` stands, directly inside the section opened at `open`:
 * the key itself when it has no such value, `open` when there is no such key.
 */
size_t mxdp_source_value(const struct mxdp_source *source, size_t open, const char *name,
			 size_t index);

/*
 * Finds a section that holds too much; for any text. libConfuse and the search below compare each
 * key and section with every other one beside it: thousands would take a reload's seconds.
 * Returns 0 or -EINVAL with the message in `error`.
 */
#define MXDP_SOURCE_HEADS_MAX 512
int mxdp_source_crowds(const struct mxdp_source *source, char *error, size_t error_size);

/*
 * Finds a key or section given twice, or a key in quotes; for text that libConfuse has accepted.
 * Returns 0 or -EINVAL with the message in `error`.
 */
int mxdp_source_duplicates(const struct mxdp_source *source, char *error, size_t error_size);

#endif
