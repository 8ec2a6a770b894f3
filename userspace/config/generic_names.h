/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which host names look as if a provider had given them to every address of a pool, rather than an
 * administrator to a mail server. Two signs: the client's own address inside the name, or a word of
 * a table that the operator may edit (conf/generic-names). A word is a whole run of letters in the
 * name; the last two labels, which name the provider, don't count.
 */
#ifndef MXDP_GENERIC_NAMES_H
#define MXDP_GENERIC_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/address.h"

struct mxdp_generic_names;

/*
 * Reads the table: a word a line, `!word` for what a mail server's name may hold, `#` for comments.
 * Returns 0, or a negative errno with "FILE:LINE: what is wrong; the way out" in `error`.
 */
int mxdp_generic_names_read(const char *path, struct mxdp_generic_names **out, char *error,
			    size_t error_size);
void mxdp_generic_names_free(struct mxdp_generic_names *names);

#define MXDP_GENERIC_SIGN 64 /* longest sign as text, with its NUL */

/*
 * Whether `host` looks generic for `client`; then `sign` says by what. Without a table (NULL) only
 * the address counts. `host` is any text, also a hostile one.
 */
bool mxdp_generic_name(const struct mxdp_generic_names *names, const char *host,
		       const struct mxdp_address *client, char sign[MXDP_GENERIC_SIGN]);

#endif
